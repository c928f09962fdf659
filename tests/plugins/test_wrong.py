"""Wrong plug-ins: a sentence at the earliest moment, with the user's own line, and never ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reportgen.config.environment import Environment, installed_versions
from reportgen.config.loading import load_experiment
from reportgen.config.plan import PlannedRun, plan_runs
from reportgen.errors import ConfigurationError, PluginFailed, StoreError
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.runner import train_runs
from reportgen.execution.worker import estimate_costs, is_plugin_fault
from reportgen.results.store import Store
from tests.support.training import make_images

NET = """
from torch import nn
import torch

def net(input_shape, classes, width=8):
    return nn.Sequential(nn.Flatten(), nn.Linear(144, width), nn.Linear(width, classes))

class Own(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.layer = nn.Linear(144, num_classes)

    def forward(self, x):
        BODY

class Fit:
    def fit(self, x, y):
        self.classes_ = [0, 1, 2, 3]

    def predict(self, x):
        BODY

value = 3
"""
ARCHITECTURE = 'architecture = "own.py:{}"\n'
ESTIMATOR = 'estimator = "own.py:{}"\n'


def body(line: str) -> str:
    """Return the file with another body of its methods."""
    return NET.replace("BODY", line)


GOOD = body("return self.layer(x.flatten(1))")

AT_CHECK = {
    "no such file": (GOOD, 'architecture = "owm.py:net"', r'owm.py; did you mean "own.py"'),
    "a file alone": (GOOD, 'architecture = "own.py"', r'write "own.py:NAME"'),
    "no such name": (GOOD, ARCHITECTURE.format("Owm"), r'"Owm" is not defined.*mean "Own"'),
    "no name like it": (GOOD, ARCHITECTURE.format("zzz"), r"defined there are net, Own, Fit"),
    "no name": (GOOD, 'architecture = "own.py:"', r"must be written FILE.py:NAME"),
    "a syntax error": ("def net(:\n", ARCHITECTURE.format("net"), r"own.py, line 1: .*: def net"),
    "no text": ("\x00", ARCHITECTURE.format("net"), r"own.py.*null bytes"),
    "no such module": (GOOD, 'estimator = "sklaern.svm:SVC"', r'no module "sklaern.svm";'),
    "no such class": (GOOD, 'estimator = "sklearn.svm:SVCC"', r'"SVCC" is not defined.*mean "SVC"'),
    "an unknown option": (
        GOOD,
        ARCHITECTURE.format("net") + "options = { widht = 3 }",
        r'options.widht: is not a known option; did you mean "width"',
    ),
    "an option of another library's": (
        GOOD,
        'estimator = "sklearn.svm:SVC"\noptions = { c = 3 }',
        r"options.c: is not a known option; .*C",
    ),
    "a required option": (
        "def net(input_shape, classes, depth):\n    pass\n",
        ARCHITECTURE.format("net"),
        r'options: "depth" must be given',
    ),
    "an option of a shipped network": (
        GOOD,
        'architecture = "cnn"\noptions = { chanels = [3] }',
        r'options.chanels: is not a known option; did you mean "channels"',
    ),
    "a network as an estimator": (
        GOOD,
        ESTIMATOR.format("net"),
        '"input_shape" and "classes" must be given',
    ),
    "sizes that are none": (
        GOOD,
        'architecture = "mlp"\noptions = { hidden = 64 }',
        r"options.hidden: must be a list of whole numbers",
    ),
    "a seed as an option": (
        GOOD,
        'estimator = "sklearn.svm:SVC"\noptions = { random_state = 1 }',
        r"is set from training.seeds",
    ),
    "an undeclared file": (
        GOOD,
        ARCHITECTURE.format("net") + 'declares = ["mask.csv"]',
        r"declares mask.csv, but there is no file",
    ),
    "a network as a baseline": (
        GOOD,
        'role = "baseline"\narchitecture = "cnn"',
        r"a baseline is an estimator",
    ),
}

AT_CONSTRUCTION = {
    "an error at import": ("1 / 0\n\n" + GOOD, ARCHITECTURE.format("net"), r"own.py, line 1"),
    "recursion at import": (
        "def again():\n    again()\nagain()\n" + GOOD,
        ARCHITECTURE.format("net"),
        r"RecursionError.*\n.*own.py, line 2, in again",
    ),
    "it ends the process": ("import sys\nsys.exit(3)\n" + GOOD, ARCHITECTURE.format("net"), "ends"),
    "a package that is not there": (
        "import no_such_package\n" + GOOD,
        ARCHITECTURE.format("net"),
        r"No module named 'no_such_package'\n.*own.py, line 1",
    ),
    "not callable": (GOOD, ARCHITECTURE.format("value"), "is int, not a function or class"),
    "no module": (
        "def net(input_shape, classes):\n    return 3\n",
        ARCHITECTURE.format("net"),
        "returns a int, not a torch.nn.Module",
    ),
    "an error in forward": (
        body("return self.layer(x)"),
        ARCHITECTURE.format("Own"),
        r"shapes cannot be multiplied.*\n.*own.py, line 14, in forward: return self.layer\(x\)",
    ),
    "another shape": (
        body("return self.layer(x.flatten(1))[:, :3]"),
        ARCHITECTURE.format("Own"),
        r"returns 2 × 3 for 2 examples of 4 classes; it must return logits, 2 × 4; "
        r"4 is passed to an argument of its constructor that is called classes, num_classes, .* or",
    ),
    "a tuple": (body("return x, x"), ARCHITECTURE.format("Own"), "returns a tuple; it must return"),
    "not finite": (
        body("return self.layer(x.flatten(1)) * float('nan')"),
        ARCHITECTURE.format("Own"),
        "not finite",
    ),
    "probabilities": (
        body("return self.layer(x.flatten(1)).softmax(1)"),
        ARCHITECTURE.format("Own"),
        "returns probabilities; return logits",
    ),
    "whole numbers": (
        body("return self.layer(x.flatten(1)).long()"),
        ARCHITECTURE.format("Own"),
        "logits are floating-point numbers",
    ),
    "no parameters": (
        "from torch import nn\n\n"
        "class Net(nn.Module):\n    def forward(self, x):\n        return x.flatten(1)[:, :4]\n",
        ARCHITECTURE.format("Net"),
        "no parameters that could be trained",
    ),
    "an estimator without fit": (
        "class E:\n    pass\n",
        ESTIMATOR.format("E"),
        "has no method fit and no method predict",
    ),
    "an option of the wrong type": (
        GOOD,
        ARCHITECTURE.format("net") + 'options = { width = "wide" }',
        r"TypeError.*\n.*own.py, line 6, in net",
    ),
    "an image that is too small": (
        GOOD,
        'architecture = "cnn"\noptions = { channels = [2, 2, 2, 2] }',
        r"halves an image 4 times, for which 12 × 12 pixels are too few",
    ),
}

IN_TRAINING = {
    "an error in training": (
        body("assert not self.training, 'only for show'; return self.layer(x.flatten(1))"),
        ARCHITECTURE.format("Own"),
        r"failed in epoch 1: AssertionError: only for show\n.*own.py, line 14, in forward",
    ),
    "an error in the backward pass": (
        body("return self.layer(x.flatten(1)).detach()"),
        ARCHITECTURE.format("Own"),
        r"failed in epoch 1: RuntimeError: element 0 of tensors does not require grad",
    ),
    "an error in evaluation": (
        body(
            "assert self.training or len(x) < 3, 'never evaluated'; return self.layer(x.flatten(1))"
        ),
        ARCHITECTURE.format("Own"),
        r"AssertionError: never evaluated\n.*own.py, line 14, in forward",
    ),
    "it ends the process in time": (
        body("import sys; sys.exit(0) if self.training else 0; return self.layer(x.flatten(1))"),
        ARCHITECTURE.format("Own"),
        r"it ends the process \(SystemExit\).*\n.*own.py, line 14, in forward",
    ),
    "a file that is not there": (
        body("open('mask.txt') if self.training else 0; return self.layer(x.flatten(1))"),
        ARCHITECTURE.format("Own"),
        r"FileNotFoundError.*mask\.txt.*\n.*own.py, line 14, in forward",
    ),
    "it ends the process later": (
        body("import os; os._exit(3) if self.training else 0; return self.layer(x.flatten(1))"),
        ARCHITECTURE.format("Own"),
        r"its process ended with code 3",
    ),
    "an error in predict": (
        body("raise KeyError('no model')"),
        ESTIMATOR.format("Fit"),
        r"fitting it failed: KeyError.*\n.*own.py, line 21, in predict",
    ),
    "classes that are none": (
        body("return x[:, 0] * 0 + 7"),
        ESTIMATOR.format("Fit"),
        r"none of the classes it was fitted to, 0 to 3",
    ),
    "too few predictions": (body("return [0, 1]"), ESTIMATOR.format("Fit"), r"returns 2 for 60"),
}


def write(folder: Path, text: str, model: str) -> Path:
    """Write a plug-in and an experiment that names it."""
    (folder / "own.py").write_text(text)
    experiment = (
        f'title = "T"\n[training]\nepochs = 1\nseeds = [0]\n[[models]]\nname = "M"\n{model}'
    )
    path = folder / "e.toml"
    path.write_text(experiment)
    return path


def plan(path: Path) -> tuple[PlannedRun, ...]:
    """Return the run of an experiment."""
    loaded = load_experiment(str(path), ())
    environment = Environment(installed_versions(), "cpu", "float32")
    return plan_runs(loaded.experiment, make_images(), environment, loaded.find_plugins())


def assert_sentence(message: str, pattern: str) -> None:
    """Make sure of a message, and that it shows none of our code."""
    assert re.search(pattern, message), message
    assert "Traceback" not in message and "reportgen/" not in message


@pytest.mark.parametrize("name", AT_CHECK)
def test_the_check_finds(tmp_path: Path, name: str) -> None:
    """Without running the code, `check` ends with exit code 2 and a place in the file."""
    text, model, pattern = AT_CHECK[name]
    with pytest.raises(ConfigurationError) as caught:
        load_experiment(str(write(tmp_path, text, model)), ())
    assert caught.value.exit_code == 2
    assert "models.m" in str(caught.value)
    assert_sentence(str(caught.value), pattern)


@pytest.mark.parametrize("name", AT_CONSTRUCTION)
def test_construction_finds(tmp_path: Path, name: str) -> None:
    """Before anything is trained, with exit code 2."""
    text, model, pattern = AT_CONSTRUCTION[name]
    runs = plan(write(tmp_path, text, model))
    with pytest.raises(PluginFailed) as caught:
        estimate_costs(runs, 1)
    assert caught.value.exit_code == 2
    assert_sentence(str(caught.value), pattern)


@pytest.mark.slow
def test_construction_fails_in_workers_too(tmp_path: Path) -> None:
    """The worker's sentence ends the build; nothing is trained."""
    text, model, _ = AT_CONSTRUCTION["another shape"]
    runs, store = plan(write(tmp_path, text, model)), Store(tmp_path / "store")
    with pytest.raises(PluginFailed, match=r"^models\.m: own\.py:Own returns 2 × 3"):
        train_runs(runs, make_images(), store, TrainingOptions(workers=1), lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_TRAINING)
def test_training_finds(tmp_path: Path, name: str) -> None:
    """What fails while a run is trained names model and seed, and ends with exit code 2."""
    text, model, pattern = IN_TRAINING[name]
    runs, store = plan(write(tmp_path, text, model)), Store(tmp_path / "store")
    with pytest.raises(PluginFailed) as caught:
        train_runs(runs, make_images(), store, TrainingOptions(workers=1), lambda _: None)
    assert caught.value.exit_code == 2
    assert "training m, seed 0, failed" in str(caught.value)
    assert_sentence(str(caught.value), pattern)
    assert store.keys("run") == ()


@pytest.mark.parametrize("name", ["Diverged", "MemoryError", "OutOfMemoryError"])
def test_a_plugin_is_not_blamed_for_the_machine(tmp_path: Path, name: str) -> None:
    """A loss that is not finite and lack of memory are failures of the build, exit code 1."""
    code = plan(write(tmp_path, GOOD, ARCHITECTURE.format("net")))[0].code
    assert not is_plugin_fault(type(name, (Exception,), {})(), code)
    assert not is_plugin_fault(OSError("No space left on device"), code)
    assert not is_plugin_fault(StoreError("cannot be written"), code)
    cublas = "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    assert not is_plugin_fault(RuntimeError(cublas), code)
    assert not is_plugin_fault(RuntimeError("MPS backend out of memory"), code)
    assert is_plugin_fault(RuntimeError(), code)


@pytest.mark.slow
def test_a_failing_run_keeps_the_others(tmp_path: Path) -> None:
    """A network that fails with its second seed ends the build; what was trained is kept, once."""
    line = "if self.training and torch.initial_seed() == 1: raise ValueError('seed 1')"
    text = body(line + "\n        return self.layer(x.flatten(1))")
    path = write(tmp_path, text, ARCHITECTURE.format("Own"))
    path.write_text(path.read_text().replace("seeds = [0]", "seeds = [0, 1]"))
    runs, store = plan(path), Store(tmp_path / "store")
    for _ in range(2):
        with pytest.raises(PluginFailed, match=r"training m, seed 1, failed .*ValueError: seed 1"):
            train_runs(runs, make_images(), store, TrainingOptions(workers=1), lambda _: None)
        assert store.keys("run") == (runs[0].key,)


def test_a_file_that_is_changed_meanwhile_is_not_used(tmp_path: Path) -> None:
    """The key names what was read; other code under that key is never run."""
    path = write(tmp_path, GOOD, ARCHITECTURE.format("net"))
    runs = plan(path)
    (tmp_path / "own.py").write_text(GOOD.replace("width=8", "width=9"))
    with pytest.raises(PluginFailed, match=r"own\.py was changed while the report was built"):
        estimate_costs(runs, 1)


def test_checking_runs_no_code(tmp_path: Path) -> None:
    """Loading and planning leave the file unexecuted, and its folder as it was."""
    text = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n" + GOOD
    plan(write(tmp_path, text, ARCHITECTURE.format("net")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.toml", "own.py"]


@pytest.mark.slow
def test_an_estimator_may_have_no_probabilities_or_classes(tmp_path: Path) -> None:
    """Labels alone are a whole run, in whatever whole type they come."""
    text = body("return __import__('numpy').zeros(len(x))")
    runs, store = plan(write(tmp_path, text, ESTIMATOR.format("Fit"))), Store(tmp_path / "store")
    outcomes: dict[str, Any] = train_runs(
        runs, make_images(), store, TrainingOptions(workers=1), lambda _: None
    )
    assert list(outcomes.values()) == ["trained"]
