"""`reportgen compare`: what is wrong with a file of predictions is one sentence, with its row."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from reportgen.cli.entry import run
from reportgen.config.comparison import compare_files

LABELS = "id,label\na,cat\nb,dog\nc,cat\n"
ROWS = "id,prob_cat,prob_dog\na,0.5,0.5\nb,0.5,0.5\nc,0.5,0.5\n"
RIGHT = "id,prediction\na,cat\nb,dog\nc,dog\n"


def _npz(**arrays: Any) -> dict[str, Any]:
    return arrays


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    file = BytesIO()
    np.save(file, array)
    return file.getvalue()


WRONG: dict[str, tuple[str, str | bytes | dict[str, Any], str]] = {
    "not there": ("gone.csv", "", "gone.csv: there is no such file"),
    "empty": ("m.csv", b"", "m.csv: the file is empty"),
    "another ending": ("m.xlsx", "x", "m.xlsx: the name of the file must end in .csv"),
    "not UTF-8": ("m.csv", b"id,prediction\na,\xff\n", "m.csv, row 2: the text is not UTF-8"),
    "a row too long": ("m.csv", RIGHT + "d,cat,1\n", "m.csv, row 5: there are 3 cells"),
    "two columns of one name": ("m.csv", "id,id\na,b\n", "row 1: two columns are called 'id'"),
    "an unknown class": ("m.csv", RIGHT.replace("c,dog", "c,bird"), "row 4, column prediction: 'b"),
    "a missing class": (
        "m.csv",
        RIGHT.replace("c,dog", "c,"),
        "row 4, column prediction: the value is missing; every row needs one; where a model gave "
        "no answer, write a word, such as none, and name it as a class too",
    ),
    "an unknown identifier": ("m.csv", RIGHT + "d,cat\n", "m.csv, row 5: the identifier 'd'"),
    "a missing identifier": (
        "m.csv",
        RIGHT.replace("c,dog\n", ""),
        "no row for the identifier 'c' of y.csv, row 4; of 3 examples, 1 is missing. Each file "
        "must contain all of them; put the folds of a cross-validation into one file",
    ),
    "probabilities in a column of another name": (
        "m.csv",
        "id,risk\na,0.5\nb,0.2\nc,1\n",
        "column risk: '0.5' is none of the 2 classes 'cat', 'dog'; if these are probabilities, set "
        'kind = "probabilities" or --kind probabilities',
    ),
    "a class that a column calls otherwise": (
        "m.csv",
        ROWS.replace("prob_dog", "prob_emu"),
        "y.csv, row 3, column label: 'dog' is none of the 2 classes 'cat', 'emu', which the "
        "columns of m.csv name; correct them; if it is one, name all classes",
    ),
    "an identifier twice": (
        "m.csv",
        RIGHT.replace("c,", "a,"),
        "row 4, column id: the identifier 'a' already occurs",
    ),
    "no identifier": ("m.csv", "prediction\ncat\ndog\ndog\n", "m.csv has no identifiers, but"),
    "no identifier and no place for one": (
        "m.npy",
        _npy(np.array(["cat", "dog", "dog"])),
        "m.npy has no identifiers, but y.csv has; save the first as .npz with an array `id`",
    ),
    "other labels": (
        "m.csv",
        "id,label,prediction\na,cat,cat\nb,dog,dog\nc,dog,dog\n",
        "m.csv, row 4, column label: the label is 'dog', but 'cat' in",
    ),
    "no sum of one": (
        "m.csv",
        "id,prob_cat,prob_dog\na,0.5,0.5\nb,0.5,0.4\nc,1,0\n",
        "m.csv, row 3: the probabilities sum to 0.9; they must sum to 1, to within 0.001",
    ),
    "a negative probability": (
        "m.csv",
        "id,prob_cat,prob_dog\na,0.5,0.5\nb,1.1,-0.1\nc,1,0\n",
        "m.csv, row 3: the probability of 'cat' is 1.1; it must be from 0 to 1",
    ),
    "no number": ("m.csv", ROWS.replace("0.5\nb", "x\nb"), "row 2, column prob_dog: 'x' is not"),
    "a decimal comma": (
        "m.csv",
        ROWS.replace(",", ";").replace("0.5", "0,5"),
        "write a decimal point",
    ),
    "a missing probability": (
        "m.csv",
        ROWS.replace("0.5\nb", "\nb"),
        "row 2, column prob_dog: the",
    ),
    "an infinite probability": ("m.csv", ROWS.replace("0.5\nb", "1e999\nb"), "inf is not finite"),
    "a class without scores": (
        "m.csv",
        "id,prob_bird,prob_dog\na,1,0\nb,1,0\nc,1,0\n",
        "row 2, column label: 'cat' is none of the 2 classes 'bird', 'dog'",
    ),
    "unclear columns": ("m.csv", "id,x,y1\na,p,q\n", "which of the columns `x`, `y1`"),
    "labels alone": (
        "m.csv#none",
        RIGHT,
        "m.csv: no column matches 'none'; the columns are `prediction`",
    ),
    "no whole archive": ("m.npz", b"PK", "m.npz is not a complete NumPy file"),
    "a pickle": (
        "m.npz",
        _npz(p=np.array([{}], dtype=object)),
        "m.npz contains Python objects (pickle)",
    ),
    "three dimensions": ("m.npz", _npz(p=np.zeros((3, 2, 2))), "the array 'p' has the shape (3, 2"),
    "logits that say nothing": (
        "m.npz",
        _npz(id=np.array(["a", "b", "c"]), scores=np.array([[3.0, -1.0]] * 3)),
        "columns of scores without class names",
    ),
    "arrays of different lengths": (
        "m.npz",
        _npz(id=np.array(["a", "b"]), y_pred=np.array(["cat", "dog", "dog"])),
        "m.npz: all arrays of a file must have the same number of rows, not `id` 2, `y_pred` 3",
    ),
    "no file of a pattern": ("x-*.csv", RIGHT, "x-*.csv: no file matches this pattern"),
    "not JSON": ("m.jsonl", '{"id": "a"}\n{"id"\n', "m.jsonl, row 2: the line is not JSON"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_of_predictions_is_one_sentence(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the file, the row where there is one, and what is allowed; the exit code is 3."""
    name, content, message = WRONG[case]
    monkeypatch.chdir(tmp_path)
    Path("y.csv").write_text(LABELS)
    path = Path(name.partition("#")[0])
    if isinstance(content, dict):
        np.savez(path, **content)
    elif case not in ("not there", "no file of a pattern"):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code = run(["compare", "--labels", "y.csv", f"Model={name}", "--output", "out"])
    printed = capsys.readouterr()
    assert (code, printed.out) == (3, "")
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert "bug" not in printed.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["=m.csv"], "'=m.csv' is not a model; write NAME=FILE"),
        (["A=m.csv", "A=n.csv"], "already the name of model 1"),
        (["A=m.csv", "--format", "docx"], "'docx' is not one of"),
        (["A=m.csv", "--kind", "odds"], "'odds' is not one of"),
        (["A=m.csv", "--set", "analysis.margin=-1"], "analysis.margin: must be a number above 0"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_command_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with code 2 before a file is looked for."""
    assert run(["compare", "--labels", "y.csv", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_without_labels_the_option_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of predictions need not contain the labels; no column of scores is proposed."""
    monkeypatch.chdir(tmp_path)
    Path("m.csv").write_text(ROWS)
    assert run(["compare", "A=m.csv", "--output", "out"]) == 3
    printed = capsys.readouterr().err
    assert "name it after the file (m.csv#COLUMN), or give a file of labels (--labels, " in printed


def test_the_help_sets_what_a_comparison_has(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is trained, so nothing of training can be set."""
    assert run(["compare", "--help"]) == 0
    assert "training.epochs" not in capsys.readouterr().out


@pytest.mark.slow
def test_a_comparison_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is in a folder called after its title, and its numbers are those of the files."""
    monkeypatch.chdir(tmp_path)
    Path("y.csv").write_text(LABELS)
    pandas.read_csv(StringIO(RIGHT)).to_parquet("m.parquet")
    Path("n.csv").write_text(LABELS.replace("label", "prediction"))
    arguments = [
        "--labels",
        "y.csv",
        "Model=m.parquet",
        "n.csv",
        "--title",
        "Two",
        "--format",
        "html",
    ]
    assert run(["compare", *arguments]) == 0
    assert "report.html" in capsys.readouterr().out
    assert sorted(path.name for path in Path("output/two").glob("report.*")) == ["report.html"]
    results = json.loads(Path("output/two/results.json").read_text())
    found = {model["name"]: model["accuracy"]["mean"] for model in results["models"]}
    assert found == pytest.approx({"Model": 2 / 3, "n": 1.0})
    for word in ("training images", "epoch", "layers", "Over-fitting", "Calibration", "image"):
        text = Path("output/two/report.html").read_text().split("<main")[1].split("</main>")[0]
        assert word not in text, word


@pytest.mark.parametrize(
    ("count", "title"), [(2, "m0 and m1 compared"), (60, "60 models compared")]
)
def test_a_title_is_made_from_names_while_they_fit(count: int, title: str) -> None:
    """Of many models it states how many there are, since a title has a largest length."""
    models = [(f"m{place}", f"m{place}.csv") for place in range(count)]
    assert compare_files(models, labels="y.csv").experiment.title == title


def test_a_caution_is_printed_below_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who reads only the terminal learns that one run may be in another order."""
    monkeypatch.chdir(tmp_path)
    labels = np.arange(60) % 3
    for name, array in {"y": labels, "a-0": labels, "a-1": labels, "a-2": labels[::-1]}.items():
        np.save(f"{name}.npy", array)
    assert run(["compare", "--labels", "y.npy", "A=a-*.npy", "--format", "html"]) == 0
    assert "A with seed 2 is right about only 33.33\u202f% of the" in capsys.readouterr().out
