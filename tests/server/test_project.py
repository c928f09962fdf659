"""What the command line serves: the experiment's report, its file and its templates."""

from __future__ import annotations

from pathlib import Path

import pytest

import reportgen.pipeline
from reportgen.errors import ConfigurationError, PdfUnavailable
from reportgen.pipeline import BuildRequest
from reportgen.resources import resource_folder
from reportgen.server.project import ExperimentProject
from tests.server.fakes import RememberingTerminal

EXPERIMENT = """
title = "Mine"
[[models]]
name = "MLP"
architecture = "mlp"
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment file."""
    path = tmp_path / "mine.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path


def make_project(experiment: Path) -> ExperimentProject:
    """Return the project of that file."""
    return ExperimentProject(
        BuildRequest(experiment=str(experiment), output=experiment.parent / "output")
    )


def test_experiment_and_shipped_templates_are_watched(experiment: Path) -> None:
    """Both are watched from the beginning."""
    watched = make_project(experiment).watched()
    assert watched.experiment == experiment
    assert watched.folders == (resource_folder("templates"),)


def test_own_templates_are_watched_as_soon_as_they_are_named(experiment: Path) -> None:
    """A folder that the experiment names is watched, and stays so while the file is wrong."""
    project = make_project(experiment)
    own = experiment.parent / "looks"
    own.mkdir()
    experiment.write_text(EXPERIMENT + '[report]\ntemplates = "looks"\n', encoding="utf-8")
    assert own in project.watched().folders
    experiment.write_text("title = ", encoding="utf-8")
    assert own in project.watched().folders


def test_experiment_that_is_not_there_cannot_be_served(tmp_path: Path) -> None:
    """There would be nothing to watch: the error comes at once."""
    with pytest.raises(ConfigurationError, match="neither a file nor an experiment"):
        make_project(tmp_path / "typo.toml")


def test_only_the_build_before_the_session_is_kept(
    experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits do not push earlier builds out of the history: from the second on they are drafts."""
    drafts = []
    turns = iter(["same", "same", "first edit", "second edit", "third edit"])

    def build(request: BuildRequest, reporter: object, memory: object) -> None:
        drafts.append(request.replaces_draft)
        (request.output / "mine" / "results.json").write_text(next(turns), encoding="utf-8")

    folder = experiment.parent / "output" / "mine"
    folder.mkdir(parents=True)
    (folder / "results.json").write_text("same", encoding="utf-8")
    (folder / "report.html").touch()
    monkeypatch.setattr(reportgen.pipeline, "build", build)
    project = make_project(experiment)
    for _ in range(5):
        project.build(RememberingTerminal())
    assert drafts == [False, False, False, True, True]


def test_pdf_that_cannot_be_written_leaves_the_page(
    experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is there all the same, and the terminal hears why the PDF is not."""

    def build(request: BuildRequest, reporter: object, memory: object) -> None:
        folder = request.output / "mine"
        folder.mkdir(parents=True)
        (folder / "report.html").write_text("<p>é</p>", encoding="utf-8")
        raise PdfUnavailable("Pango is missing")

    monkeypatch.setattr(reportgen.pipeline, "build", build)
    terminal = RememberingTerminal()
    assert make_project(experiment).build(terminal) == "<p>é</p>"
    assert terminal.said == ["Pango is missing"]
