"""The audit beside mlscorecheck: random figures, real and altered, judged by both.

A contradiction is a case that one calls impossible and for which the other has counts; undecided is
none. mlscorecheck lets a score that is 0 / 0 pass for any figure, and its intervals are wider than
its formulas, so where only the audit calls figures impossible, all counts are tried with
mlscorecheck's formulas. mlscorecheck is a development dependency.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Iterator
from inspect import signature
from math import isfinite
from typing import Any, NamedTuple

import click
import numpy as np

from reportgen.audit.assumptions import assume, decide_tables
from reportgen.audit.scores import BINARY_SCORES
from reportgen.config.schema import Published, PublishedTable

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
LINEAR = ("accuracy", "sensitivity", "specificity", "balanced_accuracy")
TOLERANCE = 1e-9


class Case(NamedTuple):
    """Printed figures of a binary evaluation, or of an average over folds."""

    kind: str
    folds: tuple[tuple[int, int], ...]
    """Negative and positive examples of each; one entry where there are no folds."""
    scores: dict[str, float]
    decimals: int


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
        kind = "folds" if random.random() < 0.2 else "one evaluation"
        folds = 1 if kind == "one evaluation" else int(random.integers(2, 5))
        sizes = tuple((int(p), int(n)) for p, n in random.integers(2, 60, (folds, 2)))
        known = LINEAR if folds > 1 else tuple(BINARY_NAMES)
        names = random.choice(known, int(random.integers(1, 1 + min(5, len(known)))), replace=False)
        # mlscorecheck fails on folds without a sensitivity and a specificity.
        asked = set(names.tolist()) | (set(LINEAR[1:3]) if folds > 1 else set())
        scores = _scores(sorted(asked), sizes, random)
        if scores is None:
            continue
        decimals = int(random.integers(2, 5))
        printed = {name: round(value, decimals) for name, value in scores.items()}
        if random.random() < 0.5:
            altered = str(random.choice(names))
            unit = int(random.integers(1, 4)) * int(random.choice([-1, 1])) / 10**decimals
            value = round(printed[altered] + unit, decimals)
            printed[altered] = min(1.0, max(0.0, value)) if altered in LINEAR else value
        yield Case(kind, sizes, printed, decimals)
        count -= 1


def _scores(
    names: list[str], folds: tuple[tuple[int, ...], ...], random: np.random.Generator
) -> dict[str, float] | None:
    """Return the average of each score over folds; None where one is not defined."""
    found: dict[str, list[float]] = {name: [] for name in names}
    skill = random.random()
    for negative, positive in folds:
        tp = int(random.binomial(positive, 0.5 + skill / 2))
        tn = int(random.binomial(negative, 0.5 + skill / 2))
        for name in names:
            ratio = BINARY_SCORES[name](tp, negative - tn, positive - tp, tn)
            if ratio.denominator == 0:
                return None
            found[name].append(ratio.numerator / ratio.denominator ** (0.5 if ratio.root else 1))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return means if all(isfinite(value) for value in means.values()) else None


def judge(case: Case) -> Judged:
    """Ask both."""
    ours, impossible = _ask_us(case), _ask_mlscorecheck(case)
    contradict = ours == "possible" if impossible else ours == "impossible" and _some_counts(case)
    return Judged(ours, impossible, contradict)


def _some_counts(case: Case) -> bool:
    """Whether some counts of one evaluation give all figures by mlscorecheck's formulas."""
    from mlscorecheck.scores import score_functions_standardized_all as formulas

    if len(case.folds) > 1:
        return True
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
        return abs(found - value) <= half

    return any(
        all(fits(name, value, tp, tn) for name, value in case.scores.items())
        for tp in range(p + 1)
        for tn in range(n + 1)
    )


def _ask_us(case: Case) -> str:
    table = PublishedTable.model_validate(
        {
            "name": "t",
            "decimals": case.decimals,
            "binary": case.scores,
            "folds": case.folds if len(case.folds) > 1 else (),
        }
    )
    supports = tuple(map(sum, zip(*case.folds, strict=True)))
    published = Published(source="p", test_support=supports, tables=(table,))
    return decide_tables([assume(table, published, ["negative", "positive"])], supports).judgement


def _ask_mlscorecheck(case: Case) -> bool:
    from mlscorecheck.check.binary import check_1_dataset_known_folds_mos, check_1_testset_no_kfold

    scores = {BINARY_NAMES[name]: value for name, value in case.scores.items()}
    parts = [{"n": negative, "p": positive} for negative, positive in case.folds]
    about: dict[str, Any] = {"scores": scores, "eps": 0.5 / 10**case.decimals}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(parts) == 1:
            found = check_1_testset_no_kfold(
                testset=parts[0], numerical_tolerance=TOLERANCE, **about
            )
        else:
            total = {key: sum(part[key] for part in parts) for key in ("n", "p")}
            found = check_1_dataset_known_folds_mos(
                dataset=total, folding={"folds": parts}, verbosity=0, **about
            )
    return bool(found["inconsistency"])


@click.command()
@click.option("--cases", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def command(cases: int, seed: int) -> None:
    """Compare the audit with mlscorecheck, case by case."""
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
