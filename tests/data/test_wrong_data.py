"""Data that cannot be trained on: each is refused in a sentence that names the file and the row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reportgen.cli.entry import run
from tests.data.own import write_csv, write_image, write_images

Make = Callable[[Path], object]
IMAGES = np.zeros((6, 4, 4), np.uint8)
LABELS = np.arange(6) % 2
TABLE = {"x": range(6), "y": range(6), "kind": "uvuvuv"}


def npz(**arrays: Any) -> Make:
    """Return what writes an archive of these arrays."""
    return lambda folder: np.savez(folder / "set.npz", **arrays)


def csv(**columns: Any) -> Make:
    """Return what writes a table with these columns changed, or removed where None."""
    kept = {name: values for name, values in {**TABLE, **columns}.items() if values is not None}
    return lambda folder: write_csv(folder / "set.csv", kept)


def text(content: str | bytes, name: str = "set.csv") -> Make:
    """Return what writes a file."""
    data = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / name).write_bytes(data)


def images(*classes: str, **how: Any) -> Make:
    """Return what writes a folder of images of these classes."""
    return lambda folder: write_images(folder / "set", classes, **how)


def both(*steps: Make) -> Make:
    """Return what takes several steps."""

    def make(folder: Path) -> None:
        for step in steps:
            step(folder)

    return make


def folder_at(path: str) -> Make:
    """Return what makes an empty folder."""
    return lambda folder: (folder / path).mkdir(parents=True)


def image_at(path: str, shape: tuple[int, ...]) -> Make:
    """Return what writes one image."""
    return lambda folder: write_image(folder / path, np.zeros(shape, np.uint8))


def deep_image(folder: Path) -> None:
    """Write an image of 16 bits."""
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(folder / "set/a/deep.png")


FOLDER = {"source": "set"}
ARCHIVE = {"source": "set.npz"}
CSV = {"source": "set.csv", "label": "kind"}
TWO = {**CSV, "test": "test.csv"}
THIRD = {"x": [1], "y": [2]}

WRONG: dict[str, tuple[Mapping[str, Any], Make, str]] = {
    "no such path": ({"source": "sets"}, folder_at("set"), "'sets' does not exist; looked for"),
    "a file of another kind": (
        {"source": "set.xlsx"},
        text("x", "set.xlsx"),
        r"set\.xlsx is of an unknown kind; allowed are a folder of images",
    ),
    "an empty folder": (FOLDER, folder_at("set"), "set: it contains no class folders"),
    "an empty class folder": (
        FOLDER,
        both(images("a", "b"), folder_at("set/c")),
        "set/c: the class folder contains no image",
    ),
    "one class only": (FOLDER, images("a"), "1 class, 'a'; a classification needs 2 to 1,000"),
    "an image beside the class folders": (
        FOLDER,
        both(images("a", "b"), image_at("set/stray.png", (4, 4))),
        r"set/stray\.png: the image is in no class folder",
    ),
    "a test folder without a training folder": (
        FOLDER,
        images("test/a", "test/b"),
        "a folder test, but no folder train",
    ),
    "a test class that is not trained on": (
        FOLDER,
        both(images("train/a", "train/b"), images("test/c")),
        r"set/test/c/000\.png: no training example has the label 'c'",
    ),
    "a corrupt PNG": (
        FOLDER,
        both(images("a", "b"), text(b"\x89PNG\r\n\x1a\nrubbish", "set/a/bad.png")),
        r"set/a/bad\.png is not a complete image",
    ),
    "images of two sizes": (
        FOLDER,
        both(images("a", "b", shape=(4, 4)), image_at("set/b/z.png", (4, 9))),
        r"a/000\.png has 4 × 4 pixels, but \S+/b/z\.png has 4 × 9 pixels; .*data\.size = \[4, 4\]",
    ),
    "grey and coloured images": (
        FOLDER,
        both(images("a", "b", shape=(4, 4)), image_at("set/b/z.png", (4, 4, 3))),
        r"a/000\.png is grey, but \S+/b/z\.png is in colour; .*data\.channels = 1",
    ),
    "an image of 16 bits": (
        FOLDER,
        both(images("a", "b"), deep_image),
        r"a/deep\.png: its pixels are of mode I;16, but 8 bits",
    ),
    "no archive": (
        ARCHIVE,
        text("no archive", "set.npz"),
        r"set\.npz is not a complete NumPy file",
    ),
    "arrays of other names": (
        ARCHIVE,
        npz(pictures=IMAGES, y=LABELS),
        "expected the arrays x_train, y_train, x_test and y_test, or x and y, .*has pictures, y",
    ),
    "lengths that differ": (
        ARCHIVE,
        npz(x=IMAGES, y=LABELS[:4]),
        r"set\.npz: x: 6 examples and 4 labels",
    ),
    "no examples": (ARCHIVE, npz(x=IMAGES[:0], y=LABELS[:0]), "it contains no examples"),
    "NaN": (
        ARCHIVE,
        npz(x=np.where(np.arange(12).reshape(6, 2) == 7, np.nan, 1.0), y=LABELS),
        r"set\.npz: x\[3\]: a value is NaN or infinite",
    ),
    "labels that are floats": (
        ARCHIVE,
        npz(x=IMAGES, y=LABELS + 0.5),
        r"set\.npz: y\[0\]: the label 0\.5 is a floating-point number",
    ),
    "one-hot labels": (
        ARCHIVE,
        npz(x=IMAGES, y=np.eye(2)[LABELS]),
        r"y: one label for each example is needed, .*use y\.argmax\(axis=1\)",
    ),
    "inputs of five dimensions": (
        ARCHIVE,
        npz(x=np.zeros((6, 1, 1, 4, 4)), y=LABELS),
        r"the shape is \[6, 1, 1, 4, 4\]; allowed are \[n, features\]",
    ),
    "inputs of text": (
        ARCHIVE,
        npz(x=np.full((6, 2), "a"), y=LABELS),
        "inputs must be numbers, not",
    ),
    "test images of another size": (
        ARCHIVE,
        npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:, :3], y_test=LABELS),
        "a test example has the shape 1 × 3 × 4, but a training example 1 × 4 × 4",
    ),
    "a name for too few classes": (
        {**ARCHIVE, "classes": ["a", "b"]},
        npz(x=IMAGES, y=np.arange(6) % 3),
        r"x\[2\]: the label '2' is not among data\.classes",
    ),
    "a name for a class that does not occur": (
        {**ARCHIVE, "classes": ["a", "b", "c"]},
        npz(x=IMAGES, y=LABELS),
        r"the class 'c' of data\.classes has no training example",
    ),
    "a class with a control character": (
        CSV,
        csv(kind=["u", "v\x1b[2K"] * 3),
        r"the name v\\u001b\[2K contains the control character U\+001B; rename it",
    ),
    "a class whose folder is no UTF-8": (
        FOLDER,
        images("a", "b\udcff"),
        r"the name b\\udcff contains the lone surrogate U\+DCFF; rename it",
    ),
    "a number for each example": (
        ARCHIVE,
        npz(x=np.zeros((1001, 2)), y=np.arange(1001)),
        "1,001 different labels, but only 2 to 1,000 classes are allowed",
    ),
    "normalisation for other channels": (
        {**ARCHIVE, "normalize": {"mean": [0.1, 0.2, 0.3]}},
        npz(x=IMAGES, y=LABELS),
        r"data\.normalize\.mean has 3 numbers, but the images have 1 channel;",
    ),
    "too few examples of a class to split": (
        {**ARCHIVE, "test_fraction": 0.01},
        npz(x=IMAGES, y=LABELS),
        "6 examples cannot be split",
    ),
    "a column that is missing": (
        {**CSV, "label": "kidn"},
        csv(),
        r"""set\.csv has no column 'kidn' \(data\.label\); did you mean "kind"\?""",
    ),
    "a feature that is missing in the test file": (
        TWO,
        both(csv(), lambda f: write_csv(f / "test.csv", {"x": [1], "kind": ["u"]})),
        r"test\.csv: the column 'y' of set\.csv is missing",
    ),
    "a feature more in the test file": (
        TWO,
        both(csv(), lambda f: write_csv(f / "test.csv", {**THIRD, "z": [3], "kind": ["u"]})),
        r"test\.csv: the column 'z' is not in set\.csv",
    ),
    "an unknown label in the test file": (
        TWO,
        both(csv(), lambda f: write_csv(f / "test.csv", {**THIRD, "kind": ["w"]})),
        r"test\.csv, row 2: no training example has the label 'w'",
    ),
    "row names that R and pandas write": (
        CSV,
        text(",x,kind\n" + "".join(f"{row},{row % 3},{'uv'[row % 2]}\n" for row in range(1, 7))),
        r"set\.csv: the column 'index' has another whole number in each row, .*data\.ignore",
    ),
    "a missing value": (
        CSV,
        csv(x=[1, 2, "", 4, 5, 6]),
        r"set\.csv, row 4, column x: the value is missing; .*fill it in, remove .* data\.ignore",
    ),
    "a missing label": (
        CSV,
        csv(kind=["u", "v", "u", "", "u", "v"]),
        r"set\.csv, row 5, column kind: the value is missing; .*fill it in, or remove the row",
    ),
    "decimal commas": (
        CSV,
        csv(x=['"1,5"', '"2,5"'] * 3),
        r"set\.csv, row 2, column x: '1,5' is not a number, .*; write a decimal point, or name",
    ),
    "text among the features": (
        CSV,
        csv(x=["red", "blue"] * 3),
        r"set\.csv, row 2, column x: 'red' is not a number, .*data\.one_hot",
    ),
    "sentences among the features": (
        CSV,
        csv(x=["a film that I liked", "a film that I did not like"] * 3),
        r"set\.csv, row 2, column x: .* compare their predictions \(reportgen compare\)",
    ),
    "a category of its own in each row": (
        {**CSV, "one_hot": ["x"]},
        csv(x=["a", "b", "c", "d", "e", "f"]),
        r"set\.csv: the column 'x' \(data\.one_hot\) has another value in each row.*data\.ignore",
    ),
    "a value that is new in the test file": (
        {**TWO, "one_hot": ["x"]},
        both(
            csv(x=["red", "blue"] * 3),
            lambda f: write_csv(f / "test.csv", {**THIRD, "x": ["pink"], "kind": ["u"]}),
        ),
        r"test\.csv, row 2, column x: 'pink' does not occur in the training set, which has 'blue'",
    ),
    "fractions for labels": (
        {**CSV, "label": "x"},
        csv(x=[0.5, 1.5, 0.5, 1.5, 0.5, 1.5], kind=None),
        r"set\.csv, row 2, column x: the label 0\.5 is a fraction",
    ),
    "an identifier twice": (
        {**CSV, "id": "x"},
        csv(x=[1, 2, 3, 2, 5, 6]),
        r"set\.csv, row 5, column x: the identifier '2' already occurs \(\S+set\.csv, row 3",
    ),
    "a group in both files": (
        {**TWO, "groups": "x"},
        both(csv(), lambda f: write_csv(f / "test.csv", {**THIRD, "kind": ["u"]})),
        r"test\.csv, row 2, column x: the group '1' also occurs in the training set",
    ),
    "no feature": (
        {**CSV, "ignore": ["x", "y"]},
        csv(),
        r"set\.csv: no column is left for the features",
    ),
}

EXPERIMENT = """
title = "T"
[[models]]
name = "MLP"
architecture = "mlp"
[data]
"""


Build = Callable[[Path, Mapping[str, Any]], tuple[int, str]]


@pytest.fixture
def build(capsys: pytest.CaptureFixture[str]) -> Build:
    """Return a function that builds with these settings of the data: exit code and message."""

    def call(folder: Path, settings: Mapping[str, Any]) -> tuple[int, str]:
        lines = [f"{name} = {_toml(value)}" for name, value in settings.items()]
        (folder / "mine.toml").write_text(EXPERIMENT + "\n".join(lines), encoding="utf-8")
        code = run(["build", str(folder / "mine.toml"), "--output", str(folder / "output")])
        captured = capsys.readouterr()
        return code, " ".join(f"{captured.out} {captured.err}".split())

    return call


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{k} = {_toml(v)}' for k, v in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_data_is_a_sentence(tmp_path: Path, build: Build, case: str) -> None:
    """What, where and what to do, exit code 3, no traceback, and nothing trained."""
    settings, make, message = WRONG[case]
    make(tmp_path)
    code, output = build(tmp_path, settings)
    assert re.search(message, output)
    assert code == 3
    assert "Traceback" not in output


WRONG_SETTINGS: dict[str, tuple[Mapping[str, Any], str]] = {
    "name and source": (
        {"name": "mnist", "source": "set"},
        r'data\.source: cannot be given together with data\.name = "mnist"; leave one',
    ),
    "a label for a folder": (
        {"source": "set", "label": "kind"},
        r'data\.label: applies to a table, and "set" is a folder of images',
    ),
    "a size for a table": (
        {"source": "set.csv", "label": "kind", "size": [4, 4]},
        r'data\.size: applies to a folder of images, and "set\.csv" is a table',
    ),
    "a title for mnist": ({"name": "mnist", "title": "T"}, r"data\.title: applies to a folder of"),
    "a table without a label": (
        {"source": "set.csv"},
        r"data\.label: is missing; name the column of the classes",
    ),
    "one column twice": (
        {"source": "set.csv", "label": "kind", "ignore": ["kind"]},
        r'data\.ignore: names the column "kind", which data\.label also names',
    ),
    "a test file and a fraction": (
        {"source": "set.csv", "label": "kind", "test": "t.csv", "test_fraction": 0.3},
        r"data\.test_fraction: cannot be given together with data\.test",
    ),
    "a class twice": (
        {"source": "set", "classes": ["a", "a"]},
        r'data\.classes: "a" occurs 2 times',
    ),
    "a size of one number": (
        {"source": "set", "size": [4]},
        r"data\.size: must be a list of at least 2",
    ),
    "two channels": ({"source": "set", "channels": 2}, r"data\.channels: must be"),
    "standardize beside mean": (
        {"source": "set.npz", "normalize": {"standardize": True, "mean": 0.5}},
        r"data\.normalize\.standardize: cannot be given together with mean and std",
    ),
    "a fraction above one": (
        {"source": "set", "test_fraction": 2},
        r"data\.test_fraction: must be a number below 1",
    ),
}


@pytest.mark.parametrize("case", WRONG_SETTINGS)
def test_wrong_settings_are_found_without_the_data(tmp_path: Path, build: Build, case: str) -> None:
    """Settings that do not go together end with exit code 2, before any file is looked for."""
    settings, message = WRONG_SETTINGS[case]
    code, output = build(tmp_path, settings)
    assert re.search(message, output)
    assert code == 2
