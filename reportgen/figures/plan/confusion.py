"""Figures of confusion matrices: one model's, and the difference of two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts, PairFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.cells import MEASURES, color_cells, explain_colors, scale_errors
from reportgen.figures.plan.words import SIMILAR, describe, each_shown, identify, number_label
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.wording import join

BESIDE = 12
"""Up to this many classes, two matrices are drawn beside each other."""
TOGETHER = {2: 4, 3: 9}
"""Matrices in one figure, by how many of them are beside each other."""
SHOWN_IN_TEXT = 5
"""How many of the most frequent confusions the alternative text lists."""
MOST_ROWS = 400
"""Rows of a table of the cells of many classes."""
MOST_NAMED = 40
"""Of more classes, no numbers are printed in the cells, and the text does not list the diagonal."""
MOST_DRAWN = 300
"""Of more classes no matrix is drawn: a cell would be a point wide, and a thousand classes take
minutes and megabytes."""


def plan_confusion_matrices(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the matrices of all models, as counts and as shares of each row.

    Models of other architectures are beside each other, so that they can be compared. Of many
    classes a matrix fills a page: one is drawn for each model, of shares where classes differ in
    size. Of more than `MOST_DRAWN` there is none.
    """
    if len(facts.dataset.classes) > MOST_DRAWN:
        return
    columns = _columns(facts)
    size = TOGETHER.get(columns, 1)
    # By their place among those of their family: CNN, MLP, then their variants.
    places = {slug: (each["variant"], each["hue"]) for slug, each in identify(facts).items()}
    slugs = sorted(facts.models, key=places.__getitem__)
    counts = facts.test_counts
    # Counts can be compared only between classes of similar size.
    one = ["counts" if max(counts) <= SIMILAR * min(counts) else "shares"]
    bounds = {measure: scale_errors(facts, measure) for measure in MEASURES}
    for measure in MEASURES if len(facts.dataset.classes) <= BESIDE else one:
        for number, start in enumerate(range(0, len(slugs), size), 1):
            part = slugs[start : start + size]
            yield _matrix_spec(facts, part, measure, number, columns=columns, bounds=bounds)


def _columns(facts: Facts) -> int:
    """Return how many matrices are beside each other."""
    if len(facts.dataset.classes) > BESIDE or len(facts.models) == 1:
        return 1
    return 2 if len(facts.models) <= TOGETHER[2] else 3


def _matrix_spec(
    facts: Facts,
    slugs: Sequence[str],
    measure: str,
    number: int,
    *,
    columns: int,
    bounds: Mapping[str, Sequence[int]],
) -> FigureSpec:
    models = [facts.models[slug] for slug in slugs]
    names = join([literal(model.name) for model in models])
    plural = "matrices" if len(models) > 1 else "matrix"
    return FigureSpec(
        slug=f"confusion-{measure}" + (f"-{number}" if number > 1 else ""),
        kind="confusion-matrix",
        title=_matrix_title(facts, models, measure),
        caption=_matrix_caption(facts, models, measure, columns),
        alt=describe(
            facts,
            f"Confusion {plural} of {names}, rows true and columns predicted classes.",
            *(
                sentence
                for model in models
                for sentence in (
                    f"{literal(model.name)}: accuracy "
                    f"{mark(f'models.{model.slug}.accuracy.mean', 'percent')}.",
                    _diagonal_sentence(facts, "", *_cells_of(model, measure)),
                    _confusions_sentence(model, measure),
                )
            ),
        ),
        data={
            "classes": list(facts.dataset.classes),
            "measure": measure,
            "columns": columns,
            "keys": {name: explain_colors(name, bounds[name]) for name in MEASURES},
            "panels": [_panel(facts, model, measure, columns, bounds) for model in models],
        },
        table=_matrix_table(facts, models, measure),
        width=170 if len(models) > 1 or len(facts.dataset.classes) > BESIDE else 122,
        model=slugs[0] if len(models) == 1 else None,
    )


def _matrix_caption(facts: Facts, models: Sequence[ModelFacts], measure: str, columns: int) -> str:
    """Explain the matrices, but for what the figure of their counts has explained."""
    plural = "matrices" if len(models) > 1 else "matrix"
    names = join([literal(model.name) for model in models])
    seeds = _summed_over(facts, models)
    percent = f"each row in percent of its sum{seeds}"
    shared = " that are the same for all matrices" if len(models) > 1 else ""
    if measure == "shares" and len(facts.dataset.classes) <= BESIDE and columns < 3:
        return f"The same {plural}, {percent}."
    contents = f"test {facts.dataset.example}s{seeds}" if measure == "counts" else percent
    return (
        f"Confusion {plural} of {names}: {contents}. Rows are true classes, columns predicted "
        "ones; empty cells are zero. Errors are coloured by their frequency, in steps of equal "
        f"ratio{shared}; correct answers, on the diagonal, are set apart."
        f"{_left_out(facts, models, columns)}"
    )


def _left_out(facts: Facts, models: Sequence[ModelFacts], columns: int) -> str:
    """State where the numbers are that do not fit into small cells."""
    classes = len(facts.dataset.classes)
    if classes <= BESIDE:
        where = " Numbers are printed where they fit; the HTML report lists all of them."
        return where if columns == 3 else ""
    printed = "" if classes > MOST_NAMED else " Numbers are printed where they fit."
    most = sum(len(frequent_confusions(model.confusion_counts)) for model in models) > MOST_ROWS
    which = f"the {MOST_ROWS} most frequent errors" if most else "all errors"
    return (
        f"{printed} The HTML report lists {which} below the figure; results.json holds every cell."
    )


def _matrix_title(facts: Facts, models: Sequence[ModelFacts], measure: str) -> str:
    """State the most frequent confusion, where it is that of every model shown."""
    names = [summary.name for summary in models[0].per_class]
    tops = {tuple(_most_frequent(model)) for model in models}
    if len(tops) == 1 and len(top := next(iter(tops))) == 1:
        (true, predicted), who = top[0], each_shown(facts, models)
        return f"{who} most often takes {names[true]} for {names[predicted]}" + (
            "" if measure == "counts" else ": shares of each class"
        )
    return "Confusions, counted" if measure == "counts" else "Confusions as shares of each class"


def _most_frequent(model: ModelFacts) -> list[tuple[int, int]]:
    cells = frequent_confusions(model.confusion_counts)
    counts = model.confusion_counts
    return [(i, j) for i, j in cells if counts[i][j] == counts[cells[0][0]][cells[0][1]]]


def _summed_over(facts: Facts, models: Sequence[ModelFacts]) -> str:
    most = max(len(model.runs) for model in models)
    if most == 1:
        return ""
    return f", {most} seeds together" if facts.runs_each else ", the seeds of a model together"


def _panel(
    facts: Facts,
    model: ModelFacts,
    measure: str,
    columns: int,
    bounds: Mapping[str, Sequence[int]],
) -> dict[str, Any]:
    path = f"models.{model.slug}.confusion_{measure}"
    matrix = getattr(model, f"confusion_{measure}")
    n: list[Any] = ["n = ", number_label(facts, "dataset.test", "integer")]
    if len(model.runs) > 1:
        n += [" × ", number_label(facts, f"models.{model.slug}.runs.#", "integer"), " seeds"]
    n += [", "]
    accuracy = number_label(facts, f"models.{model.slug}.accuracy.mean", "percent")
    return {
        "name": model.name,
        "model": model.slug,
        "note": [*(n if columns < 3 else []), "accuracy ", accuracy],
        "colors": {
            name: color_cells(getattr(model, f"confusion_{name}"), name, bounds[name])
            for name in MEASURES
        },
        "matrix": [list(row) for row in matrix],
        "cells": label_cells(facts, path, matrix, MEASURES[measure]),
    }


def label_cells(
    facts: Facts, path: str, matrix: Sequence[Sequence[float]], format_name: str
) -> list[dict[str, Any]]:
    """Label every cell of `matrix` that is not zero and has room; the matrix is at `path`."""
    if len(matrix) > MOST_NAMED:
        return []
    return [
        {"row": i, "column": j, **number_label(facts, f"{path}.{i}.{j}", format_name)}
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if value
    ]


def _matrix_table(facts: Facts, models: Sequence[ModelFacts], measure: str) -> FigureTable:
    names = [literal(name) for name in facts.dataset.classes]
    if len(names) <= BESIDE:
        rows = [
            (
                literal(model.name),
                name,
                *(
                    _mark_cell(model, measure, i, j) if count else "0"
                    for j, count in enumerate(model.confusion_counts[i])
                ),
            )
            for model in models
            for i, name in enumerate(names)
        ]
        return FigureTable(head=("Model", "True class", *names), names=2, rows=tuple(rows))
    cells = sorted(
        (-model.confusion_counts[i][j], place, i, j)
        for place, model in enumerate(models)
        for i, j in frequent_confusions(model.confusion_counts)
    )
    rows = [
        (literal(models[place].name), names[i], names[j], _mark_cell(models[place], measure, i, j))
        for _, place, i, j in cells[:MOST_ROWS]
    ]
    head = ("Model", "True class", "Predicted class", "Answers" if measure == "counts" else "Share")
    return FigureTable(head=head, names=3, rows=tuple(rows))


def _mark_cell(model: ModelFacts, measure: str, true: int, predicted: int) -> str:
    path, format_name = _cells_of(model, measure)
    return mark(f"{path}.{true}.{predicted}", format_name)


def _cells_of(model: ModelFacts, measure: str) -> tuple[str, str]:
    """Return the path of a matrix, and the format of its cells outside the drawing."""
    format_name = "integer" if measure == "counts" else "percent"
    return f"models.{model.slug}.confusion_{measure}", format_name


def plan_square(facts: Facts) -> FigureSpec:
    """Plan the square of the four kinds of answers about one class."""
    example = facts.dataset.example
    one = f"an {example}" if example[0] in "aeiou" else f"a {example}"
    kinds = (
        ("TP", "true positive", f"{one} of the class that was found"),
        ("FN", "false negative", f"{one} of the class that was missed"),
        ("FP", "false positive", f"{one} of another class, given this one"),
        ("TN", "true negative", "everything else"),
    )
    return FigureSpec(
        slug="confusion-square",
        kind="confusion-square",
        title="Four kinds of answers about one class",
        caption=f"Each test {example} is one of four kinds as seen from one class: correct answers "
        "are true, wrong ones false; answers that name the class are positive, others negative.",
        alt="A square of four fields. "
        + "; ".join(f"{short}, {name}: {text}" for short, name, text in kinds)
        + ".",
        data={
            "columns": ["predicted as the class", "predicted as another"],
            "rows": ["of the class", "of another"],
            "cells": [
                {"short": short, "name": name, "right": short[0] == "T"} for short, name, _ in kinds
            ],
        },
        table=FigureTable(head=("Kind", "Name", f"The {example}"), names=3, rows=kinds),
        width=122,
    )


def _diagonal_sentence(facts: Facts, compared: str, path: str, format_name: str) -> str:
    if len(facts.dataset.classes) > MOST_NAMED:
        return ""
    values = [
        f"{literal(name)}: {mark(f'{path}.{i}.{i}', format_name)}"
        for i, name in enumerate(facts.dataset.classes)
    ]
    return f"Predicted right{compared}, for each class: {join(values)}."


def _confusions_sentence(model: ModelFacts, measure: str) -> str:
    names = [literal(summary.name) for summary in model.per_class]
    cells = frequent_confusions(model.confusion_counts)[:SHOWN_IN_TEXT]
    if not cells:
        return "None was taken for another class."
    sentences = [
        f"{names[i]} taken for {names[j]} ({_mark_cell(model, measure, i, j)})" for i, j in cells
    ]
    return f"Most frequent confusions: {join(sentences)}."


def frequent_confusions(counts: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return the cells off the diagonal that are not zero, the most frequent first."""
    cells = [
        (i, j) for i, row in enumerate(counts) for j, value in enumerate(row) if i != j and value
    ]
    return sorted(cells, key=lambda cell: (-counts[cell[0]][cell[1]], cell))


def headline_pair(facts: Facts) -> str | None:
    """Return the key of the pair that the gallery is about, or None where there is no pair."""
    return next((key for key in facts.gallery.only if key in facts.pairs), None)


def plan_confusion_difference(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the difference of the headline pair's confusion matrices, where there is a pair."""
    key = headline_pair(facts)
    if key is None or len(facts.dataset.classes) > MOST_DRAWN:
        return
    pair = facts.pairs[key]
    first, second = facts.models[pair.first].name, facts.models[pair.second].name
    runs = [len(facts.models[slug].runs) for slug in (pair.first, pair.second)]
    seeds = min(runs)
    if len(set(runs)) == 1:
        which = "" if seeds == 1 else f", {seeds} seeds together"
    else:
        which = f", in the first {seeds} of its seeds" if seeds > 1 else ", in one seed of either"
    path = f"pairs.{key}.confusion_difference"
    yield FigureSpec(
        slug="confusion-difference",
        kind="confusion-difference",
        title=f"Confusion matrices of {first} and {second}: the difference",
        caption=f"How often {literal(first)} gives each answer, minus how often {literal(second)} "
        f"does{which}. On the diagonal a positive number favours {literal(first)}, "
        f"elsewhere {literal(second)}. {_marked_sentence(facts, key, pair)}",
        alt=describe(
            facts,
            f"Confusion matrix of {literal(first)} minus that of {literal(second)}.",
            _diagonal_sentence(facts, " more or less often", path, "signed_digits"),
            _beyond_chance_sentence(facts, key, pair),
        ),
        data={
            "first": first,
            "second": second,
            "classes": list(facts.dataset.classes),
            # Answers in an average row, to which faint colours are relative (`drawing.heatmaps`).
            "row": sum(facts.test_counts) * seeds / len(facts.test_counts),
            "matrix": [list(row) for row in pair.confusion_difference],
            "labels": label_cells(facts, path, pair.confusion_difference, "signed_digits"),
            "mark": "beyond chance",
            "marked": [[cell.true, cell.predicted] for cell in pair.cells_beyond_chance],
        },
        table=_difference_table(facts, path, pair),
        width=122 if len(facts.dataset.classes) <= BESIDE else 170,
    )


def _difference_table(facts: Facts, path: str, pair: PairFacts) -> FigureTable:
    names = [literal(name) for name in facts.dataset.classes]
    matrix = pair.confusion_difference
    filled = [(i, j) for i, row in enumerate(matrix) for j, n in enumerate(row) if n]
    filled.sort(key=lambda cell: -abs(matrix[cell[0]][cell[1]]))
    rows = [
        (names[i], names[j], mark(f"{path}.{i}.{j}", "signed_digits"))
        for i, j in filled[:MOST_ROWS]
    ]
    head = ("True class", "Predicted class", "Difference")
    return FigureTable(head=head, names=2, rows=tuple(rows))


def _marked_sentence(facts: Facts, key: str, pair: PairFacts) -> str:
    if facts.clusters is not None:
        return "Cells are not tested, as the examples of one group depend on each other."
    if not pair.cells_beyond_chance:
        return "No cell differs by more than chance would explain."
    which = "The framed cell differs"
    if len(pair.cells_beyond_chance) > 1:
        count = mark(f"pairs.{key}.cells_beyond_chance.#", "integer")
        which = f"The {count} framed cells differ"
    return (
        f"{which} by more than chance would explain (exact test on the answers in which the two "
        "models differ, Holm-corrected over all cells)."
    )


def _beyond_chance_sentence(facts: Facts, key: str, pair: PairFacts) -> str:
    names = [literal(name) for name in facts.dataset.classes]
    sentences = [
        f"{names[cell.true]} answered {names[cell.predicted]} "
        f"({mark(f'pairs.{key}.cells_beyond_chance.{i}.first', 'integer')} against "
        f"{mark(f'pairs.{key}.cells_beyond_chance.{i}.second', 'integer')} times)"
        for i, cell in enumerate(pair.cells_beyond_chance)
    ]
    if facts.clusters is not None:
        return ""
    if not sentences:
        return "No cell differs beyond chance."
    return f"Beyond chance: {join(sentences)}."
