"""What the planning of all figures shares: model identities, number labels, lists in prose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts, SeedSummary
from reportgen.analysis.numbers import literal, mark, plain_claim, read_number
from reportgen.figures.spec import FigureTable

MARGIN = 0.04
"""Share of the range of all values that `drawing.dots` leaves empty on either side."""
SIMILAR = 1.5
"""Classes are of similar size where the largest is less than so many times the smallest."""
MOST_CLASSES = 36
"""Of more classes, a figure shows some and its table lists all."""


def pick_ends(order: Sequence[int], first: int) -> tuple[list[int], ...]:
    """Return the classes that have room, in groups: `first` of one end of `order`, the other end.

    All of them, in one group, where they are `MOST_CLASSES` at most.
    """
    if len(order) <= MOST_CLASSES:
        return (list(order),)
    return list(order[:first]), list(order[first - MOST_CLASSES :])


def identify(facts: Facts) -> dict[str, dict[str, Any]]:
    """Return for each model slug what its colour and marker are chosen by, alike in all figures.

    `hue` counts the families, which are architectures and models without one; `variant` counts the
    models of one family, of `variants`. The marker of a model with dropout is `hollow`.
    """
    families = list(dict.fromkeys(model.family for model in facts.models.values()))
    found = {}
    for slug, model in facts.models.items():
        group = [other for other in facts.models.values() if other.family == model.family]
        found[slug] = {
            "slug": slug,
            "name": model.name,
            "hue": families.index(model.family),
            "variant": group.index(model),
            "variants": len(group),
            "hollow": model.dropout > 0,
        }
    return found


def models_of(facts: Facts, architecture: str) -> list[ModelFacts]:
    """Return the models of one architecture, in the order of the experiment file."""
    return [model for model in facts.models.values() if model.architecture == architecture]


def each_shown(facts: Facts, models: Sequence[ModelFacts]) -> str:
    """Return what a title calls these models where its statement is true of each of them."""
    if len(models) == 1:
        return models[0].name
    return "Every model" if len(models) == len(facts.models) else "Every model shown"


def starts_above_zero(low: float, high: float) -> bool:
    """Return whether an axis of `drawing.dots` for values from `low` to `high` leaves out 0."""
    return low > MARGIN * (high - low)


def number_label(facts: Facts, path: str, format_name: str) -> dict[str, Any]:
    """Return a printed number with where it comes from, for a label in a figure."""
    number = read_number(path, format_name, facts)
    return {"text": number.text, "path": number.path, "format": number.format}


def describe(facts: Facts, *sentences: str) -> str:
    """Join sentences that hold marks into plain text with the numbers printed."""
    return plain_claim(" ".join(sentence for sentence in sentences if sentence), facts)


def over_seeds(facts: Facts, shape: str) -> str:
    """Return a sentence that explains a range of seeds; `shape` is how it is drawn: `Whiskers`."""
    if facts.most_runs == 1:
        return "One seed; no spread can be shown."
    slug = next(iter(facts.models))
    count = f"{mark(f'models.{slug}.runs.#', 'integer')} seeds"
    of_each = count if facts.runs_each else "the seeds of each model"
    return f"{shape}: lowest to highest of {of_each}."


def intervals_over(what: str) -> str:
    """Return a sentence that explains drawn intervals, and what they allow for."""
    return f"Whiskers: {mark('level', 'percent_whole')} intervals over {what}."


def pairs_over(facts: Facts) -> str:
    """Return what the intervals of paired differences allow for."""
    tested = f"test {facts.dataset.example}s"
    if facts.most_runs == 1:
        return tested
    if any(model.has_single_run for model in facts.models.values()):
        return f"{tested} and, where both models have several runs, seeds"
    return f"{tested} and seeds"


def mean_over_seeds(facts: Facts) -> str:
    """Return what a single number of a model is, to end a phrase."""
    return "" if facts.most_runs == 1 else ", mean over seeds"


def look_sentence(facts: Facts) -> str:
    """Return what a hollow marker means, where there is one."""
    if any(model.dropout > 0 for model in facts.models.values()):
        return "Hollow markers: trained with dropout. "
    return ""


def model_row(identity: dict[str, Any], span: list[float], label: Any = None) -> dict[str, Any]:
    """Return a row of `drawing.dots` that is one model: its value with the ends of an interval."""
    points = [{"model": identity, "span": span}]
    return {"name": identity["name"], "points": points, "label": label}


def span_of(summary: SeedSummary) -> list[float]:
    """Return a mean with the lowest and the highest over the seeds."""
    return [summary.mean, summary.minimum, summary.maximum]


def numbers_by_model(facts: Facts, slugs: Iterable[str], columns: Mapping[str, str]) -> FigureTable:
    """Return a table with a row for each model; `columns`: head → `path below the model|format`."""
    rows = (
        (slug, (mark(*f"models.{slug}.{column}".split("|")) for column in columns.values()))
        for slug in slugs
    )
    return rows_by_model(facts, columns, rows)


def rows_by_model(
    facts: Facts, columns: Iterable[str], rows: Iterable[tuple[str, Iterable[str]]]
) -> FigureTable:
    """Return a table with a row for each model, or more; `rows`: slug → what is below `columns`."""
    named = ((literal(facts.models[slug].name), *cells) for slug, cells in rows)
    return FigureTable(head=("Model", *columns), rows=tuple(named))


def columns_by_model(
    facts: Facts, first: str, slugs: Iterable[str], rows: Iterable[tuple[str, Iterable[str]]]
) -> FigureTable:
    """Return a table with a column for each model; `rows`: name below `first` → cells."""
    head = (first, *(literal(facts.models[slug].name) for slug in slugs))
    return FigureTable(head=head, rows=tuple((name, *cells) for name, cells in rows))
