"""How figures look: sizes, colours, markers. Nothing here is set globally.

Architectures differ by hue, the models of one architecture by shade and marker; models with dropout
have hollow markers. The hues are those of Okabe and Ito (2008), "Color Universal Design", which
stay apart in all common forms of colour blindness; each comes in shades that stay apart in grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontEntry, fontManager

from reportgen.errors import ReportgenError

MILLIMETRE = 72 / 25.4
"""Points."""
FONT = "Report Sans"
"""What style sheets of a report call Source Sans."""
FAMILIES = (FONT, "DejaVu Sans")
"""The second has the characters that the first lacks."""
_FACES = "font_source_sans_pro"
SMALL, NORMAL = 8.0, 8.5
"""Points at print size: no text of a figure is smaller than `SMALL`."""

INK, QUIET, GRID, PAPER = "#222222", "#666666", "#DDDDDD", "#FFFFFF"

HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B6B6B")
BAND = "#E9EEF3"
NEUTRAL = "#6F8299"
"""Of what belongs to no model."""
BLUES = ("#DEEBF7", "#C6DBEF", "#9ECAE1", "#6BAED6", "#4292C6", "#2171B5", "#08519C", "#08306B")
ORANGES = ("#FEE6CE", "#FDD0A2", "#FDAE6B", "#FD8D3C", "#F16913", "#D94801", "#A63603", "#7F2704")
"""Eight steps of shares, those of ColorBrewer (Brewer, 2003)."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">", "*")

STYLE: dict[str, Any] = {
    "font.family": list(FAMILIES),
    "font.size": NORMAL,
    "axes.titlesize": NORMAL,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": NORMAL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.4,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.visible": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "figure.constrained_layout.h_pad": 0.04,
    "figure.constrained_layout.w_pad": 0.04,
    "svg.fonttype": "none",
    # A model may be called "$5 & $6"; nothing that a user writes is mathematics.
    "text.parse_math": False,
}


def mix(color: str, other: str, share: float) -> str:
    """Return `color` with `share` of `other` mixed in, in sRGB."""
    pairs = zip(to_rgb(color), to_rgb(other), strict=True)
    red, green, blue = ((1 - share) * a + share * b for a, b in pairs)
    return to_hex((red, green, blue))


SHADES: tuple[tuple[str, ...], ...] = tuple(
    (
        mix(hue, "#000000", 0.32),
        mix(hue, "#000000", 0.16),
        mix(hue, PAPER, 0),
        mix(hue, PAPER, 0.18),
        mix(hue, PAPER, 0.35),
    )
    for hue in HUES
)
"""Each hue from dark to light."""


@cache
def register_font() -> None:
    """Make Source Sans known to matplotlib, which measures text with it.

    The name is the report's own, so that a face of the same name on the machine changes nothing.
    Raises ReportgenError where its package is missing.
    """
    package = find_spec(_FACES)
    if package is None or package.origin is None:
        name = _FACES.replace("_", "-")
        raise ReportgenError(f"{name}, the face of figures, is not installed: pip install {name}")
    for file, weight in (("Regular", 400), ("Semibold", 700)):
        path = Path(package.origin).parent / "files" / f"SourceSansPro-{file}.ttf"
        fontManager.ttflist.append(FontEntry(str(path), 0, FONT, weight=weight, size="scalable"))


@contextmanager
def figure_style(slug: str) -> Iterator[None]:
    """Draw in the report's style, whatever the user's own matplotlib settings are."""
    register_font()
    with mpl.rc_context():
        defaults = mpl.rcParamsDefault
        # Setting a backend would load it, and an SVG needs none.
        settings: dict[Any, Any] = {n: defaults[n] for n in defaults if "backend" not in n}
        mpl.rcParams.update(settings | STYLE | {"svg.hashsalt": slug})
        yield


def color_of(model: Mapping[str, Any]) -> str:
    """Return the colour of a model, given its identity (`plan.words.identify`)."""
    shades: tuple[str, ...] = SHADES[model["hue"] % len(HUES)]
    if model["variants"] == 1:
        return shades[len(shades) // 2]
    # From dark to light: two variants differ in grey as much as two architectures in colour.
    place: int = round(model["variant"] / (model["variants"] - 1) * (len(shades) - 1))
    return shades[place]


def marker_of(model: Mapping[str, Any]) -> str:
    """Return the marker of a model; two hues have different ones, as they may be alike in grey."""
    hue = model["hue"]
    return MARKERS[(model["variant"] + 2 * hue + 2 * hue // len(MARKERS)) % len(MARKERS)]


def text_color_on(background: str) -> str:
    """Return black or white, whichever has more contrast on `background`: 4.58 at the least."""
    return max(("#000000", PAPER), key=lambda color: contrast(color, background))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2): from 1 to 21."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
