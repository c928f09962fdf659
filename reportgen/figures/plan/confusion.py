"""Figures of confusion matrices: one model's, and the difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts, PairFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.words import describe, identify, listing, number_label
from reportgen.figures.spec import FigureSpec

SIDE_BY_SIDE = 10
"""Counts and shares stand beside each other up to this many classes; beyond, in two figures."""
TOLD = 5
"""How many of the most frequent confusions the alternative text tells."""


def plan_confusion_matrices(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the matrices of every model: counts, and shares of each row."""
    identities = identify(facts)
    specs: list[FigureSpec] = []
    for slug, model in facts.models.items():
        counts = _panel(
            facts, f"models.{slug}.confusion_counts", "digits", f"Test {facts.dataset.example}s"
        )
        shares = _panel(facts, f"models.{slug}.confusion_shares", "percent_cell", "Percent of row")
        if len(facts.dataset.classes) <= SIDE_BY_SIDE:
            specs.append(_matrix_spec(facts, model, identities[slug], [counts, shares], ""))
        else:
            specs.append(_matrix_spec(facts, model, identities[slug], [counts], ""))
            specs.append(_matrix_spec(facts, model, identities[slug], [shares], "-shares"))
    return tuple(specs)


def _panel(facts: Facts, path: str, format_name: str, heading: str) -> dict[str, Any]:
    model = facts.models[path.split(".")[1]]
    matrix = getattr(model, path.rsplit(".", 1)[1])
    return {
        "heading": heading,
        "labels": label_cells(facts, path, matrix, format_name),
    }


def label_cells(
    facts: Facts, path: str, matrix: Sequence[Sequence[float]], format_name: str
) -> list[dict[str, Any]]:
    """Label every cell of `matrix` that is not zero; the matrix stands at `path`."""
    return [
        {"row": i, "column": j, **number_label(facts, f"{path}.{i}.{j}", format_name)}
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if value
    ]


def _matrix_spec(
    facts: Facts,
    model: ModelFacts,
    identity: dict[str, Any],
    panels: list[dict[str, Any]],
    suffix: str,
) -> FigureSpec:
    title, subject = f"Confusion matrix of {model.name}", literal(model.name)
    return FigureSpec(
        slug=f"confusion-{model.slug}{suffix}",
        kind="confusion-matrix",
        title=f"{title} in percent of each row" if suffix else title,
        caption=f"Confusion matrix of {subject} on the test {facts.dataset.example}s"
        f"{_summed(len(model.runs))}: {_matrix_contents(panels)}. Rows are true classes, columns "
        "predicted ones. Only errors are coloured, the darker the larger their share of the row, "
        "alike for all models; empty cells are zero.",
        alt=describe(
            facts,
            f"Confusion matrix of {subject}, rows true and columns predicted classes.",
            f"Accuracy {mark(f'models.{model.slug}.accuracy.mean', 'percent')}.",
            _right_sentence(model, "shares" if suffix else "counts"),
            _confusions_sentence(model, "shares" if suffix else "counts"),
        ),
        data={
            "model": identity,
            "classes": list(facts.dataset.classes),
            "shares": [list(row) for row in model.confusion_shares],
            "darkest": _largest_error(facts),
            "panels": panels,
        },
        model=model.slug,
    )


def _largest_error(facts: Facts) -> float:
    """Return the largest share of a row off the diagonal, of all models: one scale for all."""
    return max(
        share
        for model in facts.models.values()
        for i, row in enumerate(model.confusion_shares)
        for j, share in enumerate(row)
        if i != j
    )


def _summed(seeds: int) -> str:
    return "" if seeds == 1 else f", {seeds} seeds together"


def _matrix_contents(panels: list[dict[str, Any]]) -> str:
    if len(panels) == 2:
        return "counts on the left, on the right each row in percent"
    return "counts" if panels[0]["heading"].startswith("Test ") else "each row in percent"


def _right_sentence(model: ModelFacts, measure: str) -> str:
    path, form = _cell(model, measure)
    right = [
        f"{literal(c.name)}: {mark(f'{path}.{i}.{i}', form)}" for i, c in enumerate(model.per_class)
    ]
    return f"Predicted right, for each class: {listing(right)}."


def _confusions_sentence(model: ModelFacts, measure: str) -> str:
    names = [literal(summary.name) for summary in model.per_class]
    path, form = _cell(model, measure)
    cells = frequent_confusions(model.confusion_counts)[:TOLD]
    if not cells:
        return "None was taken for another class."
    told = [
        f"{names[true]} taken for {names[predicted]} ({mark(f'{path}.{true}.{predicted}', form)})"
        for true, predicted in cells
    ]
    return f"Most frequent confusions: {listing(told)}."


def _cell(model: ModelFacts, measure: str) -> tuple[str, str]:
    path = f"models.{model.slug}.confusion_{measure}"
    return path, "integer" if measure == "counts" else "percent"


def frequent_confusions(counts: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return the cells off the diagonal that are not zero, the most frequent first."""
    cells = [
        (i, j) for i, row in enumerate(counts) for j, value in enumerate(row) if i != j and value
    ]
    return sorted(cells, key=lambda cell: (-counts[cell[0]][cell[1]], cell))


def headline_pair(facts: Facts) -> str | None:
    """Return the key of the pair that the gallery is about, or None where there is no pair."""
    return next((key for key in facts.gallery.only if key in facts.pairs), None)


def plan_confusion_difference(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the difference of the headline pair's confusion matrices, where there is a pair."""
    key = headline_pair(facts)
    if key is None:
        return ()
    pair = facts.pairs[key]
    first, second = facts.models[pair.first].name, facts.models[pair.second].name
    runs = [len(facts.models[slug].runs) for slug in (pair.first, pair.second)]
    seeds = min(runs)
    some = f", in the first {seeds} of its seeds" if seeds > 1 else ", in one seed of either"
    which = _summed(seeds) if len(set(runs)) == 1 else some
    path = f"pairs.{key}.confusion_difference"
    spec = FigureSpec(
        slug="confusion-difference",
        kind="confusion-difference",
        title=f"Confusion matrices of {first} and {second}: the difference",
        caption=f"How often {literal(first)} gives each answer, minus how often {literal(second)} "
        f"does{which}. On the diagonal a positive number speaks for {literal(first)}, "
        "elsewhere "
        f"against it. {_marked_sentence(key, pair)}",
        alt=describe(
            facts,
            f"Confusion matrix of {literal(first)} minus that of {literal(second)}.",
            _diagonal_sentence(path, list(facts.dataset.classes)),
            _beyond_chance_sentence(facts, key, pair),
        ),
        data={
            "first": first,
            "second": second,
            "classes": list(facts.dataset.classes),
            "row": sum(facts.test_counts) * seeds / len(facts.test_counts),
            "matrix": [list(row) for row in pair.confusion_difference],
            "labels": label_cells(facts, path, pair.confusion_difference, "signed_digits"),
            "mark": "beyond chance",
            "marked": [[cell.true, cell.predicted] for cell in pair.cells_beyond_chance],
        },
    )
    return (spec,)


def _marked_sentence(key: str, pair: PairFacts) -> str:
    if not pair.cells_beyond_chance:
        return "No cell differs by more than chance explains."
    return (
        f"The {mark(f'pairs.{key}.cells_beyond_chance.#', 'integer')} framed cells differ by more "
        "than chance explains (exact test on what the two models answer differently, "
        "Holm-corrected over all cells)."
        if len(pair.cells_beyond_chance) > 1
        else "The framed cell differs by more than chance explains (exact test on what the "
        "two models answer differently, Holm-corrected over all cells)."
    )


def _diagonal_sentence(path: str, names: list[str]) -> str:
    values = [
        f"{literal(name)}: {mark(f'{path}.{i}.{i}', 'signed_digits')}"
        for i, name in enumerate(names)
    ]
    return f"Predicted right more or less often, for each class: {listing(values)}."


def _beyond_chance_sentence(facts: Facts, key: str, pair: PairFacts) -> str:
    names = [literal(name) for name in facts.dataset.classes]
    told = [
        f"{names[cell.true]} answered {names[cell.predicted]} "
        f"({mark(f'pairs.{key}.cells_beyond_chance.{i}.first', 'integer')} against "
        f"{mark(f'pairs.{key}.cells_beyond_chance.{i}.second', 'integer')} times)"
        for i, cell in enumerate(pair.cells_beyond_chance)
    ]
    return f"Beyond chance: {listing(told)}." if told else "No cell differs beyond chance."
