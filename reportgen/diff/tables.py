"""A comparison as tables: for the terminal, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.characters import one_line
from reportgen.diff.records import Diff, SettingChange
from reportgen.diff.words import (
    METRIC_HEAD,
    count_class_metrics,
    metric_row,
    run_lines,
    shown_metrics,
)

Row = Sequence[str]
NOTHING = "Nothing differs: the same settings, runs, numbers and conclusions."


def is_empty(diff: Diff) -> bool:
    """Return whether two builds are alike in all that is compared."""
    return not (
        diff.settings
        or diff.surroundings
        or diff.studies
        or diff.conclusions
        or shown_metrics(diff)
        or any(run.status != "same" for run in diff.runs)
    )


def print_text(diff: Diff) -> str:
    """Return the comparison for a terminal."""
    parts = [one_line(f"{diff.first} → {diff.second}")]
    if is_empty(diff):
        return "\n\n".join([*parts, NOTHING])
    for heading, head, rows in _sections(diff):
        shown = [[one_line(cell) for cell in row] for row in rows]
        lines = _align([head, *shown]) if head else [row[0] for row in shown]
        parts.append("\n".join([heading, *(f"  {line}" for line in lines)]))
    # Conclusions are sentences: below each other they can be read, beside each other they cannot.
    parts += [
        f"{one_line(t.subject)}\n  before: {one_line(t.old)}\n  after:  {one_line(t.new)}"
        for t in diff.conclusions
    ]
    return "\n\n".join(parts)


def _sections(diff: Diff) -> list[tuple[str, Row, list[Row]]]:
    """Return the sections that are not empty: heading, head of the table, rows."""
    metrics: list[Row] = [metric_row(change) for change in shown_metrics(diff)]
    changes = ("", "Before", "After")
    sections: list[tuple[str, Row, list[Row]]] = [
        ("Settings that changed", changes, _setting_rows(diff.settings)),
        ("What the builds rest on", changes, _setting_rows(diff.surroundings)),
        ("Models that one build has", (), _model_rows(diff)),
        ("Runs", (), [(line,) for line in run_lines(diff.runs)]),
        (f"Numbers. {count_class_metrics(diff)}".rstrip(), METRIC_HEAD, metrics),
        ("Results of studies", changes, _setting_rows(diff.studies)),
    ]
    return [section for section in sections if section[2]]


def _setting_rows(changes: Sequence[SettingChange]) -> list[Row]:
    return [(change.path, change.old or "—", change.new or "—") for change in changes]


def _model_rows(diff: Diff) -> list[Row]:
    return [
        *((f"added: {name}",) for name in diff.models_added),
        *((f"removed: {name}",) for name in diff.models_removed),
    ]


def _align(rows: Sequence[Row]) -> list[str]:
    """Align the columns of a table with spaces."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def print_markdown(diff: Diff) -> str:
    """Return the comparison as GitHub's Markdown."""
    parts = [f"## {_escape(diff.first)} → {_escape(diff.second)}"]
    if is_empty(diff):
        return "\n\n".join([*parts, NOTHING]) + "\n"
    for heading, head, rows in _sections(diff):
        parts.append(f"### {heading}")
        parts.append("\n".join(_markdown_rows(head, rows)))
    if diff.conclusions:
        turned: list[Row] = [(turn.subject, turn.old, turn.new) for turn in diff.conclusions]
        lines = _markdown_rows(("Conclusion", "Before", "After"), turned)
        parts += ["### Conclusions that turned", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _markdown_rows(head: Row, rows: Sequence[Row]) -> list[str]:
    if not head:
        return [f"- {_escape(row[0])}" for row in rows]
    lines = [head, ["---"] * len(head), *([_escape(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _escape(text: str) -> str:
    """Escape what Markdown would read as markup, and what would end a cell."""
    for character in "\\`*_[]<>|#~":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
