"""Somebody else's unmodified files as runs: trained, evaluated, kept, resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load as load_tensors
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from reportgen.config.environment import Environment, installed_versions
from reportgen.config.models import find_plugins
from reportgen.config.plan import PlannedRun, plan_runs
from reportgen.config.schema import Experiment
from reportgen.errors import PluginFailed
from reportgen.execution.estimator_run import fit_run
from reportgen.execution.progress import Progress, TrainingOptions
from reportgen.execution.run import train_run
from reportgen.execution.runner import train_runs
from reportgen.execution.shared import share_images
from reportgen.plugins.finding import find_plugin
from reportgen.results.records import Run
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from reportgen.training.building import build_model
from reportgen.training.estimators import flatten
from tests.plugins.files import write_files
from tests.support.factories import assert_same_evaluations
from tests.support.training import CLASSES, CPU, NO_COMMIT, load, make_images

ENVIRONMENT = Environment(installed_versions(), "cpu", "float32")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files."""
    write_files(tmp_path)
    return tmp_path


def plan(folder: Path, *models: dict[str, Any], **training: Any) -> tuple[PlannedRun, ...]:
    """Return the runs of these models, with seed 0."""
    settings = {"epochs": 2, "seeds": [0], "learning_rate": 0.01, **training}
    named = [{"name": f"M {index}", **model} for index, model in enumerate(models)]
    experiment = Experiment.model_validate({"title": "T", "training": settings, "models": named})
    plugins = find_plugins(experiment.models, folder)
    return plan_runs(experiment, make_images(), ENVIRONMENT, plugins)


def train(run: PlannedRun, store: Store, notify: Any = lambda _: None) -> Run:
    """Train a network here and return its run."""
    train_run(run, load(), store, CPU, NO_COMMIT, notify)
    found = load_run(store, run.key)
    assert found is not None
    return found


MODELS = (
    {"architecture": "lenet.py:LeNet"},
    {"architecture": "resnet.py:ResNet", "options": {"width": 8}},
    {"estimator": "sklearn.svm:SVC", "options": {"C": 10}},
    {"estimator": "pipe.py:pipeline", "options": {"components": 5}},
    {"estimator": "pipe.py:ready"},
)


@pytest.mark.slow
def test_all_kinds_are_fitted_side_by_side(folder: Path) -> None:
    """Networks and estimators of somebody else's files give good runs in worker processes."""
    runs, store, images = plan(folder, *MODELS, epochs=8), Store(folder / "store"), make_images()
    outcomes = train_runs(runs, images, store, TrainingOptions(workers=2), lambda _: None)
    assert set(outcomes.values()) == {"trained"}
    for run in runs:
        found = load_run(store, run.key)
        assert found is not None
        test = found.evaluations["test"]
        assert (test.classes == images.test_labels).mean() > 0.7, run.ingredients.spec.reference
        assert found.evaluations["train"].classes.shape == images.train_labels.shape
        assert (found.record.summary is None) == (load_weights(store, run.key) is None)
        assert list(found.record.plugin_files) == list(run.code.files)


def test_estimators_are_those_of_scikit_learn(folder: Path) -> None:
    """Fitted by hand on pixels in [0, 1], they predict the same."""
    runs, store, images = plan(folder, MODELS[2], MODELS[4]), Store(folder / "store"), make_images()
    train_runs(runs, images, store, TrainingOptions(workers=1), lambda _: None)
    train, test = (flatten(inputs) for inputs in (images.train_inputs, images.test_inputs))
    assert train.max() <= 1.0
    svc, pipeline = (load_run(store, run.key) for run in runs)
    assert svc is not None and pipeline is not None
    expected = SVC(C=10, random_state=0).fit(train, images.train_labels)
    np.testing.assert_array_equal(svc.evaluations["test"].classes, expected.predict(test))
    assert svc.evaluations["test"].probabilities is None
    ready = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, random_state=0))
    ready.fit(train, images.train_labels)
    probabilities = pipeline.evaluations["test"].probabilities
    assert probabilities is not None
    np.testing.assert_allclose(probabilities, ready.predict_proba(test), rtol=1e-4, atol=1e-6)


def test_warnings_of_a_network_are_logged_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What torch warns of while it trains, such as a missing deterministic form, is not lost."""
    (tmp_path / "net.py").write_text(
        "import warnings\nfrom torch import nn\nclass Net(nn.Sequential):\n"
        "    def __init__(self, classes):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(144, classes))\n"
        "    def forward(self, x):\n"
        "        warnings.warn('an unusual operation')\n        return super().forward(x)\n"
    )
    runs, options = plan(tmp_path, {"architecture": "net.py:Net"}), TrainingOptions(workers=1)
    train_runs(runs, make_images(), Store(tmp_path / "store"), options, lambda _: None)
    assert "UserWarning: an unusual operation" in caplog.text


def test_baselines_are_their_definitions(folder: Path) -> None:
    """Nearest centroid and naive Bayes predict what their definitions give, written in NumPy."""
    models = (
        {"estimator": "sklearn.neighbors:NearestCentroid", "role": "baseline"},
        {
            "estimator": "sklearn.naive_bayes:GaussianNB",
            "role": "baseline",
            "options": {"var_smoothing": 0.1},
        },
    )
    runs, store, images = plan(folder, *models), Store(folder / "store"), make_images()
    train_runs(runs, images, store, TrainingOptions(workers=1), lambda _: None)
    train = images.train_inputs.reshape(len(images.train_inputs), -1) / 255
    test = images.test_inputs.reshape(len(images.test_inputs), -1) / 255
    smoothing = 0.1 * train.var(axis=0).max()
    distances, scores = [], []
    for label in range(CLASSES):
        members = train[images.train_labels == label]
        mean, variance = members.mean(axis=0), members.var(axis=0) + smoothing
        density = np.log(2 * np.pi * variance) + (test - mean) ** 2 / variance
        distances.append(np.linalg.norm(test - mean, axis=1))
        scores.append(np.log(len(members) / len(train)) - density.sum(axis=1) / 2)
    for run, expected in zip(runs, (np.argmin(distances, 0), np.argmax(scores, 0)), strict=True):
        found = load_run(store, run.key)
        assert found is not None
        assert np.mean(found.evaluations["test"].classes == expected) > 0.98


def test_batch_normalisation_is_kept_and_resumed(folder: Path) -> None:
    """Running statistics are among the kept weights, and a resumed run has the bits of a whole."""
    (run,) = plan(folder, MODELS[1], epochs=3)
    whole, broken = Store(folder / "whole"), Store(folder / "broken")
    expected = train(run, whole)

    class Stopped(Exception):  # noqa: N818
        pass

    def stop(progress: Progress) -> None:
        if progress.state == "training" and progress.epoch == 2:
            raise Stopped

    with pytest.raises(Stopped):
        train(run, broken, stop)
    assert_same_evaluations(train(run, broken), expected)
    weights = load_weights(whole, run.key)
    assert weights is not None and weights == load_weights(broken, run.key)
    model: Any = build_model(run.ingredients.spec, run.code)
    model.load_state_dict(load_tensors(weights))
    assert not torch.equal(model.layer1.bn1.running_mean, torch.zeros(8))
    model.eval()
    with torch.no_grad():
        logits = model((torch.from_numpy(make_images().test_inputs) / 255 - 0.5) / 0.5)
    probabilities = expected.evaluations["test"].probabilities
    assert probabilities is not None
    np.testing.assert_allclose(logits.softmax(1), probabilities, rtol=1e-3, atol=1e-5)


EDITS = {
    "nothing": ("lenet.py", "import torch.nn as nn", "import torch.nn as nn", set()),
    "a comment": ("lenet.py", "# to 1x1", "# down to one pixel", set()),
    "a docstring": ("lenet.py", '"""LeNet-5."""', '"""By LeCun et al."""', set()),
    "a layer": ("lenet.py", "nn.Linear(16, 32)", "nn.Linear(16, 48)", {0}),
    "a module beside it": ("blocks.py", "planes, 3, stride, 1", "planes, 3, stride, 1", set()),
    "a layer of that module": ("blocks.py", "+ self.shortcut(x)", "- self.shortcut(x)", {1}),
    "an estimator": ("pipe.py", "max_iter=300", "max_iter=301", {3, 4}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_only_the_models_that_an_edit_is_about_change(folder: Path, edit: str) -> None:
    """A comment changes no key, a layer those of its model alone, wherever its code lies."""
    name, old, new, changed = EDITS[edit]
    before = [run.key for run in plan(folder, *MODELS)]
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    after = [run.key for run in plan(folder, *MODELS)]
    assert {at for at in range(len(MODELS)) if before[at] != after[at]} == changed


def test_a_declared_file_belongs_to_the_model(folder: Path) -> None:
    """A file that no import names is covered where it is declared."""
    (folder / "mask.csv").write_text("1,0")
    model = {**MODELS[0], "declares": ["mask.csv"]}
    (before,) = plan(folder, model)
    (folder / "mask.csv").write_text("0,1")
    (after,) = plan(folder, model)
    assert before.key != after.key != plan(folder, MODELS[0])[0].key


def test_deterministic_estimators_are_fitted_once(folder: Path) -> None:
    """One seed is enough where scikit-learn takes no random state; a file's pipeline gets all."""
    models = ({"estimator": "sklearn.neighbors:NearestCentroid"}, MODELS[2], MODELS[3])
    runs = plan(folder, *models, seeds=[3, 5])
    assert [(run.model, run.seed) for run in runs] == [
        ("m-0", 3),
        *(("m-1", 3), ("m-1", 5)),
        *(("m-2", 3), ("m-2", 5)),
    ]


def test_two_plugins_may_have_modules_of_one_name(tmp_path: Path) -> None:
    """Each network gets the module that lies beside its own file."""
    for name, width in (("one", 3), ("two", 5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "size.py").write_text(f"WIDTH = {width}\n")
        (tmp_path / name / "net.py").write_text(
            "from torch import nn\nfrom size import WIDTH\n\n"
            "def net(input_shape, classes):\n"
            "    layers = nn.Flatten(), nn.Linear(144, WIDTH), nn.Linear(WIDTH, classes)\n"
            "    return nn.Sequential(*layers)\n"
        )
    widths = []
    for name in ("one", "two"):
        (run,) = plan(tmp_path, {"architecture": f"{name}/net.py:net"})
        model: Any = build_model(run.ingredients.spec, run.code)
        widths.append(model[1].out_features)
    assert widths == [3, 5]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("def net(input_shape, classes)", ((1, 12, 12), 4)),
        ("def net(*, n_classes, in_channels)", (4, 1)),
        ("def net(shape_of_inputs, outputs)", ((1, 12, 12), 4)),
        ("def net(in_features, num_classes=10)", (144, 4)),
        ("def net(num_classes=10, width=64)", (4, 64)),
    ],
)
def test_the_shape_of_the_data_is_passed_by_its_usual_names(
    tmp_path: Path, definition: str, expected: tuple[Any, ...]
) -> None:
    """Constructors get the number of classes, channels or features under the names they use."""
    names = definition[definition.index("(") + 1 : -1].replace("*, ", "")
    values = ", ".join(part.partition("=")[0] for part in names.split(", "))
    body = (
        f"    seen.append(({values}))\n    return nn.Sequential(nn.Flatten(), nn.Linear(144, 4))\n"
    )
    (tmp_path / "n.py").write_text(f"from torch import nn\nseen = []\n{definition}:\n{body}")
    plugin = find_plugin("n.py:net", "architecture", tmp_path)
    (run,) = plan(tmp_path, {"architecture": "n.py:net"})
    model = build_model(run.ingredients.spec, plugin)
    from reportgen.plugins.loading import load_object

    assert load_object(plugin).__globals__["seen"] == [expected]
    assert model(torch.zeros(2, 1, 12, 12)).shape == (2, 4)


@pytest.mark.parametrize(("model", "module"), [(MODELS[0], "run"), (MODELS[4], "estimator_run")])
def test_a_record_carries_the_code_that_ran(
    folder: Path, monkeypatch: pytest.MonkeyPatch, model: dict[str, Any], module: str
) -> None:
    """An edit during training is not taken for it; before training it is an error."""
    (run,) = plan(folder, model, epochs=1)
    store, (name,) = Store(folder / "store"), run.code.files
    text = (folder / name).read_text()

    def edit() -> int:
        (folder / name).write_text("WIDTH = 9999  # for the next experiment\n")
        return 0

    def fit() -> None:
        if module == "run":
            train_run(run, load(), store, CPU, NO_COMMIT, lambda _: None)
        else:
            fit_run(run, share_images(make_images()), store, NO_COMMIT, lambda _: None)

    # What is called after training, before the record is made.
    monkeypatch.setattr(f"reportgen.execution.{module}.peak_memory", edit)
    fit()
    found = load_run(store, run.key)
    assert found is not None
    assert found.record.plugin_files == {name: text}
    with pytest.raises(PluginFailed, match=f"{name} was changed while the report was built"):
        fit()
