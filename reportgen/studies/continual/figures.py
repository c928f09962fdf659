"""Figures of continual learning: accuracy on each task after each task, of each model."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.generic import heatmap
from reportgen.figures.spec import FigureTable
from reportgen.studies.continual.claims import path_of
from reportgen.studies.continual.records import TITLES, ContinualFacts


def continual_figures(facts: Facts, found: ContinualFacts) -> Iterator[FigureSpec]:
    """Yield for each model the accuracy matrices of all methods, one below the other."""
    columns = [f"Task\xa0{place}: {', '.join(task)}" for place, task in enumerate(found.tasks, 1)]
    for slug, scenarios in found.models.items():
        names, values, rows = [], [], []
        for method, each in scenarios["class"].items():
            first = len(found.tasks) - len(each.matrix)
            for place, accuracies in enumerate(each.matrix):
                after = f"after task {first + place + 1}"
                names.append(TITLES[method] if method == "joint" else f"{TITLES[method]}, {after}")
                values.append([100 * value for value in accuracies])
                path = f"{path_of(slug, 'class', method)}.matrix.{place}"
                marks = (mark(f"{path}.{task}", "percent") for task in range(len(accuracies)))
                rows.append((names[-1], *marks))
        model = literal(facts.models[slug].name)
        yield heatmap(
            f"continual-{slug}",
            f"Accuracy of {facts.models[slug].name} on each task after each task",
            names,
            columns,
            values,
            "Accuracy, %",
            caption=f"Accuracy of {model} on the test {facts.dataset.example}s of each task, "
            "choosing among all classes; mean over seeds.",
            table=FigureTable(head=("Method", *map(literal, columns)), rows=tuple(rows)),
        )
