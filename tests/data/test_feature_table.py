"""Tables of features: roles of columns, text, groups, kinds of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_breast_cancer

from tests.data.own import read, write_csv


def test_a_real_table_arrives_as_it_is(tmp_path: Path) -> None:
    """30 features of scikit-learn's breast cancer data, through CSV, TSV and JSON lines."""
    real = load_breast_cancer()
    frame = pandas.DataFrame(real.data, columns=real.feature_names)
    frame["diagnosis"] = real.target_names[real.target]
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True, double_precision=15)
    plain = {"label": "diagnosis", "normalize": {"standardize": False}}
    for name in ("t.csv", "t.tsv", "t.jsonl"):
        arrays = read(tmp_path, source=name, **plain)
        assert arrays.classes == ("benign", "malignant")
        assert arrays.input_shape == (30,)
        both = np.concatenate([arrays.train_inputs, arrays.test_inputs])
        wanted = real.data.astype(np.float32)
        assert sorted(map(tuple, both.tolist())) == sorted(map(tuple, wanted.tolist()))
        assert len(arrays.test_labels) == round(0.2 * len(real.target))


def test_a_test_file_is_not_split(tmp_path: Path) -> None:
    """Training and test examples are those of the two files, columns in any order."""
    write_csv(tmp_path / "a.csv", {"x": range(6), "y": range(6), "kind": "uvuvuv"})
    write_csv(tmp_path / "b.csv", {"kind": "vu", "y": [7, 8], "x": [9, 10]})
    arrays = read(
        tmp_path, source="a.csv", test="b.csv", label="kind", normalize={"standardize": False}
    )
    np.testing.assert_array_equal(arrays.test_inputs, [[9, 7], [10, 8]])
    np.testing.assert_array_equal(arrays.test_labels, [1, 0])


def test_text_becomes_one_feature_for_each_value(tmp_path: Path) -> None:
    """A column that is named in `one_hot` becomes as many columns of 0 and 1 as it has values."""
    colours = ["red", "blue", "red", "green", "blue", "green"]
    columns = {"n": range(6), "colour": colours, "id": range(6), "note": range(6), "kind": "uvuvuv"}
    write_csv(tmp_path / "t.csv", columns)
    arrays = read(
        tmp_path,
        source="t.csv",
        label="kind",
        id="id",
        ignore=["note"],
        one_hot=["colour"],
        test_fraction=0.4,
        normalize={"standardize": False},
    )
    both = np.concatenate([arrays.train_inputs, arrays.test_inputs])
    wanted = [[n, c == "blue", c == "green", c == "red"] for n, c in enumerate(colours)]
    assert sorted(both.tolist()) == sorted([float(v) for v in row] for row in wanted)


def test_groups_stay_together(tmp_path: Path) -> None:
    """No group has rows in both the training and the test set."""
    groups = [f"patient {row // 5}" for row in range(100)]
    columns = {"row": range(100), "patient": groups, "kind": ["u", "v"] * 50}
    write_csv(tmp_path / "t.csv", columns)
    arrays = read(
        tmp_path, source="t.csv", label="kind", groups="patient", normalize={"standardize": False}
    )
    train, test = (
        {int(row) // 5 for row in inputs[:, 0]}
        for inputs in (arrays.train_inputs, arrays.test_inputs)
    )
    assert not train & test
    assert len(test) == 4


def test_whole_number_labels_of_a_table(tmp_path: Path) -> None:
    """Labels that pandas writes as 0.0 and 1.0 are the classes 0 and 1."""
    write_csv(tmp_path / "t.csv", {"x": range(10), "kind": [0.0, 1.0] * 5})
    assert read(tmp_path, source="t.csv", label="kind").classes == ("0", "1")


def test_parquet_reads_the_same(tmp_path: Path) -> None:
    """A Parquet file gives the arrays of the CSV file with the same rows."""
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"x": np.arange(10) / 7, "kind": list("uv") * 5})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    first, second = (read(tmp_path, source=name, label="kind") for name in ("t.parquet", "t.csv"))
    np.testing.assert_array_equal(first.train_inputs, second.train_inputs)
