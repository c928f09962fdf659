"""What a build writes beside its documents: results.json and predictions.npz.

`docs/results-json.md` describes every field of results.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from reportgen.analysis.facts import ClassScores, Facts, ModelFacts, RunMetrics, SeedSummary
from reportgen.analysis.numbers import plain_claim
from reportgen.figures import FigureSpec
from reportgen.results.arrays import pack_arrays
from reportgen.results.evidence import Evidence
from reportgen.results.records import ModelSummary, Record, RunRecord
from reportgen.results.results_json import SCHEMA


def results_document(
    evidence: Evidence, facts: Facts, figures: Sequence[FigureSpec]
) -> dict[str, Any]:
    """Return results.json as plain data: full floats, nothing rounded."""
    header = evidence.header
    records = {(run.model, run.seed): run.record for run in header.runs}
    return {
        "schema": SCHEMA,
        "reportgen": header.reportgen,
        "experiment": header.experiment,
        "data": _data(facts),
        "models": [_model(model, records) for model in facts.models.values()],
        "pairs": _dump(facts.pairs),
        "metrics": _dump(facts.metrics),
        "studies": facts.studies,
        "studies_left_out": facts.studies_left_out,
        "baselines": _dump(facts.baselines),
        "audit": facts.audit.model_dump(mode="json") if facts.audit else None,
        "verdict": facts.verdict.model_dump(mode="json"),
        "claims": {
            name: {"text": plain_claim(claim.text, facts), "rests_on": claim.rests_on}
            for name, claim in facts.claims.items()
        },
        "figures": [_figure(figure, facts) for figure in figures],
        "provenance": _provenance(records),
    }


def results_json(document: Mapping[str, Any]) -> bytes:
    """Return results.json as bytes."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def predictions_archive(evidence: Evidence) -> bytes:
    """Return predictions.npz as bytes: the predictions that all numbers are computed from.

    `labels`: int32 `[n]`; `<slug>/<seed>`: float64 `[n, classes]`, class probabilities, or int32
    `[n]`, predicted classes, where the run gives labels alone. Read it with
    `numpy.load(file, allow_pickle=False)`.
    """
    arrays: dict[str, NDArray[Any]] = {"labels": evidence.test_labels}
    for (slug, seed), sets in evidence.runs.items():
        probabilities = sets["test"].probabilities
        arrays[f"{slug}/{seed}"] = sets["test"].classes if probabilities is None else probabilities
    # Probabilities hardly compress: 5 % less room would cost a tenth of a rebuild.
    return pack_arrays(arrays)


def _provenance(records: Mapping[tuple[str, int], RunRecord]) -> dict[str, Any]:
    """Return where the numbers of each run come from, by key; of predictions nothing is known."""
    return {
        record.key: record.provenance.model_dump(mode="json")
        for record in records.values()
        if record.provenance
    }


def _data(facts: Facts) -> dict[str, Any]:
    record = facts.dataset
    return {
        "name": record.name,
        "title": record.title,
        "stand_in_for": record.stand_in_for,
        "stand_in_reason": record.stand_in_reason,
        "sha256": record.sha256,
        "train": record.train,
        "test": record.test,
        "classes": list(record.classes),
        "input_shape": list(record.input_shape),
        "train_counts": list(facts.train_counts),
        "test_counts": list(facts.test_counts),
        "files": [file.model_dump(mode="json") for file in record.files],
    }


def _model(model: ModelFacts, records: Mapping[tuple[str, int], RunRecord]) -> dict[str, Any]:
    return {
        "name": model.name,
        "slug": model.slug,
        "architecture": model.architecture,
        "dropout": model.dropout,
        **_size(model.summary),
        "accuracy": _seed_summary(model.accuracy),
        "accuracy_interval": model.accuracy_interval.model_dump(mode="json"),
        "macro_f1": _seed_summary(model.macro_f1),
        "macro_f1_interval": model.macro_f1_interval.model_dump(mode="json"),
        "per_class": [entry.model_dump(mode="json") for entry in model.per_class],
        "overfitting": _dump_known(model.overfitting),
        "runs": [
            _run(run, records[model.slug, run.seed], [entry.name for entry in model.per_class])
            for run in model.runs
        ],
    }


def _size(summary: ModelSummary | None) -> dict[str, Any]:
    """Return the layers and their totals; null where there are none."""
    totals = ("parameters", "trainable_parameters", "multiply_adds")
    if summary is None:
        return {**dict.fromkeys(totals), "layers": None}
    layers = [layer.model_dump(mode="json") for layer in summary.layers]
    return {**{name: getattr(summary, name) for name in totals}, "layers": layers}


def _dump_known(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record.model_dump(mode="json")


def _run(run: RunMetrics, record: RunRecord, classes: Sequence[str]) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "key": run.key,
        "accuracy": run.accuracy,
        "correct": run.correct,
        "macro_precision": run.macro_precision,
        "macro_recall": run.macro_recall,
        "macro_f1": run.macro_f1,
        "micro_f1": run.micro_f1,
        "weighted_precision": run.weighted_precision,
        "weighted_recall": run.weighted_recall,
        "weighted_f1": run.weighted_f1,
        "per_class": [
            {"class": name, **_scores(scores)}
            for name, scores in zip(classes, run.per_class, strict=True)
        ],
        "confusion_matrix": [list(row) for row in run.confusion_matrix],
        "train_accuracy": run.train_accuracy,
        "train_macro_f1": run.train_macro_f1,
        "train_f1": None if run.train_f1 is None else list(run.train_f1),
        "history": _history(run),
        "seconds": run.costs.train_seconds if run.costs else None,
        "costs": _dump_known(run.costs),
        "ended": record.provenance.ended if record.provenance else None,
    }


def _history(run: RunMetrics) -> dict[str, Any]:
    """Return the history as one list for each quantity, an entry for each epoch."""
    epochs = [epoch.model_dump(mode="json") for epoch in run.history]
    return {name: [epoch[name] for epoch in epochs] for name in epochs[0]} if epochs else {}


def _scores(scores: ClassScores) -> dict[str, Any]:
    return scores.model_dump(mode="json")


def _seed_summary(summary: SeedSummary) -> dict[str, Any]:
    return summary.model_dump(mode="json")


def _dump(records: Mapping[str, Any]) -> dict[str, Any]:
    return {key: record.model_dump(mode="json") for key, record in records.items()}


def _figure(figure: FigureSpec, facts: Facts) -> dict[str, Any]:
    return {
        "slug": figure.slug,
        "kind": figure.kind,
        "title": figure.title,
        "caption": plain_claim(figure.caption, facts),
        "alt": figure.alt,
        "file": f"figures/{figure.slug}.svg",
        "data": figure.data,
    }
