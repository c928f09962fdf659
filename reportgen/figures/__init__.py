"""Drawing: facts become figure specs, specs become SVG.

`plan_figures` and `figure_key` load no matplotlib; `reportgen.figures.drawing.draw_svg` does.
`bars`, `dots`, `lines` and `heatmap` make figures of data alone, for studies.
"""

from reportgen.figures.generic import bars, dots, heatmap, lines
from reportgen.figures.plan import plan_figures
from reportgen.figures.spec import FigureSpec, figure_key

__all__ = ["FigureSpec", "bars", "dots", "figure_key", "heatmap", "lines", "plan_figures"]
