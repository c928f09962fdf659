"""Draw learning curves, and accuracy on the training set beside the test set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    count_ticks,
    draw_key,
    height_of,
    key_height,
    log_ticks,
    model_point,
    reading,
    round_ticks,
    share_ticks,
    shifted,
    text_width,
    ticks_at,
    whisker,
    width_of,
)
from reportgen.figures.drawing.rows import finish_rows, lay_rows
from reportgen.figures.drawing.style import PAPER, QUIET, SMALL, color_of, marker_of

HEIGHT, LINE = 112.0, 9.5
"""Points: of a panel, and from one label to the next."""
Dashes = tuple[int, tuple[float, float]]
"""Offset, and the points of a dash and of a gap."""
DASHES: Dashes = (0, (3, 1.5))
DOTS: Dashes = (0, (1, 1.2))
CURVES: tuple[tuple[str, Dashes | None, str], ...] = (
    ("", None, ""),
    ("validation_", DASHES, "validation"),
    ("clean_", DOTS, "dropout off"),
)
"""Of each quantity: how its curves are called, how they are drawn, and how a label names those that
its model's name alone does not."""


def draw_learning_curves(page: Page, data: dict[str, Any]) -> None:
    """Draw loss and accuracy, a line for each model, named at its end where the names fit."""
    models = [entry["model"] for entry in data["series"]]
    ends = {name: _ends(data["series"], name) for name in ("loss", "accuracy")}
    columns = page.panels_beside(2)
    names = min(room_for_names(each, page.width / columns) for each in ends.values())
    above = 14.0 if names else 14.0 + key_height(page, models)
    page.set_height(above + (2 // columns) * (HEIGHT + 46) - 14)
    if names:
        page.columns = columns
    else:
        draw_key(page, models)
    width = page.width / columns
    for number, name in enumerate(("loss", "accuracy")):
        left = number % columns * width + 40
        top = above + number // columns * (HEIGHT + 46)
        axes = page.panel(left, top, width - 46 - (names or 6), HEIGHT)
        for entry in data["series"]:
            ticks = "share" if name == "accuracy" else "score"
            for kind, line, words in CURVES:
                if curve := entry.get(f"{kind}{name}"):
                    read = f"{words}, epoch {{}}: " if words else "epoch {}: "
                    draw_curve(axes, entry["model"], curve, (read, ticks), line)
        _finish_curves(axes, name, data)
        if names:
            name_ends(axes, ends[name])


End = tuple[float, float, dict[str, Any], str]
"""Where a curve ends, its model, and what is written there."""


def room_for_names(ends: Sequence[End], width: float) -> float:
    """Return the points that names at the ends of curves take; 0 where they need a key instead.

    `width` is that of the panel and the names together, in points.
    """
    room = max(text_width(name) for *_, name in ends) + 12
    return room if len(ends) * LINE <= HEIGHT and room <= 0.34 * width else 0.0


def _ends(series: Sequence[dict[str, Any]], name: str) -> list[End]:
    """Return the ends to label: of several models no broken line, which could be any model's."""
    return [
        (len(curve["mean"]), curve["mean"][-1], entry["model"], words or entry["model"]["name"])
        for entry in series
        for kind, _, words in (CURVES if len(series) == 1 else CURVES[:1])
        if (curve := entry.get(f"{kind}{name}"))
    ]


def draw_curve(
    axes: Axes,
    model: dict[str, Any],
    curve: dict[str, Any],
    words: tuple[str, str],
    line: Dashes | None = None,
) -> None:
    """Draw a mean with the band of its seeds over 1, 2, …, the number of its values.

    `words` are what a reading begins with, `{}` being the place of a value, and the ticks of its
    axis. A dotted line has no markers.
    """
    epochs = list(range(1, len(curve["mean"]) + 1))
    step = max(1, len(epochs) // 10)
    spans = list(zip(curve["mean"], curve["minimum"], curve["maximum"], strict=True))
    read = [
        words[0].format(epoch) + reading(spans[epoch - 1], words[1])
        for epoch in (epochs if line == DOTS else epochs[::step])
    ]
    color = color_of(model)
    hollow = line == DASHES or model.get("hollow")
    band: dict[str, Any] = {"alpha": 0.18, "lw": 0, **about(model)}
    axes.fill_between(epochs, curve["minimum"], curve["maximum"], color=color, **band)
    axes.plot(
        epochs,
        curve["mean"],
        color=color,
        ls=line or "-",
        marker="" if line == DOTS else marker_of(model),
        mfc=PAPER if hollow else color,
        mec=color if hollow else PAPER,
        mew=0.9 if hollow else 0.4,
        ms=4,
        markevery=step,
        zorder=3,
        **about(model, *read),
    )


def _finish_curves(axes: Axes, name: str, data: dict[str, Any]) -> None:
    """Scale the axes: those of one quantity are alike in all figures of a report."""
    low, high = data[f"{name}_limits"]
    pad = 0.03 * (high - low) or 0.01
    if name == "accuracy":
        axes.set(ylim=(low - pad, min(high + pad, 1.0 + pad)), ylabel="Accuracy")
        round_ticks(axes.yaxis, 6)
        share_ticks(axes.yaxis)
    elif data["loss_scale"] == "log":
        axes.set_yscale("log")
        axes.set(ylim=(low / 1.15, high * 1.15), ylabel="Loss (logarithmic)")
        ticks_at(axes.yaxis, log_ticks(low / 1.15, high * 1.15, (1, 2, 5), 9))
        count_ticks(axes.yaxis)
    else:
        axes.set(ylim=(0, high + pad), ylabel="Loss")
        round_ticks(axes.yaxis, 6)
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))


def name_ends(axes: Axes, curves: Sequence[End]) -> None:
    """Write what each curve is beside its end, one below the other; the axes do not move."""
    right, height = width_of(axes), height_of(axes)
    ends = []
    for *end, model, name in curves:
        x, y = axes.transAxes.inverted().transform(axes.transData.transform(end))
        ends.append((height * y, x, model, name))
    ends.sort(key=lambda end: end[0])
    places = spread([end[0] for end in ends], LINE, height)
    for (y, x, model, name), place in zip(ends, places, strict=True):
        at = shifted(axes.transAxes, axes, right + 8, place)
        axes.text(0, 0, name, transform=at, size=SMALL, va="center_baseline")
        style: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False, **about(model)}
        line = [x, 1 + 6 / right], [y / height, place / height]
        axes.plot(*line, color=color_of(model), lw=0.6, **style)


def spread(places: Sequence[float], step: float, height: float) -> list[float]:
    """Return sorted places moved as far apart as `step`, within 0 and `height` where they fit."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + step) if moved else max(0.0, place))
    top = height
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], top)
        top = moved[index] - step
    return moved


def draw_overfitting(page: Page, data: dict[str, Any]) -> None:
    """Draw a row for each model: a tick for the training set, a marker for the test set."""
    rows = data["rows"]
    columns = {"gap": "gap", "from": "low", "to": "high"}
    names = [row["model"]["name"] for row in rows]
    numbers = [{h: row[k] for h, k in columns.items()} for row in rows]
    axes, places = lay_rows(page, names, numbers)
    for y, row in zip(places, rows, strict=True):
        color = color_of(row["model"])
        (train, *train_range), (test, *test_range) = row["train"], row["test"]
        look: dict[str, Any] = {"color": color, **about(row["model"])}
        # No spread: it joins two marks, so it looks unlike a whisker.
        whisker(axes, [train, test], [y, y], lw=0.8, color=QUIET, ls=DOTS)
        for span in (train_range, test_range):
            whisker(axes, span, [y, y], lw=2.2, **look)
        axes.plot([train], [y], marker="|", ms=9, mew=1.8, ls="", zorder=3, **look)
        read = f"test set {reading(row['test'], 'share')}, training set "
        read += reading(row["train"], "share")
        model_point(axes, test, y, row["model"], read)
    finish_rows(axes, "Accuracy (tick: training set, marker: test set)")
    share_ticks(axes.xaxis)
