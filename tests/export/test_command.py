"""`reportgen export` and `reportgen verify --against`, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.cli.entry import run
from reportgen.export import folder as export_folder
from reportgen.report.carried import Carried
from reportgen.report.html import render_html
from tests.report.samples import sample_view


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report.html in the folder of a build."""
    file = tmp_path_factory.mktemp("output") / "sample" / "report.html"
    file.parent.mkdir()
    file.write_text(render_html(sample_view()))
    return file


@pytest.mark.parametrize("by_name", [True, False])
def test_a_report_is_found_by_file_and_by_name(
    report: Path, by_name: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report is found by its file and by the name of its build."""
    exported: list[tuple[Carried, Path]] = []

    def keep(carried: Carried, folder: Path) -> tuple[str, ...]:
        exported.append((carried, folder))
        return ()

    monkeypatch.setattr(export_folder, "export_report", keep)
    named = ["sample", "--builds", str(report.parent.parent)] if by_name else [str(report)]
    assert run(["export", *named]) == 0
    ((carried, folder),) = exported
    assert carried.presentation.slug == "sample"
    assert folder == Path("sample-export")


def test_a_report_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A report that is not there ends with exit code 2 and what to give."""
    assert run(["export", "nothing.html"]) == 2
    assert "give a report.html or report.pdf" in capsys.readouterr().err


def test_an_experiment_that_was_not_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name without a build is not taken for the path of a file."""
    assert run(["export", "paper", "--builds", str(tmp_path)]) == 2
    assert f"{tmp_path}/ contains no build of paper; build it first" in capsys.readouterr().err


def test_a_paper_against_a_report(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A contradiction ends with exit code 1 and is named; a paper without one with 0."""
    paper = tmp_path / "paper.txt"
    paper.write_text("We use 200 test images. The CNN has an accuracy of 12.34 %.\n")
    assert run(["verify", str(paper), "--against", str(report)]) == 1
    printed = capsys.readouterr()
    assert "200: dataset.test, exactly" in printed.out
    assert "12.34 % is printed next to “CNN” and “accuracy”" in printed.err
    paper.write_text("We use 200 test images.\n")
    assert run(["verify", str(paper), "--against", str(report)]) == 0
    assert run(["verify", str(paper), "--against", str(report), "--trust-templates"]) == 2
