"""Compare a run that a report carries with the same run computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from reportgen import __version__
from reportgen.config.keys import differences, digest
from reportgen.data.arrays import DataArrays
from reportgen.plugins import SHIPPED
from reportgen.results.evidence import Evidence, KeptEvaluation, ModelRun
from reportgen.results.quantisation import quantise
from reportgen.results.records import Evaluation, Ingredients, Run, RunRecord
from reportgen.verification.disagreement import (
    NOTHING,
    Disagreement,
    Verdict,
    judge,
    measure,
    surprise,
)

NEAR_TIE = {"float32": 1e-3, "tf32": 1e-2, "bfloat16": 0.1}
"""Precision → how much less probable than the first class another one may be that the same weights
predict on another processor."""


@dataclass(frozen=True)
class Reproduction:
    """The result of computing one run again."""

    model: str
    """Slug."""
    seed: int
    key: str
    verdict: Verdict
    reason: str
    """What agrees or differs, as one sentence without a full stop."""
    environment: tuple[str, ...] = ()
    """How this machine differs from the one that the report names."""
    disagreements: Mapping[str, Disagreement] = field(default_factory=dict)
    """Evaluation set → how the classes differ; empty where all is identical bit for bit."""


def check_plan(run: ModelRun, planned: Ingredients) -> Reproduction | None:
    """Return a contradiction where a run is not what the report's settings plan; None otherwise.

    `planned` follows from the configuration that the report prints, the data found here and the
    code in it.
    """
    record = run.record
    if digest(record.ingredients) != record.key:
        return _make(run, "contradicts", "its key is not the digest of the ingredients it names")
    ours, theirs = planned.spec.model_dump(mode="json"), record.spec.model_dump(mode="json")
    if ours != theirs:
        differing = ", ".join(
            f"{path} is {before} in the run and {now} in the configuration"
            for path, before, now in differences(theirs, ours)
        )
        reason = f"the configuration in the report plans another run: {differing}"
        return _make(run, "contradicts", reason)
    if planned.data_sha256 != record.ingredients.data_sha256:
        return _make(run, "contradicts", "the run names other data than the report")
    if planned.validation != record.ingredients.validation:
        return _make(run, "contradicts", "the run holds out other groups for validation")
    return None


def check_labels(evidence: Evidence, data: DataArrays) -> str | None:
    """Return how the labels in a report differ from those of the data; None where they agree."""
    labels = {"test": data.test_labels, "train": data.train_labels}
    for name, kept in evidence.labels.items():
        count = int((kept != labels[name]).sum())
        if count:
            return f"{count:,} labels of the {name} set are not those of the data"
    return None


def compare_run(evidence: Evidence, run: ModelRun, again: Run) -> Reproduction:
    """Compare a run of a report with the same run trained again."""
    kept = evidence.runs[run.model, run.seed]
    differing = list(_differences(kept, run.record, again))
    environment = tuple(compare_environments(run.record, again.record))
    if not differing:
        return _make(run, "same", f"identical bit for bit: {_count(kept, run)}", environment)
    disagreements = {
        name: measure(labels, kept[name].classes, again.evaluations[name].classes)
        for name, labels in evidence.labels.items()
        if name in kept
    }
    if not environment:
        reason = f"{' and '.join(differing)} differ, although the environment is the same"
        return _make(run, "contradicts", reason, environment, disagreements)
    train = disagreements.get("train", NOTHING)
    # Of what is kept, probabilities are restored at each access.
    report = Evaluation(kept["test"].classes, kept["test"].probabilities)
    verdict, reason = judge(
        disagreements["test"],
        train,
        _other_seeds(evidence, run, again),
        surprise(evidence.test_labels, report, again.evaluations["test"], train),
    )
    return _make(run, verdict, reason, environment, disagreements)


def compare_weights(evidence: Evidence, run: ModelRun, again: Run) -> Reproduction:
    """Compare a run of a report with what its stored weights give.

    On another processor a class may differ where two are almost equally probable, and nowhere else.
    """
    kept = evidence.runs[run.model, run.seed]
    differing = [name for name in _differing_sets(kept, again) if name]
    environment = tuple(compare_environments(run.record, again.record))
    if not differing:
        reason = "the stored weights give identical classes and probabilities, bit for bit"
        return _make(run, "same", reason, environment)
    classes = kept["test"].classes
    training = run.record.spec.training
    margin = NEAR_TIE[training.precision if training else "float32"]
    count = _count_apart(classes, again.evaluations["test"], margin)
    disagreement = measure(evidence.test_labels, classes, again.evaluations["test"].classes)
    disagreements = {"test": disagreement}
    if not environment or count:
        reason = f"with the stored weights, {' and '.join(differing)} differ"
        if count:
            reason += f"; {count:,} of the classes that differ are no near ties"
        return _make(run, "contradicts", reason, environment, disagreements)
    reason = (
        f"the stored weights give the same classes on the test set, except for "
        f"{disagreement.different:,} near ties"
    )
    return _make(run, "compatible", reason, environment, disagreements)


def compare_environments(theirs: RunRecord, ours: RunRecord) -> Iterator[str]:
    """Yield what may change the last bits of a run, and is not the same here."""
    if theirs.provenance is None or ours.provenance is None:
        yield "the report does not state where the run was computed"
        return
    there, here = theirs.provenance, ours.provenance
    pairs = {
        "Python": (there.python.rpartition(".")[0], here.python.rpartition(".")[0]),
        "platform": (there.platform, here.platform),
        "device": (there.device, here.device),
        "threads": (str(there.threads), str(here.threads)),
    }
    is_shipped = ours.spec.reference in SHIPPED["architecture"]
    if here.device == "mps" or (here.device != "cpu" and not is_shipped):
        yield f"device: {here.device}, where not every operation gives the same bits each time"
    if there.processor != here.processor:
        pairs["processor"] = _what_differs(there.processor, here.processor)
    libraries, installed = theirs.ingredients.versions, ours.ingredients.versions
    for name in sorted({*libraries, *installed}):
        pairs[name] = (libraries.get(name, "none"), installed.get(name, "none"))
    yield from (
        f"{what}: {before} in the report, {now} here"
        for what, (before, now) in pairs.items()
        if before != now
    )


def _what_differs(there: str | None, here: str | None) -> tuple[str, str]:
    """Return the parts of two descriptions of a processor that the other one does not have."""
    if there is None or here is None:
        return there or "not recorded", here or "unknown"
    theirs, ours = there.split("; "), here.split("; ")
    return (
        "; ".join(part for part in theirs if part not in ours) or "without it",
        "; ".join(part for part in ours if part not in theirs) or "without it",
    )


def summary_of(results: tuple[Reproduction, ...], written_by: str) -> dict[str, Any]:
    """Return the results as JSON."""
    return {
        "written_by": written_by,
        "reproduced_by": __version__,
        "runs": [asdict(result) for result in results],
    }


def _differences(
    kept: Mapping[str, KeptEvaluation], record: RunRecord, again: Run
) -> Iterator[str]:
    """Yield what of a run is not the same to the last bit; times are not compared."""
    yield from _differing_sets(kept, again)
    ours = again.record
    if [epoch.measures for epoch in record.history] != [epoch.measures for epoch in ours.history]:
        yield "the training history"
    if (record.kept_epoch, record.summary) != (ours.kept_epoch, ours.summary):
        yield "the layers"


def _differing_sets(kept: Mapping[str, KeptEvaluation], again: Run) -> Iterator[str]:
    for name, evaluation in kept.items():
        found = again.evaluations[name]
        if not np.array_equal(evaluation.classes, found.classes):
            yield f"the classes of the {name} set"
        if not _same_probabilities(evaluation, found):
            yield f"the probabilities of the {name} set"


def _same_probabilities(kept: KeptEvaluation, found: Evaluation) -> bool:
    if kept.stored is None:
        return True
    if found.probabilities is None:
        return False
    if kept.stored.dtype != np.uint8:
        return np.array_equal(kept.stored, found.probabilities)
    if not np.array_equal(found.probabilities.argmax(axis=1), found.classes):
        return False
    return np.array_equal(kept.stored, quantise(found.probabilities, found.classes))


def _other_seeds(evidence: Evidence, run: ModelRun, again: Run) -> tuple[Disagreement, ...]:
    labels, classes = evidence.test_labels, again.evaluations["test"].classes
    return tuple(
        measure(labels, sets["test"].classes, classes)
        for (model, seed), sets in evidence.runs.items()
        if model == run.model and seed != run.seed
    )


def _count_apart(classes: Any, again: Evaluation, near: float) -> int:
    """Count the classes that differ, and are much less probable than those computed again."""
    if again.probabilities is None:
        return int((classes != again.classes).sum())
    rows = np.arange(len(classes))
    lead = again.probabilities.max(axis=1) - again.probabilities[rows, classes]
    return int((lead > near).sum())


def _count(kept: Mapping[str, KeptEvaluation], run: ModelRun) -> str:
    parts = [f"{len(each.classes):,} {name} classes" for name, each in kept.items()]
    if any(each.stored is not None for each in kept.values()):
        parts.append("the probabilities")
    if run.record.history:
        count = len(run.record.history)
        parts.append("the losses of one epoch" if count == 1 else f"the losses of {count} epochs")
    return ", ".join(parts)


def _make(
    run: ModelRun,
    verdict: Verdict,
    reason: str,
    environment: tuple[str, ...] = (),
    disagreements: Mapping[str, Disagreement] | None = None,
) -> Reproduction:
    return Reproduction(
        run.model, run.seed, run.record.key, verdict, reason, environment, disagreements or {}
    )
