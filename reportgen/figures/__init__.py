"""Drawing: facts become figure specs, specs become SVG.

`plan_figures` and `figure_key` load no matplotlib; `reportgen.figures.drawing.draw_svg` does.
"""

from reportgen.figures.plan import plan_figures
from reportgen.figures.spec import FigureSpec, figure_key

__all__ = ["FigureSpec", "figure_key", "plan_figures"]
