from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from sklearn.metrics import classification_report, confusion_matrix

from reportgen.report.exports import predictions_archive, results_document, results_json
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, make_build

MODELS = PAPER_MODELS[1:3]


@pytest.fixture(scope="module")
def exported() -> tuple[dict, dict[str, np.ndarray], bytes]:  # type: ignore[type-arg]
    """results.json and predictions.npz of a build, read back, and the bytes of the latter."""
    _, dataset, evidence, _ = make_build(MODELS, 2, 300)
    facts = analyse(evidence)
    document = results_document(evidence, facts, plan_figures(facts, dataset))
    archive = predictions_archive(evidence)
    with np.load(BytesIO(archive), allow_pickle=False) as arrays:
        return json.loads(results_json(document)), dict(arrays), archive


def test_results_are_what_scikit_learn_computes_from_the_predictions(exported) -> None:  # type: ignore[no-untyped-def]
    """Every score of every run equals scikit-learn's, from predictions.npz alone."""
    document, arrays, _ = exported
    classes = document["data"]["classes"]
    for model in document["models"]:
        for run in model["runs"]:
            predicted = arrays[f"{model['slug']}/{run['seed']}"].argmax(axis=1)
            report = classification_report(
                arrays["labels"], predicted, target_names=classes, output_dict=True, zero_division=0
            )
            assert run["accuracy"] == pytest.approx(report["accuracy"], abs=1e-12)
            assert run["micro_f1"] == pytest.approx(report["accuracy"], abs=1e-12)
            for average in ("macro", "weighted"):
                for ours, theirs in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score")):
                    value = run[f"{average}_{ours}"]
                    assert value == pytest.approx(report[f"{average} avg"][theirs], abs=1e-12)
            for entry in run["per_class"]:
                expected = report[entry["class"]]
                assert entry["f1"] == pytest.approx(expected["f1-score"], abs=1e-12)
                assert entry["support"] == expected["support"]
            matrix = confusion_matrix(arrays["labels"], predicted)
            assert run["confusion_matrix"] == matrix.tolist()


def test_the_archive_holds_every_run(exported) -> None:  # type: ignore[no-untyped-def]
    """Labels and one array of probabilities for each run, in the types that are documented."""
    _, arrays, _ = exported

    assert set(arrays) == {"labels"} | {f"{m.slug}/{seed}" for m in MODELS for seed in (0, 1)}
    assert arrays["labels"].dtype == np.int32
    assert arrays["mlp/1"].dtype == np.float64
    np.testing.assert_allclose(arrays["mlp/1"].sum(axis=1), 1.0, atol=1e-5)


def test_exports_are_deterministic(exported) -> None:  # type: ignore[no-untyped-def]
    """The same results give the same bytes, whenever they are written."""
    _, dataset, evidence, _ = make_build(MODELS, 2, 300)
    facts = analyse(evidence)

    document = results_document(evidence, facts, plan_figures(facts, dataset))

    assert predictions_archive(evidence) == exported[2]
    assert json.loads(results_json(document)) == exported[0]


def test_figures_come_with_their_data(exported) -> None:  # type: ignore[no-untyped-def]
    """What is drawn is in results.json, with the words that describe it."""
    figures = {figure["slug"]: figure for figure in exported[0]["figures"]}

    assert figures["class-f1"]["data"]
    assert "[[" not in figures["class-f1"]["caption"]
    assert figures["class-f1"]["alt"]


def test_every_field_is_documented(exported) -> None:  # type: ignore[no-untyped-def]
    """docs/results-json.md names each field of the document, of its models and of its runs."""
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "results-json.md").read_text(encoding="utf-8")
    document = exported[0]
    model = document["models"][0]
    for field in (*document, *document["data"], *model, *model["runs"][0]):
        stem = field.split("_")[0] + "_…"
        assert f"`{field}`" in text or f"`{stem}`" in text, field
