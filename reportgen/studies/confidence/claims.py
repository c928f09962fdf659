"""Claims about confidence: calibration, answering only when sure, scaling, conformal sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, find_pair, join, name, names, pair_of
from reportgen.studies.comparing import Compared
from reportgen.studies.confidence.records import (
    ConfidenceFacts,
    ForeignSet,
    MeasuredPair,
    ReliabilityBin,
)

ERROR, AREA, SIZE = "expected_calibration_error", "risk_coverage_area", "set_size"
NINE_TENTHS, ALL = 89, 99
"""Places of these coverages in the risk–coverage curve."""
_KINDS = {
    "noise": "images with their pixels in random order",
    "rotated": "images turned by 90 degrees",
}
_CORRECTED = "paired difference over the same test examples and over seeds; Holm's correction"


def confidence_claims(facts: Facts, found: ConfidenceFacts) -> Iterator[Claim]:
    """Yield `calibration` and, of the extended study, `confidence.selection`, `.precision`,
    `.temperature`, `.sets` and, of networks, `.foreign`.
    """
    texts = {"calibration": (_calibration(facts, found), _CORRECTED)}
    if found.coverage is not None:
        texts |= {
            "confidence.selection": (_selection(facts, found), _CORRECTED),
            "confidence.precision": (
                _precision(facts, found),
                "average precision of every seed; it was not tested",
            ),
            "confidence.temperature": (
                _temperature(facts, found),
                "difference in log loss with and without scaling; Holm's correction over models",
            ),
            "confidence.sets": (_sets(facts, found), _CORRECTED),
        }
    if found.foreign is not None:
        texts["confidence.foreign"] = (
            " ".join(_of_kind(facts, kind, each) for kind, each in found.foreign.sets.items()),
            "AUROC of the same test images and foreign images; Holm's correction over pairs of "
            "models and kinds of images",
        )
    for claim, (text, rests_on) in texts.items():
        yield Claim(id=claim, text=text, rests_on=rests_on)


def mean_path(measure: str, slug: str) -> str:
    """Return the path of a model's mean over its seeds."""
    return f"studies.confidence.measures.{measure}.models.{slug}.summary.mean"


def means(found: ConfidenceFacts, measure: str) -> dict[str, float]:
    """Return the mean over seeds of each model."""
    return {slug: each.summary.mean for slug, each in found.measures[measure].models.items()}


def _decided(facts: Facts, found: ConfidenceFacts, measure: str, one: str, other: str) -> str:
    """State whether the difference of two models is more than chance."""
    key, _ = pair_of(facts, one, other)
    return f"This difference {_verdict(f'pairs.{measure}.{key}', found.pairs[measure][key])}."


def _verdict(path: str, pair: MeasuredPair | Compared) -> str:
    verdict = "is statistically significant" if pair.verdict == "better" else "may be due to chance"
    p_value = mark(f"studies.confidence.{path}.p_adjusted", "p_stated")
    return f"{verdict} (corrected {p_value})"


def _calibration(facts: Facts, found: ConfidenceFacts) -> str:
    errors = means(found, ERROR)
    ends = extremes(errors)
    if ends is None:
        slug = next(iter(errors))
        direction = _direction(found.bins[slug]) if len(errors) == 1 else ""
        return (
            f"The confidence of {named_models(facts, list(errors))} differs from its accuracy by "
            f"{_error(slug)} percentage points on average (expected calibration error)"
            f"{f'; {name(facts, slug)} {direction}' if direction else ''}."
        )
    best, worst = ends
    direction = _direction(found.bins[worst])
    return (
        f"{name(facts, best)} has the lowest expected calibration error: its confidence differs "
        f"from its accuracy by {_error(best)} percentage points on average. "
        f"{name(facts, worst)} has the highest ({_error(worst)} points)"
        f"{f' and {direction}' if direction else ''}. {_decided(facts, found, ERROR, best, worst)}"
    )


def _error(slug: str) -> str:
    return mark(mean_path(ERROR, slug), "size_in_points")


def _direction(bins: Sequence[ReliabilityBin]) -> str:
    """State whether a model's confidence exceeds its accuracy; nothing where both are equal."""
    excess = sum(
        each.count * (each.confidence - each.accuracy)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    )
    if not excess:
        return ""
    return "is overconfident" if excess > 0 else "is underconfident"


def _selection(facts: Facts, found: ConfidenceFacts) -> str:
    areas = means(found, AREA)
    ends = extremes(areas)
    best = ends[0] if ends else next(iter(areas))
    risks = f"studies.confidence.risks.{best}"
    left_out = (
        f"When the least certain tenth of its answers is withheld, {name(facts, best)} is wrong in "
        f"{mark(f'{risks}.mean.{NINE_TENTHS}', 'percent')} of cases instead of "
        f"{mark(f'{risks}.mean.{ALL}', 'percent')}."
    )
    if ends is None:
        shared = named_models(facts, list(areas))
        return (
            f"Averaged over all coverages, {_area(best)} in 1,000 of the answers of {shared} are "
            f"wrong (risk–coverage area). {left_out}"
        )
    worst = ends[1]
    return (
        f"{name(facts, best)} has the lowest risk–coverage area: averaged over all coverages, "
        f"{_area(best)} in 1,000 of its answers are wrong. {name(facts, worst)} has the highest "
        f"({_area(worst)} in 1,000). "
        f"{_decided(facts, found, AREA, best, worst)} {left_out}"
    )


def _area(slug: str) -> str:
    return mark(mean_path(AREA, slug), "thousandths")


def precision_path(slug: str, which: str = "average") -> str:
    """Return the path of a model's average precision, of all classes pooled or of one."""
    return f"studies.confidence.precision_recall.{slug}.{which}.mean"


def _precision(facts: Facts, found: ConfidenceFacts) -> str:
    """State who has the highest average precision, and whether every seed agrees."""
    averages = {slug: each.average for slug, each in found.precision_recall.items()}
    ends = extremes({slug: -each.mean for slug, each in averages.items()})

    def score(slug: str) -> str:
        return mark(precision_path(slug), "score")

    if ends is None:
        slug = next(iter(averages))
        return f"The average precision of {named_models(facts, list(averages))} is {score(slug)}."
    best, worst = ends
    text = (
        f"The average precision is highest for {name(facts, best)}, {score(best)}, and lowest for "
        f"{name(facts, worst)}, {score(worst)}"
    )
    if any(len(averages[slug].values) == 1 for slug in ends):
        return f"{text}; a single run cannot show whether this order is due to chance."
    if averages[best].minimum > averages[worst].maximum:
        return f"{text}: every run of the former is above every run of the latter."
    return f"{text}; their runs overlap, so this order may be due to chance."


def _temperature(facts: Facts, found: ConfidenceFacts) -> str:
    groups = {
        judgement: [slug for slug, each in found.scaling.items() if each.judgement == judgement]
        for judgement in ("lowers", "raises", "undecided")
    }
    parts = []
    for judgement in ("lowers", "raises"):
        if groups[judgement]:
            listed = join([_gain(facts, slug) for slug in groups[judgement]])
            parts.append(f"Temperature scaling {judgement} the log loss of {listed}.")
    if groups["undecided"]:
        whose = names(facts, groups["undecided"])
        parts.append(
            f"For {whose}, no such effect is shown."
            if parts
            else f"Temperature scaling is not shown to change the log loss of {whose}."
        )
    return " ".join(parts)


def _gain(facts: Facts, slug: str) -> str:
    path = f"studies.confidence.scaling.{slug}"
    return (
        f"{name(facts, slug)} (by {mark(f'{path}.gain.value', 'size_of_score')}, temperature "
        f"{mark(f'{path}.temperature.mean', 'score_short')})"
    )


def foreign_path(kind: str, slug: str, measure: str) -> str:
    """Return the path of a model's figure for one kind of foreign images."""
    return f"studies.confidence.foreign.sets.{kind}.models.{slug}.{measure}"


def _of_kind(facts: Facts, kind: str, found: ForeignSet) -> str:
    """State which model tells foreign images of one kind apart best, and what still passes."""
    areas = {slug: -each.auroc.value for slug, each in found.models.items()}
    ends = extremes(areas)

    def area(slug: str) -> str:
        return mark(f"{foreign_path(kind, slug, 'auroc')}.value", "score")

    def passed(slug: str) -> str:
        return mark(f"{foreign_path(kind, slug, 'false_positives')}.value", "percent_short")

    what = _KINDS.get(kind, f"images of {found.title}")
    if ends is None:
        slug = next(iter(areas))
        whose = named_models(facts, list(areas))
        rest = f"{passed(slug)} go undetected"
        return capitalise(f"{what} are detected by {whose} with an AUROC of {area(slug)}; {rest}.")
    best, worst = ends
    key, pair = find_pair(found.pairs, best, worst)
    decided = _verdict(f"foreign.sets.{kind}.pairs.{key}", pair)
    return (
        f"By AUROC, {what} are detected best by {name(facts, best)} ({area(best)}; "
        f"{passed(best)} go undetected) and worst by {name(facts, worst)} ({area(worst)}; "
        f"{passed(worst)}). The difference in AUROC {decided}."
    )


def _sets(facts: Facts, found: ConfidenceFacts) -> str:
    sizes = means(found, SIZE)
    ends = extremes(sizes)
    start = (
        "Conformal sets with a nominal coverage of "
        f"{mark('studies.confidence.coverage', 'percent_short')} "
    )
    if ends is None:
        slug = next(iter(sizes))
        whose = named_models(facts, list(sizes))
        return f"{start}contain {_size(slug)} classes on average for {whose}."
    best, worst = ends
    return (
        f"{start}are smallest for {name(facts, best)}, with {_size(best)} classes on average, and "
        f"largest for {name(facts, worst)}, with {_size(worst)}. "
        f"{_decided(facts, found, SIZE, best, worst)}"
    )


def _size(slug: str) -> str:
    return mark(mean_path(SIZE, slug), "score")
