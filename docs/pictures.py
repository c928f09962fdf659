"""Writes the pictures in README.md: pages of reports that are built from the sources.

    python docs/pictures.py [OUTPUT]

builds the paper's experiment and three of the examples into OUTPUT (by default `output`), where
kept runs are used again, and writes docs/images/. pdftoppm, of poppler, makes images of pages.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from pypdf import PdfReader

import reportgen

ROOT = Path(__file__).resolve().parents[1]
HEIGHT = 530
"""Pixels of a page; less cannot be read."""
MARGIN = 10
BACKGROUND = (216, 221, 228)
PICTURES = {
    "report": (
        "experiments/paper.toml",
        ("at-a-glance", "table-layers-mlp", "confusion-counts", "table-audit"),
    ),
    "own-network": (
        "examples/own-network/experiment.toml",
        ("at-a-glance", "table-layers-lenet-wide"),
    ),
    "own-images": ("examples/image-folder/experiment.toml", ("samples", "confusion-counts")),
    "predictions": ("examples/predictions/experiment.toml", ("at-a-glance", "table-metrics")),
}
"""Picture → experiment, and an anchor on each page that is shown."""


def build_report(experiment: Path, output: Path) -> Path:
    """Make the data of an example, build its report, and return the PDF."""
    for script in sorted(experiment.parent.glob("write_*.py")):
        subprocess.run([sys.executable, script.name], cwd=experiment.parent, check=True)
    report = reportgen.build(experiment, output=output, formats=("pdf",))
    assert report.folder is not None
    return report.folder / "report.pdf"


def draw_pages(pdf: Path, anchors: Sequence[str], target: Path) -> None:
    """Write the pages with these anchors beside each other, as a PNG of few colours."""
    reader = PdfReader(pdf)
    places = reader.named_destinations
    pages = [_read_page(pdf, reader.get_destination_page_number(places[a])) for a in anchors]
    width = sum(page.width + MARGIN for page in pages) + MARGIN
    picture = Image.new("RGB", (width, HEIGHT + 2 * MARGIN), BACKGROUND)
    left = MARGIN
    for page in pages:
        picture.paste(page, (left, MARGIN))
        left += page.width + MARGIN
    picture.quantize(96).save(target, optimize=True)


def _read_page(pdf: Path, index: int | None) -> Image.Image:
    assert index is not None
    number = str(index + 1)
    with tempfile.TemporaryDirectory() as folder:
        stem = Path(folder, "page")
        command = ["pdftoppm", "-png", "-singlefile", "-f", number, "-scale-to", str(HEIGHT)]
        subprocess.run([*command, str(pdf), str(stem)], check=True)
        with Image.open(stem.with_suffix(".png")) as page:
            return page.convert("RGB")


def main() -> None:
    """Build the reports and write the pictures."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else "output")
    for name, (experiment, anchors) in PICTURES.items():
        # The examples are all called `experiment`; the paper's runs are those of `make report`.
        folder = output / name if experiment.startswith("examples/") else output
        pdf = build_report(ROOT / experiment, folder)
        draw_pages(pdf, anchors, ROOT / "docs" / "images" / f"{name}.png")


if __name__ == "__main__":
    main()
