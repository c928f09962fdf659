"""How often a comparison of a network with itself, trained with other seeds, calls one better.

A network is trained with many seeds on a part of MNIST. Two groups of its runs are then drawn
again and again, and compared on test examples drawn at random: there is no difference between the
groups but their seeds, so every *better* is wrong. The network is scikit-learn's multilayer
perceptron, which needs no torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
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
    click.echo("How often a network is called better than itself, in %; nominal 5 %")
    click.echo("seeds  examples    real  simulated")
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
    error = 1 - float(correct.mean())
    for seeds in (1, 2, 3, 5):
        for examples in (1000, 8000):
            real = np.mean(
                [_is_better(_draw(random, correct, seeds, examples)) for _ in range(draws)]
            )
            simulated = np.mean(
                [
                    _is_better(draw_correct(random, (1 - error,) * 2, seeds, examples, (0.1, 0.1)))
                    for _ in range(draws // 4)
                ]
            )
            yield f"{seeds:5}  {examples:8}   {100 * real:5.1f}  {100 * simulated:9.1f}"


def _draw(random: np.random.Generator, correct: Correct, seeds: int, examples: int) -> Correct:
    """Return two groups of runs on the same examples, `[2, seeds, examples]`."""
    chosen = random.permutation(len(correct))[: 2 * seeds]
    rows = random.permutation(correct.shape[1])[:examples]
    return correct[np.ix_(chosen, rows)].reshape(2, seeds, examples)


def _is_better(correct: Correct) -> bool:
    return contrast(estimate_accuracy(tuple(correct)), [1.0, -1.0]).p_value < 0.05
