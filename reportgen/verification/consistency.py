"""Whether the evidence of a report contradicts itself.

A document can follow from evidence that was altered. What the evidence states more than once has to
agree: a run's key with its ingredients, carried sources with their digests, the runs with those
that the configuration asks for, classes with the probabilities that they are chosen by, histories
with the settings of the training, labels of a published data set with that data set.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from reportgen.characters import describe, find_forbidden
from reportgen.config.keys import differences, digest
from reportgen.config.limits import find_excess
from reportgen.config.plan import specify_run
from reportgen.config.registration import CarriedPlan
from reportgen.config.schema import Experiment, Model
from reportgen.config.spec import RunSpec
from reportgen.data.catalogue import CATALOGUE, FileFacts
from reportgen.data.subsets import validate_on_clusters
from reportgen.plugins.digests import source_digest
from reportgen.plugins.finding import SHIPPED, Plugin, find_plugin
from reportgen.results.evidence import Classes, CustomMetric, Evidence, ModelRun
from reportgen.results.records import RunRecord
from reportgen.verification.findings import Finding
from reportgen.verification.histories import check_costs, check_history
from reportgen.verification.signature import is_signed
from reportgen.verification.studies import check_studies
from reportgen.verification.sweep import check_sweep

_LABELS_OF_IDX = b"\x00\x00\x08\x01"
"""How an IDX file of labels begins: unsigned bytes in one dimension."""


def check_evidence(evidence: Evidence) -> Iterator[Finding]:
    """Yield every contradiction in the evidence of a report that this version wrote."""
    experiment = Experiment.model_validate(evidence.header.experiment)
    yield from _check_texts(evidence)
    yield from (_finding("the runs", text) for text in _check_seeds(experiment, evidence))
    yield from (_finding("the plan", text) for text in _check_plan(evidence.header.plan))
    yield from (_finding("the labels", text) for text in _check_labels(evidence))
    yield from (_finding("the data", text) for text in _check_clusters(experiment, evidence))
    models = {model.slug: model for model in experiment.models}
    for run in evidence.header.runs:
        if run.model in models:
            where = f"run {models[run.model].name}, seed {run.seed}"
            found = _check_run(run, models[run.model], experiment, evidence)
            yield from (_finding(where, text) for text in found)
    for name, text in check_studies(experiment, evidence):
        yield _finding(f"the study {name}", text)
    yield from (
        _finding("the sweep", text) for text in check_sweep(experiment, evidence, _plugin_of)
    )
    for metric in evidence.header.custom_metrics:
        texts = _check_metric(metric)
        yield from (_finding(f"the metric {metric.name}", text) for text in texts)


def _finding(where: str, text: str) -> Finding:
    return Finding("evidence", where, text)


def _check_texts(evidence: Evidence) -> Iterator[Finding]:
    """Yield texts that no experiment may have, such as marks that turn numbers after them round."""
    for found in find_excess(evidence.header.experiment):
        yield _finding(".".join(map(str, found.location)), found.message)
    for name in evidence.header.dataset.classes:
        forbidden = find_forbidden(name, multiline=False)
        if forbidden is not None:
            yield _finding(f"the class {name!r}", f"its name contains {describe(forbidden)}")


def _check_plan(plan: CarriedPlan | None) -> Iterator[str]:
    """Yield that a plan is not what its signature signs; who signed is not checked."""
    if plan and plan.signature and is_signed(plan) is False:
        yield (
            f"its signature does not fit it: {plan.name} was changed after it was signed, or the "
            "signature belongs to another file"
        )


def _check_seeds(experiment: Experiment, evidence: Evidence) -> Iterator[str]:
    """Yield which runs the experiment asks for and the evidence lacks, and the reverse."""
    slugs = {model.slug for model in experiment.models}
    for slug in sorted({run.model for run in evidence.header.runs} - slugs):
        yield f"there are runs of {slug}, which is no model of the configuration"
    for model in experiment.models:
        found = [run.seed for run in evidence.header.runs if run.model == model.slug]
        if model.predictions is not None:
            allowed = [found] if found else []
        else:
            seeds = list(experiment.training.seeds)
            # An estimator that uses no random numbers is fitted once.
            allowed = [seeds, seeds[:1]] if model.run_kind == "estimator" else [seeds]
        if sorted(found) not in [sorted(each) for each in allowed]:
            asked = _list(experiment.training.seeds)
            yield f"{model.name} has the seeds {_list(found)}; the configuration asks for {asked}"


def _list(seeds: Any) -> str:
    return ", ".join(map(str, seeds)) or "none"


def _check_labels(evidence: Evidence) -> Iterator[str]:
    """Yield which labels are not those of the published data set that the report names."""
    record = evidence.header.dataset
    known = CATALOGUE.get(record.name)
    if known is None or record.classes != known.classes:
        return
    for name, file in (("train", known.files[1]), ("test", known.files[3])):
        labels = evidence.labels.get(name)
        if labels is not None and len(labels) == file.shape[0] and not _is_content(labels, file):
            yield f"those of the set {name} are not the labels of {known.title}"


def _is_content(labels: Classes, file: FileFacts) -> bool:
    if file.sha256 is not None:
        start = _LABELS_OF_IDX + len(labels).to_bytes(4, "big")
        return sha256(start + labels.astype(np.uint8).tobytes()).hexdigest() == file.sha256
    counts = tuple(np.bincount(labels, minlength=len(file.support)).tolist())
    return not file.support or counts == file.support


def _check_clusters(experiment: Experiment, evidence: Evidence) -> Iterator[str]:
    """Yield which groups of dependent examples the evidence lacks."""
    if experiment.data.groups is not None and evidence.clusters is None:
        yield "data.groups names groups, of which the evidence has none"
    has_groups = [each is not None for each in (evidence.clusters, evidence.train_clusters)]
    if "train" in evidence.labels and has_groups in ([True, False], [False, True]):
        yield "either the test set or the training set has groups, but not both"


def _check_validation(record: RunRecord, evidence: Evidence) -> Iterator[str]:
    """Yield that the run did not hold out the whole groups of training examples that it should."""
    ingredients = record.ingredients
    if "train" in evidence.labels:
        labels, clusters = evidence.train_labels, evidence.train_clusters
        if validate_on_clusters(ingredients, labels, clusters) != ingredients:
            yield "the examples that it was validated on are not the groups that its seed draws"


def _check_run(
    run: ModelRun, model: Model, experiment: Experiment, evidence: Evidence
) -> Iterator[str]:
    record, dataset = run.record, evidence.header.dataset
    yield from _check_key(record)
    if record.ingredients.data_sha256 != dataset.sha256:
        yield (
            "it was made with other data than those that the report names, as their SHA-256 differ"
        )
    yield from _check_spec(run, model, experiment, evidence)
    yield from _check_sources(record)
    yield from _check_provenance(record)
    yield from _check_validation(record, evidence)
    yield from check_history(record, evidence)
    yield from check_costs(record)
    yield from _check_classes(run, evidence)


def _check_key(record: RunRecord) -> Iterator[str]:
    try:
        expected = digest(record.ingredients)
    except ValueError:
        yield "its ingredients contain a number that is not finite"
        return
    if record.key != expected:
        yield f"its key is {record.key[:12]}…, but its ingredients give {expected[:12]}…"


def _check_spec(
    run: ModelRun, model: Model, experiment: Experiment, evidence: Evidence
) -> Iterator[str]:
    found, dataset = run.record.spec, evidence.header.dataset
    if model.predictions is not None:
        expected = found.model_copy(
            update={
                "kind": "predictions",
                "input_shape": (),
                "training": None,
                "classes": len(dataset.classes),
                "seed": run.seed,
            }
        )
    else:
        precision = found.training.precision if found.training else "float32"
        asked = experiment.training.precision
        if asked != "auto":
            precision = asked
        plugin = _plugin_of(model)
        expected = specify_run(model, run.seed, experiment, dataset, precision, plugin)
    yield from _compare_specs(found, expected)


def _plugin_of(model: Model) -> Plugin:
    """Return a plug-in by its reference; only what is shipped is looked at, and not run."""
    kind = "estimator" if model.estimator else "architecture"
    if model.reference in SHIPPED[kind]:
        return find_plugin(model.reference, kind, Path())
    return Plugin(model.reference, kind, module="", name="")


def _compare_specs(found: RunSpec, expected: RunSpec) -> Iterator[str]:
    differing = differences(found.model_dump(mode="json"), expected.model_dump(mode="json"))
    for name, given, due in sorted(differing, key=itemgetter(0)):
        shown = "not set" if given is None else given
        yield f"its {name} is {shown}; the configuration gives {'none' if due is None else due}"


def _check_sources(record: RunRecord) -> Iterator[str]:
    """Yield which carried files of a plug-in are not those that the run was made with."""
    for name, text in record.plugin_files.items():
        expected = record.ingredients.sources.get(name)
        if expected is None:
            yield f"the report contains the file {name}, but the run was not made with it"
        # In a file that is not UTF-8, bytes were replaced: the digest cannot be recomputed.
        elif "\ufffd" not in text and not _has_digest(text, expected, record):
            yield f"the text of {name} is not the text that the run was made with"


def _has_digest(text: str, expected: str, record: RunRecord) -> bool:
    """Return whether a text has a digest, as computed by this version of Python."""
    try:
        same = source_digest(text.encode()) == expected
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        same = False
    return same or _made_under_other_python(record)


def _made_under_other_python(record: RunRecord) -> bool:
    """Say whether another Python fitted a run: it may parse a source otherwise, or not at all."""
    python = record.provenance.python if record.provenance else ""
    return python.split(".")[:2] != platform.python_version().split(".")[:2]


def unchecked_sources(evidence: Evidence) -> tuple[str, ...]:
    """Return the carried files whose digests this version of Python cannot tell."""
    runs = [run.record for run in evidence.header.runs if _made_under_other_python(run.record)]
    return tuple(sorted({name for record in runs for name in record.plugin_files}))


def _check_provenance(record: RunRecord) -> Iterator[str]:
    made, ingredients = record.provenance, record.ingredients
    if made is None:
        if ingredients.spec.kind != "predictions":
            yield "it is not stated where it was fitted"
        return
    if made.versions != ingredients.versions:
        yield "the versions of its libraries differ between its provenance and its ingredients"
    if made.device.partition(" ")[0] != ingredients.device:
        yield f"its device is {made.device}, but its ingredients state {ingredients.device}"
    settings = ingredients.spec.training
    if settings is not None and made.precision != settings.precision:
        yield f"its precision is {made.precision}, but its settings state {settings.precision}"


def _check_classes(run: ModelRun, evidence: Evidence) -> Iterator[str]:
    """Yield where a predicted class is not the first of the most probable ones.

    Estimators, and tools that made predictions elsewhere, may choose by another rule. Rows that
    were kept in one byte a class were kept so because they follow this one.
    """
    for name, kept in evidence.runs[run.model, run.seed].items():
        if kept.stored is None:
            continue
        if run.record.spec.kind != "network" and kept.stored.dtype != np.uint8:
            continue
        probabilities = kept.probabilities
        assert probabilities is not None
        wrong = int((probabilities.argmax(axis=1) != kept.classes).sum())
        if wrong:
            yield (
                f"{wrong:,} of {len(kept.classes):,} predicted classes of the set {name} are not "
                "the most probable ones"
            )


def _check_metric(metric: CustomMetric) -> Iterator[str]:
    low, high = metric.bounds
    values = [value for each in metric.values.values() for value in each]
    if not np.isfinite(values).all():
        yield "a value is not finite"
    elif any((low is not None and v < low) or (high is not None and v > high) for v in values):
        yield "a value is out of bounds"
