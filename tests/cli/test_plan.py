"""`reportgen plan --register`, and what a report says of the plan."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.report.samples import stub_svg

EXPERIMENT = """\
title = "Two classifiers"
[data]
name = "digits"
[training]
seeds = [0]
[[models]]
name = "Trees"
estimator = "sklearn.tree:DecisionTreeClassifier"
[[models]]
name = "Bayes"
estimator = "sklearn.naive_bayes:GaussianNB"
"""


def test_a_plan_is_written_where_it_is_asked_for(reportgen: CommandLine, tmp_path: Path) -> None:
    """Without --register, nothing is written; the message says what the command does."""
    file = tmp_path / "mine.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    ended = reportgen("plan", str(file))
    assert (ended.code, "add --register to write the plan beside" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="signatures need ssh-keygen")
def test_a_report_says_whether_it_follows_its_plan(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signed plan is carried; the report that follows it says so, another lists what deviates."""
    monkeypatch.setattr("reportgen.figures.drawing.draw_svg", stub_svg)
    file, output = tmp_path / "mine.toml", tmp_path / "output"
    file.write_text(EXPERIMENT, encoding="utf-8")
    key = tmp_path / "ada"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text(encoding="utf-8")
    (tmp_path / "signers").write_text(f"ada@example.org {public}", encoding="utf-8")
    folder = ("--output", str(output))
    ended = reportgen("plan", "--register", str(file), "--key", str(key), *folder)
    assert (ended.code, "mine.plan.json.sig" in ended.out) == (0, True)
    assert reportgen("plan", "--register", str(file), *folder).code == 2

    build = ("build", str(file), "--format", "html", "--quiet", *folder)
    report = output / "mine" / "report.html"
    assert reportgen(*build).code == 0
    assert "The report follows it" in report.read_text(encoding="utf-8")
    ended = reportgen(*build, "--set", "analysis.margin=2")
    deviation = "plan mine.plan.json: analysis.margin is 2.0, and 0.2 in the plan"
    assert (ended.code, f"The report deviates from the {deviation}." in ended.out) == (0, True)
    html = report.read_text(encoding="utf-8")
    assert "analysis.margin is 2.0, and 0.2 in the plan" in html
    assert "which carries a signature" in html
    ended = reportgen("verify", str(report))
    assert (ended.code, f"Note: deviations from the {deviation}." in ended.out) == (0, True)
    assert reportgen("sign", str(report), "--key", str(key)).code == 0
    ended = reportgen("verify", str(report), "--signers", str(tmp_path / "signers"))
    assert (ended.code, "Its plan: signed by ada@example.org" in ended.out) == (0, True)

    plan = tmp_path / "mine.plan.json"
    signed = plan.read_text(encoding="utf-8")
    plan.write_text(signed.replace('"margin": 0.2', '"margin": 2.0'), encoding="utf-8")
    ended = reportgen(*build)
    assert (ended.code, f"{plan} was changed after it was signed" in ended.err) == (2, True)
    plan.with_name("mine.plan.json.sig").unlink()
    ended = reportgen(*build, "--set", "analysis.margin=2")
    assert (ended.code, "Since the last build: plan (SHA-256) " in ended.out) == (0, True)
