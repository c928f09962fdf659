"""Small pieces of English that the claims are put together from."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.analysis.facts import Facts, PairFacts
from reportgen.analysis.numbers import mark

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)

PAIRED = (
    "interval of the paired difference over the same test images and over seeds; "
    "McNemar's exact test; Holm's correction over all pairs"
)
"""What a sentence about two models rests on."""

INTERVAL = f"{mark('level', 'percent_whole')} interval"
"""`95 % interval`"""

MARGIN = f"{mark('margin', 'size_in_points')} points"
"""The margin of equivalence, `0.20 points`."""


def count_word(count: int) -> str:
    """Return a count as a word up to twelve, in digits above."""
    return _WORDS[count] if count < len(_WORDS) else f"{count:,}"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return the form of a noun or verb that goes with `count`."""
    return singular if count == 1 else plural_form or f"{singular}s"


def counted(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return `three models`, `one model`, `no models`."""
    return f"{count_word(count)} {plural(count, singular, plural_form)}"


def join(parts: Sequence[str], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def capitalise(sentence: str) -> str:
    """Return `sentence` with a capital first letter, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def literal(text: str) -> str:
    """Return a name from outside as it may stand in a claim: no mark can hide in it."""
    return " ".join(text.replace("[[", "[ [").split())


def name(facts: Facts, slug: str) -> str:
    """Return a model's name."""
    return literal(facts.models[slug].name)


def names(facts: Facts, slugs: Sequence[str], conjunction: str = "and") -> str:
    """Return several models' names, joined."""
    return join([name(facts, slug) for slug in slugs], conjunction)


def class_name(facts: Facts, index: int) -> str:
    """Return a class's name in quotation marks."""
    return f"‘{literal(facts.dataset.classes[index])}’"


def interval(path: str, format_name: str) -> str:
    """Return `95 % interval 1.2 to 3.4` for the interval or difference at `path`."""
    low, high = mark(f"{path}.low", format_name), mark(f"{path}.high", format_name)
    return f"{INTERVAL} {low} to {high}"


def size_interval(path: str, value: float) -> str:
    """Return the interval of a difference's size in points, whichever sign it has."""
    ends = ("low", "high") if value > 0 else ("high", "low")
    low, high = (mark(f"{path}.{end}", "size_in_points") for end in ends)
    return f"{INTERVAL} {low} to {high}"


def over_seeds(facts: Facts) -> str:
    """Return `on average over three seeds`, or how one seed is put."""
    if len(facts.seeds) == 1:
        return "with one seed"
    return f"on average over {count_word(len(facts.seeds))} seeds"


def pair_of(facts: Facts, one: str, other: str) -> tuple[str, PairFacts]:
    """Return the key and the facts of two models' comparison, whichever stands first."""
    key = f"{one}--{other}"
    if key not in facts.pairs:
        key = f"{other}--{one}"
    return key, facts.pairs[key]
