"""Runs of a report computed again: honest, changed, from weights, with code of the author's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.cli.entry import run as command_line
from reportgen.cli.progress import QuietReporter
from reportgen.errors import UsageError, VerificationFailed
from reportgen.pipeline import BuildRequest, carry
from reportgen.pipeline.carried_code import needs_trust, write_code
from reportgen.pipeline.reproduction import Opened, choose_runs, open_report
from reportgen.report.carried import Carried, pack
from reportgen.report.html import render_html
from reportgen.results.evidence import Evidence, KeptEvaluation, ModelRun
from reportgen.results.records import Provenance, Run
from reportgen.results.runs import load_run
from reportgen.results.store import Store
from reportgen.verification.rendering import derive, make_view_again
from reportgen.verification.reproduction import (
    compare_environments,
    compare_run,
    compare_weights,
)
from tests.report.samples import stub_svg
from tests.support.factories import make_experiment

EXPERIMENT = """\
title = "Two models and a baseline"
[data]
name = "digits"
train_limit = 200
[training]
epochs = 1
precision = "float32"
seeds = [0, 1]
[[models]]
name = "MLP"
architecture = "mlp"
[[models]]
name = "Own"
architecture = "own.py:Small"
[[models]]
name = "Trees"
role = "baseline"
estimator = "sklearn.tree:DecisionTreeClassifier"
"""
OWN = """\
from pathlib import Path
from torch import nn

Path(__file__).with_name("ran").touch()


class Small(nn.Sequential):
    def __init__(self, input_shape, classes):
        size = input_shape[1] * input_shape[2]
        super().__init__(nn.Flatten(), nn.Linear(size, classes))
"""


@dataclass(frozen=True)
class Built:
    """A report with the store that it was built from."""

    carried: Carried
    store: Path
    folder: Path

    @property
    def evidence(self) -> Evidence:
        """What the report carries."""
        return self.carried.evidence

    def trained(self, run: ModelRun) -> Run:
        """Return a run as training it again gives it; the first training stands for it."""
        found = load_run(Store(self.store), run.record.key)
        assert found is not None
        return found

    def write(self, path: Path, evidence: Evidence | None = None) -> Path:
        """Write the document of this evidence, rendered by the project's own code."""
        carried = pack(evidence or self.evidence, self.carried.presentation)
        html = render_html(make_view_again(derive(carried), stub_svg))
        path.write_text(html, encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A tiny experiment, trained once."""
    folder = tmp_path_factory.mktemp("reproduction")
    (folder / "tiny.toml").write_text(EXPERIMENT, encoding="utf-8")
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    request = BuildRequest(experiment=str(folder / "tiny.toml"), output=folder / "output")
    carried = carry(request, QuietReporter(), "python -m reportgen build tiny.toml")
    (folder / "ran").unlink(missing_ok=True)
    return Built(carried, folder / "output" / "store", folder)


def find(evidence: Evidence, model: str, seed: int) -> ModelRun:
    """Return a run by its name."""
    return next(run for run in evidence.header.runs if (run.model, run.seed) == (model, seed))


def flip(evidence: Evidence, model: str, seed: int, count: int) -> Evidence:
    """Return evidence in which `count` test predictions of a run are others."""
    sets: Mapping[str, KeptEvaluation] = evidence.runs[model, seed]
    classes = sets["test"].classes.copy()
    stored = sets["test"].stored
    rows = np.random.default_rng(count).permutation(len(classes))[:count]
    classes[rows] = (classes[rows] + 1) % len(evidence.header.dataset.classes)
    if stored is not None:
        stored = stored.copy()
        stored[rows] = np.eye(stored.shape[1], dtype=stored.dtype)[classes[rows]]
    changed = {**sets, "test": KeptEvaluation(classes, stored)}
    return replace(evidence, runs={**evidence.runs, (model, seed): changed})


def elsewhere(run: ModelRun, **changes: object) -> ModelRun:
    """Return a run that names another environment."""
    made = run.record.provenance
    assert isinstance(made, Provenance)
    moved = made.model_copy(update={"processor": "another processor", **changes})
    return run.model_copy(update={"record": run.record.model_copy(update={"provenance": moved})})


def test_honest_runs_are_the_same(built: Built) -> None:
    """Every run of an honest report is the same bit for bit."""
    results = [
        compare_run(built.evidence, run, built.trained(run)) for run in built.evidence.header.runs
    ]
    assert [result.verdict for result in results] == ["same"] * 6


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(count=st.integers(1, 360), model=st.sampled_from(["mlp", "own"]), seed=st.integers(0, 1))
def test_any_flipped_prediction_is_found(built: Built, count: int, model: str, seed: int) -> None:
    """In the same environment one other prediction is enough."""
    changed = flip(built.evidence, model, seed, count)
    results = {
        (run.model, run.seed): compare_run(changed, run, built.trained(run)).verdict
        for run in changed.header.runs
    }
    assert results.pop((model, seed)) == "contradicts"
    assert set(results.values()) == {"same"}


@pytest.mark.parametrize(
    ("device", "model", "may_differ"),
    [("cuda (X)", "mlp", False), ("cuda (X)", "own", True), ("mps", "mlp", True)],
)
def test_a_gpu_may_give_other_bits(built: Built, device: str, model: str, may_differ: bool) -> None:
    """An own network's operations may have no deterministic form there, nor those of Apple's."""
    run = find(built.evidence, model, 0)
    made = run.record.provenance
    assert made is not None
    moved = run.record.model_copy(update={"provenance": made.model_copy(update={"device": device})})
    assert bool(list(compare_environments(moved, moved))) == may_differ


def test_flips_are_named_in_another_environment_too(built: Built) -> None:
    """Where bits may differ, flips that make a run worse are found by their lean."""
    changed = flip(built.evidence, "mlp", 0, 60)
    run = elsewhere(find(changed, "mlp", 0))
    assert compare_run(changed, run, built.trained(run)).verdict in ("doubtful", "contradicts")
    honest = compare_run(built.evidence, run, built.trained(run))
    assert (honest.verdict, len(honest.environment)) == ("same", 1)


@pytest.mark.parametrize("field", ["loss", "accuracy"])
def test_another_learning_curve_is_found(built: Built, field: str) -> None:
    """The history of the losses is compared, not only the predictions."""
    run = find(built.evidence, "mlp", 0)
    epoch = run.record.history[0].model_copy(update={field: 0.5})
    changed = run.model_copy(update={"record": run.record.model_copy(update={"history": (epoch,)})})
    result = compare_run(built.evidence, changed, built.trained(run))
    assert (result.verdict, "training history" in result.reason) == ("contradicts", True)


def test_weights_give_the_predictions_or_contradict_them(built: Built) -> None:
    """On another processor a class may differ at a near tie, and nowhere else."""
    run = find(built.evidence, "mlp", 0)
    assert compare_weights(built.evidence, run, built.trained(run)).verdict == "same"
    changed = flip(built.evidence, "mlp", 0, 1)
    assert compare_weights(changed, elsewhere(run), built.trained(run)).verdict == "contradicts"


def test_the_command_names_the_run_that_was_changed(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two runs trained again, the one with a flipped prediction contradicts the report."""
    changed = flip(built.evidence, "mlp", 1, 1)
    path = built.write(tmp_path / "report.html", changed)
    code = command_line(["reproduce", str(path), "--run", "mlp/0", "--run", "mlp/1"])
    printed = capsys.readouterr()
    assert code == 1
    assert (
        "mlp, seed 1: contradicts the report; the classes of the test set and the probabilities"
        in (printed.err)
    )
    assert "mlp, seed 0: the same; identical bit for bit" in printed.err
    assert printed.out.startswith("Runs to compute again: ")
    assert "This proves" not in printed.out


def test_code_of_the_author_runs_only_where_it_is_trusted(
    built: Built,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its source is shown; without --trust-code nothing of it runs, and the exit code is 2."""
    monkeypatch.chdir(tmp_path)
    path = built.write(tmp_path / "report.html")
    arguments = ["reproduce", str(path), "--run", "own/0", "--format", "json"]
    assert command_line(arguments) == 2
    printed = capsys.readouterr()
    assert "class Small(nn.Sequential)" in printed.err
    assert "--trust-code" in printed.err
    assert command_line([*arguments, "--trust-code"]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("own.py, digest ")
    assert json.loads(printed.out)["runs"][0]["verdict"] == "same"


def test_weights_of_a_store_are_evaluated(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The weights that a store has give the predictions of the report; an empty one is named."""
    path = built.write(tmp_path / "report.html")
    arguments = ["reproduce", str(path), "--run", "mlp/0", "--from-weights"]
    assert command_line([*arguments, str(built.store)]) == 0
    assert "the stored weights give identical classes" in capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    assert command_line([*arguments, str(tmp_path / "empty")]) == 2
    assert "there are no weights of mlp, seed 0" in capsys.readouterr().err


def test_weights_are_evaluated_in_a_process_of_their_own(built: Built, tmp_path: Path) -> None:
    """What torch loads can write to the terminal when its process ends."""
    path = built.write(tmp_path / "report.html")
    code = "import sys; from reportgen.cli.entry import run; run(sys.argv[1:]); "
    code += "print([name for name in sys.modules if name == 'torch'], file=sys.stderr)"
    arguments = ["reproduce", str(path), "--run", "mlp/0", "--from-weights", str(built.store)]
    command = [sys.executable, "-c", code, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "the stored weights give identical classes" in ended.stdout
    reading, evaluating, loaded = ended.stderr.splitlines()
    assert reading.startswith("Reading ")
    assert (evaluating, loaded) == ("Evaluating the weights of mlp, seed 0", "[]")


@pytest.mark.parametrize(
    ("table", "name", "value", "message"),
    [
        ("training", "learning_rate", 0.5, "plans another run: training.learning_rate"),
        ("data", "train_limit", 100, "the data found here are not those of the report"),
    ],
)
def test_settings_and_data_are_those_of_the_run(
    built: Built,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    name: str,
    value: object,
    message: str,
) -> None:
    """A report that prints other settings than its runs were trained with is contradicted."""
    settings = built.evidence.header.experiment
    changed = {**settings, table: {**settings[table], name: value}}
    path = built.write(tmp_path / "report.html", built.evidence.with_header(experiment=changed))
    assert command_line(["reproduce", str(path), "--run", "mlp/0"]) == (
        1 if table == "training" else 3
    )
    assert message in capsys.readouterr().err


def test_runs_are_drawn_from_those_that_were_trained(built: Built, tmp_path: Path) -> None:
    """Every trained run is drawn sooner or later, as many as are asked for, and none twice."""
    opened = open_report(built.write(tmp_path / "report.html"))
    seen = set()
    for seed in range(60):
        runs = choose_runs(opened, 2, draw=Random(seed))
        assert len({(run.model, run.seed) for run in runs}) == 2
        seen |= {(run.model, run.seed) for run in runs}
    assert seen == set(built.evidence.runs)
    assert len(choose_runs(opened, 99, only_networks=True)) == 4
    with pytest.raises(UsageError, match="its runs are mlp/0"):
        choose_runs(opened, 1, ["mlp/7"])


def test_predictions_made_elsewhere_cannot_be_computed_again(built: Built) -> None:
    """A report without trained runs is refused with the reason."""
    opened = Opened(Path("report.html"), built.evidence.with_header(runs=()), make_experiment())
    with pytest.raises(UsageError, match="made elsewhere"):
        choose_runs(opened, 1)


@pytest.mark.parametrize(
    ("reference", "trusted"),
    [
        ("sklearn.svm:SVC", True),
        ("sklearn.ensemble:RandomForestClassifier", True),
        ("sklearn.datasets:fetch_openml", False),
        ("sklearn.pipeline:Pipeline", False),
        ("subprocess:run", False),
        ("own.py:Tree", False),
        ("sklearn.evil:SVC", False),
    ],
)
def test_only_known_classifiers_need_no_trust(built: Built, reference: str, trusted: bool) -> None:
    """A name of an installed package is code that the author chose, unless it is a classifier."""
    record = find(built.evidence, "trees", 0).record
    spec = record.spec.model_copy(update={"reference": reference})
    ingredients = record.ingredients.model_copy(update={"spec": spec})
    assert needs_trust(record.model_copy(update={"ingredients": ingredients})) is not trusted


@pytest.mark.parametrize("name", ["../own.py", "/tmp/own.py", "a/../../own.py", "a\\own.py"])
def test_carried_code_stays_in_its_folder(built: Built, tmp_path: Path, name: str) -> None:
    """A file whose name leads elsewhere is refused, and nothing is written."""
    run = find(built.evidence, "own", 0)
    record = run.record.model_copy(update={"plugin_files": {name: "x = 1"}})
    with pytest.raises(VerificationFailed, match="has the forbidden name"):
        write_code(tmp_path / "code", [run.model_copy(update={"record": record})])
    assert list(tmp_path.rglob("*.py")) == []
