"""Evidence that another version of reportgen wrote is refused in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reportgen.errors import VerificationFailed
from reportgen.report.findings import facts_of
from tests.support.factories import make_build


def test_an_unknown_setting_names_both_versions() -> None:
    """A setting that this version does not know is no bug; the message says who wrote it."""
    _, _, evidence, _ = make_build(seeds=1, n=50)
    settings = {**evidence.header.experiment, "from_the_future": 1}
    header = evidence.header.model_copy(update={"experiment": settings, "reportgen": "99.0"})
    with pytest.raises(VerificationFailed, match=r"reportgen 99\.0 wrote, cannot be analysed by"):
        facts_of(replace(evidence, header=header))


def test_a_missing_run_is_told() -> None:
    """Evidence in which a model lacks a seed of the others cannot be analysed."""
    _, _, evidence, _ = make_build(seeds=2, n=50)
    last = list(evidence.runs)[-1]
    header = evidence.header.model_copy(update={"runs": evidence.header.runs[:-1]})
    runs = {pair: run for pair, run in evidence.runs.items() if pair != last}
    with pytest.raises(VerificationFailed, match="cannot be analysed"):
        facts_of(replace(evidence, header=header, runs=runs))
