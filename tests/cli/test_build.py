"""`reportgen build`: what is asked of the pipeline, and what is said of its outcome."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from reportgen.config.explain import Change
from reportgen.pipeline import BuildExplanation, BuildOutcome, BuildRequest, RunExplanation
from reportgen.pipeline.requests import StudyExplanation
from tests.cli.conftest import CommandLine

OUTCOME = BuildOutcome(
    folder=Path("output/paper"),
    documents=(Path("output/paper/report.html"), Path("output/paper/report.pdf")),
    outcomes=(),
    stand_in_reason=None,
    verdict="CNN is better than MLP by 1.80 points.",
    changes="Since the last build models.cnn.dropout went from 0.5 to 0.3.",
)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[BuildRequest]:
    """Note what is asked of the pipeline, which builds nothing."""
    asked: list[BuildRequest] = []

    def build(request: BuildRequest, reporter: Any) -> BuildOutcome:
        asked.append(request)
        reporter.warn("MNIST cannot be had.")
        return OUTCOME

    monkeypatch.setattr("reportgen.pipeline.build", build)
    return asked


def test_defaults(reportgen: CommandLine, requests: list[BuildRequest]) -> None:
    """Without options the paper is built, as HTML and PDF."""
    assert reportgen("build").code == 0
    assert requests == [BuildRequest()]


def test_options(reportgen: CommandLine, requests: list[BuildRequest], tmp_path: Path) -> None:
    """Each option reaches the pipeline."""
    reportgen(
        *("build", "quickstart", "--format", "pdf", "--output", str(tmp_path / "out")),
        *("--data-dir", str(tmp_path), "--device", "cpu", "--workers", "2"),
        *("--cluster", "local:3", "--name", "wide"),
        *("--set", "training.epochs=3", "--set", "data.name=digits"),
    )
    assert requests == [
        BuildRequest(
            experiment="quickstart",
            overrides=("training.epochs=3", "data.name=digits"),
            output=tmp_path / "out",
            data_dir=tmp_path,
            device="cpu",
            workers=2,
            cluster="local:3",
            formats=("pdf",),
            name="wide",
        )
    ]


def test_the_cluster_of_the_environment(
    reportgen: CommandLine, requests: list[BuildRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option goes before it."""
    monkeypatch.setenv("REPORTGEN_CLUSTER", "tcp://scheduler:8786")
    reportgen("build")
    reportgen("build", "--cluster", "local:1")
    assert [request.cluster for request in requests] == ["tcp://scheduler:8786", "local:1"]


def test_a_cluster_without_dask(
    reportgen: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The message states what to install."""
    monkeypatch.setattr("reportgen.pipeline.runs.find_spec", lambda _: None)
    ended = reportgen("build", "quickstart", "--cluster", "local:1", "--output", str(tmp_path))
    assert ended.code == 1
    assert "pip install 'reportgen[cluster]'" in ended.err


@pytest.mark.usefixtures("requests")
def test_the_outcome(reportgen: CommandLine) -> None:
    """Standard output holds the verdict, what changed, and the documents; warnings go elsewhere."""
    ended = reportgen("build")
    assert ended.out == (
        "CNN is better than MLP by 1.80 points.\n\n"
        "Since the last build models.cnn.dropout went from 0.5 to 0.3.\n\n"
        "output/paper/report.html\noutput/paper/report.pdf\n"
    )
    assert ended.err == "Warning: MNIST cannot be had.\n"


@pytest.mark.usefixtures("requests")
def test_open(reportgen: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --open the first document goes to the browser."""
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    reportgen("build", "--open")
    assert opened == [Path("output/paper/report.html").resolve().as_uri()]


def test_explain(reportgen: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each run: what would be done, and why; nothing is built."""
    rows = (
        RunExplanation("cnn", 0, "reuse", ()),
        RunExplanation(
            "cnn-dropout", 0, "train", (Change("models.cnn-dropout.dropout", "0.5", "0.3"),)
        ),
        RunExplanation(
            "cnn-dropout",
            11,
            "resume",
            (Change("training/loop.py changed"), Change("torch", "2.14.1", "2.15.0")),
        ),
    )
    studies = (
        StudyExplanation("robustness", "evaluations", 1200, 75),
        StudyExplanation("continual", "runs", 12, 0),
        StudyExplanation("samples", "runs", 48, 3, (Change("training.epochs", "10", "12"),)),
    )
    explanation = BuildExplanation(rows, studies)
    monkeypatch.setattr("reportgen.pipeline.explain_build", lambda *_: explanation)
    ended = reportgen("build", "--explain")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "cnn          seed 0   reuse",
        "cnn-dropout  seed 0   train  models.cnn-dropout.dropout 0.5 → 0.3",
        "cnn-dropout  seed 11  resume resumes after its last complete epoch; "
        "training/loop.py changed; torch 2.14.1 → 2.15.0",
        "robustness: 1,200 evaluations of changed images, 75 to make",
        "continual: 12 further runs, all reused",
        "samples: 48 further runs, 3 to train (training.epochs 10 → 12)",
        "",
        # Of the model's own runs one each; of those of studies, 12 and 45 are kept.
        "A build would reuse 58 runs, resume 1 run and train 4 runs.",
    ]


@pytest.mark.usefixtures("requests")
def test_the_outcome_as_json(reportgen: CommandLine) -> None:
    """With --format json standard output is the outcome as one JSON object."""
    outcome = json.loads(reportgen("build", "--format", "json").out)
    assert outcome["verdict"] == OUTCOME.verdict
    assert outcome["documents"] == ["output/paper/report.html", "output/paper/report.pdf"]


def test_json_beside_a_document(reportgen: CommandLine, requests: list[BuildRequest]) -> None:
    """A document that is named along with json is the only one written."""
    reportgen("build", "--format", "json", "--format", "html")
    assert [request.formats for request in requests] == [("html",)]


@pytest.mark.usefixtures("requests")
def test_quiet_reports_warnings_alone(reportgen: CommandLine) -> None:
    """With --quiet a warning is printed still; with --verbose too it is refused."""
    assert reportgen("build", "--quiet").err == "Warning: MNIST cannot be had.\n"
    ended = reportgen("build", "--quiet", "--verbose")
    assert (ended.code, "cannot be used together" in ended.err) == (2, True)
