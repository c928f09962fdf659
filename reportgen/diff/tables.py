"""A comparison as tables: for the terminal, as Markdown for a pull request, and for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reportgen import formatting
from reportgen.characters import align, one_line
from reportgen.diff.records import Diff, MetricChange, RunChange, SettingChange
from reportgen.diff.words import RUN_WORDS, show_difference, show_subject, show_value
from reportgen.wording import join, plural

Row = Sequence[str]
NOTHING = "Nothing differs: the same settings, runs, numbers and conclusions."
MOVEMENTS = {
    "same": "the same",
    "up": "moved up",
    "down": "moved down",
    "within": "within the seeds' spread",
    "unknown": "without a spread to judge by (one seed)",
}
_METRIC_HEAD = (
    *("Metric (mean over seeds)", "Before", "After", "Difference", "Range over seeds", "Moved?"),
)


class Section(NamedTuple):
    """A part of a comparison."""

    heading: str
    head: Row
    """Of the table; empty where the rows are a list."""
    rows: Sequence[Row]


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


def sections(diff: Diff, metrics: Iterable[MetricChange]) -> list[Section]:
    """Return the sections that are not empty, with these metrics; conclusions come last."""
    models = [f"added: {name}" for name in diff.models_added]
    models += [f"removed: {name}" for name in diff.models_removed]
    turned = [(change.subject, change.old, change.new) for change in diff.conclusions]
    every = (
        _setting_section("Settings that changed", "Setting", diff.settings),
        _setting_section("What the builds rest on", "What", diff.surroundings),
        Section("Models that one build has", (), [(line,) for line in models]),
        Section("Runs", (), [(line,) for line in run_lines(diff.runs)]),
        Section(
            f"Numbers. {_count_class_metrics(diff)}".rstrip(),
            _METRIC_HEAD,
            [_metric_row(change) for change in metrics],
        ),
        _setting_section("Results of studies", "Result", diff.studies),
        Section("Conclusions that turned", _CONCLUSION_HEAD, turned),
    )
    return [section for section in every if section.rows]


_CONCLUSION_HEAD = ("Conclusion", "Before", "After")


def _setting_section(heading: str, subject: str, changes: Sequence[SettingChange]) -> Section:
    rows = [(change.path, change.old or "—", change.new or "—") for change in changes]
    return Section(heading, (subject, "Before", "After"), rows)


def print_text(diff: Diff) -> str:
    """Return the comparison for a terminal."""
    parts = [one_line(f"{diff.first} → {diff.second}")]
    if is_empty(diff):
        return "\n\n".join([*parts, NOTHING])
    for heading, head, rows in sections(diff, shown_metrics(diff)):
        shown = [[one_line(cell) for cell in row] for row in rows]
        if head is _CONCLUSION_HEAD:
            # Sentences can be read below each other, and not beside each other.
            lines = [
                line
                for subject, old, new in shown
                for line in (subject, f"  before: {old}", f"  after:  {new}")
            ]
        else:
            lines = align([head, *shown]) if head else [row[0] for row in shown]
        parts.append("\n".join([heading, *(f"  {line}" for line in lines)]))
    return "\n\n".join(parts)


def print_markdown(diff: Diff) -> str:
    """Return the comparison as GitHub's Markdown."""
    parts = [f"## {_escape(diff.first)} → {_escape(diff.second)}"]
    if is_empty(diff):
        return "\n\n".join([*parts, NOTHING]) + "\n"
    for heading, head, rows in sections(diff, shown_metrics(diff)):
        parts += [f"### {heading}", "\n".join(_markdown_rows(head, rows))]
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


def _show_spread(change: MetricChange) -> str:
    """Print the spread over seeds that a difference is held against."""
    if change.spread is None:
        return "—"
    if change.format == "percent":
        return f"{formatting.size_in_points(change.spread)} points"
    return show_value(change, change.spread)


def shown_metrics(diff: Diff) -> list[MetricChange]:
    """Return the metrics of a short table: the changed ones, and of classes those that moved."""
    return [
        change
        for change in diff.metrics
        if change.moved in ("up", "down") or (change.class_name is None and change.moved != "same")
    ]


def _metric_row(change: MetricChange) -> list[str]:
    """Return a metric as a row of a table."""
    return [
        show_subject(change),
        show_value(change, change.old.mean),
        show_value(change, change.new.mean),
        show_difference(change),
        _show_spread(change),
        MOVEMENTS[change.moved],
    ]


def _count_class_metrics(diff: Diff) -> str:
    """Return how many scores of single classes moved, of which a short table lists few."""
    counts = Counter(MOVEMENTS[each.moved] for each in diff.metrics if each.class_name is not None)
    listed = join(f"{count} {movement}" for movement, count in counts.items())
    return f"Class F1 scores: {listed}." if listed else ""


def run_lines(runs: Sequence[RunChange]) -> list[str]:
    """Return for each model which seeds are the same and which are not, and what code changed."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for run in runs:
        groups.setdefault((run.model, run.status, run.sources), []).append(run.seed)
    return [
        f"{model}: {plural(len(seeds), 'seed')} {', '.join(map(str, seeds))} {RUN_WORDS[status]}"
        + (f" ({', '.join(sources)})" if sources else "")
        for (model, status, sources), seeds in groups.items()
    ]
