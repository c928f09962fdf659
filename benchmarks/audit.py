"""The audit beside mlscorecheck: random figures, real and altered, judged by both.

A contradiction is a case that one calls impossible and for which the other has counts; undecided is
none. mlscorecheck lets a score that is 0 / 0 pass for any figure, and its intervals are wider than
its formulas, so where only the audit calls figures impossible, all counts are tried with
mlscorecheck's formulas. mlscorecheck is a development dependency.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from inspect import signature
from itertools import product
from math import isfinite, lcm
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from reportgen.audit.assumptions import assume, decide_tables
from reportgen.audit.decision import Decision
from reportgen.audit.scores import score_formula
from reportgen.config.published import Published, PublishedTable

BINARY_NAMES = {
    "accuracy": "acc",
    "sensitivity": "sens",
    "specificity": "spec",
    "precision": "ppv",
    "npv": "npv",
    "balanced_accuracy": "bacc",
    "f1": "f1p",
    "f1_negative": "f1n",
    "fowlkes_mallows": "fm",
    "unified_performance": "upm",
    "geometric_mean": "gm",
    "markedness": "mk",
    "positive_likelihood_ratio": "lrp",
    "negative_likelihood_ratio": "lrn",
    "mcc": "mcc",
    "informedness": "bm",
    "diagnostic_odds_ratio": "dor",
    "jaccard": "ji",
    "kappa": "kappa",
}
"""Our names of binary scores, and mlscorecheck's."""
MICRO = {"micro_precision": "ppv", "micro_recall": "sens", "micro_f1": "f1p"}
"""Our names of micro averages, and mlscorecheck's."""
OURS = {"sensitivity": "recall"}
LINEAR = ("accuracy", "sensitivity", "specificity", "balanced_accuracy")
TOLERANCE = 1e-9


KINDS = {
    "one evaluation": 0.5,
    "folds": 0.15,
    "stratified folds": 0.05,
    "unknown folds": 0.1,
    "several classes": 0.15,
    "micro averages": 0.05,
}
"""How often each kind of case is drawn."""


class Case(NamedTuple):
    """Printed figures of an evaluation, or of an average over folds."""

    kind: str
    folds: tuple[tuple[int, ...], ...]
    """Examples of each class in each fold, the positive class last; one entry without folds."""
    scores: dict[str, float]
    decimals: int
    altered: bool
    """Whether one figure was changed, so that they may be impossible."""
    repeats: int = 1
    """How often the same folds were evaluated: they are listed as often."""


class Judged(NamedTuple):
    """What both say about a case."""

    ours: str
    impossible: bool
    """Whether mlscorecheck calls it inconsistent."""
    contradict: bool
    """Whether one found counts and the other says that there are none."""


def random_cases(count: int, seed: int) -> Iterator[Case]:
    """Yield figures of random predictions, half of them with one figure altered."""
    random = np.random.default_rng(seed)
    while count:
        case = _random_case(str(random.choice(list(KINDS), p=list(KINDS.values()))), random)
        if case is not None:
            yield case
            count -= 1


def _random_case(kind: str, random: np.random.Generator) -> Case | None:
    """Return a case; None where a score is not defined."""
    sizes, repeats = _random_folds(kind, random)
    known = tuple(BINARY_NAMES) if kind == "one evaluation" else LINEAR
    names = list(
        random.choice(known, int(random.integers(1, 1 + min(5, len(known)))), replace=False)
    )
    if kind != "one evaluation":
        # mlscorecheck fails on folds without a sensitivity and a specificity.
        names = sorted({*names, *LINEAR[1:3]})
    if kind == "several classes":
        names = list(LINEAR[1:3])
    if kind == "micro averages":
        names = sorted(random.choice(list(MICRO), int(random.integers(1, 4)), replace=False))
    scores = _scores(names, sizes, random)
    if scores is None:
        return None
    decimals, altered = int(random.integers(2, 5)), bool(random.random() < 0.5)
    printed = {name: round(value, decimals) for name, value in scores.items()}
    if altered:
        name = str(random.choice(names))
        unit = int(random.integers(1, 4)) * int(random.choice([-1, 1])) / 10**decimals
        value = round(printed[name] + unit, decimals)
        shares = (*LINEAR, *MICRO)
        printed[name] = min(1.0, max(0.0, value)) if name in shares else value
    return Case(kind, sizes, printed, decimals, altered, repeats)


def _random_folds(
    kind: str, random: np.random.Generator
) -> tuple[tuple[tuple[int, ...], ...], int]:
    """Return the examples of each class in each fold, and how often the folds are repeated."""
    if kind == "stratified folds":
        from mlscorecheck.aggregated import stratified_configurations_sklearn

        count, repeats = int(random.integers(2, 4)), int(random.integers(1, 3))
        p, n = map(int, random.integers(2 * count, 60, 2))
        parts = stratified_configurations_sklearn(p=p, n=n, n_splits=count)
        return tuple((int(part[0]), int(part[1])) for part in parts) * repeats, repeats
    classes = int(random.integers(3, 6)) if kind in ("several classes", "micro averages") else 2
    folds = {"folds": random.integers(2, 5), "several classes": random.integers(1, 4)}
    count = 2 if kind == "unknown folds" else int(folds.get(kind, 1))
    largest = 8 if kind == "unknown folds" else 60
    return tuple(tuple(map(int, random.integers(2, largest, classes))) for _ in range(count)), 1


def _scores(
    names: Sequence[str], folds: Sequence[Sequence[int]], random: np.random.Generator
) -> dict[str, float] | None:
    """Return the average of each score over folds; of several classes, its macro average."""
    found: dict[str, list[float]] = {name: [] for name in names}
    skill = random.random()
    for sizes in folds:
        chances = np.full((len(sizes), len(sizes)), (1 - skill) / len(sizes))
        chances[np.diag_indices(len(sizes))] += skill
        matrix = np.array([random.multinomial(n, p) for n, p in zip(sizes, chances, strict=True)])
        for name in names:
            if name in MICRO:
                # Each example is predicted as one of the classes: all three are the accuracy.
                found[name].append(float(np.trace(matrix) / matrix.sum()))
                continue
            scores = [_score(name, matrix, k) for k in range(len(sizes))]
            values = [value for value in scores if value is not None]
            if len(values) < len(scores):
                return None
            found[name].append(float(np.mean(values)) if len(sizes) > 2 else values[-1])
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return means if all(isfinite(value) for value in means.values()) else None


def _score(name: str, matrix: NDArray[np.int64], k: int) -> float | None:
    tp, total = int(matrix[k, k]), int(matrix.sum())
    missed, false = int(matrix[k].sum()) - tp, int(matrix[:, k].sum()) - tp
    ratio = score_formula(OURS.get(name, name))(tp, false, missed, total - tp - missed - false)
    if ratio.denominator == 0:
        return None
    return float(ratio.numerator / ratio.denominator ** (0.5 if ratio.root else 1))


def judge(case: Case) -> Judged:
    """Ask both."""
    found, impossible = _ask_us(case), _ask_mlscorecheck(case)
    ours = found.judgement
    if not impossible:
        return Judged(ours, False, ours == "impossible" and _some_counts(case))
    # Of unknown folds mlscorecheck takes the sizes to be equal; the audit takes any.
    sizes = [sum(evaluation.supports) for evaluation in found.evaluations]
    comparable = case.kind != "unknown folds" or max(sizes, default=0) - min(sizes, default=0) <= 1
    return Judged(ours, True, ours == "possible" and comparable)


def _some_counts(case: Case) -> bool:
    """Whether some counts give all figures that the audit calls impossible.

    For several classes mlscorecheck does not ask whether their counts are those of one matrix, so
    that it passes more: only figures of real predictions count there.
    """
    from mlscorecheck.scores import score_functions_standardized_all as formulas

    if case.kind in ("folds", "stratified folds"):
        return _some_means(case)
    if case.kind != "one evaluation":
        return not (case.altered and case.kind in ("several classes", "micro averages"))
    ((n, p),) = case.folds
    half = 0.5 / 10**case.decimals + TOLERANCE

    def fits(name: str, value: float, tp: int, tn: int) -> bool:
        formula, counts = formulas[BINARY_NAMES[name]], {"tp": tp, "tn": tn, "p": p, "n": n}
        try:
            found = formula(
                **{key: counts[key] for key in signature(formula).parameters if key in counts}
            )
        except ZeroDivisionError:
            return False
        return bool(abs(found - value) <= half)

    return any(
        all(fits(name, value, tp, tn) for name, value in case.scores.items())
        for tp in range(p + 1)
        for tn in range(n + 1)
    )


def _some_means(case: Case) -> bool:
    """Whether exact means of sensitivity and specificity over folds give the figures.

    mlscorecheck passes figures that miss a range by its tolerance; all means are tried here. False
    only where sensitivity, specificity and balanced accuracy by themselves have none.
    """
    half = Fraction(1, 2 * 10**case.decimals)
    wanted = {name: Fraction(Decimal(repr(float(v)))) for name, v in case.scores.items()}
    means = [
        [mean for mean in _means(sizes) if abs(mean - wanted[name]) <= half]
        for name, sizes in zip(
            ("specificity", "sensitivity"), zip(*case.folds, strict=True), strict=True
        )
    ]
    balanced = wanted.get("balanced_accuracy")
    return any(
        balanced is None or abs((negative + positive) / 2 - balanced) <= half
        for negative, positive in product(*means)
    )


def _means(sizes: Sequence[int]) -> list[Fraction]:
    """Return every mean over folds of a share of so many examples in each."""
    common = lcm(*sizes)
    sums = {0}
    for size in sizes:
        sums = {each + common // size * hits for each in sums for hits in range(size + 1)}
    return [Fraction(each, common * len(sizes)) for each in sums]


def _ask_us(case: Case) -> Decision:
    supports = tuple(map(sum, zip(*case.folds, strict=True)))
    table: dict[str, Any] = {"name": "t", "decimals": case.decimals, "binary": case.scores}
    if case.kind == "several classes":
        table |= {"binary": {}, "macro_recall": case.scores["sensitivity"]}
        table["macro_specificity"] = case.scores["specificity"]
    if case.kind == "micro averages":
        table |= {"binary": {}, **case.scores}
    if case.kind == "unknown folds":
        table["fold_count"] = len(case.folds)
    elif len(case.folds) > 1:
        table["folds"] = case.folds
    read = PublishedTable.model_validate(table)
    published = Published(source="p", test_support=supports, tables=(read,))
    classes = [str(index) for index in range(len(supports))]
    return decide_tables([assume(read, published, classes)], supports)


def _ask_mlscorecheck(case: Case) -> bool:
    from mlscorecheck.check import binary, multiclass

    names = {**BINARY_NAMES, **MICRO}
    scores = {names[name]: value for name, value in case.scores.items()}
    about: dict[str, Any] = {"scores": scores, "eps": 0.5 / 10**case.decimals}
    binary_case = case.kind not in ("several classes", "micro averages")
    keys: Sequence[Any] = ("n", "p") if binary_case else range(9)
    parts = [dict(zip(keys, sizes, strict=False)) for sizes in case.folds]
    total = {key: sum(part[key] for part in parts) for key in parts[0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if case.kind == "one evaluation":
            found = binary.check_1_testset_no_kfold(
                testset=total, numerical_tolerance=TOLERANCE, **about
            )
        elif case.kind == "unknown folds":
            folding = {"n_folds": len(parts), "n_repeats": 1}
            found = binary.check_1_dataset_unknown_folds_mos(
                dataset=total, folding=folding, verbosity=0, **about
            )
        elif case.kind == "folds":
            found = binary.check_1_dataset_known_folds_mos(
                dataset=total, folding={"folds": parts}, verbosity=0, **about
            )
        elif case.kind == "stratified folds":
            count = len(parts) // case.repeats
            data = {key: value // case.repeats for key, value in total.items()}
            stratified: dict[str, Any] = {
                "n_folds": count,
                "n_repeats": case.repeats,
                "strategy": "stratified_sklearn",
            }
            found = binary.check_1_dataset_known_folds_mos(
                dataset=data, folding=stratified, verbosity=0, **about
            )
        elif case.kind == "micro averages":
            found = multiclass.check_1_testset_no_kfold_micro(testset=total, **about)
        elif len(parts) == 1:
            found = multiclass.check_1_testset_no_kfold_macro(testset=total, verbosity=0, **about)
        else:
            found = multiclass.check_1_dataset_known_folds_mos_macro(
                dataset=total, folding={"folds": parts}, verbosity=0, **about
            )
    return bool(found["inconsistency"])


@click.command()
@click.option("--cases", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def command(cases: int, seed: int) -> None:
    """Compare the audit with mlscorecheck, case by case."""
    logging.disable(logging.CRITICAL)
    started, counts = time.perf_counter(), Counter[tuple[str, str, bool]]()
    contradictions = []
    for case in random_cases(cases, seed):
        judged = judge(case)
        counts[case.kind, judged.ours, judged.impossible] += 1
        if judged.contradict:
            contradictions.append((case, judged))
    click.echo(f"{cases:,} cases in {time.perf_counter() - started:.0f} s")
    for (kind, ours, impossible), number in sorted(counts.items()):
        theirs = "inconsistent" if impossible else "consistent"
        click.echo(f"{kind:15} audit: {ours:11} mlscorecheck: {theirs:13} {number:,}")
    click.echo(f"contradictions: {len(contradictions)}")
    for case, judged in contradictions[:20]:
        click.echo(f"  {judged.ours}: {case}")
    if contradictions:
        raise SystemExit(1)
