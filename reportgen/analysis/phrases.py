"""Small pieces of English that the claims are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reportgen.analysis.facts import Facts, PairFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.wording import capitalise as capitalise
from reportgen.wording import count_word as count_word
from reportgen.wording import counted as counted
from reportgen.wording import join as join
from reportgen.wording import plural as plural

LARGEST_TOLD = 0.5
"""A difference in accuracy that is found only where it is larger than this says nothing."""

PAIRED = (
    "interval of the paired difference over the same test examples and over seeds; "
    "McNemar's exact test; Holm's correction over all pairs"
)
"""What a sentence about two models rests on."""

INTERVAL = f"{mark('level', 'percent_whole')} interval"
"""`95 % interval`"""

MARGIN = f"{mark('margin', 'size_in_points')} points"
"""The margin of equivalence, `0.20 points`."""


def example(facts: Facts) -> str:
    """Return what one example is called: `image` or `example`."""
    return facts.dataset.example


def examples(facts: Facts) -> str:
    """Return what examples are called: `images` or `examples`."""
    return f"{facts.dataset.example}s"


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
    """Return `on average over three seeds`, or how single runs are put."""
    counts = run_counts(facts)
    if max(counts) == 1:
        made = all(model.kind == "predictions" for model in facts.models.values())
        return "in the given predictions" if made else "with one seed"
    return f"on average over {many_seeds(facts)}"


def run_counts(facts: Facts) -> list[int]:
    """Return how many runs each model has."""
    return [len(model.accuracy.values) for model in facts.models.values()]


def many_seeds(facts: Facts) -> str:
    """Return `three seeds`, or `one to five seeds` where models have different numbers of them."""
    counts = run_counts(facts)
    few, many = min(counts), max(counts)
    return (
        counted(many, "seed") if few == many else f"{count_word(few)} to {count_word(many)} seeds"
    )


def these_runs(facts: Facts, slugs: Iterable[str]) -> str:
    """Return what the runs of these models are called: `these trained networks`."""
    kinds = {facts.models[slug].kind for slug in slugs}
    if kinds == {"network"}:
        return "these trained networks"
    return "these predictions" if kinds == {"predictions"} else "these runs"


def pair_of(facts: Facts, one: str, other: str) -> tuple[str, PairFacts]:
    """Return the key and the facts of two models' comparison, whichever stands first."""
    key = f"{one}--{other}"
    if key not in facts.pairs:
        key = f"{other}--{one}"
    return key, facts.pairs[key]
