"""Accuracy over the number of training examples: of each model, and of every pair compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise, permutations

import numpy as np

from reportgen.analysis.contrasts import Contrast, estimate_accuracy
from reportgen.analysis.prediction_arrays import Flags, find_deterministic
from reportgen.data.subsets import draw_subset
from reportgen.results.evidence import Evidence
from reportgen.studies.comparing import Compared
from reportgen.studies.estimating import by_pair, compare, estimate
from reportgen.studies.samples import sizes_of
from reportgen.studies.samples.curves import Curves, first_reaching, make_curves, range_of_equality
from reportgen.studies.samples.records import Crossing, Needed, SamplesFacts
from reportgen.studies.study import CannotStudy, StudyInputs


def measure_samples(given: StudyInputs) -> SamplesFacts:
    """Return the numbers of the study; raises CannotStudy where no model was trained for it."""
    evidence, level = given.evidence, given.inputs.level
    sizes = (*sizes_of(given.settings, evidence.header.dataset), evidence.header.dataset.train)
    slugs = list(given.by_model(evidence.study_runs.get("samples", {})))
    if not slugs:
        raise CannotStudy("it trains models anew, and there is none that is trained here")
    clusters = given.inputs.predictions.clusters
    correct = [list(_correct(evidence, slug, sizes)) for slug in slugs]
    # With fewer examples, a seed also draws these.
    fixed = frozenset(map(slugs.index, find_deterministic(evidence) & {*slugs}))
    at_size = {
        str(place): estimate_accuracy(
            [model[place] for model in correct],
            fixed if size == sizes[-1] else frozenset(),
            clusters,
        )
        for place, size in enumerate(sizes)
    }
    compared = compare(at_size, slugs, given.inputs.margin, level, higher_is_better=True)
    pairs = {pair: tuple(each.values()) for pair, each in by_pair(compared).items()}
    curves = make_curves(sizes, correct, clusters)
    kinds = {run.record.spec.kind for run in evidence.header.runs if run.model in slugs}
    return SamplesFacts(
        sizes=sizes,
        groups=tuple(_count_groups(evidence, sizes)),
        steps=given.settings.steps,
        networks="network" in kinds,
        accuracy={
            slug: tuple(estimate(each, place, level) for each in at_size.values())
            for place, slug in enumerate(slugs)
        },
        pairs=pairs,
        needed={
            f"{slugs[one]}--{slugs[other]}": tuple(
                _need(curves, one, other, examples, level) for examples in sizes
            )
            for one, other in permutations(range(len(slugs)), 2)
        },
        crossings=tuple(_crossings(curves, slugs, pairs, level)),
    )


def _count_groups(evidence: Evidence, sizes: Sequence[int]) -> Iterator[int]:
    """Yield for each size how many groups the examples come from, mean over the seeds."""
    labels, clusters = evidence.train_labels, evidence.train_clusters
    if clusters is None:
        return
    seeds = sorted({seed for _, seed in evidence.runs})
    for size in sizes:
        drawn = (draw_subset(labels, size, seed, clusters) for seed in seeds)
        yield round(np.mean([len(np.unique(clusters[rows])) for rows in drawn]))


def _correct(evidence: Evidence, slug: str, sizes: Sequence[int]) -> Iterator[Flags]:
    """Yield for each size whether each run is right about each test example, `[seeds, n]`."""
    runs, labels = evidence.study_runs["samples"], evidence.test_labels
    seeds = [seed for model, seed in evidence.runs if model == slug]
    for size in sizes[:-1]:
        yield np.array([runs[slug, seed, str(size)][0] == labels for seed in seeds])
    yield np.array([evidence.runs[slug, seed]["test"].classes == labels for seed in seeds])


def _need(curves: Curves, one: int, other: int, examples: int, level: float) -> Needed:
    """Return how many examples `one` needs to reach what `other` has with `examples`."""
    target = float(curves.mean(other)[curves.sizes.index(examples)])
    found = first_reaching(curves.sizes, curves.mean(one), target)
    equal_at = found or None
    low, high = range_of_equality(
        curves.sizes,
        lambda number: curves.difference(one, number, other, examples),
        level,
        equal_at,
        always_more=found is None,
    )
    # Where no number of the sizes is enough, or each is too many, the interval has no end there.
    return Needed(
        examples=_whole(equal_at),
        low=None if found == 0.0 else _whole(low),
        high=None if found is None else _whole(high),
        fewer=found == 0.0,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else _round(number)


def _round(number: float) -> int:
    """Return a number of examples to three digits: no more follows from an interpolation."""
    return int(float(f"{number:.3g}"))


def _crossings(
    curves: Curves, slugs: Sequence[str], pairs: Mapping[str, Sequence[Compared]], level: float
) -> Iterator[Crossing]:
    """Yield where curves cross: the order of two models is another at two sizes in succession."""
    logs = np.log(curves.sizes)
    for one, other in combinations(range(len(slugs)), 2):
        difference = curves.mean(one) - curves.mean(other)
        apart = [place for place in range(len(logs)) if difference[place] != 0]
        winners = [each.winner for each in pairs[f"{slugs[one]}--{slugs[other]}"]]
        for start, end in pairwise(apart):
            if difference[start] * difference[end] > 0:
                continue
            # Curves that are equal at the next size meet there.
            share = difference[start] / (difference[start] - difference[start + 1])
            at = float(np.exp(logs[start] + share * (logs[start + 1] - logs[start])))
            before, after = (one, other) if difference[start] > 0 else (other, one)
            low, high = range_of_equality(
                curves.sizes,
                partial(_at_equal_sizes, curves, one, other),
                level,
                at,
                always_more=False,
            )
            yield Crossing(
                before=slugs[before],
                after=slugs[after],
                examples=_round(at),
                low=_whole(low),
                high=_whole(high),
                shown=slugs[before] in winners[: start + 1] and slugs[after] in winners[end:],
            )


def _at_equal_sizes(curves: Curves, one: int, other: int, examples: float) -> Contrast:
    return curves.difference(one, examples, other, examples)
