"""Evidence that another version of reportgen wrote is refused in plain words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reportgen import __version__
from reportgen.cli.verify import command
from reportgen.errors import VerificationFailed
from reportgen.report.carried import facts_of
from reportgen.verification import findings
from tests.report.documents import html_without_fonts, synthetic_view
from tests.support.factories import make_build


def test_an_unknown_setting_names_both_versions() -> None:
    """A setting that this version does not know is no bug; the message says who wrote it."""
    _, _, evidence, _ = make_build(seeds=1, n=50)
    settings = {**evidence.header.experiment, "from_the_future": 1}
    header = evidence.header.model_copy(update={"experiment": settings, "reportgen": "99.0"})
    with pytest.raises(VerificationFailed, match=r"reportgen 99\.0 wrote, cannot be analysed by"):
        facts_of(replace(evidence, header=header))


def test_a_missing_run_is_told() -> None:
    """Evidence in which a model of the experiment has no run cannot be analysed."""
    _, _, evidence, _ = make_build(seeds=1, n=50)
    last = list(evidence.runs)[-1]
    header = evidence.header.model_copy(update={"runs": evidence.header.runs[:-1]})
    runs = {pair: run for pair, run in evidence.runs.items() if pair != last}
    with pytest.raises(VerificationFailed, match=r"cannot be analysed by .* no run of mlp-dropout"):
        facts_of(replace(evidence, header=header, runs=runs))


@pytest.fixture(scope="module")
def report() -> bytes:
    """A report that this version wrote."""
    return html_without_fonts(synthetic_view(seeds=1, figures=())).encode()


def verify(report: bytes, folder: Path, *options: str) -> Result:
    """Run `reportgen verify` on a report."""
    path = folder / "report.html"
    path.write_bytes(report)
    return CliRunner().invoke(command, [str(path), *options])


def test_a_report_of_this_version_needs_no_caution(report: bytes, tmp_path: Path) -> None:
    """Where the versions are the same, none is mentioned, and the JSON names it twice."""
    assert "another version" not in verify(report, tmp_path).output
    found = json.loads(verify(report, tmp_path, "--format", "json").output)
    assert found["written_by"] == found["verified_by"] == __version__


def test_a_report_of_another_version_is_verified_with_a_caution(
    report: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text, JSON and the complaint about findings name both versions."""
    monkeypatch.setattr(findings, "__version__", "99.0")
    caution = f"reportgen {__version__} wrote the report and reportgen 99.0 verifies it"
    assert caution in verify(report, tmp_path).output
    found = json.loads(verify(report, tmp_path, "--format", "json").output)
    assert (found["written_by"], found["verified_by"]) == (__version__, "99.0")
    edited = report.replace(b"</h2>", b"!</h2>", 1)
    assert edited != report
    assert caution in str(verify(edited, tmp_path).exception)
