"""Parts of the training examples: nested, stratified by class, and drawn anew for each seed.

Studies fit models to them, a sweep holds one out to compare configurations on, and so does a
network that validates on whole groups.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.config.schema import Data
from reportgen.config.spec import Ingredients, Subset
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source
from reportgen.errors import DataDamaged
from reportgen.results.records import Dataset


def draw_subset(
    labels: NDArray[np.integer[Any]],
    size: int,
    seed: int,
    clusters: NDArray[np.integer[Any]] | None = None,
) -> NDArray[np.int64]:
    """Return the positions of `size` training examples, ascending.

    Each class is put into a random order; the j-th of its n examples then comes at (j − ½) / n on a
    common scale, and the first `size` of all are taken. So what a smaller subset of the same seed
    contains is in every larger one too, and a class has its share: of K classes, one with the share
    s of all examples has it to within (1 + K s) / 2, which is one example where all are equal.

    Where examples come in `clusters`, numbered from 0, `[n]`, the same is done with whole clusters,
    each in the class that most of it has: a subset has as few of them as its size needs, and only
    of the last one it may have a part. Classes then have their shares as far as clusters allow.
    """
    of = None if clusters is None else clusters.astype(np.int64).tobytes()
    order = _shuffle(labels.astype(np.int64).tobytes(), seed, of)
    return np.sort(order[:size]).astype(np.int64)


@lru_cache(maxsize=4)
def _shuffle(labels: bytes, seed: int, clusters: bytes | None) -> NDArray[np.intp]:
    """Return all positions in the order in which they are taken; it serves for every size."""
    classes, rng = np.frombuffer(labels, np.int64), np.random.default_rng(seed)
    of = None if clusters is None else np.frombuffer(clusters, np.int64)
    if of is not None:
        counts = _count(classes, of)
        classes, sizes = counts.argmax(axis=1), counts.sum(axis=1)
    else:
        sizes = np.ones(len(classes), dtype=np.int64)
    place = np.empty(len(classes))
    for each in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == each))
        ends = np.cumsum(sizes[members])
        place[members] = (ends - sizes[members] / 2) / ends[-1]
    # Classes of equal size are at the same places: which of them comes first is random too.
    order = np.lexsort((rng.permutation(len(classes)), place))
    if of is None:
        return order
    return np.lexsort((rng.permutation(len(of)), np.argsort(order)[of]))


def _count(
    labels: NDArray[np.integer[Any]], clusters: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """Return how many examples of each class each cluster has, `[clusters, classes]`."""
    counts = np.zeros((int(clusters.max()) + 1, int(labels.max()) + 1), dtype=np.int64)
    np.add.at(counts, (clusters, labels), 1)
    return counts


def digest_positions(positions: NDArray[np.int64]) -> str:
    """Return the SHA-256 of positions, as `Subset` has it."""
    return sha256(positions.astype("<i8").tobytes()).hexdigest()


def draw_held_out(
    labels: NDArray[np.integer[Any]],
    fraction: float,
    seed: int,
    clusters: NDArray[np.integer[Any]] | None = None,
) -> NDArray[np.int64]:
    """Return the positions of the training examples that are held out, ascending.

    Each class is held out in the same proportion (`draw_subset`); one example at least is held out,
    and one is left. Of `clusters`, numbered from 0, `[n]`, whole ones are held out
    (`_draw_clusters`).
    """
    size = min(max(1, round(len(labels) * fraction)), len(labels) - 1)
    if clusters is not None:
        return _draw_clusters(labels, clusters, size, seed)
    return draw_subset(labels, size, seed)


def _draw_clusters(
    labels: NDArray[np.integer[Any]], clusters: NDArray[np.integer[Any]], size: int, seed: int
) -> NDArray[np.int64]:
    """Return the positions of about `size` examples in whole clusters, ascending.

    Clusters are taken in random order, each where it brings the counts of the classes nearer to
    their shares of `size` and leaves examples of each class: perhaps none. Sums of whole numbers,
    so that every machine draws the same.
    """
    counts = _count(labels, clusters)
    total = counts.sum(axis=0)
    held, missing = np.zeros_like(total), int((total * size).sum())
    chosen = np.zeros(len(counts), dtype=bool)
    for cluster in np.random.default_rng(seed).permutation(len(counts)):
        more = held + counts[cluster]
        distance = int(abs(more * len(labels) - total * size).sum())
        if distance < missing and (more[total > 0] < total[total > 0]).all():
            held, missing, chosen[cluster] = more, distance, True
    return np.flatnonzero(chosen[clusters]).astype(np.int64)


def validate_on_clusters(
    run: Ingredients,
    labels: NDArray[np.integer[Any]],
    clusters: NDArray[np.integer[Any]] | None,
) -> Ingredients:
    """Return the ingredients of a run whose validation examples are whole clusters.

    `labels` and `clusters`, `[n]`, are those of the examples that it is given. Where each example
    is independent of all others, a network draws the validation examples by itself.
    """
    training, validation = run.spec.training, None
    if clusters is not None and training is not None and training.validation_fraction:
        drawn = draw_held_out(labels, training.validation_fraction, run.spec.seed, clusters)
        validation = Subset(size=len(drawn), positions_sha256=digest_positions(drawn))
    return run.model_copy(update={"validation": validation})


def plan_validation(run: PlannedRun, data: Dataset | DataArrays) -> PlannedRun:
    """Return a run that is to be fitted to the training set of `data` (`validate_on_clusters`).

    Raises DataDamaged where no group can be held out.
    """
    clusters = data.train_clusters
    changed = validate_on_clusters(run.ingredients, data.train_labels, clusters)
    if clusters is not None and changed.validation is not None and not changed.validation.size:
        raise DataDamaged(
            f"data.groups: none of the {len(np.unique(clusters)):,} groups of the training set can "
            "be held out for validation so that every class is still trained on; set another "
            "training.validation_fraction, or add groups"
        )
    return run.changed_to(changed)


def hold_out(source: Source, fraction: float, seed: int) -> Source:
    """Return the source of a data set whose test set is a part of the training set of `source`.

    The test set of `source` is no part of it. Groups of examples that depend on each other
    (`data.groups`) are held out as a whole; reading raises DataDamaged where fewer than two can be.
    """

    def read(data: Data) -> DataArrays:
        arrays = source.read(data)
        clusters = arrays.train_clusters
        held_out = draw_held_out(arrays.train_labels, fraction, seed, clusters)
        if clusters is not None and len(np.unique(clusters[held_out])) < 2:
            raise DataDamaged(
                f"{source.title}: fewer than two of the {len(np.unique(clusters)):,} groups of the "
                f"training set can be held out for the sweep with a share of {fraction:g}; set a "
                "larger training.validation_fraction, or add groups"
            )
        inputs, labels, groups = arrays.train_inputs, arrays.train_labels, arrays.train_groups
        found = DataArrays.split(inputs, labels, groups, arrays.classes, held_out)
        return replace(found, is_drawn=False, test_groups=None)

    return replace(source, name=f"{source.name}, {fraction:g} held out by {seed}", read=read)
