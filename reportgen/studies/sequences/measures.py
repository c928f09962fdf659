"""Whole sequences that are read right: by model, length and style, and where some are refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reportgen.analysis.contrasts import estimate_accuracy
from reportgen.analysis.prediction_arrays import Classes, Flags, Floats
from reportgen.studies.comparing import Estimate
from reportgen.studies.confidence.held_out import cross_halves
from reportgen.studies.estimating import compare, estimate_share
from reportgen.studies.sequences import require_lines
from reportgen.studies.sequences.reading import Pair, Readings, choose_failures, commonest, examples
from reportgen.studies.sequences.records import Failure, ModelSequences, SequencesFacts, StyleShares
from reportgen.studies.study import StudyInputs


def measure_sequences(given: StudyInputs) -> SequencesFacts:
    """Return the numbers of the study; raises CannotStudy where no network was evaluated."""
    evidence, level = given.evidence, given.inputs.level
    require_lines(given.settings, evidence.header.dataset)
    images = given.classified("sequences")
    readings = Readings(evidence.header.studied["sequences"].sets, images, evidence.test_labels)
    runs = given.by_model(images.predicted)
    right = {slug: np.array([*map(readings.right, own)], float) for slug, own in runs.items()}
    read = estimate_accuracy([each.mean(axis=1) for each in right.values()])
    styles, names = given.settings.styles, evidence.header.dataset.classes
    return SequencesFacts(
        lengths=given.settings.lengths,
        count=int((readings.lengths == readings.lengths[0]).sum()),
        total=readings.cut.size,
        accuracy=given.settings.accuracy,
        cut=dict(zip(styles, readings.cut.mean(axis=1).tolist(), strict=True)),
        models={slug: _describe(given, readings, runs[slug], right[slug]) for slug in runs},
        pairs=compare({"": read}, [*runs], given.inputs.margin, level, higher_is_better=True)[""],
        runs=len(images.predicted),
        examples=tuple(spell(readings.truth(each), names) for _, each in examples(readings)),
        failures=tuple(
            _describe_failure(readings, styles, names, *each) for each in choose_failures(readings)
        ),
        shown=images.shown[:, 0].tolist() if images.shown.size else (),
    )


def _describe(
    given: StudyInputs, readings: Readings, runs: Sequence[Pair], right: Floats
) -> ModelSequences:
    """Return the shares of one model; `right`: `[seeds, styles, sequences]`."""
    level, lengths = given.inputs.level, readings.lengths
    evidence, positions = given.evidence, readings.images.positions
    labels = evidence.test_labels[positions]
    single = np.array(
        [(evidence.runs[pair]["test"].classes[positions] == labels).mean() for pair in runs]
    )
    accepted = np.array(
        [
            accept(readings.confidence(pair), one, given.settings.accuracy)
            for pair, one in zip(runs, right, strict=True)
        ]
    )
    return ModelSequences(
        right=_share(right.mean(axis=1), level),
        single=float(single.mean()),
        by_length=tuple(
            _share(right[:, :, lengths == length].mean(axis=1), level)
            for length in given.settings.lengths
        ),
        independent=tuple(float((single**length).mean()) for length in given.settings.lengths),
        styles={
            style: _describe_style(readings.cut[place], right[:, place], level)
            for place, style in enumerate(given.settings.styles)
        },
        coverage=_share(accepted.mean(axis=1), level),
        reached=float(right[accepted].mean()) if accepted.any() else None,
    )


def _describe_style(cut: Flags, right: Floats, level: float) -> StyleShares:
    return StyleShares(
        right=_share(right, level),
        segmentation=float(((1 - right) * ~cut).mean()),
        recognition=float(((1 - right) * cut).mean()),
    )


def accept(confidence: Floats, right: Floats, accuracy: float) -> Flags:
    """Return which sequences are answered, `[styles, sequences]`.

    The threshold is the lowest confidence from which on upwards the answers have the accuracy. It
    is chosen on one half of the sequences, drawn at random, for the other half.
    """
    accepted = np.zeros(confidence.shape, dtype=np.bool_)
    for fit, judged in cross_halves(confidence.shape[1]):
        threshold = find_threshold(confidence[:, fit].ravel(), right[:, fit].ravel(), accuracy)
        accepted[:, judged] = confidence[:, judged] >= threshold
    return accepted


def find_threshold(confidence: Floats, right: Floats, accuracy: float) -> float:
    """Return the lowest confidence at which the answers from it upwards are right often enough.

    Infinite where there is none.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # Equal confidences are answered together.
    last = np.append(ordered[1:] != ordered[:-1], True)
    fitting = np.flatnonzero(last & (shares >= accuracy))
    return float(ordered[fitting[-1]]) if len(fitting) else np.inf


def _share(values: Floats, level: float) -> Estimate:
    """Return the mean of `values`, `[seeds, sequences]`, each in [0, 1]."""
    return estimate_share(float(values.mean()), values, level)


def _describe_failure(
    readings: Readings, styles: Sequence[str], names: Sequence[str], style: int, sequence: int
) -> Failure:
    read, runs = commonest(readings, style, sequence)
    return Failure(
        style=styles[style],
        truth=spell(readings.truth(sequence), names),
        read=spell(read, names),
        runs=runs,
        cause="recognition" if readings.cut[style, sequence] else "segmentation",
    )


def spell(classes: Sequence[int] | Classes, names: Sequence[str]) -> str:
    """Return a sequence in the names of its classes, with spaces where these are words."""
    between = "" if all(len(name) == 1 for name in names) else " "
    return between.join(names[each] for each in classes)
