"""The metrics that an experiment names: shipped ones, and functions of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reportgen.characters import quote
from reportgen.config.findings import Finding, Values, list_at, value_at
from reportgen.config.vocabulary import Location, suggest
from reportgen.metrics import shipped_metrics
from reportgen.plugins import Plugin, PluginProblem, find_plugin, require_plugin
from reportgen.wording import join


def find_metric_plugins(names: tuple[str, ...], folder: Path) -> dict[str, Plugin]:
    """Return the plug-in of each metric that does not come with reportgen, by its reference.

    Files are looked for in `folder`. Raises PluginFailed: one has been removed or damaged since
    the experiment was checked.
    """
    shipped = shipped_metrics()
    return {
        name: require_plugin(name, "metric", folder, "analysis.metrics")
        for name in names
        if name not in shipped
    }


def check_metrics(values: Values, folder: Path) -> Iterator[Finding]:
    """Yield metrics that are defined nowhere, and names that are given twice."""
    primary = value_at(values, ("analysis", "primary"))
    listed = list_at(values, ("analysis", "metrics"))
    places: dict[Location, object] = {("analysis", "primary"): primary}
    for index, name in enumerate(listed):
        places["analysis", "metrics", index] = name
        if isinstance(name, str) and name in listed[:index]:
            yield Finding(("analysis", "metrics", index), f"{quote(name)} is listed twice")
    for location, name in places.items():
        if isinstance(name, str) and name:
            problem = _find_problem(name, folder)
            if problem:
                yield Finding(location, problem)


def _find_problem(name: str, folder: Path) -> str | None:
    known = sorted(shipped_metrics())
    if name in known:
        return None
    if ":" not in name:
        return (
            f"must be {join(known, 'or')}, or a function of your own such as "
            f"{quote('mine.py:my_metric')}, not {quote(name)}{suggest(name, known)}"
        )
    try:
        find_plugin(name, "metric", folder)
    except PluginProblem as problem:
        return str(problem)
    return None
