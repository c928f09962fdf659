"""Coverage of the intervals and error rates of the verdicts, by simulation.

Each table compares what the analysis says with a truth that the simulation knows. Runs are drawn
from a probit model: examples differ in difficulty, for all models and for each one, and runs in
skill, with the standard deviation `seeds sd` on the probit scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

import click
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from reportgen.analysis.comparisons import judge
from reportgen.analysis.contrasts import contrast, estimate_accuracy
from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.intervals import score_interval, wilson_interval
from reportgen.analysis.prediction_arrays import PredictionArrays

COMMON, OWN = 1.5, 0.7
"""Standard deviations of an example's difficulty: for all models, and for each one."""

SEEDS = ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (2, 5), (3, 5), (3, 10), (3, 1))
"""Numbers of seeds of the two models."""

SPREADS = ((0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.2, 0.2), (0.1, 0.05), (0.05, 0.1), (0.1, 0.0))
"""Standard deviations over the seeds of the two models."""

Correct = NDArray[np.bool_]


@click.command()
@click.option("--draws", default=2000, show_default=True, help="Simulated experiments a row.")
@click.option("--examples", default=1000, show_default=True, help="Test examples of each.")
@click.option("--accuracy", default=0.97, show_default=True, help="Of the two models compared.")
@click.option("--seed", default=0, show_default=True, help="Seed of the simulation.")
def command(draws: int, examples: int, accuracy: float, seed: int) -> None:
    """Simulate coverage of intervals and error rates of verdicts (minutes)."""
    random = np.random.default_rng(seed)
    click.echo(f"{draws} draws a row, {examples} test examples, nominal level 95 %\n")
    for line in _score_rows(random, draws, examples):
        click.echo(line)
    click.echo()
    for line in _pair_rows(random, draws, examples, accuracy):
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
    correct = draw_correct(random, (1 - error,), (seeds,), examples, (0.0,))
    predictions = _predict(random, correct[0], classes)
    macro, each = estimate_f1(predictions)
    wrong = ~predictions.correct[0]
    first = (predictions.labels == 0) | (predictions.predicted[0] == 0)
    count = int(predictions.correct[0].sum())
    rows = ((macro, examples, wrong), (each[0], 2 * examples // classes, wrong & first))
    found = [
        score_interval(
            float(estimates.values.mean()),
            float(estimates.covariance_of_means[0, 0]),
            0.95,
            size,
            int(bad.any(axis=0).sum()),
        )
        for estimates, size, bad in rows
    ]
    if seeds == 1:
        accuracy = wilson_interval(count, examples, 0.95)
    else:
        variance = float(estimate_accuracy(predictions.correct).covariance_of_means[0, 0])
        errors = int(wrong.any(axis=0).sum())
        accuracy = score_interval(count / examples / seeds, variance, 0.95, examples, errors)
    truth = 1 - error
    a, b, c = (each.low <= truth <= each.high for each in (accuracy, *found))
    return a, b, c


def _pair_rows(
    random: np.random.Generator, draws: int, examples: int, accuracy: float
) -> Iterator[str]:
    yield f"Two models of accuracy {accuracy}: how often the interval holds the truth, how often"
    yield "each verdict is given and is wrong, in %; mean half width of the interval, in points"
    yield "seeds    seeds sd     difference  covered  better  wrong  equivalent  wrong  half width"
    for seeds in SEEDS:
        for spread in SPREADS if min(seeds) > 1 else SPREADS[:1]:
            for difference in (0.0, (1 - accuracy) / 3):
                rows = [
                    _judge(random, seeds, spread, accuracy, difference, examples)
                    for _ in range(draws)
                ]
                covered, better, wrong, equivalent, outside, width = 100 * np.mean(rows, axis=0)
                yield (
                    f"{seeds[0]:2}, {seeds[1]:2}   {spread[0]:.2f}, {spread[1]:.2f}   "
                    f"{difference:10.4f}   {covered:6.1f}  {better:6.1f} {wrong:6.1f}   "
                    f"{equivalent:9.1f} {outside:6.1f}  {width:10.3f}"
                )


def _judge(
    random: np.random.Generator,
    seeds: Sequence[int],
    spread: Sequence[float],
    accuracy: float,
    difference: float,
    examples: int,
) -> tuple[bool, bool, bool, bool, bool, float]:
    """Return covered, better, better but wrong, equivalent, equivalent but wrong, half width."""
    accuracies = (accuracy + difference / 2, accuracy - difference / 2)
    correct = draw_correct(random, accuracies, seeds, examples, spread)
    found = contrast(estimate_accuracy(correct), (1, -1))
    interval, margin = found.interval(0.95), 2 * (1 - accuracy) / 3
    verdict = judge(interval, found.p_value, margin, 0.95)
    better, equivalent = verdict == "better", verdict == "equivalent"
    return (
        interval.low <= difference <= interval.high,
        better,
        better and (difference == 0 or interval.value < 0),
        equivalent,
        equivalent and difference >= margin,
        (interval.high - interval.low) / 2,
    )


def draw_correct(
    random: np.random.Generator,
    accuracies: Sequence[float],
    seeds: Sequence[int],
    examples: int,
    spread: Sequence[float],
) -> list[Correct]:
    """Return which examples each run gets right, `[seeds, examples]` of each model."""
    common = COMMON * random.standard_normal(examples, np.float32)
    correct = []
    for accuracy, count, sd in zip(accuracies, seeds, spread, strict=True):
        centre = ndtri(accuracy) * sqrt(1 + COMMON**2 + OWN**2 + sd**2)
        skill = np.float32(centre + sd * random.standard_normal((count, 1)))
        own = common + OWN * random.standard_normal(examples, np.float32)
        correct.append(random.standard_normal((count, examples), np.float32) < skill + own)
    return correct


def _predict(random: np.random.Generator, correct: Correct, classes: int) -> PredictionArrays:
    """Return one model's predictions, whose errors fall on the other classes at random."""
    labels = (np.arange(correct.shape[1]) % classes).astype(np.int32)
    wrong = (labels + random.integers(1, classes, labels.shape)) % classes
    return PredictionArrays(
        slugs=("model",),
        seeds=(tuple(range(len(correct))),),
        classes=classes,
        labels=labels,
        train_labels=labels,
        predicted=(np.where(correct, labels, wrong).astype(np.int32),),
        train_predicted=(None,),
        confidence=(None,),
    )
