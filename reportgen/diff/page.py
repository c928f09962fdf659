"""A comparison as an HTML page of its own, with the confusion-matrix differences drawn."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reportgen import formatting
from reportgen.diff.records import ConfusionChange, Diff
from reportgen.diff.tables import NOTHING, is_empty, sections
from reportgen.figures import FigureSpec
from reportgen.wording import plural

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
"""The page loads nothing and runs no script."""


def render_page(diff: Diff) -> str:
    """Return the comparison as one HTML file that needs no other; loads matplotlib to draw."""
    from reportgen.figures.drawing import draw_svg
    from reportgen.report.templates import make_environment, read_asset, render
    from reportgen.report.view import plain

    specs = [plan_confusion_change(change) for change in diff.confusions]
    styles = [read_asset({}, f"css/{name}.css") for name in ("theme", "diff", "figures")]
    changed = [metric for metric in diff.metrics if metric.moved != "same"]
    return render(
        make_environment({}),
        "diff.html.j2",
        {
            "first": diff.first,
            "second": diff.second,
            "policy": POLICY,
            "styles": Markup("\n".join(styles)),
            "nothing": NOTHING if is_empty(diff) else "",
            "sections": plain(sections(diff, changed)),
            "same": len(diff.metrics) - len(changed),
            "figures": [(plain(spec), Markup(draw_svg(spec))) for spec in specs],
        },
    )


def plan_confusion_change(change: ConfusionChange) -> FigureSpec:
    """Plan the figure of how a model's confusion matrix changed between two builds."""
    seeds = ", ".join(map(str, change.seeds))
    return FigureSpec(
        slug=f"diff-{change.model}",
        kind="confusion-difference",
        title=f"{change.name}: confusion matrix, after minus before",
        caption=f"{change.name}: how often each answer is given after the change, minus how often "
        f"before ({plural(len(change.seeds), 'seed')} {seeds}, summed). On the diagonal a positive "
        "number is a gain, elsewhere a loss. Framed cells moved by more than the seeds are spread.",
        alt=_describe_change(change),
        data={
            "first": "After",
            "second": "Before",
            "classes": list(change.classes),
            "row": change.row,
            "matrix": [list(row) for row in change.matrix],
            "labels": _label_cells(change),
            "mark": "beyond the seeds' spread",
            "marked": [list(cell) for cell in change.moved],
        },
        model=change.model,
    )


def _label_cells(change: ConfusionChange) -> list[dict[str, Any]]:
    return [
        {
            "row": i,
            "column": j,
            "text": formatting.signed_digits(value),
            "path": f"confusions.{change.model}.matrix.{i}.{j}",
            "format": "signed_digits",
        }
        for i, row in enumerate(change.matrix)
        for j, value in enumerate(row)
        if value
    ]


def _describe_change(change: ConfusionChange) -> str:
    parts = [
        f"{name} answered right {formatting.signed_digits(change.matrix[i][i])}"
        for i, name in enumerate(change.classes)
    ]
    return (
        f"Confusion matrix of {change.name}, after minus before: {'; '.join(parts)}. "
        f"Cells that moved by more than the seeds are spread: {len(change.moved)}."
    )
