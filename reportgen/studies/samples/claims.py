"""Claims about training examples: who leads with few and with all, and who needs how many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts, PairFacts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import find_pair, join, name
from reportgen.studies.comparing import Compared, state_verdict
from reportgen.studies.samples.records import Crossing, Needed, SamplesFacts

PATH = "studies.samples"
_PAIRED = (
    "intervals of paired differences over the same test examples and over seeds; Holm's "
    "correction over all pairs and sizes"
)
_INVERTED = (
    "interpolation in the logarithm of the number of examples; the interval holds the numbers at "
    "which the two accuracies are not shown to differ"
)


def samples_claims(facts: Facts, found: SamplesFacts) -> Iterator[Claim]:
    """Yield `samples` and, of several models, `.needed` and `.crossings`."""
    ends = _ends(found, -1)
    text = _leaders(facts, found)
    yield Claim(id="samples", text=text, rests_on=_PAIRED, concluding=ends is None)
    if ends is not None:
        yield Claim(
            id="samples.needed",
            text=_need(facts, found, *ends),
            rests_on=_INVERTED,
            concluding=True,
        )
    if len(found.accuracy) > 1:
        yield Claim(id="samples.crossings", text=_crossings(facts, found), rests_on=_PAIRED)


def size_mark(place: int) -> str:
    """Return the mark of a size."""
    return mark(f"{PATH}.sizes.{place}", "integer")


def _ends(found: SamplesFacts, place: int) -> tuple[str, str] | None:
    """Return the most and the least accurate model at a size; None where all are equal."""
    ends = extremes({slug: -each[place].value for slug, each in found.accuracy.items()})
    return None if ends is None else (ends[0], ends[1])


def accuracy_mark(slug: str, place: int) -> str:
    """Return the mark of a model's accuracy at a size."""
    return mark(f"{PATH}.accuracy.{slug}.{place}.value", "percent")


def _leaders(facts: Facts, found: SamplesFacts) -> str:
    last = len(found.sizes) - 1
    examples = f"{facts.dataset.example}s"
    return " ".join(
        (
            _leader(facts, found, 0, f"With {size_mark(0)} training {examples}"),
            _leader(facts, found, last, f"With all {size_mark(last)}"),
        )
    )


def _leader(facts: Facts, found: SamplesFacts, place: int, where: str) -> str:
    ends = _ends(found, place)
    if ends is None:
        named = named_models(facts, list(found.accuracy))
        share = accuracy_mark(next(iter(found.accuracy)), place)
        return f"{where}, the accuracy of {named} is {share}."
    best, worst = ends
    first, last = (accuracy_mark(end, place) for end in ends)
    if len(_beaten(facts, found, place, best)) == len(found.accuracy) - 1:
        text = (
            f"{where}, {name(facts, best)} is the most accurate ({first}); the lowest mean "
            f"accuracy is that of {name(facts, worst)} ({last})."
        )
    else:
        text = (
            f"{where}, {name(facts, best)} has the highest mean accuracy ({first}) and "
            f"{name(facts, worst)} the lowest ({last})."
        )
    if place:
        return text
    pairs = {key: each[place] for key, each in found.pairs.items()}
    return f"{text} {state_verdict(pairs, f'{PATH}.pairs.{{}}.{place}', best, worst)}"


def _beaten(facts: Facts, found: SamplesFacts, place: int, best: str) -> list[str]:
    """Return the models that one is shown to be more accurate than at a size."""
    pairs: Mapping[str, PairFacts | Compared] = {
        key: each[place] for key, each in found.pairs.items()
    }
    # With all examples, the verdicts are those of the report, where it is about accuracy too.
    if place == len(found.sizes) - 1 and facts.primary == "accuracy":
        pairs = facts.pairs
    others = [slug for slug in found.accuracy if slug != best]
    return [slug for slug in others if find_pair(pairs, best, slug)[1].winner == best]


def _need(facts: Facts, found: SamplesFacts, best: str, worst: str) -> str:
    """State with how many examples the best model matches the most accurate that it is better than.

    That is the worst one where none is shown to be worse.
    """
    last = len(found.sizes) - 1
    beaten = _beaten(facts, found, last, best)
    other = max(beaten, key=lambda slug: found.accuracy[slug][last].value, default=worst)
    path = f"{PATH}.needed.{best}--{other}.{last}"
    whole = found.needed[f"{best}--{other}"][last]
    return (
        f"To match {name(facts, other)} trained on all {size_mark(last)} {facts.dataset.example}s "
        f"({accuracy_mark(other, last)}), {name(facts, best)} needs "
        f"{describe_need(whole, path, last)}."
    )


def describe_need(needed: Needed, path: str, last: int) -> str:
    """Return how many examples are needed, with the interval, in words."""
    interval = describe_range(needed, path, last)
    if needed.fewer:
        return f"fewer than {size_mark(0)} of them ({interval})"
    if needed.examples is None:
        return f"more than all {size_mark(last)} ({interval})"
    about = f"about {mark(f'{path}.examples', 'integer')} of them"
    how = "interpolated between the sizes tried, on which the interval depends"
    return f"{about} ({how}; {interval})"


def describe_range(found: Needed | Crossing, path: str, last: int) -> str:
    """Return the interval of a number of examples, which may be open at an end."""
    level = f"{mark('level', 'percent_whole')} interval"
    low, high = mark(f"{path}.low", "integer"), mark(f"{path}.high", "integer")
    if found.low is None and found.high is None:
        return f"{level}: any number from {size_mark(0)} to {size_mark(last)}"
    if found.low is None:
        return f"{level}: at most {high}"
    if found.high is None:
        return f"{level}: at least {low}"
    return f"{level} {low} to {high}"


def _crossings(facts: Facts, found: SamplesFacts) -> str:
    last = len(found.sizes) - 1
    shown = [
        f"{name(facts, each.before)} is better with fewer training {facts.dataset.example}s and "
        f"{name(facts, each.after)} with more; their curves cross at about "
        f"{mark(f'{PATH}.crossings.{place}.examples', 'integer')} "
        f"({describe_range(each, f'{PATH}.crossings.{place}', last)})"
        for place, each in enumerate(found.crossings)
        if each.shown
    ]
    if shown:
        return f"The order of the models changes: {join(shown)}."
    if found.crossings:
        return (
            "No two models are shown to change places as training "
            f"{facts.dataset.example}s are added: where curves cross, the order on at least one "
            "side may be due to chance."
        )
    return "No two curves cross: the order of the models is the same at every size."
