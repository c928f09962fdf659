"""Tests of the maps of trained networks: areas, gains over other orders, and resemblances."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.contrasts import contrast, estimate_accuracy
from reportgen.analysis.prediction_arrays import Classes, Floats
from reportgen.results.evidence import Evidence
from reportgen.results.records import number_groups
from reportgen.studies.comparing import Compared, Estimate
from reportgen.studies.estimating import adjust, by_pair, compare, estimate_mean
from reportgen.studies.interpretability import DOES
from reportgen.studies.interpretability.records import (
    CONTROLS,
    METHODS,
    Gain,
    InterpretabilityFacts,
    MapFacts,
    ModelExplanations,
    OrderFacts,
    Tiles,
)
from reportgen.studies.study import CannotStudy, StudyInputs, draw_test_images, require_images

Arrays = Mapping[str, NDArray[np.uint8]]
UNFIT = "what its networks were examined for does not fit its settings"


def measure_interpretability(given: StudyInputs) -> InterpretabilityFacts:
    """Return the numbers of the study; raises CannotStudy where no network was examined."""
    evidence, settings, level = given.evidence, given.settings, given.inputs.level
    require_images(evidence.header.dataset, DOES)
    arrays = evidence.examined.get("interpretability")
    if not arrays:
        raise CannotStudy("it examines trained networks, and there are none")
    examined = draw_test_images(evidence.header.dataset, settings.images, settings.seed)
    images, clusters = len(examined), number_groups(evidence.clusters, examined)
    curves = {
        model.slug: _read_runs(evidence, arrays, model.slug, images, settings.steps, clusters)
        for model in given.models
        if f"{model.slug}/maps" in arrays
    }
    agreed, disputed = choose_shown(evidence, settings.shown)
    shown = [*agreed, *disputed]
    pixels = arrays.get("images")
    if not curves or pixels is None or pixels.ndim != 4 or len(pixels) != len(shown):
        raise CannotStudy(UNFIT)
    first_runs = _first_runs(evidence)
    scores = {slug: each.scores for slug, each in curves.items()}
    gains = _gains(scores, level, clusters)
    models = {
        slug: ModelExplanations(
            orders={name: runs.order(name, level) for name in runs.names},
            maps={
                name: MapFacts(
                    over_random=gains["random"][slug, name],
                    over_contrast=gains["contrast"][slug, name],
                    resemblance=runs.mean(runs.resemblance[:, 0, place], level),
                    foreground=runs.mean(runs.resemblance[:, 1, place], level),
                )
                for place, name in enumerate(runs.methods)
            },
            shown=_shown(arrays[f"{slug}/maps"], runs.methods, pixels.shape),
            predicted=tuple(first_runs[slug][shown].tolist()),
            **_first_layer(arrays, slug),
        )
        for slug, runs in curves.items()
    }
    methods = [name for name in METHODS if any(name in each.maps for each in models.values())]
    common = [name for name in methods if all(name in each.maps for each in models.values())]
    return InterpretabilityFacts(
        images=images,
        steps=settings.steps,
        methods=tuple(methods),
        common=tuple(common),
        models=models,
        pairs=_pairs(scores, common, level, clusters),
        positions=tuple(shown),
        labels=tuple(int(evidence.test_labels[place]) for place in shown),
        agreed=len(agreed),
        pixels=tuple(_tiles(pixels[:, channel]) for channel in range(pixels.shape[1])),
    )


def choose_shown(evidence: Evidence, count: int) -> tuple[list[int], list[int]]:
    """Return positions of test images: those that the first runs agree about, and dispute.

    Disputed are those with the most different answers, then the first ones. Of a single model, they
    are those that it classifies wrong. The agreed ones are classified right, and are of the same
    classes, where there are such.
    """
    answers = np.array(list(_first_runs(evidence).values()))
    labels = evidence.test_labels
    right = (answers == labels).all(axis=0)
    ordered = np.sort(answers, axis=0)
    different = 1 + (np.diff(ordered, axis=0) != 0).sum(axis=0)
    doubt = different - 1 if len(answers) > 1 else (~right).astype(int)
    order = np.argsort(-doubt, kind="stable")
    disputed = [int(place) for place in order[:count] if doubt[place]]
    agreed: list[int] = []
    for wanted in [*labels[disputed], *labels[np.flatnonzero(right)]]:
        own = (
            int(place)
            for place in np.flatnonzero(right & (labels == wanted))
            if int(place) not in agreed
        )
        if len(agreed) < count and (found := next(own, None)) is not None:
            agreed.append(found)
    return agreed, disputed


def _first_runs(evidence: Evidence) -> dict[str, NDArray[np.int32]]:
    """Return what the first run of each compared network predicts, by slug."""
    compared = {
        model["slug"] for model in evidence.header.experiment["models"] if model["role"] == "model"
    }
    first: dict[str, NDArray[np.int32]] = {}
    for run in evidence.header.runs:
        if run.model in compared and run.record.spec.kind == "network":
            first.setdefault(run.model, evidence.runs[run.model, run.seed]["test"].classes)
    return first


class _Runs:
    """The tests of the runs of one model."""

    def __init__(self, curves: Floats, resemblance: Floats, clusters: Classes | None) -> None:
        self._clusters = clusters
        self.curves = curves
        """Probabilities, `[seeds, orders, 2, images, steps + 1]`."""
        self.resemblance = resemblance
        """Rank correlations, `[seeds, 2, maps, images]`: over all pixels, over the foreground."""
        self.methods = tuple(METHODS)[: resemblance.shape[2]]
        self.names = (*self.methods, *CONTROLS)
        # The trapezoidal rule over the share of the pixels.
        areas = (curves[..., 1:] + curves[..., :-1]).mean(axis=-1) / 2
        self.areas = dict(zip(self.names, np.moveaxis(areas, 1, 0), strict=True))
        """Order → `[seeds, 2, images]`."""
        self.scores = {name: (each[:, 1] + 1 - each[:, 0]) / 2 for name, each in self.areas.items()}
        """Order → mean of the area under insertion and that above deletion, `[seeds, images]`."""

    def mean(self, values: Floats, level: float, lowest: float = -1.0) -> Estimate:
        """Return the mean of `values`, `[seeds, images]`, with its interval."""
        return estimate_mean(values, level, self._clusters, lowest)

    def order(self, name: str, level: float) -> OrderFacts:
        """Return the numbers of one order."""
        means = self.curves[:, self.names.index(name)].mean(axis=(0, 2))
        return OrderFacts(
            deletion=self.mean(self.areas[name][:, 0], level, 0.0),
            insertion=self.mean(self.areas[name][:, 1], level, 0.0),
            score=self.mean(self.scores[name], level, 0.0),
            deletion_curve=tuple(means[0].tolist()),
            insertion_curve=tuple(means[1].tolist()),
        )


def _read_runs(
    evidence: Evidence,
    arrays: Arrays,
    slug: str,
    images: int,
    steps: int,
    clusters: Classes | None,
) -> _Runs:
    """Return the tests of a model's runs; raises CannotStudy where they do not fit the settings."""
    starts = [f"{slug}/{seed}" for model, seed in evidence.runs if model == slug]
    found = [
        [arrays.get(f"{start}/{part}") for start in starts] for part in ("curves", "resemblance")
    ]
    curves, resemblance = ([each for each in of if each is not None] for of in found)
    maps = resemblance[0].shape[1] if resemblance and resemblance[0].ndim == 3 else 0
    fits = (
        len(curves) == len(resemblance) == len(starts)
        and 0 < maps <= len(METHODS)
        and all(each.shape == (maps + len(CONTROLS), 2, images, steps + 1) for each in curves)
        and all(each.shape == (2, maps, images) for each in resemblance)
    )
    if not fits:
        raise CannotStudy(UNFIT)
    return _Runs(np.array(curves) / 255.0, np.array(resemblance) / 127.0 - 1.0, clusters)


Scores = Mapping[str, Mapping[str, Floats]]
"""Slug → order → `[seeds, images]`."""


def _gains(
    scores: Scores, level: float, clusters: Classes | None
) -> dict[str, dict[tuple[str, str], Gain]]:
    """Return control → (slug, map) → gain; Holm's correction over the maps of all models."""
    found = {}
    for control in CONTROLS:
        contrasts = {
            (slug, name): contrast(
                estimate_accuracy([each - of[control]], clusters=clusters), [1.0]
            )
            for slug, of in scores.items()
            for name, each in of.items()
            if name in METHODS
        }
        adjusted = adjust(contrasts)
        found[control] = {
            key: Gain(
                difference=each.interval(level), p_value=each.p_value, p_adjusted=adjusted[key]
            )
            for key, each in contrasts.items()
        }
    return found


def _pairs(
    scores: Scores, common: Sequence[str], level: float, clusters: Classes | None
) -> dict[str, dict[str, Compared]]:
    """Compare the gains over random order of all pairs of models, for each map that all have."""
    slugs = list(scores)
    estimates = {
        name: estimate_accuracy(
            [scores[slug][name] - scores[slug]["random"] for slug in slugs], clusters=clusters
        )
        for name in common
    }
    return by_pair(compare(estimates, slugs, 0.0, level, higher_is_better=True))


def _shown(
    maps: NDArray[np.uint8], methods: Sequence[str], size: tuple[int, ...]
) -> dict[str, Tiles]:
    if maps.shape != (len(methods), size[0], *size[2:]):
        raise CannotStudy(UNFIT)
    return {name: _tiles(each) for name, each in zip(methods, maps, strict=True)}


def _first_layer(arrays: Arrays, slug: str) -> dict[str, Any]:
    parts = {part: arrays.get(f"{slug}/{part}") for part in ("units", "filters", "responses")}
    if any(each is not None and each.ndim != 3 for each in parts.values()):
        raise CannotStudy(UNFIT)
    tiles = {part: None if each is None else _tiles(each) for part, each in parts.items()}
    layer = next((part for part in ("units", "filters") if tiles[part]), None)
    weights = tiles[layer] if layer else None
    return {"layer": layer, "weights": weights, "responses": tiles["responses"]}


def _tiles(levels: NDArray[np.uint8]) -> Tiles:
    count, height, width = levels.shape
    encoded = b64encode(np.ascontiguousarray(levels).tobytes()).decode()
    return Tiles(count=count, height=height, width=width, levels=encoded)
