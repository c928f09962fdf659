"""A report as an object: its numbers, its tables, and the documents rendered from its evidence."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.api.arguments import as_path, as_text

if TYPE_CHECKING:
    import pandas

    from reportgen.analysis.facts import Facts
    from reportgen.report.carried import Carried
    from reportgen.report.view import View


class Report:
    """One comparison: what was measured, what follows from it, and how it is printed.

    It is made by `reportgen.compare`, `reportgen.build` and `reportgen.load_report`. Numbers are
    computed, and documents rendered, from the evidence alone, when they are first asked for.
    """

    def __init__(self, carried: Carried, folder: Path | None = None) -> None:
        self._carried = carried
        self.folder = folder
        """The folder of the build; None where nothing was written."""

    @property
    def title(self) -> str:
        """Title of the report."""
        return str(self._carried.evidence.header.experiment["title"])

    @cached_property
    def facts(self) -> Facts:
        """Every number of the report, in one tree of frozen records."""
        from reportgen.report.carried import facts_of

        return facts_of(self._carried.evidence)

    @property
    def verdict(self) -> str:
        """The one sentence of the report, with its numbers."""
        from reportgen.analysis.numbers import plain_claim

        return plain_claim(self.facts.claims["verdict"].text, self.facts)

    @property
    def results(self) -> dict[str, Any]:
        """The content of results.json."""
        from reportgen.report.exports import results_document

        return results_document(self._carried.evidence, self.facts, ())

    def table(self, name: str = "accuracy") -> pandas.DataFrame:
        """Return a table of the report as a data frame, full precision, shares in [0, 1].

        `name` is `accuracy`, `classes`, `confusion`, `metrics`, `pairs` or `runs`. Raises
        UsageError for another one.
        """
        from reportgen.export.frames import make_table

        return make_table(self.facts, as_text("name", name) or "")

    def to_html(self, path: str | Path) -> Path:
        """Write the HTML report to a file, and return its path."""
        from reportgen.report.html import render_html
        from reportgen.results.files import write_file

        target = as_path("path", path)
        write_file(target, render_html(self._view(screen=True)).encode())
        return target

    def to_pdf(self, path: str | Path) -> Path:
        """Write the PDF report to a file, and return its path; raises PdfUnavailable."""
        from reportgen.report.pdf import render_pdf
        from reportgen.results.files import write_file

        target = as_path("path", path)
        write_file(target, render_pdf(self._view(screen=False)))
        return target

    def export(self, folder: str | Path) -> Path:
        """Write LaTeX, figures and tables for a paper of your own, and return the folder.

        Raises UsageError where the folder holds anything but an earlier export. What cannot be
        written, as PDF figures without Pango, is warned of.
        """
        import warnings

        from reportgen.export.folder import export_report

        target = as_path("folder", folder)
        for problem in export_report(self._carried, target):
            warnings.warn(problem, stacklevel=2)
        return target

    def _view(self, *, screen: bool) -> View:
        from reportgen.figures.drawing import draw_screen, draw_svg
        from reportgen.verification.rendering import derive_from, make_view_again

        return make_view_again(
            derive_from(self._carried, self.facts), draw_screen if screen else draw_svg
        )

    def __repr__(self) -> str:
        return f"<Report: {self.title}>"

    def _repr_html_(self) -> str:
        """Return the report at a glance, as a notebook shows it."""
        from reportgen.api.glance import render_glance

        return render_glance(self.facts, self.title)
