"""Cautions beside the verdict: what a mean accuracy hides is named."""

from __future__ import annotations

from typing import Any

import numpy as np

import reportgen
from reportgen.analysis.summaries import summarise
from reportgen.figures.plan.dataset import plan_class_balance
from tests.support.facts import text_of


def caution(labels: Any, models: dict[str, Any], **settings: Any) -> str:
    """Return the caution of a report on these predictions; empty where there is none."""
    facts = reportgen.compare(labels, models, settings=settings).facts
    return text_of(facts, "caution") if "caution" in facts.claims else ""


def missing_from(labels: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    """Return the labels with a share of them replaced by the next class, evenly."""
    wrong = np.arange(len(labels)) % round(1 / share) == 0
    return np.where(wrong, (labels + 1) % 3, labels)


LABELS = np.arange(300) % 3


def test_a_run_in_another_order_is_named() -> None:
    """Its rows fit no better than chance, which the mean over seeds does not show."""
    good = [missing_from(LABELS, share) for share in (0.1, 0.125, 0.2)]
    shuffled = np.random.default_rng(0).permutation(good[2])
    assert not caution(LABELS, {"A": good, "B": good[1:]})
    share = 100 * (shuffled == LABELS).mean()
    assert share < 100 / 3
    assert caution(LABELS, {"A": good, "B": [*good[:2], shuffled]}) == (
        f"B with seed 2 is right about only {share:.2f}\u202f% of the test examples, no more than "
        "always answering with the most frequent class: its rows may be in another order than the "
        "labels."
    )


def test_a_class_that_no_run_recognises_is_named() -> None:
    """A model that never finds a small class may be as accurate as one that does."""
    labels = np.repeat([0, 1, 2], [150, 130, 20])
    blind = [np.where(labels == 2, 0, missing_from(labels, share)) for share in (0.1, 0.125)]
    once = [blind[0], np.where(np.arange(300) == 299, 2, blind[1])]
    assert not caution(labels, {"A": once, "B": labels})
    found = caution(labels, {"A": blind, "B": labels})
    assert found == "A recognises no test example of ‘2’."


def test_a_dominant_class_is_named_where_accuracy_decides() -> None:
    """With 1 % positives, a model that finds a third of them has 99.33 % accuracy."""
    labels = np.repeat([0, 1], [1980, 20])
    third = np.where(np.arange(2000) % 3 == 0, labels, 0)
    half = np.where(np.arange(2000) % 2 == 0, labels, 0)
    found = caution(labels, {"A": third, "B": half})
    assert found.startswith(
        "99.00\u202f% of the test examples are ‘0’, so accuracy hardly shows how well the rest are "
        "recognised: with another primary metric, such as macro F1, the verdict may differ."
    )
    assert "A is not shown to be more accurate than always answering" in found
    settings = {"analysis.primary": "macro_f1"}
    assert not caution(labels, {"A": third, "B": half}, **settings)


def test_the_mean_of_equal_runs_is_theirs() -> None:
    """Rounding would print it as 99.49 % beside a range of 99.50 % to 99.50 %."""
    value = 0.99495
    assert np.mean([value] * 3) != value
    summary = summarise([value] * 3)
    assert (summary.mean, summary.sd) == (value, 0)


def test_a_class_without_examples_has_no_size_to_compare() -> None:
    """The largest class is not called a hundred times as large as one with no examples."""
    labels = np.repeat([0, 1], 150)
    counts = {2: "All classes are of similar size", 3: "Examples of each class"}
    for classes, title in counts.items():
        names = [str(index) for index in range(classes)]
        facts = reportgen.compare(labels, {"A": labels}, classes=names).facts
        assert next(plan_class_balance(facts)).title == title
