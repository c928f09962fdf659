"""Predictions compared from Python: the numbers are those of scikit-learn and statsmodels."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, log_loss, matthews_corrcoef, roc_auc_score
from statsmodels.api import OLS
from statsmodels.stats.contingency_tables import mcnemar

import reportgen
from reportgen.errors import ConfigurationError, DataDamaged, UsageError

NAMES = ["bird", "cat", "dog"]


def draw(seed: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, `[n]`, and probabilities, `[n, 3]`, of 900 examples."""
    labels = np.arange(900) % 3
    scores = np.random.default_rng(seed).normal(size=(900, 3))
    scores[np.arange(900), labels] += skill
    powers = np.exp(scores)
    return labels, powers / powers.sum(axis=1, keepdims=True)


LABELS, ONE = draw(1, 2.0)
_, OTHER = draw(2, 1.8)


@pytest.fixture(scope="module")
def report() -> reportgen.Report:
    """Two models of one run each."""
    names = np.array(NAMES)
    return reportgen.compare(
        names[LABELS],
        {"One": ONE, "<Other>": names[OTHER.argmax(axis=1)]},
        classes=NAMES,
        title="A & B",
        settings={"analysis.margin": 1.5},
    )


def test_metrics_equal_scikit_learn(report: reportgen.Report) -> None:
    """Those of labels exactly, those of probabilities to 1e-9."""
    facts = report.facts
    for slug, probabilities in (("one", ONE), ("other", OTHER)):
        predicted, model = probabilities.argmax(axis=1), facts.models[slug]
        assert model.accuracy.mean == accuracy_score(LABELS, predicted)
        assert model.macro_f1.mean == pytest.approx(
            f1_score(LABELS, predicted, average="macro"), abs=1e-12
        )
    one = {name: entry.models["one"].summary.mean for name, entry in facts.metrics.items()}
    assert one["matthews_correlation"] == pytest.approx(
        matthews_corrcoef(LABELS, ONE.argmax(axis=1)), abs=1e-9
    )
    assert one["log_loss"] == pytest.approx(log_loss(LABELS, ONE), abs=1e-9)
    assert one["auroc"] == pytest.approx(
        roc_auc_score(LABELS, ONE, multi_class="ovr", average="macro"), abs=1e-9
    )
    assert not facts.models["other"].has_probabilities
    assert list(facts.studies["confidence"]["bins"]) == ["one"]


@pytest.mark.parametrize(
    "form",
    [
        lambda scores: scores,
        lambda scores: scores.argmax(axis=1),
        lambda scores: np.array(NAMES)[scores.argmax(axis=1)],
        lambda scores: pandas.DataFrame(scores, columns=NAMES),
        lambda scores: [scores, scores[:, [1, 2, 0]]],
    ],
    ids=["probabilities", "positions", "names", "data frame", "seeds"],
)
def test_models_of_one_layout_keep_their_own_predictions(form: Any) -> None:
    """What has no file is told apart by its values; the same values are one run."""
    labels = np.array(NAMES)[LABELS]
    models = {"One": form(ONE), "Other": form(OTHER), "Again": form(ONE)}
    facts = reportgen.compare(labels, models, classes=NAMES).facts
    for slug, scores in (("one", ONE), ("other", OTHER), ("again", ONE)):
        expected = accuracy_score(LABELS, scores.argmax(axis=1))
        assert facts.models[slug].accuracy.values[0] == expected
    identical = {key for key, pair in facts.pairs.items() if pair.identical}
    assert identical == {"one--again"}


def test_the_same_predictions_are_called_so() -> None:
    """No network is spoken of, and no other seed that could reverse what is certain."""
    verdict = reportgen.compare(LABELS, {"A": ONE, "B": ONE}).verdict
    assert verdict.startswith("A and B are the same predictions: there is no difference")
    assert "seed" not in verdict


def test_the_comparison_equals_statsmodels(report: reportgen.Report) -> None:
    """McNemar's exact test of the two runs."""
    (pair,) = report.facts.pairs.values()
    right = [scores.argmax(axis=1) == LABELS for scores in (ONE, OTHER)]
    table = [[0, int((right[0] & ~right[1]).sum())], [int((~right[0] & right[1]).sum()), 0]]
    assert pair.mcnemar[0].p_value == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-9)


def test_tables_are_data_frames(report: reportgen.Report) -> None:
    """Full precision, named models; an unknown table is answered with those there are."""
    frame = report.table("accuracy")
    assert isinstance(frame, pandas.DataFrame)
    found = dict(zip(frame["model"], frame["accuracy"], strict=True))
    assert found["One"] == accuracy_score(LABELS, ONE.argmax(axis=1))
    metrics = report.table("metrics").set_index(["metric", "model"])
    assert metrics.loc[("accuracy", "One"), "mean"] == found["One"]
    assert metrics.loc[("log_loss", "One"), "mean"] == pytest.approx(
        log_loss(LABELS, ONE), abs=1e-9
    )
    assert ("log_loss", "Other") not in metrics.index
    for name in ("classes", "confusion", "pairs", "runs"):
        assert len(report.table(name))
    with pytest.raises(UsageError, match="accuracy, classes, confusion, metrics, pairs and runs"):
        report.table("costs")


def test_a_notebook_shows_the_report_at_a_glance(report: reportgen.Report) -> None:
    """A few kilobytes, names escaped, warnings included."""
    html = report._repr_html_()
    assert "&lt;Other&gt;" in html
    assert "<Other>" not in html
    assert "Before relying on this" in html
    assert len(html) < 20_000


@pytest.mark.slow
def test_documents_are_written_and_read_again(report: reportgen.Report, tmp_path: Path) -> None:
    """The HTML passes verification, and carries the same facts."""
    path = report.to_html(tmp_path / "report.html")
    assert not reportgen.verify(path).findings
    assert reportgen.load_report(path).facts == report.facts
    assert reportgen.load_report(tmp_path).verdict == report.verdict
    changes = reportgen.diff_reports(path, path).metrics
    assert changes
    assert all(change.moved == "same" for change in changes)


def test_seeds_and_logits_and_data_frames() -> None:
    """A list of arrays has one for each seed; a data frame a column for each class."""
    frame = pandas.DataFrame({f"prob_{name}": ONE[:, k] for k, name in enumerate(NAMES)})
    labels = np.array(NAMES)[LABELS]
    report = reportgen.compare(labels, {"A": [frame, frame], "B": frame}, classes=NAMES)
    assert [len(model.runs) for model in report.facts.models.values()] == [2, 1]
    logits = reportgen.compare(LABELS, {"A": np.log(ONE)}, kind="logits")
    assert logits.facts.models["a"].accuracy.mean == accuracy_score(LABELS, ONE.argmax(axis=1))


def test_a_report_is_loaded_from_a_file_or_a_folder(tmp_path: Path) -> None:
    """The error for neither names both."""
    gone = tmp_path / "gone"
    sentence = f"{gone}: there is no such file or folder; give a report.html, a report.pdf or the"
    with pytest.raises(UsageError, match=re.escape(sentence)):
        reportgen.load_report(gone)


@pytest.mark.parametrize("in_files", [False, True])
def test_groups_are_the_sample(
    in_files: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standard error is that of a regression with standard errors robust to clusters."""
    labels, groups = np.repeat([0, 1, 2], 60), np.arange(180) // 4
    answers = np.random.default_rng(0).random((2, 45)).repeat(4, axis=1) < [[0.9], [0.6]]
    one, other = np.where(answers, labels, (labels + 1) % 3)
    if in_files:
        monkeypatch.chdir(tmp_path)
        frame = pandas.DataFrame({"patient": groups, "truth": labels, "one": one, "other": other})
        frame.to_csv("all.csv", index=False)
        models: Any = {"One": "all.csv#one", "Other": "all.csv#other"}
        report = reportgen.compare("all.csv#truth", models, groups="patient")
    else:
        report = reportgen.compare(labels, {"One": one, "Other": other}, groups=groups)
    difference = (one == labels).astype(float) - (other == labels)
    fitted = OLS(difference, np.ones(180)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert report.facts.clusters == 45
    interval = report.facts.pairs["one--other"].difference
    assert interval.value == pytest.approx(fitted.params[0], abs=1e-12)
    half = stats.t.ppf(0.975, 44) * np.hypot(fitted.bse[0], np.sqrt(2) / 180)
    assert interval.high - interval.value == pytest.approx(half, rel=1e-9)
    assert not reportgen.verify(report.to_html(tmp_path / "report.html")).findings


def test_a_report_on_one_model_speaks_of_one(tmp_path: Path) -> None:
    """And of more seeds only what they would show: intervals over one run need not narrow."""
    html = reportgen.compare(LABELS, {"One": ONE}).to_html(tmp_path / "r.html").read_text("utf-8")
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", html, flags=re.S)
    assert not re.findall(r"[^.]*\b(?:(?:every|each) model|all matrices)\b[^.]*", text)
    assert re.search(
        r"The confidence of One differs [^)]*\)\. On average, One is underconfident\.", text
    )
    assert "More seeds would show how much results vary" in text


def test_extremes_are_stated_of_the_models_that_they_are_of(tmp_path: Path) -> None:
    """All wrong is not as good as all right; equal models are both meant; one run has no range."""
    labels = LABELS % 2
    claims = reportgen.compare(labels, {"A": 1 - labels, "B": labels}).results["claims"]
    assert (
        "Every class has the same F1 score for A (0.0000) and B (1.0000)."
        in (claims["per_class"]["text"])
    )
    claims = reportgen.compare(labels, {"A": labels, "B": labels}).results["claims"]
    assert claims["answer"]["text"].endswith("of 900 test examples, each misclassifies 0.")
    mixed = reportgen.compare(LABELS, {"Many": [ONE, OTHER], "Single": ONE})
    html = mixed.to_html(tmp_path / "report.html").read_text("utf-8")
    table = html.partition('id="table-accuracy"')[2].partition("</table>")[0]
    ranges = [re.sub("<[^>]+>", "", row).rstrip()[-1] for row in table.split("</tr>")[1:3]]
    assert sorted(ranges) == ["%", "–"]


def test_settings_from_python_are_those_of_a_file(tmp_path: Path) -> None:
    """Numbers of NumPy, tables, lists and any text; what is no setting is named."""
    (tmp_path / "y.csv").write_text("label\n" + "0\n1\n" * 20)
    (tmp_path / "e.toml").write_text(
        'title = "T"\n[data]\nlabels = "y.csv"\n[[models]]\nname = "A"\npredictions = "y.csv"'
    )

    def build(**settings: Any) -> reportgen.Report:
        return reportgen.build(
            tmp_path / "e.toml", output=tmp_path / "o", formats=["html"], **settings
        )

    given = {
        "title": 'An "A" 😀',
        "analysis.margin": np.float64(0.5),
        "analysis.metrics": ("accuracy", "macro_f1"),
        "cover": {"Written by": "Ada"},
    }
    found = build(set=given).results["experiment"]
    assert (found["title"], found["cover"]) == ('An "A" 😀', {"Written by": "Ada"})
    assert found["analysis"]["margin"] == 0.5
    assert found["analysis"]["metrics"] == ["accuracy", "macro_f1"]
    for wrong, message in (
        ({"set": "title=x"}, "settings are a mapping"),
        ({"set": {"title": None}}, "title: a value of the type NoneType is not a setting"),
        ({"workers": 0}, "workers must be a whole number from 1"),
        ({"workers": True}, "workers must be a whole number from 1"),
        ({"cluster": 3}, "cluster must be text, not 3"),
    ):
        with pytest.raises(UsageError, match=message):
            build(**wrong)


def test_the_classes_of_columns_that_name_none_are_stated() -> None:
    """Unless the order is known: given by the user, or that of numbers."""
    names, risk = np.array(["sick", "well"]), ONE[:, 0]
    with pytest.warns(UserWarning, match="y_score of .*taken for the probability of 'well'"):
        reportgen.compare(names[LABELS % 2], {"One": risk})
    with pytest.warns(UserWarning, match="prediction of .*0 is taken for 'sick', 1 for 'well'"):
        reportgen.compare(names[LABELS % 2], {"One": LABELS % 2})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reportgen.compare(names[LABELS % 2], {"One": names[LABELS % 2]})
        reportgen.compare(names[LABELS % 2], {"One": risk}, classes=["well", "sick"])
        reportgen.compare(LABELS % 2, {"One": risk})
        reportgen.compare(names[LABELS % 2], {"One": pandas.DataFrame({"prob_sick": risk})})


def test_the_log_has_the_steps_of_a_build_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """WeasyPrint's warnings about styles for browsers are left out."""
    (tmp_path / "y.csv").write_text("label\n" + "0\n1\n" * 20)
    (tmp_path / "e.toml").write_text(
        'title = "T"\n[data]\nlabels = "y.csv"\n[[models]]\nname = "A"\npredictions = "y.csv"'
    )
    with caplog.at_level(logging.INFO, logger="reportgen"):
        reportgen.build(tmp_path / "e.toml", output=tmp_path / "out")
    lines = [line for line in caplog.messages if not line.startswith("Drawing ")]
    assert lines[:2] == ["Reading the predictions", "Runs: 1, of which to train: 0"]
    assert lines[-1] == "Writing the PDF report"
    assert not [record for record in caplog.records if record.name.startswith("weasyprint")]


def test_what_does_not_fit_is_one_sentence() -> None:
    """The argument and the index are named."""
    with pytest.raises(DataDamaged, match="sum to"):
        reportgen.compare(LABELS, {"A": np.abs(np.log(ONE)) / 100})
    short = LABELS[:-1]
    for runs, argument in ((short, "models['A b']"), ([LABELS, short], "models['A b'][1]")):
        sentence = f"{argument} has 899 rows, but y_true has 900 labels"
        with pytest.raises(DataDamaged, match=re.escape(sentence)):
            reportgen.compare(LABELS, {"A b": runs})
    with pytest.raises(ConfigurationError, match=r"analysis\.margin"):
        reportgen.compare(LABELS, {"A": LABELS}, settings={"analysis.margin": -1})
    with pytest.raises(DataDamaged, match="groups has 899 groups for 900 labels"):
        reportgen.compare(LABELS, {"A": LABELS}, groups=short)
    with pytest.raises(DataDamaged, match="all test examples are in one group"):
        reportgen.compare(LABELS, {"A": LABELS}, groups=np.zeros(900, dtype=int))
    with pytest.raises(UsageError, match="groups is an array where the labels are one"):
        reportgen.compare(LABELS, {"A": LABELS}, groups="patient")
    with pytest.raises(UsageError, match="either file paths"):
        reportgen.compare(LABELS, {"A": "a.csv"})
    with pytest.raises(DataDamaged, match=r"models\['A'\]: its rows differ in length"):
        reportgen.compare([0, 1], {"A": [[0.5, 0.5], [1.0]]})
    with pytest.raises(UsageError, match=r"data\.groups names a column of a file"):
        reportgen.compare(LABELS, {"A": LABELS}, settings={"data.groups": "patient"})
    nothing: Any
    for nothing in ({}, [LABELS], {1: LABELS}):
        with pytest.raises(UsageError, match="give the predictions of each by its name"):
            reportgen.compare(LABELS, nothing)


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (np.array(NAMES), np.array(NAMES)[LABELS]),
        (pandas.Index(NAMES), LABELS),
        (np.unique(LABELS), LABELS),
        ([3, 4, 5], LABELS + 3),
    ],
)
def test_classes_may_be_those_of_a_fitted_estimator(classes: Any, labels: Any) -> None:
    """`classes_` of scikit-learn is an array, of text or of whole numbers."""
    report = reportgen.compare(labels, {"A": ONE}, classes=classes)
    assert report.facts.dataset.classes == tuple(map(str, classes))
    assert report.facts.models["a"].accuracy.mean == accuracy_score(LABELS, ONE.argmax(axis=1))


def test_names_of_any_script_can_be_compared() -> None:
    """No slug can be given for an array, so one is made, also for two names with the same one."""
    models = {"模型": LABELS, "A b": ONE, "A-b": OTHER}
    report = reportgen.compare(LABELS, models)
    assert [(slug, model.name) for slug, model in report.facts.models.items()] == [
        ("model-1", "模型"),
        ("a-b", "A b"),
        ("a-b-3", "A-b"),
    ]
    report = reportgen.compare(LABELS, {"A b 3": LABELS, "A b": ONE, "A-b": OTHER})
    assert list(report.facts.models) == ["a-b-3", "a-b", "a-b-3-3"]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("title", 3),
        ("kind", b"logits"),
        ("id_column", ["id"]),
        ("classes", 3),
        ("classes", "abc"),
        ("classes", [0.5, 1.5]),
    ],
)
def test_an_argument_of_another_kind_is_named(argument: str, value: Any) -> None:
    """Python does not check types, so that any argument may be anything."""
    settings: dict[str, Any] = {argument: value}
    with pytest.raises(UsageError, match=f"^{argument} must be .*, not {re.escape(repr(value))}$"):
        reportgen.compare(LABELS, {"A": LABELS}, **settings)


@pytest.mark.parametrize("path", [3, None, b"report.html", "a\0b"])
def test_what_is_no_path_is_named(path: Any, report: reportgen.Report) -> None:
    """Every function that takes a path names the argument and what it was given."""
    calls: list[tuple[str, Callable[[], object]]] = [
        ("experiment", lambda: reportgen.build(path)),
        ("output", lambda: reportgen.build("quickstart", output=path)),
        ("path", lambda: reportgen.load_report(path)),
        ("path", lambda: reportgen.verify(path)),
        ("path", lambda: reportgen.audit_figures(path)),
        ("first", lambda: reportgen.diff_reports(path, "a")),
        ("path", lambda: report.to_html(path)),
        ("folder", lambda: report.export(path)),
    ]
    for argument, call in calls:
        with pytest.raises(UsageError, match=f"^{argument} must be a path, such as .*, not "):
            call()


def test_a_table_that_does_not_exist_is_named(report: reportgen.Report) -> None:
    """So is what is no name."""
    with pytest.raises(UsageError, match="there is no table 'models'; the tables are accuracy, "):
        report.table("models")
    unhashable: Any = ["accuracy"]
    with pytest.raises(UsageError, match=r"^name must be text, not \['accuracy'\]"):
        report.table(unhashable)


def test_what_numpy_cannot_convert_is_refused() -> None:
    """Masked values would count as if they were there; objects may refuse to be arrays."""

    class Refusing:
        def __array__(self, *_: object, **__: object) -> None:
            raise TypeError("it is on another device")

    refused: Any = Refusing()
    with pytest.raises(DataDamaged, match="y_true has masked values"):
        reportgen.compare(np.ma.masked_equal(LABELS, 1), {"A": LABELS})
    with pytest.raises(DataDamaged, match=r"models\['A'\] cannot be .*: it is on another device"):
        reportgen.compare(LABELS, {"A": refused})
    with pytest.raises(DataDamaged, match=r"^groups is empty"):
        reportgen.compare(LABELS, {"A": LABELS}, groups=[])


@pytest.mark.parametrize("formats", [3, None, [["html"]], "docx", ["html", "docx"], []])
def test_documents_that_are_none_are_refused(tmp_path: Path, formats: Any) -> None:
    """Before anything is trained: only a report that was published can be returned."""
    with pytest.raises(UsageError, match=r'must be "html", "pdf" or both, not'):
        reportgen.build("quickstart", formats=formats, output=tmp_path)
    assert not list(tmp_path.iterdir())
