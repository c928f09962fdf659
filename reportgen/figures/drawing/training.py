"""Draw learning curves, and accuracy on the training set beside the test set."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from reportgen.figures.drawing.parts import (
    count_ticks,
    grid_along,
    interval_heading,
    legend_above,
    legend_rows,
    line_handle,
    model_point,
    print_interval,
    set_height,
    share_ticks,
    whisker,
)
from reportgen.figures.drawing.style import PAPER, QUIET, color_of, marker_of


def draw_learning_curves(figure: Figure, data: dict[str, Any]) -> None:
    """Draw loss on the left and accuracy on the right, a line for each model."""
    series = data["series"]
    handles = [line_handle(entry["model"]) for entry in series]
    validated = any(entry["validation_loss"] for entry in series)
    if validated:
        handles.append(Line2D([], [], color=QUIET, ls=(0, (3, 1.5)), label="validation"))
    set_height(figure, 166 + 13 * legend_rows(figure, handles))
    loss, accuracy = figure.subplots(1, 2)
    for entry in series:
        for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
            _draw_curve(axes, entry["model"], entry[name], dashed=False)
            if entry[f"validation_{name}"]:
                _draw_curve(axes, entry["model"], entry[f"validation_{name}"], dashed=True)
    _finish_loss(loss, data["loss_scale"])
    accuracy.set(ylabel="Accuracy")
    share_ticks(accuracy.yaxis)
    for axes in (loss, accuracy):
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    legend_above(figure, handles)


def _finish_loss(axes: Axes, scale: str) -> None:
    if scale == "log":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=9))
        count_ticks(axes.yaxis)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylabel("Loss (logarithmic)")
    else:
        axes.set_ylabel("Loss")
        axes.set_ylim(bottom=0)


def _draw_curve(axes: Axes, model: dict[str, Any], curve: dict[str, Any], dashed: bool) -> None:
    epochs = list(range(1, len(curve["mean"]) + 1))
    color = color_of(model)
    axes.fill_between(epochs, curve["minimum"], curve["maximum"], color=color, alpha=0.18, lw=0)
    axes.plot(
        epochs,
        curve["mean"],
        color=color,
        ls=(0, (3, 1.5)) if dashed else "-",
        marker=marker_of(model),
        mfc=PAPER if dashed else color,
        mec=color if dashed else PAPER,
        mew=0.4,
        ms=4,
        markevery=max(1, len(epochs) // 10),
    )


def draw_overfitting(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a row for each model: accuracy on the training set, on the test set, and the gap."""
    rows = data["rows"]
    set_height(figure, 45 + 18 * len(rows))
    axes = figure.subplots()
    for y, row in enumerate(rows):
        color = color_of(row["model"])
        (train, *train_range), (test, *test_range) = row["train"], row["test"]
        whisker(axes, [train, test], [y, y], lw=2.2, color=color, alpha=0.3)
        for span in (train_range, test_range):
            whisker(axes, span, [y, y], color=color)
        model_point(axes, train, y, row["model"], mfc=PAPER, mec=color, mew=1)
        model_point(axes, test, y, row["model"])
        print_interval(axes, y, row["gap"], row["low"], row["high"])
    axes.set_yticks(range(len(rows)), [row["model"]["name"] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params("y", length=0)
    axes.set_xlabel("Accuracy (hollow: training set, filled: test set)")
    share_ticks(axes.xaxis)
    axes.locator_params(axis="x", nbins=6)
    grid_along(axes, "x")
    interval_heading(axes, "gap")
