"""Networks that learn one task after the other: each method against the same done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses

from reportgen.config.spec import Method, RunSpec, TaskSequence, TrainingSpec
from reportgen.plugins import find_plugin
from reportgen.training.fit import LoadedData
from reportgen.training.loop import Examples, Training, classify, normalize, start, train_epoch
from reportgen.training.tasks import _Buffer, _Penalty, learn_tasks

CLASSES, EACH = 6, 2


def make_training(seed: int = 0, classes: int = CLASSES) -> Training:
    """Return a small network before its first epoch."""
    spec = RunSpec(
        kind="network",
        reference="mlp",
        options={"dropout": 0.0, "hidden": [8]},
        input_shape=(1, 6, 6),
        classes=classes,
        seed=seed,
        training=TrainingSpec(
            optimizer="sgd",
            learning_rate=0.1,
            batch_size=16,
            epochs=6,
            mean=0.5,
            std=0.5,
            precision="float32",
        ),
    )
    return start(spec, find_plugin("mlp", "architecture", Path()), torch.device("cpu"))


def make_examples(count: int, seed: int) -> Examples:
    """Return random images with labels of all classes."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 1, 6, 6), generator=generator, dtype=torch.uint8)
    return Examples(images, torch.arange(count) % CLASSES)


DATA = LoadedData(make_examples(120, 0), make_examples(60, 1))


def learn(method: Method, epochs: int = 2) -> tuple[Training, dict[str, np.ndarray]]:
    """Return a trained network and its predictions after each task."""
    training = make_training()
    tasks = TaskSequence(method=method, classes=EACH, epochs=epochs, buffer=12, penalty=5.0)
    return training, learn_tasks(training, DATA, tasks, lambda _: None)


def test_fine_tuning_trains_on_each_task_alone() -> None:
    """The epochs of the loop on the examples of each task give the same predictions."""
    _, found = learn("fine-tuning")
    training = make_training()
    for task in range(3):
        rows = torch.isin(DATA.train.labels, torch.tensor([2 * task, 2 * task + 1])).nonzero()[:, 0]
        for _ in range(2):
            training.history.append(train_epoch(training, DATA.train, rows, lambda _: None))
        np.testing.assert_array_equal(
            found[f"after-{task + 1}"], classify(training, DATA.test.images)
        )
    assert sorted(found) == sorted(f"{kind}-{i}" for kind in ("after", "known") for i in (1, 2, 3))


@pytest.mark.parametrize("method", ["fine-tuning", "joint"])
def test_shared_outputs_are_trained_with_places_within_tasks(method: Method) -> None:
    """The same as training on labels that are the remainder by the number of classes of a task."""
    tasks = TaskSequence(method=method, classes=EACH, epochs=2, buffer=12, penalty=5.0)
    found = learn_tasks(make_training(classes=EACH), DATA, tasks, lambda _: None)
    training, labels = make_training(classes=EACH), DATA.train.labels
    places = Examples(DATA.train.images, labels % EACH)
    stages = [labels // EACH == task for task in range(3)] if method != "joint" else [labels >= 0]
    for number, stage in enumerate(stages, 4 - len(stages)):
        for _ in range(2):
            rows = stage.nonzero()[:, 0]
            training.history.append(train_epoch(training, places, rows, lambda _: None))
        np.testing.assert_array_equal(
            found[f"after-{number}"], classify(training, DATA.test.images)
        )
    assert len(found) == len(stages)


def test_all_at_once_trains_on_all_examples() -> None:
    """One stage, whose results are those after the last task."""
    _, found = learn("joint")
    training = make_training()
    for _ in range(2):
        rows = torch.arange(len(DATA.train.labels))
        training.history.append(train_epoch(training, DATA.train, rows, lambda _: None))
    assert sorted(found) == ["after-3", "known-3"]
    np.testing.assert_array_equal(found["after-3"], classify(training, DATA.test.images))


def test_where_the_task_is_known_another_class_is_never_chosen() -> None:
    """The answer is the more probable class of the true task."""
    training, found = learn("replay")
    labels = DATA.test.labels.numpy()
    with torch.no_grad():
        logits = training.model.eval()(normalize(training, DATA.test.images)).numpy()
    expected = [
        2 * (label // 2) + int(row[2 * (label // 2) + 1] > row[2 * (label // 2)])
        for row, label in zip(logits, labels, strict=True)
    ]
    np.testing.assert_array_equal(found["known-3"], expected)
    np.testing.assert_array_equal(found["after-3"], logits.argmax(axis=1))


def test_a_buffer_has_as_many_examples_of_each_class_seen() -> None:
    """Of earlier tasks alone, within its size; nothing is drawn before the first."""
    labels = DATA.train.labels
    buffer = _Buffer(labels, 13, torch.Generator().manual_seed(0))
    assert len(buffer.draw(10)) == 0
    for stage, each in ((0, 6), (1, 3)):
        buffer.add(stage, EACH)
        drawn = buffer.draw(2000)
        counts = [len(drawn[labels[drawn] == label].unique()) for label in range(CLASSES)]
        assert counts == [each] * (2 * stage + 2) + [0] * (CLASSES - 2 * stage - 2)
        assert len(drawn) == 2000


def test_replay_adds_as_many_earlier_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of each epoch after the first task's is of earlier classes."""
    shares: list[float] = []

    def spy(training: Training, examples: Examples, rows: torch.Tensor, report: object) -> object:
        earlier = examples.labels[rows] // EACH < len(training.history) // 2
        shares.append(float(earlier.float().mean()))
        return train_epoch(training, examples, rows, lambda _: None)

    monkeypatch.setattr("reportgen.training.tasks.train_epoch", spy)
    learn("replay")
    assert shares == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5]


def test_the_penalty_is_that_of_kirkpatrick_et_al() -> None:
    """Its gradient is that of λ/2 Σ F (θ − θ*)², summed over tasks, with F by brute force."""
    training, strength = make_training(), 7.0
    penalty = _Penalty(training, strength)
    weights = list(training.model.parameters())
    terms = []
    for task in range(2):
        rows = (DATA.train.labels // EACH == task).nonzero()[:, 0]
        training.history.append(train_epoch(training, DATA.train, rows, lambda _: None))
        fisher = [torch.zeros_like(each) for each in weights]
        training.model.eval()
        for row in rows:
            image = normalize(training, DATA.train.images[row][None])
            logs = F.log_softmax(training.model(image), dim=1)[0, DATA.train.labels[row]]
            for sums, each in zip(fisher, torch.autograd.grad(logs, weights), strict=True):
                sums += each.square() / len(rows)
        # The hooks of an earlier task are not part of a gradient of the likelihood.
        if task == 0:
            terms.append((fisher, [each.detach().clone() for each in weights]))
        penalty.add(DATA.train, rows)
    with torch.no_grad():
        for each in weights:
            each.add_(0.05)

    def loss() -> torch.Tensor:
        images = normalize(training, DATA.train.images)
        return F.cross_entropy(training.model(images), DATA.train.labels)

    penalty._is_on = False
    plain = torch.autograd.grad(loss(), weights)
    training.model.zero_grad()
    penalty._is_on = True
    torch.autograd.backward(loss())
    first, anchor = terms[0]
    for place, weight in enumerate(weights):
        # Of the second task, from the sums: Σ F (θ − θ*) less the first task's part.
        pull = weight.detach() * penalty._fisher[place] - penalty._anchor[place]
        second = penalty._fisher[place] - first[place]
        expected = first[place] * (weight.detach() - anchor[place]) + second * 0.05
        torch.testing.assert_close(pull, expected, rtol=1e-4, atol=1e-6)
        assert weight.grad is not None
        torch.testing.assert_close(
            weight.grad, plain[place] + strength * pull, rtol=1e-4, atol=1e-6
        )


def test_weights_that_matter_are_held_in_place() -> None:
    """A strong penalty leaves the network nearer to where the first task left it."""

    def moved(strength: float) -> float:
        training = make_training()
        tasks = TaskSequence(method="ewc", classes=EACH, epochs=3, buffer=0, penalty=strength)
        before: list[torch.Tensor] = []

        def keep(_: float) -> None:
            if len(training.history) == 3 and not before:
                before.extend(each.detach().clone() for each in training.model.parameters())

        learn_tasks(training, DATA, tasks, keep)
        return float(
            sum(
                (now.detach() - then).abs().sum()
                for now, then in zip(training.model.parameters(), before, strict=True)
            )
        )

    assert moved(50.0) < moved(1e-6)
