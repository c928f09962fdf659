"""What a build writes beside its documents: results.json and predictions.npz.

`docs/results-json.md` describes every field of results.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from reportgen.analysis.facts import Facts, ModelFacts, RunMetrics
from reportgen.analysis.numbers import plain_claim
from reportgen.figures import FigureSpec
from reportgen.results.arrays import pack_arrays
from reportgen.results.evidence import Evidence, EvidenceHeader, StudyRun
from reportgen.results.records import ModelSummary, RunRecord
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
        "study_runs": {
            name: [run.model_dump(mode="json") for run in runs]
            for name, runs in {**header.study_runs, **_sweep_runs(header)}.items()
        },
        "baselines": _dump(facts.baselines),
        "plan": facts.plan.model_dump(mode="json") if facts.plan else None,
        "audit": facts.audit.model_dump(mode="json") if facts.audit else None,
        "verdict": facts.verdict.model_dump(mode="json"),
        "claims": {
            name: {"text": plain_claim(claim.text, facts), "rests_on": claim.rests_on}
            for name, claim in facts.claims.items()
        },
        "figures": [_figure(figure, facts) for figure in figures],
        "provenance": _provenance(records),
    }


def _sweep_runs(header: EvidenceHeader) -> dict[str, list[StudyRun]]:
    """Return the runs of a sweep; the variant is the number of the configuration, from 0."""
    if header.sweep is None:
        return {}
    seeds = header.experiment["training"]["seeds"]
    return {
        "sweep": [
            StudyRun(model=model.model, seed=seed, variant=str(number), key=key)
            for model in header.sweep.models
            for number, trial in enumerate(model.trials)
            for seed, key in zip(seeds, trial.keys, strict=False)
        ]
    }


def results_json(document: Mapping[str, Any]) -> bytes:
    """Return results.json as bytes: a line for each model, pair, claim, figure, and so on.

    With a line for each cell of its matrices, the file of a thousand classes would have 80 MB.
    """
    entries = {name: _write_entries(value) for name, value in document.items()}
    return f"{_write_object(entries, '')}\n".encode()


def _write_entries(value: Any) -> str:
    if isinstance(value, Mapping) and value:
        return _write_object({name: _write(entry) for name, entry in value.items()}, " ")
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_write(entry)}" for entry in value) + "\n ]"
    return _write(value)


def _write_object(written: Mapping[str, str], indent: str) -> str:
    lines = (f"{indent} {_write(name)}: {text}" for name, text in written.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


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
    data = facts.dataset.model_dump(mode="json", exclude={"dtype", "is_drawn", "shared"})
    files = data.pop("files")
    counts = {"train_counts": list(facts.train_counts), "test_counts": list(facts.test_counts)}
    return {**data, **counts, "files": files}


_NAMED = ("name", "slug", "architecture", "dropout")
_SUMMARISED = (
    *("accuracy", "accuracy_interval", "macro_f1", "macro_f1_interval"),
    *("per_class", "overfitting"),
)


def _model(model: ModelFacts, records: Mapping[tuple[str, int], RunRecord]) -> dict[str, Any]:
    dumped = model.model_dump(mode="json", include={*_NAMED, *_SUMMARISED})
    classes = [entry.name for entry in model.per_class]
    return {
        **{name: dumped[name] for name in _NAMED},
        **_size(model.summary),
        **{name: dumped[name] for name in _SUMMARISED},
        "sources": records[model.slug, model.runs[0].seed].ingredients.sources,
        "runs": [_run(run, records[model.slug, run.seed], classes) for run in model.runs],
    }


def _size(summary: ModelSummary | None) -> dict[str, Any]:
    """Return the layers and their totals; null where there are none."""
    totals = ("parameters", "trainable_parameters", "multiply_adds")
    if summary is None:
        return {**dict.fromkeys(totals), "layers": None}
    layers = [layer.model_dump(mode="json") for layer in summary.layers]
    return {**{name: getattr(summary, name) for name in totals}, "layers": layers}


def _run(run: RunMetrics, record: RunRecord, classes: Sequence[str]) -> dict[str, Any]:
    dumped = run.model_dump(mode="json")
    costs = dumped.pop("costs")
    named = zip(classes, dumped["per_class"], strict=True)
    return {
        **dumped,
        "per_class": [{"class": name, **scores} for name, scores in named],
        "history": _history(run),
        "seconds": run.costs.train_seconds if run.costs else None,
        "costs": costs,
        "ended": record.provenance.ended if record.provenance else None,
    }


def _history(run: RunMetrics) -> dict[str, Any]:
    """Return the history as one list for each quantity, an entry for each epoch."""
    epochs = [epoch.model_dump(mode="json") for epoch in run.history]
    return {name: [epoch[name] for epoch in epochs] for name in epochs[0]} if epochs else {}


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
