"""The evidence of a report as one file: which named parts a container has.

    labels/<set>                              true classes of an evaluation set
    clusters/test                             cluster of each test example, where there are any
    clusters/train                            the same of each training example
    runs/<model>/<seed>/<set>/classes         predicted classes
    runs/<model>/<seed>/<set>/probabilities   class probabilities, where there are any
    metrics/<name>/<model>/<seed>             influence values of a metric of the user's own
    studies/<name>/positions                  test images that a study had changed
    studies/<name>/shown                      some of the changed images
    studies/<name>/<model>/<seed>             classes predicted for the changed images
    studies/<name>/<model>/<seed>/confidence  codes of their confidence, where it is kept
    groups/test                               group of each test example, where there are groups
    groups/shown                              an image of each group
    studies/<name>/<model>/<seed>/<variant>   classes predicted by a run that a study asked for
    sweep/<model>                             classes predicted for held-out training examples, one
                                              row for each run that a sweep tried
    examined/<study>/<name>                   what a study had computed from trained networks

Predicted classes are written as differences from the labels, which are nearly all zero for a model
that is nearly always right. Quantised probabilities and confidences are in the order of
`arrangement`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reportgen.results.arrangement import Arranger
from reportgen.results.arrays import (
    UnfitArray,
    check_array,
    check_classes,
    check_probabilities,
    pack_classes,
    take_array,
    take_classes,
)
from reportgen.results.container import Compress, Container, compress, pack, senseless, unpack
from reportgen.results.evidence import (
    Classes,
    Evidence,
    EvidenceHeader,
    GroupedExamples,
    KeptEvaluation,
    StudiedImages,
    StudiedSets,
    StudyRun,
)

Parts = Mapping[str, NDArray[Any]]


def encode(evidence: Evidence, compress_parts: Compress = compress) -> bytes:
    """Return the evidence as bytes; the same evidence gives the same bytes.

    Raises ValueError where an array does not fit the header.
    """
    _check(evidence)
    parts = dict(_code(evidence).arrays())
    return pack(Container(evidence.header.model_dump(mode="json"), parts), compress_parts)


def decode(data: bytes) -> Evidence:
    """Return the evidence that `encode` wrote.

    Raises VerificationFailed: a byte is not what was written, or the content makes no sense.
    """
    container = unpack(data)
    try:
        header = EvidenceHeader.model_validate(container.header)
        evidence = _read_parts(header, container.parts)
        _check(evidence)
        if odd := sorted(container.parts.keys() - dict(evidence.arrays()).keys()):
            raise UnfitArray(f"nothing in the header has an array {odd[0]}")
    except (ValidationError, UnfitArray) as error:
        raise senseless(error) from error
    return evidence


def _code(evidence: Evidence) -> Evidence:
    """Return the evidence with its arrays as they are written."""
    labels, test = evidence.labels, evidence.test_labels
    count = len(evidence.header.dataset.classes)
    arrangers = {name: Arranger() for name in labels}

    def shift(classes: Classes, known: Classes) -> NDArray[Any]:
        return pack_classes((classes - known) % count, count)

    def code(kept: KeptEvaluation, name: str) -> KeptEvaluation:
        stored = kept.stored
        if stored is not None and stored.dtype == np.uint8:
            stored = arrangers[name].arrange(stored, kept.classes)
        return KeptEvaluation(shift(kept.classes, labels[name]), stored)

    def code_images(study: str, images: StudiedImages) -> StudiedImages:
        known = _known_classes(evidence.header.studied[study], images.positions, test)
        arranger, confidence = Arranger(), {}
        for pair, codes in images.confidence.items():
            arranged = arranger.arrange(codes.reshape(-1, 1), _one_class(codes))
            confidence[pair] = arranged.reshape(codes.shape)
        predicted = {pair: shift(each, known) for pair, each in images.predicted.items()}
        return replace(images, predicted=predicted, confidence=confidence)

    return replace(
        evidence,
        labels={name: pack_classes(each, count) for name, each in labels.items()},
        runs={
            pair: {name: code(kept, name) for name, kept in sets.items()}
            for pair, sets in evidence.runs.items()
        },
        studied={study: code_images(study, images) for study, images in evidence.studied.items()},
        study_runs={
            study: {place: shift(classes, test) for place, classes in runs.items()}
            for study, runs in evidence.study_runs.items()
        },
        swept={
            model: pack_classes(_from_first(classes, count), count)
            for model, classes in evidence.swept.items()
        },
    )


def _one_class(codes: NDArray[np.uint8]) -> Classes:
    return np.zeros(codes.size, dtype=np.int32)


def _from_first(classes: Classes, count: int, sign: int = 1) -> Classes:
    """Return rows of classes as differences from the first row, or with -1 the reverse."""
    further = (classes[1:] - sign * classes[:1]) % count
    return np.concatenate([classes[:1], further]).astype(np.int32)


def _known_classes(sets: StudiedSets, positions: Classes, labels: Classes) -> Classes:
    """Return the classes that most predictions of changed images agree with."""
    return labels[positions] if sets.count is None else np.zeros(sets.count, dtype=np.int32)


def _read_parts(header: EvidenceHeader, parts: Parts) -> Evidence:
    count = len(header.dataset.classes)
    labels = {
        name.removeprefix("labels/"): take_classes(parts, name, count, None)
        for name in parts
        if name.startswith("labels/")
    }
    arrangers = {name: Arranger() for name in labels}
    runs: dict[tuple[str, int], dict[str, KeptEvaluation]] = {}
    for run in header.runs:
        start = f"runs/{run.model}/{run.seed}"
        runs[run.model, run.seed] = {
            name: _read_evaluation(parts, f"{start}/{name}", known, count, arrangers[name])
            for name, known in labels.items()
            if f"{start}/{name}/classes" in parts
        }
    if "test" not in labels:
        raise UnfitArray("array labels/test is missing")
    examples = (len(labels["test"]),)
    return Evidence(
        header=header,
        labels=labels,
        runs=runs,
        clusters=parts.get("clusters/test"),
        train_clusters=parts.get("clusters/train"),
        influence={
            (metric.name, run.model, run.seed): take_array(
                parts, f"metrics/{metric.name}/{run.model}/{run.seed}", "float32", examples
            )
            for metric in header.custom_metrics
            for run in header.runs
            if run.model in metric.values
        },
        studied={
            name: _read_studied(header, parts, f"studies/{name}", sets, labels["test"])
            for name, sets in header.studied.items()
        },
        grouped=_read_groups(header, parts, len(labels["test"])) if header.groupings else None,
        study_runs={
            name: _read_study_runs(parts, f"studies/{name}", described, labels["test"], count)
            for name, described in header.study_runs.items()
        },
        swept={
            each.model: _from_first(
                take_classes(parts, f"sweep/{each.model}", count, each.runs, None), count, -1
            )
            for each in (header.sweep.models if header.sweep else ())
        },
        examined={
            study: {
                name: take_array(parts, f"examined/{study}/{name}", "uint8", shape)
                for name, shape in shapes.items()
            }
            for study, shapes in header.examined.items()
        },
    )


def _read_groups(header: EvidenceHeader, parts: Parts, examples: int) -> GroupedExamples:
    groups = take_array(parts, "groups/test", "uint16", (len(header.groupings), examples))
    for grouping, of in zip(header.groupings, groups, strict=True):
        check_classes(of.astype(np.int32), f"groups/test of {grouping.name}", grouping.count)
    shown = take_array(parts, "groups/shown", "uint8", (None, None, None))
    measured = sum(len(grouping.means) for grouping in header.groupings)
    if len(shown) not in (0, measured):
        raise UnfitArray(f"groups/shown has {len(shown)} images of {measured} groups")
    return GroupedExamples(groups, shown)


def _read_studied(
    header: EvidenceHeader, parts: Parts, path: str, sets: StudiedSets, labels: Classes
) -> StudiedImages:
    positions = take_array(parts, f"{path}/positions", "int32", (None,))
    check_classes(positions, f"{path}/positions", len(labels))
    count, known = len(header.dataset.classes), _known_classes(sets, positions, labels)
    size = (len(sets.sets), len(known))
    predicted, confidence, arranger = {}, {}, Arranger()
    for run in header.runs:
        name = f"{path}/{run.model}/{run.seed}"
        if name in parts:
            shift = take_classes(parts, name, count, *size)
            predicted[run.model, run.seed] = ((known + shift) % count).astype(np.int32)
        if f"{name}/confidence" in parts:
            codes = take_array(parts, f"{name}/confidence", "uint8", size)
            restored = arranger.restore(codes.reshape(1, -1), _one_class(codes))
            confidence[run.model, run.seed] = restored.reshape(size)
    shape = (len(sets.shown), *header.dataset.input_shape) if sets.shown else (None,) * 4
    shown = take_array(parts, f"{path}/shown", "uint8", shape)
    return StudiedImages(positions, predicted, shown, confidence)


def _read_study_runs(
    parts: Parts, path: str, described: Sequence[StudyRun], labels: Classes, count: int
) -> dict[tuple[str, int, str], Classes]:
    predicted = {}
    for run in described:
        name = f"{path}/{run.model}/{run.seed}/{run.variant}"
        shift = take_classes(parts, name, count, None, len(labels))
        predicted[run.model, run.seed, run.variant] = ((labels + shift) % count).astype(np.int32)
    return predicted


def _read_evaluation(
    parts: Parts, path: str, labels: Classes, count: int, arranger: Arranger
) -> KeptEvaluation:
    shift = take_classes(parts, f"{path}/classes", count, len(labels))
    classes = ((labels + shift) % count).astype(np.int32)
    name = f"{path}/probabilities"
    arranged = parts.get(name)
    if arranged is None or arranged.dtype != np.uint8:
        return KeptEvaluation(classes, arranged)
    check_array(arranged, name, "uint8", (count - 1, len(classes)))
    return KeptEvaluation(classes, arranger.restore(arranged, classes))


def _check(evidence: Evidence) -> None:
    """Make sure that the arrays are those that the header names; raises UnfitArray."""
    header = evidence.header
    count = len(header.dataset.classes)
    pairs = [(run.model, run.seed) for run in header.runs]
    if pairs != list(evidence.runs) or len(set(pairs)) != len(pairs):
        raise UnfitArray("the runs are not those that the header names")
    _check_labels(evidence)
    _check_clusters(evidence.clusters, "clusters/test", header.dataset.test)
    _check_clusters(evidence.train_clusters, "clusters/train", header.dataset.train)
    _check_custom_metrics(evidence)
    for (model, seed), sets in evidence.runs.items():
        if "test" not in sets or not sets.keys() <= evidence.labels.keys():
            raise UnfitArray(f"the run {model}, seed {seed}, has the sets {', '.join(sets)}")
        for name, kept in sets.items():
            path = f"runs/{model}/{seed}/{name}"
            _check_evaluation(kept, path, len(evidence.labels[name]), count)


def _check_custom_metrics(evidence: Evidence) -> None:
    runs = Counter(model for model, _ in evidence.runs)
    for metric in evidence.header.custom_metrics:
        if any(len(values) != runs[slug] for slug, values in metric.values.items()):
            raise UnfitArray(f"the values of {metric.name} are not one for each run")


def _check_labels(evidence: Evidence) -> None:
    dataset = evidence.header.dataset
    lengths = {"test": dataset.test, "train": dataset.train}
    if not evidence.labels.keys() <= lengths.keys():
        raise UnfitArray(f"labels of the sets {', '.join(evidence.labels)}")
    for name, labels in evidence.labels.items():
        _check_classes(labels, f"labels/{name}", lengths[name], len(dataset.classes))


def _check_clusters(clusters: Classes | None, name: str, length: int) -> None:
    if clusters is None:
        return
    check_array(clusters, name, "int32", (length,))
    if not np.array_equal(np.unique(clusters), np.arange(clusters.max(initial=-1) + 1)):
        raise UnfitArray(f"array {name} does not number clusters from 0")


def _check_evaluation(kept: KeptEvaluation, path: str, length: int, count: int) -> None:
    _check_classes(kept.classes, f"{path}/classes", length, count)
    name, stored = f"{path}/probabilities", kept.stored
    if stored is None:
        return
    if stored.dtype == np.uint8:
        check_array(stored, name, "uint8", (length, count - 1))
    else:
        kind = "float64" if stored.dtype == np.float64 else "float32"
        check_array(stored, name, kind, (length, count))
        check_probabilities(stored, name)


def _check_classes(array: Classes, name: str, length: int, count: int) -> None:
    check_array(array, name, "int32", (length,))
    check_classes(array, name, count)
