from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reportgen.export import folder as export_folder
from reportgen.figures import FigureSpec
from reportgen.report.carried import Carried, unpack
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS

NAMES = ("CNN_a & b", "100 % café #1", "MLP {x} ~ y^2", r"back\slash $5 – Łódź")
"""Of the four models: each holds what LaTeX would obey."""
SETTINGS = {
    "title": "Rés_umé & 50 % of #1",
    "notes": {
        "results": "The *first* reached {{ accuracy('cnn') }} with `x_y` & 5 %.\n\n"
        "| a | b |\n|---|---|\n| 1_2 | & |"
    },
    "references": [
        {"text": "A. Author: On 5 % & more_.", "url": "https://example.org/a_b?c=%20#d"}
    ],
}


def carry(names: tuple[str, ...] = NAMES, **settings: object) -> Carried:
    """Return what a report of four models carries, two seeds each, with these names."""
    models = [
        {
            "name": name,
            "slug": model.slug,
            "architecture": model.architecture,
            "dropout": model.dropout,
        }
        for name, model in zip(names, PAPER_MODELS, strict=True)
    ]
    return unpack(sample_view(settings={**SETTINGS, "models": models, **settings}).evidence)


@pytest.fixture(scope="session")
def carried() -> Carried:
    """A report whose names hold everything that LaTeX would obey."""
    return carry()


def blank_files(spec: FigureSpec, as_pdf: bool) -> Iterator[tuple[str, bytes]]:
    """Stand for drawing a figure, which takes long: empty pages of the right width."""
    for width in (89, 122, 170):
        yield f"figures/{spec.slug}-{width}mm.pdf", _blank_page(width)


@cache
def _blank_page(width: int) -> bytes:
    """Return a page without anything on it, as matplotlib writes one; XeTeX wants a content."""
    file = BytesIO()
    Figure(figsize=(width / 25.4, 1.4)).savefig(file, format="pdf")
    return file.getvalue()


@pytest.fixture(scope="session")
def exported(carried: Carried, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that report as Windows writes it, its figures empty. No test may change it."""
    target = tmp_path_factory.mktemp("export") / "paper"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_folder, "draw_files", blank_files)
        patch.setattr("os.linesep", "\r\n")
        assert export_folder.export_report(carried, target) == ()
    return target
