"""A comparison as one paragraph, and the words for what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from reportgen import formatting
from reportgen.config.plan import PRESENTATION
from reportgen.diff.compare import compare_builds, print_difference
from reportgen.diff.conclusions import VERDICT
from reportgen.diff.records import ConclusionChange, Diff, MetricChange, SettingChange
from reportgen.errors import UsageError
from reportgen.wording import list_some, number_of

RUN_WORDS = {"same": "the same run", "other": "changed", "added": "added", "removed": "gone"}
_OTHER = ("other", "added", "removed")
SHOWN = 4
"""Settings and metrics that a paragraph names; the rest are counted."""


def changes_paragraph(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Return what changed from build `first` to build `second`, in one paragraph of plain text.

    Of a first build whose results are damaged, only that is stated.
    """
    try:
        diff = compare_builds(first, second, ("The last build", "this one"))
    except UsageError as error:
        return f"{error}."
    counts: Counter[str] = Counter(run.status for run in diff.runs)
    runs = [f"{counts[status]} {RUN_WORDS[status]}" for status in _OTHER if counts[status]]
    sources = list(dict.fromkeys(source for run in diff.runs for source in run.sources))
    sentences = [
        _describe_settings(diff),
        f"New: {', '.join(diff.models_added)}." if diff.models_added else "",
        f"No longer there: {', '.join(diff.models_removed)}." if diff.models_removed else "",
        f"Of {number_of(len(diff.runs), 'run')} {', '.join(runs)}." if runs else "",
        f"Source files: {list_some(sources, SHOWN)}." if sources else "",
        _describe_metrics(diff),
        f"Results of studies: {_list_settings(diff.studies)}." if diff.studies else "",
        *(_describe_conclusion(change) for change in diff.conclusions),
    ]
    parts = " ".join(sentence for sentence in sentences if sentence)
    return f"Since the last build: {parts}" if parts else "Nothing changed since the last build."


def _describe_conclusion(change: ConclusionChange) -> str:
    """Return a conclusion that turned; of the verdict, a long sentence, only the new one."""
    new = change.new.strip().rstrip(".")
    if change.subject == VERDICT:
        return f"The verdict turned; now: {new}."
    return f"{change.subject}: {change.old} → {new}."


def _describe_settings(diff: Diff) -> str:
    changes = [*diff.settings, *diff.surroundings]
    if not changes:
        return ""
    only = all(change.path.split(".")[0] in PRESENTATION for change in changes)
    return f"{_list_settings(changes)}{' (presentation only)' if only else ''}."


def _list_settings(changes: Sequence[SettingChange]) -> str:
    more = [f"{len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    return "; ".join([*map(show_setting, changes[:SHOWN]), *more])


def show_setting(change: SettingChange) -> str:
    """Print a setting with its old and its new value: `training.epochs 3 → 10`."""
    if change.old is None:
        return f"{change.path} {change.new} (new)"
    if change.new is None:
        return f"{change.path} {change.old} (gone)"
    return f"{change.path} {change.old} → {change.new}"


def _describe_metrics(diff: Diff) -> str:
    """Return one sentence on what moved; times are left to the table."""
    quality = [change for change in diff.metrics if change.metric != "seconds"]
    moved = [change for change in quality if change.moved in ("up", "down")]
    unknown = [change for change in quality if change.moved == "unknown"]
    within = sum(change.moved == "within" for change in quality)
    parts = []
    if moved:
        named = [f"{show_subject(change)} {show_difference(change)}" for change in moved]
        parts.append(f"Moved by more than the seeds' spread: {list_some(named, SHOWN)}.")
    elif within:
        parts.append("No metric moved by more than the seeds' spread.")
    if unknown:
        named = [f"{show_subject(change)} {show_difference(change)}" for change in unknown]
        parts.append(
            f"With one seed, changed by an unknown part of chance: {list_some(named, SHOWN)}."
        )
    return " ".join(parts)


def show_subject(change: MetricChange) -> str:
    """Name a metric: `CNN accuracy`, `CNN F1 of 3`."""
    of_class = "" if change.class_name is None else f" of {change.class_name}"
    return f"{change.name} {change.title}{of_class}"


def show_value(change: MetricChange, value: float) -> str:
    """Print a value of a metric."""
    return formatting.FORMATS.get(change.format, formatting.score)(value)


def show_difference(change: MetricChange) -> str:
    """Print by how much a metric changed, with its sign and unit."""
    return print_difference(change.difference, change.format)
