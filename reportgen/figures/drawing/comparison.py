"""Draw paired differences."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from reportgen.figures.drawing.parts import (
    about,
    page,
    text_width,
    whisker,
)
from reportgen.figures.drawing.rows import finish_rows, lay_rows
from reportgen.figures.drawing.style import BAND, INK, NEUTRAL, PAPER, QUIET
from reportgen.formatting import MINUS

LOOKS: dict[str, dict[str, Any]] = {
    "better": {"marker": "o", "mfc": INK},
    "equivalent": {"marker": "s", "mfc": NEUTRAL},
    "undecided": {"marker": "o", "mfc": PAPER},
}


def draw_differences(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a row for each pair: the difference, its interval, and both as numbers."""
    scale = 100 if data["unit"] else 1
    rows, margin = data["rows"], scale * data["margin"]
    head = data["unit"] or "difference"
    names = [_pair_name(figure, row["first"], row["second"]) for row in rows]
    columns = {head: "value", "from": "low", "to": "high", "p": "p"}
    laid = lay_rows(figure, names, [{h: row[k] for h, k in columns.items()} for row in rows])
    axes = laid.axes
    axes.axvspan(-margin, margin, color=BAND, lw=0)
    axes.axvline(0, color=QUIET, lw=0.8)
    for y, row in zip(laid.places, rows, strict=True):
        value, *interval = (scale * share for share in row["difference"])
        whisker(axes, interval, [y, y], lw=1.1)
        printed = (row[name]["text"] for name in ("value", "low", "high"))
        read = "{} vs {}: {} ({} to {}), p ".format(row["first"], row["second"], *printed)
        p = row["p"]["text"]
        read += p if p.startswith("<") else f"= {p}"
        look = {"color": INK, "mec": INK, "ms": 5, "mew": 0.9, **LOOKS[row["verdict"]]}
        axes.plot(value, y, zorder=3, **look, **about(None, read))
    finish_rows(axes, data["axis"])
    axes.xaxis.set_major_formatter(FuncFormatter(_print_points))


def _pair_name(figure: Figure, first: str, second: str) -> str:
    """Write a pair on one line, or on two where it is long: no sign, which names may hold."""
    name = f"{first} vs {second}"
    return name if text_width(name) < 0.36 * page(figure) else f"{first}\nvs {second}"


def _print_points(value: float, _: object) -> str:
    return "0" if abs(value) < 1e-9 else f"{value:+.4g}".replace("-", MINUS)
