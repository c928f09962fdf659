"""Drawing: a figure spec becomes an SVG; loads matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import StringIO
from threading import Lock
from typing import Any

from reportgen.figures.drawing.dataset import draw_gallery, draw_maps, draw_named, draw_samples
from reportgen.figures.drawing.dots import draw_dot_panels, draw_dots
from reportgen.figures.drawing.generic import draw_bars, draw_heatmap, draw_lines, draw_rows
from reportgen.figures.drawing.heatmaps import (
    draw_confusion_difference,
    draw_confusion_matrices,
    draw_square,
)
from reportgen.figures.drawing.names import shorten_names
from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.reliability import (
    draw_precision_recall,
    draw_reliability,
    draw_risk_coverage,
)
from reportgen.figures.drawing.rows import draw_differences
from reportgen.figures.drawing.scores import draw_class_bars, draw_published
from reportgen.figures.drawing.style import FAMILIES, MILLIMETRE, figure_style
from reportgen.figures.drawing.svg import clean_svg
from reportgen.figures.drawing.sweep import draw_sweep
from reportgen.figures.drawing.training import draw_learning_curves, draw_overfitting
from reportgen.figures.spec import FigureSpec

DRAWERS: dict[str, Callable[[Page, dict[str, Any]], None]] = {
    "misclassified": draw_dots,
    "primary-metric": draw_dots,
    "samples": draw_samples,
    "images": draw_samples,
    "named-images": draw_named,
    "maps": draw_maps,
    "class-balance": draw_dot_panels,
    "learning-curves": draw_learning_curves,
    "confusion-matrix": draw_confusion_matrices,
    "class-f1": draw_dots,
    "class-f1-bars": draw_class_bars,
    "overfitting": draw_overfitting,
    "accuracy-cost": draw_dot_panels,
    "paired-differences": draw_differences,
    "confusion-difference": draw_confusion_difference,
    "reliability": draw_reliability,
    "risk-coverage": draw_risk_coverage,
    "precision-recall": draw_precision_recall,
    "confusion-square": draw_square,
    "gallery": draw_gallery,
    "published": draw_published,
    "bars": draw_bars,
    "dots": draw_rows,
    "lines": draw_lines,
    "heatmap": draw_heatmap,
    "sweep": draw_sweep,
}
"""Kind of a figure → what draws its data onto an empty page, and sets its height."""
IN_COLUMNS = frozenset(("samples", "images", "maps", "learning-curves", "published", "sweep"))
"""Kinds of figures that may be drawn in columns (`Page.columns`)."""

_FAMILIES = ", ".join((*FAMILIES, "Source Sans Pro", "'Source Sans 3'", "sans-serif"))
"""As an SVG names its faces: a report brings the first two, a machine may have the others. Without
quotation marks around the one with a number, browsers ignore the whole list."""
_ONE_AT_A_TIME = Lock()
"""Settings of matplotlib are those of the process: another thread would draw with half of ours."""
LABEL = 0.4
"""Share of the width that a name may take."""


PHONE = 94
"""Millimetres: drawn so wide, labels of 8 points have their size on a screen of 360 pixels."""


def draw_screen(spec: FigureSpec, printed: str = "") -> str:
    """Return the SVG of a figure for screens, drawn so that its labels are legible on a phone.

    A drawing in columns has its width in print, since a phone shows them below each other;
    `printed` is the one in print, if there is one already.
    """
    if spec.kind in IN_COLUMNS:
        printed = printed or draw_svg(spec)
        if " data-columns=" in printed.partition(">")[0]:
            return printed
    return draw_svg(spec, PHONE)


def draw_svg(spec: FigureSpec, width: int | None = None) -> str:
    """Return the SVG of a figure, to be put into an HTML page.

    `width` in millimetres replaces that of the spec. The same spec gives the same bytes.
    """
    with _ONE_AT_A_TIME, figure_style(spec.slug), warnings.catch_warnings():
        # A class or a model may be named in a script that no face here has. The text is drawn by
        # the browser, which finds a font; only its measured width is then a guess.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        page = Page((width or spec.width) * MILLIMETRE)
        DRAWERS[spec.kind](page, shorten_names(spec.data, LABEL * page.width))
        text = StringIO()
        # `savefig` would draw everything twice, to measure what is measured already.
        page.canvas.print_svg(text, metadata={"Date": None, "Creator": None})
    return clean_svg(text.getvalue(), spec.slug, spec.title, spec.alt, _FAMILIES, page.columns)
