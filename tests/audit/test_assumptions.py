"""Figures of real evaluations are never called impossible under what is declared about them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from reportgen.audit import feasibility
from reportgen.audit.assumptions import assume, decide_tables
from reportgen.audit.ranges import printed_range
from reportgen.config.published import Published, PublishedTable, Rounding
from tests.support.examples import at_most

Labels = NDArray[np.int64]


@pytest.fixture(autouse=True, scope="module")
def brief_search() -> Iterator[None]:
    """Look for averages only briefly: what is impossible does not depend on it."""
    sample, few = feasibility._sample, feasibility.FEWEST_SAMPLED
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feasibility, "MOST_CELLS", 12)
        patch.setattr(feasibility, "_sample", lambda counts, near, _: sample(counts, near, few))
        yield


def scores_of(labels: Labels, predicted: Labels, classes: int) -> dict[str, NDArray[np.float64]]:
    """Return every metric of a table as scikit-learn computes it."""
    every = list(range(classes))
    options = {"labels": every, "zero_division": 0}

    def score(average: str | None) -> dict[str, NDArray[np.float64]]:
        found = precision_recall_fscore_support(labels, predicted, average=average, **options)
        return dict(zip(("precision", "recall", "f1"), found[:3], strict=True))

    per_class = score(None)
    matrix = confusion_matrix(labels, predicted, labels=list(range(classes + 1)))
    true = np.diag(matrix)[:classes]
    missed, false = matrix.sum(axis=1)[:classes] - true, matrix.sum(axis=0)[:classes] - true
    negative = len(labels) - true - missed - false
    found = {
        **per_class,
        "specificity": np.divide(
            negative, negative + false, out=np.zeros(classes), where=negative + false > 0
        ),
        "npv": np.divide(
            negative, negative + missed, out=np.zeros(classes), where=negative + missed > 0
        ),
        "accuracy": accuracy_score(labels, predicted),
        "mcc": matthews_corrcoef(labels, predicted),
        "kappa": np.nan_to_num(cohen_kappa_score(labels, predicted)),
        "balanced_accuracy": per_class["recall"].mean(),
    }
    for average in ("macro", "micro", "weighted"):
        found |= {f"{average}_{name}": value for name, value in score(average).items()}
    return {metric: np.asarray(value, dtype=np.float64) for metric, value in found.items()}


def test_balanced_accuracy_is_the_mean_recall() -> None:
    """The table's balanced accuracy is scikit-learn's."""
    labels, predicted = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    expected = balanced_accuracy_score(labels, predicted)
    assert scores_of(labels, predicted, 3)["balanced_accuracy"] == expected


def printed(value: float, decimals: int, rounding: str) -> float:
    """Print as the rounding says."""
    if rounding == "truncated":
        units = floor(abs(value) * 10**decimals) * (1 if value >= 0 else -1)
        return round(units / 10**decimals, decimals)
    return round(float(value), decimals)


@given(st.floats(-1, 1), st.integers(1, 4), st.sampled_from(["nearest", "truncated", "any"]))
@example(-0.04, 1, "truncated")
def test_a_printed_value_is_in_the_range_of_its_digits(
    value: float, decimals: int, rounding: Rounding
) -> None:
    """Also a negative value that is cut off to zero, whose sign is not printed."""
    found = printed_range(printed(value, decimals, rounding) + 0.0, decimals, rounding)
    slack = Fraction(1, 10**12)
    assert found.low - slack <= Fraction(value) <= found.high + slack


@st.composite
def evaluations(
    draw: st.DrawFn, most_runs: int = 5
) -> tuple[PublishedTable, tuple[int, ...], list[str]]:
    """Draw a table of figures of real predictions, and what is declared about it."""
    classes = draw(st.integers(2, 8))
    supports = tuple(draw(st.lists(st.integers(1, 200), min_size=classes, max_size=classes)))
    runs = draw(st.integers(1, most_runs))
    outside = draw(st.booleans())
    rounding = draw(st.sampled_from(["nearest", "truncated", "half-even", "any"]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    error = draw(st.sampled_from([0.0, 0.02, 0.2, 0.8, 1.0]))
    labels = np.repeat(np.arange(classes), supports)
    found = []
    for _ in range(runs):
        guesses = random.integers(0, classes + outside, len(labels))
        predicted = np.where(random.random(len(labels)) < error, guesses, labels)
        found.append(scores_of(labels, predicted, classes))
    decimals = draw(st.integers(1, 5))
    metrics = draw(st.sets(st.sampled_from(sorted(found[0])), min_size=1, max_size=8))
    values: dict[str, float | tuple[float, ...]] = {}
    for metric in sorted(metrics):
        mean = np.mean([scores[metric] for scores in found], axis=0)
        figures = [printed(value, decimals, rounding) for value in np.atleast_1d(mean)]
        values[metric] = tuple(figures) if mean.ndim else figures[0]
    table: dict[str, object] = {"name": "t", "decimals": decimals, **values}
    table |= {"rounding": rounding}
    table |= {"runs": draw(st.sampled_from([runs, "unknown"])), "outside_predictions": outside}
    return PublishedTable.model_validate(table), supports, [str(k) for k in range(classes)]


@pytest.mark.slow
@at_most(40)
@given(evaluations())
def test_figures_of_real_evaluations_are_never_impossible(
    drawn: tuple[PublishedTable, tuple[int, ...], list[str]],
) -> None:
    """Rounded in any declared way, averaged over runs, with predictions outside the classes."""
    table, supports, classes = drawn
    published = Published(source="p", test_support=supports, tables=(table,))
    decision = decide_tables([assume(table, published, classes)], supports)
    assert decision.judgement != "impossible", (decision, table, supports)


@pytest.mark.slow
@at_most(12)
@given(st.data())
def test_averages_over_folds_are_never_impossible(data: st.DataObject) -> None:
    """Folds of known or unknown composition: their average is not called impossible."""
    classes = data.draw(st.integers(2, 3))
    count = data.draw(st.integers(2, 5))
    size = st.lists(st.integers(2, 30), min_size=classes, max_size=classes).map(tuple)
    folds = tuple(data.draw(st.lists(size, min_size=count, max_size=count)))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    found = []
    for fold in folds:
        labels = np.repeat(np.arange(classes), fold)
        guesses = random.integers(0, classes, len(labels))
        predicted = np.where(random.random(len(labels)) < 0.3, guesses, labels)
        found.append(scores_of(labels, predicted, classes))
    metrics = data.draw(st.sets(st.sampled_from(sorted(found[0])), min_size=1, max_size=5))
    values: dict[str, float | tuple[float, ...]] = {}
    for metric in sorted(metrics):
        mean = np.mean([scores[metric] for scores in found], axis=0)
        figures = [printed(value, 3, "nearest") for value in np.atleast_1d(mean)]
        values[metric] = tuple(figures) if mean.ndim else figures[0]
    known = data.draw(st.booleans())
    about = {"folds": folds} if known else {"fold_count": count}
    table = PublishedTable.model_validate({"name": "t", "decimals": 3, **values, **about})
    supports = tuple(map(sum, zip(*folds, strict=True)))
    published = Published(source="p", test_support=supports, tables=(table,))
    decision = decide_tables([assume(table, published, ["a", "b", "c"][:classes])], supports)
    assert decision.judgement != "impossible", (decision, table)
