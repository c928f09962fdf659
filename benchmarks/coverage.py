"""Coverage of the intervals and error rates of the verdicts, by simulation.

Each table compares what the analysis says with a truth that the simulation knows. Runs are drawn
from a probit model: examples differ in difficulty, for all models and for each one, and runs in
skill, with the standard deviation `seeds sd` on the probit scale.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from reportgen.analysis.comparisons import compare_models
from reportgen.analysis.contrasts import estimate_accuracy
from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.inputs import prepare_inputs
from reportgen.analysis.intervals import score_interval, wilson_interval
from reportgen.analysis.prediction_arrays import PredictionArrays
from reportgen.config.schema import Analysis

COMMON, OWN = 1.5, 0.7
"""Standard deviations of an example's difficulty: for all models, and for each one."""

Correct = NDArray[np.bool_]


@click.command()
@click.option("--draws", default=2000, show_default=True, help="Simulated experiments a row.")
@click.option("--examples", default=1000, show_default=True, help="Test examples of each.")
@click.option("--seed", default=0, show_default=True, help="Seed of the simulation.")
def command(draws: int, examples: int, seed: int) -> None:
    """Simulate coverage of intervals and error rates of verdicts (minutes)."""
    random = np.random.default_rng(seed)
    click.echo(f"{draws} draws a row, {examples} test examples, nominal level 95 %\n")
    for line in _score_rows(random, draws, examples):
        click.echo(line)
    click.echo()
    for line in _pair_rows(random, draws, examples):
        click.echo(line)


def _score_rows(random: np.random.Generator, draws: int, examples: int) -> Iterator[str]:
    yield "Coverage of the intervals of one model (test sample), in %"
    yield "classes  seeds  error   accuracy  macro F1  class F1"
    for classes, seeds, error in ((10, 1, 0.03), (10, 3, 0.03), (10, 3, 0.01), (2, 3, 0.03)):
        hits = np.mean(
            [_cover_scores(random, examples, classes, seeds, error) for _ in range(draws)], axis=0
        )
        accuracy, macro, class_ = 100 * hits
        yield (
            f"{classes:7}  {seeds:5}  {error:5.2f}   {accuracy:8.1f}  {macro:8.1f}  {class_:8.1f}"
        )


def _cover_scores(
    random: np.random.Generator, examples: int, classes: int, seeds: int, error: float
) -> tuple[bool, bool, bool]:
    """Say which intervals hold the truth: all classes are alike, and each score is 1 − error."""
    predictions = _predict(
        random, draw_correct(random, (1 - error,), seeds, examples, (0.0,)), classes
    )
    macro, each = estimate_f1(predictions)
    wrong = ~predictions.correct[0]
    first = (predictions.labels == 0) | (predictions.predicted[0] == 0)
    count = int(predictions.correct[0].sum())
    rows = ((macro, examples, wrong), (each[0], 2 * examples // classes, wrong & first))
    found = [
        score_interval(
            float(estimates.values.mean()),
            float(estimates.covariance.mean()),
            0.95,
            size,
            int(bad.any(axis=0).sum()),
        )
        for estimates, size, bad in rows
    ]
    if seeds == 1:
        accuracy = wilson_interval(count, examples, 0.95)
    else:
        variance = float(estimate_accuracy(predictions.correct).covariance.mean())
        errors = int(wrong.any(axis=0).sum())
        accuracy = score_interval(count / examples / seeds, variance, 0.95, examples, errors)
    truth = 1 - error
    a, b, c = (each.low <= truth <= each.high for each in (accuracy, *found))
    return a, b, c


def _pair_rows(random: np.random.Generator, draws: int, examples: int) -> Iterator[str]:
    yield "Two models: how often each verdict, and how often the interval holds the truth, in %"
    yield "seeds  seeds sd     difference   covered  better  wrong  equivalent  outside"
    spreads = ((0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.05, 0.1), (0.2, 0.2))
    for seeds in (1, 2, 3, 5):
        for spread in spreads if seeds > 1 else spreads[:1]:
            for difference in (0.0, 0.01, 0.02):
                rows = [_judge(random, seeds, spread, difference, examples) for _ in range(draws)]
                shares = 100 * np.mean(rows, axis=0)
                cells = "  ".join(f"{share:6.1f}" for share in shares)
                yield f"{seeds:5}  {spread[0]:.2f}, {spread[1]:.2f}   {difference:10.2f}   {cells}"


def _judge(
    random: np.random.Generator,
    seeds: int,
    spread: tuple[float, float],
    difference: float,
    examples: int,
) -> tuple[bool, bool, bool, bool, bool]:
    """Return whether covered, better, better and wrong, equivalent, equivalent and outside."""
    accuracies = (0.97 + difference / 2, 0.97 - difference / 2)
    predictions = _predict(random, draw_correct(random, accuracies, seeds, examples, spread), 2)
    inputs = prepare_inputs(predictions, Analysis(margin=2.0))
    keys = [[f"{model}-{seed}" for seed in range(seeds)] for model in range(2)]
    pair = compare_models(inputs, keys, inputs.accuracy)["first--second"]
    interval, better = pair.difference, pair.verdict == "better"
    equivalent = pair.verdict == "equivalent"
    return (
        interval.low <= difference <= interval.high,
        better,
        better and (difference == 0 or pair.winner == "second"),
        equivalent,
        equivalent and max(-interval.low, interval.high) >= inputs.margin,
    )


def draw_correct(
    random: np.random.Generator,
    accuracies: tuple[float, ...],
    seeds: int,
    examples: int,
    spread: tuple[float, ...],
) -> Correct:
    """Return which examples each run gets right, `[models, seeds, examples]`."""
    models, skill_sd = len(accuracies), np.array(spread)[:, None, None]
    scale = np.sqrt(1 + COMMON**2 + OWN**2 + skill_sd**2)
    skill = (
        ndtri(np.array(accuracies))[:, None, None] * scale
        + random.normal(size=(models, seeds, 1)) * skill_sd
        + random.normal(size=(models, 1, examples)) * OWN
        + random.normal(size=examples) * COMMON
    )
    return np.asarray(random.normal(size=(models, seeds, examples)) < skill)


def _predict(random: np.random.Generator, correct: Correct, classes: int) -> PredictionArrays:
    """Return predictions whose errors fall on the other classes at random."""
    labels = (np.arange(correct.shape[2]) % classes).astype(np.int32)
    wrong = (labels + random.integers(1, classes, labels.shape)) % classes
    predicted = np.where(correct, labels, wrong).astype(np.int32)
    return PredictionArrays(
        slugs=("first", "second")[: len(correct)],
        seeds=(tuple(range(correct.shape[1])),) * len(correct),
        classes=classes,
        labels=labels,
        train_labels=labels,
        predicted=tuple(predicted),
        train_predicted=(None,) * len(correct),
        confidence=(None,) * len(correct),
    )
