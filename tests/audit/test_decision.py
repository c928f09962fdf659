"""The audit against brute force on small tables, and what no counts can give."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest

from reportgen.audit.constraints import Constraints
from reportgen.audit.decision import decide
from reportgen.audit.ranges import constraints_of, printed_range, table_figures
from reportgen.config.published import PublishedTable

OVERALL = ("accuracy", "macro_f1", "micro_f1", "weighted_f1")
PER_CLASS = ("precision", "recall", "f1")
Matrix = tuple[tuple[int, ...], ...]


def constraints_for(tables: list[PublishedTable], supports: tuple[int, ...]) -> Constraints:
    """Return what tables demand, rounded to nearest."""
    printed = [
        (figure, printed_range(figure.value, table.decimals))
        for table in tables
        for figure in table_figures(table)
    ]
    return constraints_of(printed, supports)


def rows_of(support: int, classes: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to predict `support` examples as `classes` classes."""
    if classes == 1:
        yield (support,)
        return
    for first in range(support + 1):
        for rest in rows_of(support - first, classes - 1):
            yield (first, *rest)


@cache
def all_scores(supports: tuple[int, ...]) -> tuple[dict[str, Any], ...]:
    """Return the exact scores of every confusion matrix with these supports, each once."""
    k = len(supports)
    rows = [list(rows_of(support, k)) for support in supports]
    margins = {
        tuple((matrix[i][i], sum(row[i] for row in matrix)) for i in range(k))
        for matrix in product(*rows)
    }
    return tuple(exact_scores(supports, counts) for counts in sorted(margins))


def exact_scores(supports: tuple[int, ...], counts: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """Return every metric of a matrix from its true positives and predicted totals."""
    total = sum(supports)
    f1 = [Fraction(2 * hits, n + p) for n, (hits, p) in zip(supports, counts, strict=True)]
    accuracy = Fraction(sum(hits for hits, _ in counts), total)
    return {
        "accuracy": accuracy,
        "micro_f1": accuracy,
        "macro_f1": sum(f1, Fraction(0)) / len(f1),
        "weighted_f1": sum(n * s for n, s in zip(supports, f1, strict=True)) / Fraction(total),
        "precision": [Fraction(hits, p) if p else Fraction(0) for hits, p in counts],
        "recall": [Fraction(hits, n) for n, (hits, _) in zip(supports, counts, strict=True)],
        "f1": f1,
        "never_predicted": [p == 0 for _, p in counts],
    }


def explains(scores: dict[str, Any], table: PublishedTable) -> bool:
    """Whether these exact scores print as the table does, by closed rounding."""
    return all(
        prints(scores[metric], getattr(table, metric), table.decimals)
        for metric in OVERALL
        if getattr(table, metric) is not None
    ) and all(
        prints(value, printed, table.decimals) or (metric == "precision" and never and printed == 1)
        for metric in PER_CLASS
        if getattr(table, metric) is not None
        for value, printed, never in zip(
            scores[metric], getattr(table, metric), scores["never_predicted"], strict=True
        )
    )


def prints(value: Fraction, printed: float, decimals: int) -> bool:
    """Whether `value` may be printed so, whichever way halves are rounded."""
    # |value − units / 10^decimals| ≤ 1 / (2 · 10^decimals), multiplied out: fractions are slow.
    units, scale = round(printed * 10**decimals), 2 * 10**decimals
    return abs(scale * value.numerator - 2 * units * value.denominator) <= value.denominator


def random_table(supports: tuple[int, ...], random: Random) -> PublishedTable:
    """Return a table of a random matrix's scores, some of them off by one unit."""
    decimals = random.choice([1, 2, 2, 3])
    scores = random.choice(all_scores(supports))
    metrics = [m for m in (*OVERALL, *PER_CLASS) if random.random() < 0.4] or ["f1"]

    def shown(value: Fraction) -> float:
        slip = random.choice([-1, 1]) if random.random() < 0.1 else 0
        units = round(value * 10**decimals) + slip
        return min(1.0, max(0.0, round(units / 10**decimals, decimals)))

    values = {
        metric: tuple(map(shown, scores[metric])) if metric in PER_CLASS else shown(scores[metric])
        for metric in metrics
    }
    return PublishedTable.model_validate({"name": "t", "decimals": decimals, **values})


@pytest.mark.slow
@pytest.mark.parametrize(
    "supports",
    [(4,), (1, 1), (2, 5), (6, 6), (3, 6), (1, 2, 1), (3, 2, 2), (2, 2, 3), (4, 1, 3), (3, 3, 3)],
)
def test_small_tables_agree_with_brute_force(supports: tuple[int, ...]) -> None:
    """Possible and impossible are exactly what trying every confusion matrix says."""
    random = Random(repr(supports))
    judged = set()
    for _ in range(100):
        table = random_table(supports, random)
        truth = any(explains(scores, table) for scores in all_scores(supports))
        found = decide(constraints_for([table], supports))
        assert found.judgement == ("possible" if truth else "impossible"), table
        judged.add(truth)
    assert judged == {True, False}


@pytest.mark.slow
def test_the_counts_of_a_possible_table_print_as_the_table_does() -> None:
    """The counts that show a table possible are a matrix's, and give every figure."""
    random, supports = Random(3), (3, 2, 3)
    for _ in range(100):
        table = random_table(supports, random)
        found = decide(constraints_for([table], supports))
        if found.counts is not None:
            scores = exact_scores(supports, found.counts)
            assert scores in all_scores(supports)
            assert explains(scores, table)


def test_accuracy_and_macro_f1_that_cannot_go_together_are_impossible() -> None:
    """With one example in a hundred wrong, balanced classes cannot have a macro F1 of a half."""
    table = PublishedTable(name="t", decimals=4, accuracy=0.99, macro_f1=0.5)
    assert decide(constraints_for([table], (1000,) * 10)).judgement == "impossible"


def test_micro_f1_must_equal_accuracy() -> None:
    """Micro F1 is the accuracy, so a table that prints them apart is impossible."""
    table = PublishedTable(name="t", decimals=2, accuracy=0.9, micro_f1=0.92)
    assert decide(constraints_for([table], (500, 500))).judgement == "impossible"


def test_false_positives_need_room_among_the_other_classes_misses() -> None:
    """Two classes that trade no errors cannot both have more errors than there are in all."""
    # Class 0 misses 1 and is wrongly given 1; nobody else misses any, so there is no such matrix.
    table = PublishedTable(name="t", decimals=3, precision=(0.9, 1.0, 1.0), recall=(0.9, 1.0, 1.0))
    assert decide(constraints_for([table], (10, 10, 10))).judgement == "impossible"


def test_too_many_examples_are_left_undecided() -> None:
    """A table about more examples than the audit counts is undecided, with the reason."""
    table = PublishedTable(name="t", decimals=2, accuracy=0.5)
    found = decide(constraints_for([table], (3_000_000, 3_000_000)))
    assert found.judgement == "undecided"
    assert "2,000,000" in found.reason
