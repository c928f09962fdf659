"""numbers.tex: every number of a report as a macro, so that a paper quotes and never retypes."""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import COUNT, read_number, resolve, walk_numbers
from reportgen.errors import ReportgenError
from reportgen.export.inline import number_macro
from reportgen.export.latex import escape
from reportgen.formatting import FORMATS

_SHARE = ("percent", "percent_short", "points", "size_in_points", "score", "score_short")
_DETAIL = ("percent", "score")
_COUNT = ("integer", "plain")
_OTHER = ("plain", "ratio")
_DETAILED = frozenset(("runs", "values", "confusion_shares", "bins", "curves", "train_f1"))
"""Names of parts that hold many numbers, of which few are quoted: they get two formats."""
_UNITS = {"seconds": "seconds", "bytes": "megabytes"}
"""Last part of a name → the format in its unit."""

LARGEST = 4_500_000
"""Characters in the names of all macros: pdfLaTeX holds 5.8 million, those of packages included."""
_BULKY = ("shown", "confusion_difference", "confusion_counts", "confusion_shares",
          "class_f1_differences", "per_class", "runs")  # fmt: skip
"""Parts with numbers for each pixel, class, pair of classes or run: larger reports lack them."""


def write_numbers(facts: Facts, printed: Iterable[tuple[str, str]]) -> str:
    """Return numbers.tex: all numbers of the facts, in the formats that suit them.

    `printed` are paths, as macros hold them, and formats that the report's own text uses. Where
    the names of all are longer than `LARGEST`, those of `_BULKY` parts that the text does not use
    are left out.
    """
    values = dict(walk_numbers(facts.model_dump()))
    formats = {path: dict.fromkeys(_formats(path, value)) for path, value in values.items()}
    left_out = []
    for part in _BULKY:
        if sum(len(path + name) for path, names in formats.items() for name in names) <= LARGEST:
            break
        rest = {path: names for path, names in formats.items() if part not in path.split(".")}
        if len(rest) < len(formats):
            left_out.append(part)
        formats = rest
    for quoted, format_name in printed:
        path = _restore(quoted, facts)
        values[path] = read_number(path, format_name, facts).value
        formats.setdefault(path, {})[format_name] = None
    lines = [
        "% Every number of the report: \\rgnum{PATH}{FORMAT} prints it. Written by reportgen; "
        "do not edit.\n",
        *(
            f"% Too many for TeX, so left out where the text uses none: {part}\n"
            for part in left_out
        ),
    ]
    for path, names in formats.items():
        for name in names:
            text = escape(FORMATS[name](values[path]))
            lines.append(f"{number_macro(path, name).replace('rgnum', 'rgnumber')}{{{text}}}\n")
    return "".join(lines)


def _restore(quoted: str, facts: Facts) -> str:
    """Return the path that a macro quotes: `count` means `#` where nothing has that name."""
    if not quoted.endswith(".count"):
        return quoted
    counted = quoted.removesuffix("count") + COUNT
    try:
        resolve(quoted, facts)
    except ReportgenError:
        return counted
    return quoted


def _formats(path: str, value: float) -> tuple[str, ...]:
    if isinstance(value, int) or path.endswith(COUNT):
        return _COUNT
    steps = path.split(".")
    for unit, name in _UNITS.items():
        if any(step.endswith(unit) or step.startswith(unit) for step in steps):
            return (name, "plain")
    if any(step.startswith("p_") for step in steps):
        return ("p_value", "plain")
    if abs(value) > 1:
        return _OTHER
    return _DETAIL if _DETAILED & set(steps) else _SHARE
