"""How well confidence tells foreign images from test images: AUROC, and false positives.

Test images are those with positions of even rank among the drawn ones, foreign images those of odd
rank, so that no foreign image is made of a test image that it is compared with: the two samples are
independent. Scores are the codes of the confidence; equal codes are ties.

    AUROC          P(score of a test image > score of a foreign one) + ½ P(equal)
    false positives  share of foreign images that reach the highest threshold which at least 95 % of
                   the test images reach (FPR at 95 % TPR; Liang, Li & Srikant 2018, ICLR)

The variance of AUROC over both samples is that of DeLong, DeLong & Clarke-Pearson (1988),
Biometrics 44, 837-845: that of the shares of the other sample that each score exceeds. Where test
images come in clusters (`data.groups`), it is that of sums over clusters, which may have images in
both samples (Obuchowski 1997, Biometrics 53, 567-578).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from reportgen.analysis.contrasts import Estimates, add_up, from_covariance
from reportgen.analysis.prediction_arrays import Classes, Floats
from reportgen.data.catalogue import title_of
from reportgen.results.evidence import Evidence, StudiedImages
from reportgen.results.records import number_groups
from reportgen.studies.comparing import Estimate
from reportgen.studies.confidence.foreign import KNOWN, MADE
from reportgen.studies.confidence.records import Detection, ForeignFacts, ForeignSet
from reportgen.studies.estimating import compare, estimate, estimate_mean
from reportgen.studies.study import StudyInputs

KEPT = 0.95
"""Share of the test images that the threshold of the false positives keeps."""


def measure_foreign(given: StudyInputs) -> ForeignFacts | None:
    """Return how well foreign images are told apart; None where no network was evaluated."""
    images = given.evidence.studied.get("confidence")
    if images is None or not images.confidence:
        return None
    sets = [each.name for each in given.evidence.header.studied["confidence"].sets]
    runs = given.by_model(images.confidence)
    scores = {
        name: _scores(images, sets.index(KNOWN), place, runs.values())
        for place, name in enumerate(sets)
        if name != KNOWN
    }
    clusters = {name: _find_clusters(given.evidence, images, name) for name in scores}
    areas = {name: estimate_areas(*each, clusters[name]) for name, each in scores.items()}
    compared = compare(areas, [*runs], 0.0, given.inputs.level, higher_is_better=True)
    return ForeignFacts(
        known=len(images.positions[::2]),
        foreign=len(images.positions[1::2]),
        kept=KEPT,
        sets={
            name: ForeignSet(
                title=MADE.get(name) or title_of(name),
                models={
                    slug: Detection(
                        auroc=estimate(areas[name], place, given.inputs.level),
                        false_positives=_false_positives(
                            *each, clusters[name], place, given.inputs.level
                        ),
                    )
                    for place, slug in enumerate(runs)
                },
                pairs=compared[name],
            )
            for name, each in scores.items()
        },
    )


Scores = Sequence[Floats]
"""Of each model, `[seeds, images]`."""


def _scores(
    images: StudiedImages, known: int, foreign: int, runs: Collection[Sequence[tuple[str, int]]]
) -> tuple[Scores, Scores]:
    """Return the scores of test images and of the foreign images of a set, by their places."""
    codes = [np.array([images.confidence[run] for run in own], dtype=np.float64) for own in runs]
    return [each[:, known, ::2] for each in codes], [each[:, foreign, 1::2] for each in codes]


Clusters = tuple[Classes, Classes] | None
"""Number of the cluster of each test image and of each foreign image; None where they have none."""


def _find_clusters(evidence: Evidence, images: StudiedImages, name: str) -> Clusters:
    """Return the clusters of a set; the images of another data set are independent."""
    of = number_groups(evidence.clusters, images.positions)
    if of is None:
        return None
    known, foreign = of[::2], of[1::2]
    return known, foreign if name in MADE else len(of) + np.arange(len(foreign), dtype=np.int32)


def estimate_areas(known: Scores, foreign: Scores, clusters: Clusters = None) -> Estimates:
    """Return the AUROC of every run, with its covariance over both samples."""
    rows = list(zip(np.concatenate(list(known)), np.concatenate(list(foreign)), strict=True))
    above = np.array([exceeds(one, other) for one, other in rows])
    below = np.array([1 - exceeds(other, one) for one, other in rows])
    count, seeds = min(above.shape[1], below.shape[1]), tuple(map(len, known))
    if clusters is not None:
        units = np.unique(np.concatenate(clusters), return_inverse=True)[1]
        shares = [each - each.mean(axis=1, keepdims=True) for each in (above, below)]
        influence = np.concatenate([each / each.shape[1] for each in shares], axis=1)
        sums = add_up(influence, units.astype(np.int32), int(units.max()) + 1)
        # Not a matrix product: BLAS rounds it otherwise with another number of threads.
        between = np.einsum("ij,kj->ik", sums, sums)
        fewest = min(len(np.unique(each)) for each in clusters)
        return from_covariance(above.mean(axis=1), between, seeds, count, fewest)
    covariance = np.atleast_2d(np.cov(above)) / above.shape[1]
    covariance = covariance + np.atleast_2d(np.cov(below)) / below.shape[1]
    return from_covariance(above.mean(axis=1), covariance, seeds, count)


def exceeds(scores: Floats, others: Floats) -> Floats:
    """Return the share of `others` that each score exceeds, equal ones as half, `[n]`."""
    ordered = np.sort(others)
    sides = [np.searchsorted(ordered, scores, side=side) for side in ("left", "right")]
    return np.asarray((sides[0] + sides[1]) / (2 * len(others)))


def threshold_of(known: Floats) -> float:
    """Return the highest threshold that at least 95 % of the test images reach."""
    # 0.05 · 100 is 5 but for rounding, which must not move the rank.
    return float(np.sort(known)[int((1 - KEPT) * len(known) + 1e-9)])


def _false_positives(
    known: Scores, foreign: Scores, clusters: Clusters, place: int, level: float
) -> Estimate:
    """Return the share of foreign images that pass; the interval takes the thresholds as given."""
    passed = [
        other >= threshold_of(own) for own, other in zip(known[place], foreign[place], strict=True)
    ]
    of = None if clusters is None else number_groups(clusters[1])
    return estimate_mean(np.array(passed), level, of, lowest=0.0)
