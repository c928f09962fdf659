"""What the tests of studies share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import stdtrit
from statsmodels.api import OLS
from statsmodels.stats.multitest import multipletests

from reportgen.analysis.facts import Facts
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode, encode
from reportgen.results.records import Record
from reportgen.studies import analyse, shipped_studies
from reportgen.studies.comparing import Compared
from reportgen.studies.interpretability.records import Gain
from reportgen.verification.consistency import check_evidence

Numbers = TypeVar("Numbers", bound=Record)
Item = TypeVar("Item")


@pytest.fixture(scope="module")
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Return the evidence that a module's `make_evidence` makes, once for all of its tests."""
    made: Evidence = request.module.make_evidence()
    return made


@pytest.fixture(scope="module")
def facts(evidence: Evidence) -> Facts:
    """Return the facts of a module's own evidence."""
    return analyse(evidence)


def found_in(facts: Facts, kind: type[Numbers]) -> Numbers:
    """Return the numbers of the study that has records of this kind."""
    (name,) = (name for name, study in shipped_studies().items() if study.result is kind)
    return kind.model_validate(facts.studies[name])


def written_and_read(evidence: Evidence) -> Evidence:
    """Return evidence as it is read from its file; what is read is what was written."""
    again = decode(encode(evidence))
    assert again.digest() == evidence.digest()
    assert again.header == evidence.header
    return again


def faults_in(evidence: Evidence) -> list[str]:
    """Return what verification finds wrong with the evidence of studies."""
    return [each.printed for each in check_evidence(evidence) if "study" in each.where]


def check_holm(family: Iterable[Compared | Gain]) -> None:
    """Assert that the p-values are corrected over the family as statsmodels corrects them."""
    every = list(family)
    expected = multipletests([each.p_value for each in every], method="holm")[1]
    assert [each.p_adjusted for each in every] == pytest.approx(expected.tolist())


def rotated(values: Iterable[Item]) -> list[list[Item]]:
    """Return the values in as many orders: each of them is once in each place."""
    known = list(values)
    return [known[start:] + known[:start] for start in range(len(known))]


def group_alike(values: NDArray[np.float64], size: int = 5) -> NDArray[np.int32]:
    """Return clusters of about so many examples with nearly the same values, `[n]`."""
    clusters = np.empty(len(values), dtype=np.int32)
    clusters[np.argsort(values, kind="stable")] = np.arange(len(values)) // size
    return clusters


def interval_of_clusters(
    values: NDArray[np.float64], clusters: NDArray[np.int32]
) -> tuple[float, float]:
    """Return the interval of a mean of one run, `[n]`, from statsmodels, robust to clusters.

    With the variance of the report for models that agree on every example, 2 / n².
    """
    count = len(np.unique(clusters))
    fitted = OLS(values.astype(float), np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    variance = fitted.bse[0] ** 2 * count / (count - 1) + 2 / len(values) ** 2
    half = float(stdtrit(count - 1, 0.975)) * np.sqrt(variance)
    return float(values.mean() - half), float(values.mean() + half)
