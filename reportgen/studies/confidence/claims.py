"""Claims about confidence: calibration, answering only when sure, scaling, conformal sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    MOST_RANKED,
    capitalise,
    counted,
    find_pair,
    join,
    name,
    names,
    pair_of,
)
from reportgen.studies.comparing import Compared, state_settled
from reportgen.studies.confidence.records import (
    ConfidenceFacts,
    ForeignSet,
    MeasuredPair,
    ReliabilityBin,
)

ERROR, AREA, SIZE = "expected_calibration_error", "risk_coverage_area", "set_size"
_ESTIMATES = {
    "adaptive_calibration_error": "the adaptive error",
    "debiased_calibration_error": "the debiased error",
    "sweep_calibration_error": "the monotonic sweep",
}
"""What else is estimated of calibration in the extended study."""
NINE_TENTHS, ALL = 89, 99
"""Places of these coverages in the risk–coverage curve."""
_KINDS = {
    "noise": "images with their pixels in random order",
    "rotated": "images turned by 90 degrees",
}
_CORRECTED = "paired difference over the same test examples and over seeds; Holm's correction"


def confidence_claims(facts: Facts, found: ConfidenceFacts) -> Iterator[Claim]:
    """Yield `calibration` and, of the extended study, `confidence.selection`, `.precision`,
    `.temperature`, `.sets`, where estimates differ `.estimates` and, of networks, `.foreign`.
    """
    texts = {"calibration": (_calibration(facts, found), _CORRECTED)}
    if found.coverage is not None:
        if text := _estimates(facts, found):
            texts["confidence.estimates"] = (text, _CORRECTED)
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
    directions = _directions(facts, found)
    if ends is None:
        slug = next(iter(errors))
        return (
            f"The confidence of {named_models(facts, list(errors))} differs from its accuracy by "
            f"{_error(slug)} percentage points on average (expected calibration error).{directions}"
        )
    best, worst = ends
    return (
        f"{name(facts, best)} has the lowest expected calibration error: its confidence differs "
        f"from its accuracy by {_error(best)} percentage points on average. "
        f"{name(facts, worst)} has the highest ({_error(worst)} points). "
        f"{_decided(facts, found, ERROR, best, worst)}{directions}"
    )


def _error(slug: str) -> str:
    return mark(mean_path(ERROR, slug), "size_in_points")


def _directions(facts: Facts, found: ConfidenceFacts) -> str:
    """State which models are overconfident on average, and which underconfident."""
    excesses = {slug: _excess(bins) for slug, bins in found.bins.items()}
    groups = {
        "overconfident": [slug for slug, excess in excesses.items() if excess > 0],
        "underconfident": [slug for slug, excess in excesses.items() if excess < 0],
    }
    parts = []
    for direction, slugs in groups.items():
        verb = "is" if len(slugs) in (1, len(facts.models)) else "are"
        parts += [f"{_who(facts, slugs)} {verb} {direction}"] if slugs else []
    return f" On average, {', and '.join(parts)}." if parts else ""


def _excess(bins: Sequence[ReliabilityBin]) -> float:
    """Return by how much a model's confidence exceeds its accuracy, summed over predictions."""
    return sum(
        each.count * (each.confidence - each.accuracy)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    )


def _who(facts: Facts, slugs: Sequence[str]) -> str:
    """Return the names of some models; `every model` of all, `twelve models` of many."""
    many = MOST_RANKED < len(slugs) < len(facts.models)
    return counted(len(slugs), "model") if many else named_models(facts, slugs)


def _estimates(facts: Facts, found: ConfidenceFacts) -> str:
    """State where the other estimates contradict the expected calibration error; else nothing."""
    ends = extremes(means(found, ERROR))
    if ends is None:
        return ""
    measures: dict[str, list[str]] = {}
    for measure in _ESTIMATES:
        for statement in _contradictions(facts, found, measure, *ends):
            measures.setdefault(statement, []).append(measure)
    statements: dict[tuple[str, ...], list[str]] = {}
    for statement, those in measures.items():
        statements.setdefault(tuple(those), []).append(statement)
    text = "; ".join(
        f"by {_named(those)}, {', and '.join(each)}" for those, each in statements.items()
    )
    return capitalise(f"{text}.") if text else ""


def _named(measures: Sequence[str]) -> str:
    every = len(measures) == len(_ESTIMATES)
    return "the three other estimates" if every else join([_ESTIMATES[each] for each in measures])


def _contradictions(
    facts: Facts, found: ConfidenceFacts, measure: str, best: str, worst: str
) -> Iterator[str]:
    """Yield how an estimate differs from the expected calibration error: its ends, its verdict.

    `best`, `worst`: the models with the lowest and the highest expected calibration error.
    """
    own = extremes(means(found, measure))
    if own and own[1] != worst:
        yield f"{name(facts, own[1])} has the highest error"
    if own and own[0] != best:
        yield f"{name(facts, own[0])} has the lowest error"
    pairs = found.pairs[measure]
    key, pair = find_pair(pairs, best, worst)
    if pair.winner == find_pair(found.pairs[ERROR], best, worst)[1].winner:
        return
    if pair.winner:
        loser = worst if pair.winner == best else best
        p_value = mark(f"studies.confidence.pairs.{measure}.{key}.p_adjusted", "p_stated")
        yield (
            f"{name(facts, pair.winner)} has a lower error than {name(facts, loser)} "
            f"(corrected {p_value})"
        )
    elif len(pairs) > 1 and not any(each.winner for each in pairs.values()):
        yield "no difference between two models is statistically significant"
    else:
        both = names(facts, [best, worst])
        yield f"the difference between {both} is not statistically significant"


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
    where = f"foreign.sets.{kind}.pairs"
    decided = _verdict(f"{where}.{key}", pair)
    others = {each: found.pairs[each] for each in found.pairs if each != key}
    settled = state_settled(facts, others, f"studies.confidence.{where}.{{}}")
    rest = f" Among the other pairs, {settled}." if settled else ""
    return (
        f"By AUROC, {what} are detected best by {name(facts, best)} ({area(best)}; "
        f"{passed(best)} go undetected) and worst by {name(facts, worst)} ({area(worst)}; "
        f"{passed(worst)}). This difference in AUROC {decided}.{rest}"
    )


def _sets(facts: Facts, found: ConfidenceFacts) -> str:
    sizes = means(found, SIZE)
    ends = extremes(sizes)
    empty = _empty(facts, found)
    start = (
        "Conformal sets with a nominal coverage of "
        f"{mark('studies.confidence.coverage', 'percent_short')} "
    )
    if ends is None:
        slug = next(iter(sizes))
        whose = named_models(facts, list(sizes))
        return f"{start}contain {_size(slug)} classes on average for {whose}.{empty}"
    best, worst = ends
    return (
        f"{start}are smallest for {name(facts, best)}, with {_size(best)} classes on average, and "
        f"largest for {name(facts, worst)}, with {_size(worst)}. "
        f"{_decided(facts, found, SIZE, best, worst)}{empty}"
    )


def _empty(facts: Facts, found: ConfidenceFacts) -> str:
    """Name the models some of whose sets must be empty; nothing where that is not known.

    A set that is not empty holds the predicted class, so sets that hold the true class less often
    than it is predicted are empty in some cases.
    """
    covered = means(found, "set_coverage")
    slugs = [
        slug
        for slug, share in covered.items()
        if facts.models[slug].accuracy.mean > max(share, found.coverage or 0.0)
    ]
    if not slugs:
        return ""
    return (
        f" Where accuracy exceeds the nominal coverage, as for {_who(facts, slugs)}, sets are "
        "small because some are empty."
    )


def _size(slug: str) -> str:
    return mark(mean_path(SIZE, slug), "score")
