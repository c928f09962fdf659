"""What `reportgen reproduce` concludes from what was found of each run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.cli.reproduce import _conclude
from reportgen.errors import VerificationFailed
from reportgen.verification.disagreement import Verdict
from reportgen.verification.reproduction import Reproduction


def found(verdict: Verdict) -> Reproduction:
    """Return what was found of a run."""
    return Reproduction("cnn", 0, "0" * 64, verdict, "30 of 10,000 classes differ")


@pytest.mark.parametrize(
    ("verdicts", "conclusion"),
    [
        (["same", "doubtful"], "report.html: a run is doubtful"),
        (["doubtful", "contradicts"], "report.html: a run contradicts the report"),
    ],
)
def test_a_doubtful_run_is_a_failure(verdicts: list[Verdict], conclusion: str) -> None:
    """It is named as doubtful, and the exit code is 1, as for a contradiction."""
    with pytest.raises(VerificationFailed, match=conclusion) as caught:
        _conclude(Path("report.html"), [found(verdict) for verdict in verdicts], is_text=True)
    assert caught.value.exit_code == 1
    found_lines = "cnn, seed 0: doubtful; 30 of 10,000 classes differ\n  this is no proof"
    assert found_lines in str(caught.value)


def test_runs_that_chance_explains_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """They are named, and nothing fails."""
    _conclude(Path("report.html"), [found("same"), found("compatible")], is_text=True)
    printed = capsys.readouterr().out
    assert printed.startswith("This proves: the runs named below follow")
    assert "cnn, seed 0: compatible" in printed
