"""Whether what the studies of a report rest on is what their settings ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress

import numpy as np

from reportgen.config.keys import digest
from reportgen.config.schema import Experiment
from reportgen.config.spec import Ingredients
from reportgen.results.evidence import Classes, Evidence, StudyRun
from reportgen.studies import CannotStudy, asked_studies, shipped_studies
from reportgen.studies.study import RunVariant, vary


def check_studies(experiment: Experiment, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the name of each study whose evidence contradicts its settings, and how."""
    yield from _check_studied(experiment, evidence)
    yield from _check_study_runs(experiment, evidence)


def _check_studied(experiment: Experiment, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield studies whose evaluations are not those that their settings ask for, and why."""
    compared = {model.slug for model in experiment.models if model.role == "model"}
    networks = {
        (run.model, run.seed)
        for run in evidence.header.runs
        if run.model in compared and run.record.spec.kind == "network"
    }
    yield from _check_groups(experiment, evidence)
    yield from _check_examined(experiment, evidence, networks)
    if networks:
        yield from _check_absent(experiment, evidence)
    for name, images in evidence.studied.items():
        study = shipped_studies().get(name)
        settings = study and study.settings_in(experiment.studies.get(name))
        if study is None or study.images is None or settings is None:
            yield name, "the configuration asks for no evaluations of it"
            continue
        try:
            plan = study.images.plan(settings, evidence.header.dataset)
        except CannotStudy as reason:
            yield name, f"there are evaluations, but {reason}"
            continue
        described = evidence.header.studied[name]
        found = described.sets, described.shown, described.count
        if found != (plan.sets, plan.shown, plan.count):
            yield name, "its image sets are not those that its settings ask for"
        if described.files.keys() != study.images.files(settings).keys():
            yield name, "the files of its images are not those that its settings name"
        if not np.array_equal(images.positions, plan.positions):
            yield name, "its test images are not those that its settings draw"
        if images.predicted.keys() != networks:
            yield name, "it does not have predictions of every network"
        if images.confidence.keys() != (networks if study.images.confidence else set()):
            yield name, "it does not have the confidence of every network"


def _check_absent(experiment: Experiment, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield studies that lack the evaluations that their settings ask for."""
    for study, settings in asked_studies(experiment):
        if study.images is None or study.name in evidence.studied:
            continue
        with suppress(CannotStudy):
            study.images.plan(settings, evidence.header.dataset)
            yield study.name, "it lacks the evaluations that its settings ask for"


def _check_examined(
    experiment: Experiment, evidence: Evidence, networks: Set[tuple[str, int]]
) -> Iterator[tuple[str, str]]:
    """Yield studies that have examined other networks than their settings ask for."""
    examining = {name: study for name, study in shipped_studies().items() if study.examination}
    for name in {**examining, **evidence.examined}:
        study = examining.get(name)
        settings = study and study.settings_in(experiment.studies.get(name))
        expected: Set[tuple[str, int]] = set()
        if study and study.examination and settings is not None:
            with suppress(CannotStudy):
                study.examination.plan(settings, evidence.header.dataset)
                expected = networks
        parts = (part.split("/") for part in evidence.examined.get(name, {}))
        if {(part[0], int(part[1])) for part in parts if len(part) == 3} != expected:
            yield name, "the networks that it examined are not those that its settings ask for"


def _check_groups(experiment: Experiment, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield how the groups of test examples are not those that the settings ask for."""
    dividing = {name: study for name, study in shipped_studies().items() if study.divide}
    for name, study in dividing.items():
        settings = study.settings_in(experiment.studies.get(name))
        if settings is None and evidence.grouped is not None:
            yield name, "the configuration asks for no groups of test examples"
        elif settings is not None:
            counts = {len(each.means) for each in evidence.header.groupings if each.means}
            if counts - {settings.count}:
                yield name, "the number of groups of test examples is not the one that it asks for"


def _check_study_runs(experiment: Experiment, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield studies whose runs are not those that their settings ask for, and why."""
    compared = {model.slug for model in experiment.models if model.role == "model"}
    whole = [
        (run.model, run.record.ingredients)
        for run in evidence.header.runs
        if run.model in compared and run.record.spec.kind != "predictions"
    ]
    carried = evidence.header.study_runs
    for name in {**shipped_studies(), **carried}:
        study, runs = shipped_studies().get(name), carried.get(name, ())
        settings = study and study.settings_in(experiment.studies.get(name))
        variants: tuple[RunVariant, ...] = ()
        if study is not None and study.variants is not None and settings is not None:
            with suppress(CannotStudy):
                variants = study.variants(settings, evidence.header.dataset)
        if runs and not variants:
            yield name, "the configuration asks for no runs of it, or the data allow none"
            continue
        changed = list(vary(variants, whole, evidence.train_labels, evidence.train_clusters))
        for text in _compare_study_runs(runs, changed, evidence.study_runs.get(name, {})):
            yield name, text


def _compare_study_runs(
    runs: Iterable[StudyRun],
    expected: Iterable[tuple[RunVariant, str, Ingredients]],
    predicted: Mapping[tuple[str, int, str], Classes],
) -> Iterator[str]:
    found = {(run.model, run.seed, run.variant): run for run in runs}
    asked = {(model, run.spec.seed, each.name): (each, run) for each, model, run in expected}
    if found.keys() != asked.keys():
        yield "its runs are not those that its settings ask for"
        return
    for place, (variant, changed) in asked.items():
        sources = {**changed.sources, **found[place].sources}
        if found[place].key != digest(changed.model_copy(update={"sources": sources})):
            yield "the key of a run is not the digest of what it was fitted on"
            return
        if len(predicted[place]) != len(variant.sets):
            yield "a run does not have the evaluations that the study compares"
            return
