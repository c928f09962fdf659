"""Errors on corrupted images: of each model, and of every pair compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from reportgen.analysis.contrasts import Estimates, contrast, estimate_accuracy
from reportgen.analysis.prediction_arrays import Floats
from reportgen.results.evidence import Evidence, StudiedImages
from reportgen.results.records import number_groups
from reportgen.studies.comparing import Estimate
from reportgen.studies.estimating import by_pair, compare, estimate
from reportgen.studies.robustness import DOES
from reportgen.studies.robustness.records import UNGRADED, ModelRobustness, RobustnessFacts
from reportgen.studies.study import CannotStudy, StudyInputs, require_images

Wrong = Sequence[Floats]
"""Of each model, `[seeds, images]`: whether a run is wrong, or in what share of several sets."""


def measure_robustness(given: StudyInputs) -> RobustnessFacts:
    """Return the numbers of the study.

    Raises CannotStudy where no network was evaluated, or the reference is not among them.
    """
    evidence, level = given.evidence, given.inputs.level
    require_images(evidence.header.dataset, DOES)
    images = given.classified("robustness")
    runs = given.by_model(images.predicted)
    slugs = list(runs)
    reference = given.settings.reference or slugs[0]
    if reference not in slugs:
        raise CannotStudy(
            f"its reference, {reference!r}, is not a network of the report; those are "
            f"{', '.join(slugs)}"
        )
    wrong = _Errors(evidence, images, runs.values())
    errors = {name: wrong.estimate(wrong.under([name])) for name in wrong.corruptions}
    clean = wrong.estimate(wrong.clean)
    corrupted = wrong.estimate(wrong.mean)
    added = wrong.estimate([both - one for both, one in zip(wrong.mean, wrong.clean, strict=True)])
    margin = given.inputs.margin
    described = evidence.header.studied["robustness"]
    corruption_of = {each.name: str(each.recipe["corruption"]) for each in described.sets}
    published = tuple(of for name, of in corruption_of.items() if name in described.files)
    graded = tuple(
        name for name in wrong.corruptions if name not in published and name not in UNGRADED
    )
    at_severity = [
        wrong.estimate(wrong.under(graded, severity))
        for severity in given.settings.severities
        if graded
    ]
    by_severity = {
        name: [
            wrong.estimate(wrong.under([name], severity))
            for severity in given.settings.severities_of(name)
        ]
        for name in wrong.corruptions
    }
    models = {
        slug: ModelRobustness(
            clean=estimate(clean, place, level),
            corrupted=estimate(corrupted, place, level),
            loss=estimate(added, place, level, lowest=-1.0),
            errors={name: estimate(each, place, level) for name, each in errors.items()},
            by_severity={
                name: tuple(estimate(each, place, level) for each in found)
                for name, found in by_severity.items()
            },
            at_severity=tuple(estimate(each, place, level) for each in at_severity),
            mean_corruption_error=wrong.relative(place, slugs.index(reference), level),
            relative_mean_corruption_error=wrong.relative(
                place, slugs.index(reference), level, added=True
            ),
        )
        for place, slug in enumerate(slugs)
    }
    return RobustnessFacts(
        images=len(images.positions),
        severities=given.settings.severities,
        corruptions=wrong.corruptions,
        graded=graded,
        published=published,
        reference=reference,
        models=models,
        pairs=compare({"": corrupted}, slugs, margin, level)[""],
        by_corruption=by_pair(compare(errors, slugs, margin, level)),
        losses=compare({"": added}, slugs, margin, level)[""],
        shown={
            corruption_of[name]: pixels.tolist()
            for name, pixels in zip(described.shown, images.shown, strict=True)
        },
    )


class _Errors:
    """Whether each run is wrong about each corrupted image."""

    def __init__(
        self,
        evidence: Evidence,
        images: StudiedImages,
        runs: Collection[Sequence[tuple[str, int]]],
    ) -> None:
        labels = evidence.test_labels[images.positions]
        self._clusters = number_groups(evidence.clusters, images.positions)
        self._recipes = [each.recipe for each in evidence.header.studied["robustness"].sets]
        self._wrong = [
            np.array([images.predicted[pair] != labels for pair in own], dtype=np.float64)
            for own in runs
        ]
        """`[seeds, sets, images]` of each model."""
        self.clean: Wrong = [
            np.array(
                [evidence.runs[pair]["test"].classes[images.positions] != labels for pair in own],
                dtype=np.float64,
            )
            for own in runs
        ]
        self.corruptions = tuple(dict.fromkeys(str(each["corruption"]) for each in self._recipes))
        by_corruption = [self.under([name]) for name in self.corruptions]
        self.mean: Wrong = [np.mean(models, axis=0) for models in zip(*by_corruption, strict=True)]

    def estimate(self, wrong: Wrong) -> Estimates:
        """Return the mean of `wrong`, of each model `[seeds, images]`."""
        return estimate_accuracy(wrong, clusters=self._clusters)

    def under(self, names: Sequence[str], severity: int | None = None) -> Wrong:
        """Return the mean over corruptions, at one severity or over all of each."""
        places = [
            place
            for place, recipe in enumerate(self._recipes)
            if recipe["corruption"] in names and severity in (None, recipe["severity"])
        ]
        return [each[:, places].mean(axis=1) for each in self._wrong] if places else self.clean

    def relative(
        self, model: int, reference: int, level: float, added: bool = False
    ) -> Estimate | None:
        """Return the mean over corruptions of a model's error relative to the reference's.

        With `added`, of what a corruption adds to the error on unchanged images. None where an
        error of the reference is not above 0. The interval is that of a mean of ratios by the delta
        method (Oehlert 1992, The American Statistician 46, 27-29): to first order, m / r varies as
        m − (m / r) r does, divided by r.
        """
        mine, theirs = (
            np.array([self.under([name])[place] for name in self.corruptions])
            - (self.clean[place] if added else 0)
            for place in (model, reference)
        )  # [corruptions, seeds, images]
        errors = theirs.mean(axis=(1, 2))
        if (errors <= 0).any():
            return None
        ratios = mine.mean(axis=(1, 2)) / errors
        value = float(ratios.mean())
        if model == reference:
            return Estimate(value=1.0, low=1.0, high=1.0)
        # In units of an error, in which the variance of a contrast has its smallest step.
        unit = 1 / float(np.mean(1 / errors))
        weights = unit / errors / len(errors)
        both = [np.tensordot(weights, mine, 1), np.tensordot(weights * ratios, theirs, 1)]
        found = contrast(self.estimate(both), [1.0, -1.0]).interval(level, None)
        lowest = -np.inf if added else 0.0
        return Estimate(
            value=value,
            low=max(value + (found.low - found.value) / unit, lowest),
            high=value + (found.high - found.value) / unit,
        )
