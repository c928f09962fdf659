"""Data that a function of the user's own returns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reportgen.errors import DataUnavailable, PluginFailed
from tests.data.own import find, read

FUNCTION = """
import numpy as np

def load(n=20, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    return {"x": x, "y": np.where(x[:, 0] > 0, "up", "down")}

def pair():
    data = load()
    return data["x"], data["y"].astype(object)

def four():
    x, y = pair()
    return x, y, x[:5], y[:5]

def fails():
    return {}["missing"]

def nothing():
    return None

number = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a plug-in, as it lies beside an experiment file."""
    (tmp_path / "mydata.py").write_text(FUNCTION)
    return tmp_path


@pytest.mark.parametrize("name", ["load", "pair", "four"])
def test_a_function_returns_the_data(folder: Path, name: str) -> None:
    """A dictionary, two arrays or four: the classes and shapes are right."""
    arrays = read(folder, source=f"mydata.py:{name}")
    assert arrays.classes == ("down", "up")
    assert arrays.input_shape == (3,)
    assert len(arrays.test_labels) == (5 if name == "four" else 4)


def test_options_are_arguments(folder: Path) -> None:
    """The function is called with `options`, and its arrays decide the digest."""
    arrays = read(folder, source="mydata.py:load", options={"n": 50})
    assert len(arrays.train_labels) + len(arrays.test_labels) == 50
    first, other = (
        find(folder, source="mydata.py:load", options={"seed": seed}).digest for seed in (0, 1)
    )
    assert first != other


def test_the_file_of_the_function_is_listed(folder: Path) -> None:
    """The report names the file whose code made the data, without its folder."""
    files = find(folder, source="mydata.py:load").files
    assert [file.name for file in files] == ["mydata.py:load", "mydata.py"]


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (
            "mydata.py:fails",
            DataUnavailable,
            r"KeyError: 'missing'\n +mydata.py, line 18, in fails: return",
        ),
        ("mydata.py:nothing", DataUnavailable, "returned NoneType; return x_train"),
        (
            "mydata.py:load_all",
            PluginFailed,
            '"load_all" is not defined in mydata.py; did you mean "load"',
        ),
        ("other.py:load", PluginFailed, "there is no file"),
        ("no_such_package.module:load", PluginFailed, "there is no module"),
        ("broken.py:load", PluginFailed, "broken.py, line 1"),
        ("mydata.py:number", DataUnavailable, "int"),
        ("sparse.py:load", DataUnavailable, r"x is an array of Python objects; .* toarray\(\)"),
    ],
)
def test_wrong_functions_are_sentences(
    folder: Path, source: str, error: type[Exception], message: str
) -> None:
    """What is raised in the user's code is reported with the line of the user's file."""
    (folder / "broken.py").write_text("def load(:\n")
    (folder / "sparse.py").write_text(
        "from scipy.sparse import eye_array\n\n\ndef load():\n    return eye_array(4), [0, 1] * 2\n"
    )
    with pytest.raises(error, match=message):
        find(folder, source=source)


def test_the_arrays_are_those_that_were_returned(folder: Path) -> None:
    """Without scaling, the numbers are those of the function, as float32."""
    arrays = read(folder, source="mydata.py:four", normalize={"standardize": False})
    expected = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    np.testing.assert_array_equal(arrays.train_inputs, expected)
