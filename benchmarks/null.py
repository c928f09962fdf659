"""How often a comparison of a network with itself, trained with other seeds, calls one better.

A network is trained with many seeds on a part of MNIST. Two groups of its runs are then drawn
again and again, and compared on test examples drawn at random: there is no difference between the
groups but their seeds, so every *better* is wrong. The network is scikit-learn's multilayer
perceptron, which needs no torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.coverage import draw_correct
from reportgen.analysis.contrasts import contrast, estimate_accuracy
from reportgen.config.schema import Data
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source

Correct = NDArray[np.bool_]


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--runs", default=24, show_default=True, help="Networks to train.")
@click.option("--limit", default=6000, show_default=True, help="Training images.")
@click.option("--epochs", default=3, show_default=True)
@click.option("--draws", default=2000, show_default=True, help="Comparisons a row.")
@click.option("--workers", default=2, show_default=True)
def command(data: Path, runs: int, limit: int, epochs: int, draws: int, workers: int) -> None:
    """Compare a network with itself, on real and on simulated runs (minutes)."""
    correct = train_runs(data, runs, limit, epochs, workers)
    shares = correct.mean(axis=1)
    click.echo(
        f"{runs} networks, {limit} training images, {epochs} epochs: accuracy {shares.mean():.4f}, "
        f"standard deviation over seeds {shares.std(ddof=1):.4f}\n"
    )
    click.echo("How often a network is called better than itself, in %; nominal 5 %;")
    click.echo("mean half width of the interval on the real runs, in points")
    click.echo(" seeds  examples    real  simulated  half width")
    for line in _rows(correct, draws):
        click.echo(line)


def train_runs(data: Path, runs: int, limit: int, epochs: int, workers: int) -> Correct:
    """Return which test examples each run gets right, `[runs, n]`."""
    settings = Data.model_validate({"name": "mnist", "train_limit": limit})
    images = read_arrays(find_source(settings, data, None, lambda _: None), settings)
    train, test = (
        inputs.reshape(len(inputs), -1).astype(np.float32) / np.float32(255)
        for inputs in (images.train_inputs, images.test_inputs)
    )
    fit = partial(_fit, train, images.train_labels, test, epochs)
    with ProcessPoolExecutor(workers) as pool:
        predicted = list(pool.map(fit, range(runs)))
    return np.array(predicted) == images.test_labels


def _fit(
    train: NDArray[np.float32],
    labels: NDArray[np.int32],
    test: NDArray[np.float32],
    epochs: int,
    seed: int,
) -> NDArray[np.int32]:
    model = MLPClassifier((128,), batch_size=64, max_iter=epochs, random_state=seed)
    with warnings.catch_warnings():
        # Few epochs are wanted here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit(train, labels).predict(test), dtype=np.int32)


def _rows(correct: Correct, draws: int) -> Iterator[str]:
    random = np.random.default_rng(0)
    accuracies = (float(correct.mean()),) * 2
    for seeds in ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (2, 5), (3, 5), (3, 10)):
        if sum(seeds) > len(correct):
            continue
        for examples in (1000, 8000):
            real, width = np.mean(
                [_compare(_draw(random, correct, seeds, examples)) for _ in range(draws)], axis=0
            )
            simulated, _ = np.mean(
                [
                    _compare(draw_correct(random, accuracies, seeds, examples, (0.1, 0.1)))
                    for _ in range(draws // 4)
                ],
                axis=0,
            )
            yield (
                f"{seeds[0]:2}, {seeds[1]:2}  {examples:8}   {100 * real:5.1f}  "
                f"{100 * simulated:9.1f}  {100 * width:10.2f}"
            )


def _draw(
    random: np.random.Generator, correct: Correct, seeds: Sequence[int], examples: int
) -> list[Correct]:
    """Return two groups of runs on the same examples, `[seeds, examples]` each."""
    chosen = random.permutation(len(correct))[: sum(seeds)]
    rows = random.permutation(correct.shape[1])[:examples]
    return np.split(correct[np.ix_(chosen, rows)], [seeds[0]])


def _compare(correct: Sequence[Correct]) -> tuple[bool, float]:
    """Return whether one group is called better, and the half width of the interval."""
    found = contrast(estimate_accuracy(correct), (1, -1))
    interval = found.interval(0.95)
    return found.p_value < 0.05, (interval.high - interval.low) / 2
