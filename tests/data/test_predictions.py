"""Predictions of every layout and format give the same runs, whatever the order of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.schema import PredictionKind
from reportgen.data.labels import sort_names
from reportgen.data.prediction_files import PredictionFiles, read_predictions
from reportgen.data.predictions import PredictionSet
from reportgen.errors import DataDamaged
from tests.support.examples import at_most

Columns = Mapping[str, Any]
"""Scores or classes of each example, by column."""

NAMES = ("bird", "cat", "dog")


class Example:
    """Labels and probabilities of some examples, and the files that hold them."""

    def __init__(
        self, folder: Path, count: int = 12, seed: int = 0, names: tuple[str, ...] = NAMES
    ):
        random = np.random.default_rng(seed)
        self.folder = folder
        self.names = names
        self.labels = random.integers(0, len(names), count)
        self.labels[: len(names)] = np.arange(len(names))
        self.logits = random.normal(size=(count, len(names))) * 3
        self.probabilities = scipy.special.softmax(self.logits, axis=1)
        self.predicted = self.probabilities.argmax(axis=1)
        self.ids = [f"x{number:03}" for number in random.permutation(count)]
        self.order = np.arange(count)

    def words(self, classes: np.ndarray) -> list[str]:
        """Return the names of classes."""
        return [self.names[place] for place in classes]

    def write(self, name: str, **columns: object) -> str:
        """Write columns, of arrays or lists, as the ending of the name says."""
        path = self.folder / name
        arrays: dict[str, Any] = {
            key: np.asarray(values)[self.order] for key, values in columns.items()
        }
        if path.suffix == ".npz":
            np.savez(path, **arrays)
            return name
        frame = pandas.DataFrame({key: list(values) for key, values in arrays.items()})
        if path.suffix == ".parquet":
            frame.to_parquet(path, index=False)
        elif path.suffix == ".jsonl":
            frame.to_json(path, orient="records", lines=True, double_precision=15)
        else:
            frame.to_csv(path, index=False)
        return name

    def named(self, prefix: str, values: np.ndarray | None = None) -> dict[str, Any]:
        """Return one column of scores for each class."""
        scores = self.probabilities if values is None else values
        return {f"{prefix}{name}": scores[:, place] for place, name in enumerate(self.names)}

    def read(
        self,
        pattern: str,
        labels: str = "y.csv",
        kind: PredictionKind | None = None,
        classes: tuple[str, ...] | None = None,
    ) -> PredictionSet:
        """Read the files of one model."""
        return read_predictions(
            self.folder, labels, {"model": PredictionFiles(pattern, kind)}, classes
        )


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """Twelve examples of three classes, with their labels in y.csv."""
    example = Example(tmp_path)
    example.write("y.csv", id=example.ids, label=example.words(example.labels))
    return example


def assert_close(found: np.ndarray | None, expected: np.ndarray) -> None:
    """Probabilities were found, and are those expected."""
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


LAYOUTS: dict[str, Callable[[Example], Columns]] = {
    "prob_<class>": lambda e: e.named("prob_"),
    "p_<class>": lambda e: e.named("p_"),
    "proba <class>": lambda e: e.named("proba "),
    "<class>": lambda e: e.named(""),
    "logit_<class>": lambda e: e.named("logit_", e.logits),
    "classes in another order": lambda e: dict(reversed(e.named("prob_").items())),
    "with predicted classes": lambda e: {"y_pred": e.words(e.predicted), **e.named("prob_")},
    "with targets": lambda e: {"targets": e.words(e.labels), **e.named("prob_")},
    "with true labels": lambda e: {"label": e.words(e.labels), **e.named("prob_")},
}


@pytest.mark.parametrize("suffix", ["csv", "npz", "parquet", "jsonl"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_probabilities_are_found_in_every_layout_and_format(
    layout: str, suffix: str, example: Example
) -> None:
    """The same probabilities and predicted classes come back, in the order of the labels."""
    example.write(f"m.{suffix}", id=example.ids, **LAYOUTS[layout](example))
    found = example.read(f"m.{suffix}")
    (run,) = found.runs["model"]
    assert found.classes == NAMES
    assert found.labels.tolist() == example.labels.tolist()
    assert run.classes.tolist() == example.predicted.tolist()
    assert_close(run.probabilities, example.probabilities)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (lambda e: {"probabilities": e.probabilities}, None),
        (lambda e: {"logits": e.logits}, None),
        (lambda e: {"scores_of_the_model": e.logits}, "logits"),
        (lambda e: {"logits": e.logits, "probabilities": e.probabilities}, None),
        (lambda e: {f"p{k}": e.probabilities[:, k] for k in range(3)}, None),
        (lambda e: {f"p{k + 1}": e.probabilities[:, k] for k in range(3)}, None),
        (lambda e: {str(k): e.probabilities[:, k] for k in range(3)}, None),
        (lambda e: {f"out_{k}": e.probabilities[:, k] for k in range(3)}, "probabilities"),
    ],
)
def test_columns_without_names_of_classes_are_taken_in_the_order_given(
    columns: Callable[[Example], Columns], kind: PredictionKind | None, example: Example
) -> None:
    """A 2-D array and numbered columns need the classes to be named."""
    held = columns(example)
    suffix = "npz" if any(np.ndim(values) == 2 for values in held.values()) else "csv"
    example.write(f"m.{suffix}", id=example.ids, **held)
    pattern = f"m.{suffix}#out_*" if "out_0" in held else f"m.{suffix}"
    (run,) = example.read(pattern, kind=kind, classes=NAMES).runs["model"]
    assert_close(run.probabilities, example.probabilities)


def test_one_column_of_two_classes_is_the_probability_of_the_second(tmp_path: Path) -> None:
    """Its complement is that of the first; a column that names its class is of that one."""
    example = Example(tmp_path, names=("ham", "spam"))
    example.write("y.csv", label=example.words(example.labels))
    example.write("m.csv", y_score=example.probabilities[:, 1])
    example.write("named.csv", prob_ham=example.probabilities[:, 0])
    for name in ("m.csv", "named.csv"):
        (run,) = example.read(name).runs["model"]
        assert_close(run.probabilities, example.probabilities)


def test_one_column_of_logits_of_two_classes_is_that_of_the_second(tmp_path: Path) -> None:
    """It is the logarithm of the odds, as `decision_function` of a logistic regression gives."""
    example = Example(tmp_path, names=("ham", "spam"))
    example.write("y.csv", label=example.words(example.labels))
    first, second = example.probabilities.T
    example.write("m.csv", score=np.log(second / first))
    example.write("named.csv", logit_ham=np.log(first / second))
    for name in ("m.csv", "named.csv"):
        (run,) = example.read(name, kind="logits").runs["model"]
        assert_close(run.probabilities, example.probabilities)


def test_labels_alone_have_no_probabilities(example: Example) -> None:
    """A single column holds predicted classes, whatever it is called."""
    for column in ("prediction", "y_pred", "svm", "label"):
        example.write("m.csv", id=example.ids, **{column: example.words(example.predicted)})
        (run,) = example.read("m.csv").runs["model"]
        assert run.probabilities is None
        assert run.classes.tolist() == example.predicted.tolist()


def test_predicted_classes_beside_probabilities_are_taken_as_they_are(example: Example) -> None:
    """An SVM's predictions need not be its most probable classes."""
    other = (example.predicted + 1) % 3
    example.write("m.csv", id=example.ids, y_pred=example.words(other), **example.named("prob_"))
    (run,) = example.read("m.csv").runs["model"]
    assert run.classes.tolist() == other.tolist()
    assert run.probabilities is not None


def test_positions_stand_for_named_classes_but_never_for_numbers(example: Example) -> None:
    """Class 0 is the first of those given, unless the classes are numbers themselves."""
    example.write("m.csv", id=example.ids, prediction=example.predicted)
    (run,) = example.read("m.csv", classes=NAMES).runs["model"]
    assert run.classes.tolist() == example.predicted.tolist()
    example.write("n.csv", label=example.labels + 1)
    example.write("o.csv", prediction=example.predicted)
    with pytest.raises(Exception, match=r"'0' is none of the 3 classes '1', '2', '3'"):
        example.read("o.csv", labels="n.csv")
    example.write("n.csv", label=example.labels / 2)
    with pytest.raises(Exception, match=r"'0' is none of the 3 classes '0\.0', '0\.5', '1\.0'"):
        example.read("o.csv", labels="n.csv")


def test_one_file_a_seed_takes_seeds_from_the_names_of_the_files(example: Example) -> None:
    """Files are in natural order, so that 10 follows 2; a model may have any number of them."""
    for seed in (10, 2, 1):
        predicted = np.roll(example.predicted, seed)
        example.write(f"forest-{seed}.csv", id=example.ids, prediction=example.words(predicted))
    runs = example.read("forest-*.csv").runs["model"]
    assert [run.seed for run in runs] == [1, 2, 10]
    assert [run.classes.tolist() for run in runs] == [
        np.roll(example.predicted, seed).tolist() for seed in (1, 2, 10)
    ]


def test_one_column_a_seed_or_model(example: Example) -> None:
    """Columns are named after the file; without names, those with a number are the seeds."""
    columns = {f"pred_{seed}": example.words(np.roll(example.predicted, seed)) for seed in range(2)}
    example.write("all.csv", id=example.ids, truth=example.words(example.labels), **columns)
    found = example.read("all.csv#pred_*", labels="all.csv#truth")
    assert [run.seed for run in found.runs["model"]] == [0, 1]
    example.write("all.csv", id=example.ids, **columns)
    assert len(example.read("all.csv").runs["model"]) == 2
    assert len(example.read("all.csv#pred_1").runs["model"]) == 1


def test_labels_may_be_a_column_of_the_predictions(example: Example) -> None:
    """The file of the predictions is then that of the labels too."""
    example.write("m.csv", label=example.words(example.labels), **example.named("prob_"))
    found = example.read("m.csv", labels="m.csv")
    assert found.labels.tolist() == example.labels.tolist()


@pytest.mark.parametrize("header", [True, False])
def test_plain_lists_are_joined_by_position(header: bool, tmp_path: Path) -> None:
    """As numpy.savetxt and a data frame without an index write them."""
    example = Example(tmp_path)
    frame = pandas.DataFrame({"label": example.labels})
    frame.to_csv(tmp_path / "y.csv", index=False, header=header)
    np.savetxt(tmp_path / "m.csv", example.probabilities, delimiter=",")
    np.savetxt(tmp_path / "l.txt", example.predicted)
    for name in ("m.csv", "l.txt"):
        found = example.read(name)
        assert found.classes == ("0", "1", "2")
        assert found.runs["model"][0].classes.tolist() == example.predicted.tolist()


def test_identifiers_that_count_rows_need_no_counterpart(tmp_path: Path) -> None:
    """A data frame writes 0, 1, 2, … as its index, which an array of the same order lacks."""
    example = Example(tmp_path)
    pandas.DataFrame({"label": example.labels}).to_csv(tmp_path / "y.csv")
    example.write("m.npz", probabilities=example.probabilities)
    assert example.read("m.npz").runs["model"][0].classes.tolist() == example.predicted.tolist()


@at_most(30)
@given(
    count=st.integers(3, 30),
    seed=st.integers(0, 1000),
    data=st.data(),
    suffix=st.sampled_from(["csv", "npz"]),
)
def test_any_order_of_rows_with_identifiers_gives_the_same_result(
    count: int,
    seed: int,
    data: st.DataObject,
    suffix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Rows of the predictions may come in any order; the result is in that of the labels."""
    example = Example(tmp_path_factory.mktemp("rows"), count, seed)
    example.write("y.csv", id=example.ids, label=example.words(example.labels))
    example.order = np.array(data.draw(st.permutations(range(count))))
    example.write(f"m.{suffix}", id=example.ids, **example.named("prob_"))
    (run,) = example.read(f"m.{suffix}").runs["model"]
    assert run.classes.tolist() == example.predicted.tolist()
    assert_close(run.probabilities, example.probabilities)


def test_a_column_of_groups_is_no_label_and_no_prediction(example: Example) -> None:
    """Each label has its group, whatever the order of the predictions."""
    patients = [f"p{row // 2}" for row in range(12)]
    example.write("y.csv", id=example.ids, species=example.words(example.labels), patient=patients)
    example.order = np.arange(12)[::-1]
    example.write("m.csv", id=example.ids, patient=patients, guess=example.words(example.predicted))
    models = {"model": PredictionFiles("m.csv")}
    found = read_predictions(example.folder, "y.csv", models, group_column="patient")
    assert found.groups is not None
    assert found.groups.tolist() == patients
    assert found.runs["model"][0].classes.tolist() == example.predicted.tolist()
    with pytest.raises(DataDamaged, match="no column 'ward' of groups; it has `id`, `species`"):
        read_predictions(example.folder, "y.csv", models, group_column="ward")


def test_names_are_in_natural_order() -> None:
    """Two precedes ten, and numbers precede words."""
    names = ["b10", "10", "b2", "2", "a"]
    assert sort_names(names) == ("2", "10", "a", "b2", "b10")


def test_more_classes_than_a_report_can_show_are_refused(example: Example) -> None:
    """A column of 1,001 different labels is refused before any matrix of them is made."""
    example = Example(example.folder, count=1001)
    labels = np.array([f"c{number}" for number in range(1001)])
    example.write("many.csv", label=labels)
    example.write("same.csv", prediction=labels)
    with pytest.raises(DataDamaged, match="1,001 different labels, but only 2 to 1,000 classes"):
        example.read("same.csv", labels="many.csv")
