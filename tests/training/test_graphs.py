"""Captured passes, with a capture that stands for that of a GPU, which no test has."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reportgen.training.graphs import capture_passes, replay
from reportgen.training.loop import predict, split_rows, train_epoch
from tests.support.training import CPU, begin, load, make_spec


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the batches that were replayed; torch's function replaces `forward` as here."""
    sizes: list[int] = []

    def capture(model: nn.Module, sample: tuple[Tensor]) -> nn.Module:
        plain: Callable[..., Any] = model.forward
        plain(*sample)

        def forward(inputs: Tensor) -> Any:
            if model.training:
                assert inputs.shape == sample[0].shape
                sizes.append(len(inputs))
            return plain(inputs)

        model.forward = forward
        return model

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", capture)
    return sizes


@pytest.mark.parametrize("architecture", ["mlp", "cnn"])
def test_whole_batches_are_replayed(replayed: list[int], architecture: str) -> None:
    """The last batch of an epoch, and evaluation, go the plain way; the weights are the same."""
    spec, data = make_spec(reference=architecture, batch_size=32), load()
    rows, _ = split_rows(len(data.train.labels), spec, CPU)
    rows = rows[: len(rows) // 32 * 32 - 5]
    plain, graphed = begin(spec), begin(spec)
    replay(graphed.model.train(), torch.zeros(32, *spec.input_shape))
    for training in (plain, graphed):
        train_epoch(training, data.train, rows, lambda _: None)
    assert replayed == [32] * (len(rows) // 32)
    pairs = zip(plain.model.parameters(), graphed.model.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
    assert torch.equal(predict(plain, data.test.images), predict(graphed, data.test.images))
    assert replayed == [32] * (len(rows) // 32)


def test_nothing_is_captured_on_a_cpu(replayed: list[int]) -> None:
    """There are no kernels to launch."""
    training, data = begin(make_spec()), load()
    capture_passes(training, data.train.images)
    train_epoch(training, data.train, torch.arange(64), lambda _: None)
    assert replayed == []


def test_a_run_leaves_no_graph_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that the collector of cycles destroyed later could end the capture of the next run.

    Like torch's own, this capture keeps no reference from a model's `forward` to the model.
    """

    class Graph:
        """What a capture makes."""

        def __call__(self, inputs: Tensor) -> Tensor:
            """Replay."""
            return inputs

    graphs: list[weakref.ref[Graph]] = []

    def capture(model: nn.Module, _: tuple[Tensor]) -> None:
        graph = Graph()
        graphs.append(weakref.ref(graph))
        model.forward = lambda inputs: graph(inputs)

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", capture)
    model = nn.Linear(3, 2)
    replay(model, torch.zeros(2, 3))
    assert model(torch.zeros(2, 3)).shape == (2, 3)
    assert model(torch.zeros(1, 3)).shape == (1, 2)
    gc.disable()
    try:
        del model
        assert graphs[0]() is None
    finally:
        gc.enable()
