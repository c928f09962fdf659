"""How full the pages of a report's PDF are, and how small its type is.

    python benchmarks/page_fill.py output/paper/report.pdf [more.pdf …]

For each page: how far down the last line, image or rule of its text reaches, as a share of what is
between the margins; the smallest type on it; the section in its running head. The cover, the last
page of the body and the last of the appendix may be short. Exits with 1 where another page is under
75 % full, or where type is under 8 pt. Needs pypdf and the program `pdftotext` (poppler-utils).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from math import hypot
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader

MILLIMETRE = 72 / 25.4
TOP, BOTTOM = 24 * MILLIMETRE, 22 * MILLIMETRE
"""The margins of `templates/paper/css/pages.css`."""
LEAST_FILL, LEAST_SIZE = 0.75, 8.0

_PAGE = re.compile(r'<page width="([0-9.]+)" height="([0-9.]+)">(.*?)</page>', re.DOTALL)
_WORD = re.compile(
    r'<word xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="[0-9.]+" yMax="([0-9.]+)">(.*?)<'
)


@dataclass(frozen=True)
class Page:
    """What was measured on one page."""

    fill: float
    """From 0 to 1."""
    size: float
    """Points; of the smallest type."""
    head: str
    is_last: bool
    """Of the body, or of the appendix."""

    @property
    def is_short(self) -> bool:
        """Whether the page should be fuller."""
        return self.fill < LEAST_FILL and not self.is_last


def measure(path: Path) -> list[Page]:
    """Return the pages of a PDF report."""
    reader = PdfReader(path)
    text = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    pages = [_words(*match.groups()) for match in _PAGE.finditer(text)]
    heads = [_head(words) for _, words in pages]
    return [
        Page(
            _fill(height, words, _drawn(page, height)),
            min(_sizes(page), default=LEAST_SIZE),
            heads[number],
            number == 0 or _ends(heads, number),
        )
        for number, (page, (height, words)) in enumerate(zip(reader.pages, pages, strict=True))
    ]


def _ends(heads: list[str], number: int) -> bool:
    following = heads[number + 1] if number + 1 < len(heads) else None
    return following is None or (following == "Appendix" and heads[number] != "Appendix")


def _words(
    _width: str, height: str, body: str
) -> tuple[float, list[tuple[float, float, float, str]]]:
    found = [
        (float(x), float(top), float(bottom), unescape(word))
        for x, top, bottom, word in _WORD.findall(body)
    ]
    return float(height), found


def _head(words: list[tuple[float, float, float, str]]) -> str:
    """Return the section in the running head: what is right of the gap in its line."""
    line = [word for word in words if word[2] < TOP]
    return " ".join(word for x, _, _, word in line if x > 124 * MILLIMETRE + 20 * MILLIMETRE - 72)


def _fill(height: float, words: list[tuple[float, float, float, str]], drawn: float) -> float:
    lines = [
        bottom for _, top, bottom, _ in words if top >= TOP - 6 and bottom <= height - BOTTOM + 6
    ]
    lowest = max([*lines, drawn], default=TOP)
    return (lowest - TOP) / (height - TOP - BOTTOM)


def _drawn(page: PageObject, height: float) -> float:
    """Return how far down from the top figures reach: forms and images, by their matrices."""
    lowest = 0.0

    def look(operator: bytes, operands: Any, matrix: Any, _text: Any) -> None:
        nonlocal lowest
        if operator == b"Do" or (operator == b"re" and len(operands) == 4):
            y = matrix[5] + (float(operands[1]) * matrix[3] if operator == b"re" else 0.0)
            bottom = height - y
            if TOP < bottom <= height - BOTTOM + 6:
                lowest = max(lowest, bottom)

    page.extract_text(visitor_operand_before=look)
    return lowest


def _sizes(page: PageObject) -> Iterator[float]:
    """Yield the size of each piece of text, in points on paper."""
    found: list[float] = []

    def look(text: str, matrix: Any, text_matrix: Any, _font: Any, size: float) -> None:
        if text.strip():
            across = hypot(text_matrix[0], text_matrix[1]) * hypot(matrix[0], matrix[1])
            found.append(round(size * across, 1))

    page.extract_text(visitor_text=look)
    return iter(found)


def main() -> int:
    """Print a table for each file; return 1 where a page is short or type too small."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pdf", type=Path, nargs="+")
    failed = False
    for path in parser.parse_args().pdf:
        pages = measure(path)
        print(f"{path}: {len(pages)} pages")
        for number, page in enumerate(pages, 1):
            marks = ["short"] * page.is_short + ["small type"] * (page.size < LEAST_SIZE)
            print(f"{number:4} {page.fill:6.0%} {page.size:5.1f} pt  {page.head:30}", *marks)
            failed = failed or bool(marks)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
