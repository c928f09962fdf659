"""Every binary score against scikit-learn, mlscorecheck and brute force on small supports."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from itertools import product
from math import sqrt
from random import Random

import pytest
from sklearn.metrics import fbeta_score

from benchmarks.audit import BINARY_NAMES
from reportgen.audit.assumptions import assume, decide_tables
from reportgen.audit.scores import Ratio, score_formula
from reportgen.config.checks import BINARY
from reportgen.config.published import Published, PublishedTable

THEIRS = {
    **BINARY_NAMES,
    "error_rate": "err",
    "false_positive_rate": "fpr",
    "false_negative_rate": "fnr",
    "false_discovery_rate": "fdr",
    "false_omission_rate": "for_",
    "prevalence_threshold": "pt",
}
NEGATIVE, POSITIVE = 7, 5


def their_formulas() -> dict[str, Callable[..., float]]:
    """Return mlscorecheck's formulas, by its names; it takes two seconds to import."""
    from mlscorecheck.scores import score_functions_standardized_all

    return dict(score_functions_standardized_all)


def value_of(ratio: Ratio) -> float | None:
    """Return a ratio as a number; None where it is undefined."""
    if not ratio.denominator:
        return None
    return float(ratio.numerator / ratio.denominator ** (0.5 if ratio.root else 1))


def theirs(name: str, tp: int, tn: int) -> float | None:
    """Return mlscorecheck's score; None where it is undefined."""
    formula = their_formulas()[THEIRS[name]]
    given = {"tp": tp, "tn": tn, "p": POSITIVE, "n": NEGATIVE, "sqrt": sqrt}
    try:
        return float(
            formula(**{key: given[key] for key in signature(formula).parameters if key in given})
        )
    except (ZeroDivisionError, TypeError, ValueError):
        return None


def test_every_score_of_mlscorecheck_has_a_name_here() -> None:
    """Its scores are ours, F-beta of both classes apart, which have a name for each beta."""
    assert set(their_formulas()) - set(THEIRS.values()) == {"fbp", "fbn"}
    assert set(THEIRS) <= set(BINARY)


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_a_score_is_decided_as_trying_every_matrix_decides_it(name: str) -> None:
    """Every value that mlscorecheck's formula gives is possible, and no other printed one."""
    random = Random(name)
    every = [theirs(name, tp, tn) for tp, tn in product(range(POSITIVE + 1), range(NEGATIVE + 1))]
    values = [value for value in every if value is not None]
    for _ in range(12):
        printed = round(random.choice(values) + random.choice([0, 0, 0.01, -0.02]), 2)
        near = [abs(value - printed) for value in values]
        if any(0.0049 < distance < 0.0051 for distance in near):
            continue
        # 0 / 0 may be printed as 0 or as 1.
        expected = min(near) <= 0.005 or (None in every and printed in (0, 1))
        table = PublishedTable(name="t", decimals=2, binary={name: printed})
        published = Published(source="p", test_support=(NEGATIVE, POSITIVE), tables=(table,))
        found = decide_tables([assume(table, published, ["n", "p"])], (NEGATIVE, POSITIVE))
        assert found.judgement == ("possible" if expected else "impossible"), printed


@pytest.mark.parametrize(("name", "beta"), [("f1", 1), ("f2", 2), ("f0_5", 0.5), ("f3", 3)])
def test_f_beta_is_scikit_learns(name: str, beta: float) -> None:
    """For any beta, of the positive and of the negative class."""
    labels, predicted = [0, 0, 0, 0, 1, 1, 1], [0, 1, 0, 0, 1, 0, 1]
    for positive, suffix in ((1, ""), (0, "_negative")):
        found = value_of(score_formula(name + suffix)(2, 1, 1, 3))
        assert found == pytest.approx(fbeta_score(labels, predicted, beta=beta, pos_label=positive))
