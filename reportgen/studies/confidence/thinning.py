"""The points of a curve that it can be drawn from; no SciPy is loaded for figures that are kept."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.prediction_arrays import Floats


def thin(xs: Floats, ys: Floats, tolerance: float) -> list[int]:
    """Return the points, by their places in `xs` and `ys`, `[n]`, that a line needs.

    Joined by straight lines they are nowhere further than `tolerance` from the others, vertically
    (Ramer 1972; Douglas and Peucker 1973). The first and the last are among them.
    """
    kept = {0, len(xs) - 1}
    open_parts = [(0, len(xs) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        inside = slice(first, last + 1)
        away = np.abs(ys[inside] - np.interp(xs[inside], xs[[first, last]], ys[[first, last]]))
        furthest = first + int(away.argmax())
        if away.max() > tolerance:
            kept.add(furthest)
            open_parts += [(first, furthest), (furthest, last)]
    return sorted(kept)
