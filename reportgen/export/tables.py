"""Tables of a report, as booktabs tables with decimals aligned by siunitx, and as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from xml.etree.ElementTree import Element

from reportgen.export.inline import Piece, Quoted, escape_words, inline, pieces
from reportgen.formatting import MINUS, THIN_SPACE

LONG = 40
"""A table with more rows may break over pages."""
_BROAD = 30
"""A column with a text of more characters is broken over lines."""
_EM = 0.55
"""Width of a letter in ems: the mean, or a little more."""
_LINE, _GAP = 38, 1.3
"""Ems on a line of any article with one column, and between two columns of a table."""
_SHORT = 6
"""Ems of a column of text that is never broken over lines."""
_PERCENT = f"{THIN_SPACE}%"
_ALIGNED = re.compile(rf"(?:< )?[+{MINUS}]?[0-9][0-9,]*(?:\.[0-9]+)?")
_EMPTY = ("", "–")

Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Cell:
    """One cell: its lines, how many columns it spans, and whether it is set in bold."""

    lines: tuple[Line, ...]
    span: int = 1
    bold: bool = False

    @property
    def text(self) -> str:
        """All that it prints."""
        return " ".join(_text(line) for line in self.lines)


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table: its name is also its label and the name of its file."""

    name: str
    caption: str
    """LaTeX."""
    head: Row
    groups: tuple[tuple[Row, ...], ...]
    """Rows between two rules."""

    @property
    def rows(self) -> Iterator[Row]:
        """All rows below the head."""
        return chain.from_iterable(self.groups)


def read_table(table: Element, name: str = "", caption: Element | None = None) -> Table:
    """Read a `<table>` of a report."""
    heads = [_read_row(row) for row in table.iterfind("thead/tr")]
    groups = [tuple(_read_row(row) for row in body.iterfind("tr")) for body in table.iter("tbody")]
    head = heads[0] if heads else ()
    return Table(
        name,
        inline(caption).strip() if caption is not None else "",
        head,
        tuple(group for group in groups if group),
    )


def write_csv(table: Table) -> str:
    """Return a table as CSV: numbers in full precision, one to a column, shares in [0, 1]."""
    columns = _width(table)
    names = [[""] for _ in range(columns)]
    rows = [_placed(row, columns) for row in table.rows]
    for row in rows:
        for place, cell in enumerate(row):
            names[place] += [label for label, _ in _numbers(cell) if label not in names[place]]
    head = [cell.text if cell else "" for cell in _placed(table.head, columns)]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        f"{title} {label}".strip()
        for title, labels in zip(head, names, strict=True)
        for label in labels
    )
    for row in rows:
        writer.writerow(chain.from_iterable(map(_values, row, names)))
    return text.getvalue()


def write_table(table: Table) -> str:
    """Return a table as a float of LaTeX, or one that breaks over pages where it is long."""
    columns: Sequence[_Column] = [_plan(table, place) for place in range(_width(table))]
    is_long, share = sum(map(len, table.groups)) > LONG, ""
    if is_long:
        share, columns = _fit(table, columns)
    specification = "".join(column.specification for column in columns)
    head = " & ".join(
        column.head(cell)
        for column, cell in zip(columns, _placed(table.head, len(columns)), strict=True)
    )
    body = "\\midrule\n".join(
        "".join(f"{line} \\\\\n" for row in group for line in _write_row(row, columns))
        for group in table.groups
    )
    caption = rf"\caption{{{table.caption}}}\label{{{table.name}}}"
    if is_long:
        return (
            f"{{\\small{share}\n\\begin{{longtable}}{{{specification}}}\n{caption}\\\\\n\\toprule\n"
            f"{head} \\\\\n\\midrule\n\\endhead\n{body}\\bottomrule\n\\end{{longtable}}}}\n"
        )
    inner = (
        f"\\begin{{tabular}}{{{specification}}}\n\\toprule\n{head} \\\\\n\\midrule\n"
        f"{body}\\bottomrule\n\\end{{tabular}}"
    )
    if not table.name:
        return f"\\begin{{center}}\n\\begin{{rgfit}}\n{inner}\n\\end{{rgfit}}\n\\end{{center}}\n"
    return (
        f"\\begin{{table}}[tbp]\n\\centering\n{caption}\n"
        f"\\begin{{rgfit}}\n{inner}\n\\end{{rgfit}}\n\\end{{table}}\n"
    )


@dataclass(frozen=True)
class _Column:
    """How a column is set."""

    specification: str
    aligned: bool = False
    """Whether each cell begins with a number."""
    tailed: bool = False
    """Whether more follows such a number, in a column of its own."""
    percent: bool = False
    """Whether the unit is in the head."""

    def head(self, cell: Cell | None) -> str:
        """Return the cell of the head."""
        title = _latex(cell.lines) if cell else ""
        if self.percent and title:
            title += r" (\%)"
        if self.tailed:
            return rf"\multicolumn{{2}}{{c}}{{{title}}}"
        # In a column of numbers, siunitx takes for text only what is in braces.
        return f"{{{title}}}" if self.aligned else title

    def write(self, line: Line) -> str:
        """Return one line of one cell."""
        if not self.aligned:
            return _latex([line])
        first, rest = line[0] if line else "", line[1:]
        tail = f" & {_latex([rest], self.percent)}" if self.tailed else ""
        if not isinstance(first, Quoted):
            return f"{{{_latex([line])}}}" + (" &" if self.tailed else "")
        return _literal(first) + tail


def _plan(table: Table, place: int) -> _Column:
    """Decide how a column is set: aligned at the decimal point where all its cells allow it."""
    cells = [_placed(row, place + 1) for row in table.rows]
    found = [cell for cell in (row[place] for row in cells) if cell and cell.span == 1]
    lines = [line for cell in found for line in cell.lines if _text(line) not in _EMPTY]
    firsts = [line[0] for line in lines]
    numbers = [first for first in firsts if isinstance(first, Quoted)]
    if not numbers or any(
        len(numbers) < len(firsts) or not _ALIGNED.fullmatch(_bare(number)) for number in numbers
    ):
        broad = max((len(_text(line)) for line in lines), default=0) > _BROAD
        if broad:
            return _break(r"0.3\linewidth")
        return _Column("r" if any(isinstance(p, Quoted) for line in lines for p in line) else "l")
    percent = all(number.text.endswith(_PERCENT) for number in numbers)
    if not percent and any(number.text.endswith(_PERCENT) for number in numbers):
        return _Column("r")
    tailed = any(len(line) > 1 for line in lines)
    literals = [_literal(number) for number in numbers]
    whole = max(len(re.sub(r"[<+ -]", "", literal).partition(".")[0]) for literal in literals)
    decimals = max(len(literal.partition(".")[2]) for literal in literals)
    shape = f"{whole}.{decimals}" if decimals else f"{whole}"
    sign = "-" if any("-" in literal or "+" in literal for literal in literals) else ""
    compared = "<" if any("<" in literal for literal in literals) else ""
    specification = f"S[table-format={compared}{sign}{shape}]" + (r"@{\;}l" if tailed else "")
    return _Column(specification, aligned=True, tailed=tailed, percent=percent)


def _fit(table: Table, columns: Sequence[_Column]) -> tuple[str, Sequence[_Column]]:
    """Break the texts of a long table into lines where it may be too wide for one.

    It cannot be made smaller as a whole, as a table on one page is. Returns also the command that
    computes the width of columns of text.
    """
    rows = [_placed(row, len(columns)) for row in (table.head, *table.rows)]
    texts = (
        [_text(line) for cell in cells if cell and cell.span == 1 for line in cell.lines]
        for cells in zip(*rows, strict=True)
    )
    widths = [_EM * max(map(len, lines), default=0) for lines in texts]
    broken = [
        not column.aligned and width > _SHORT for column, width in zip(columns, widths, strict=True)
    ]
    if sum(widths) + _GAP * len(columns) <= _LINE or not any(broken):
        return "", columns
    others = sum(width for width, is_broken in zip(widths, broken, strict=True) if not is_broken)
    share = rf"\rgshare{{{others:.1f}em+{2 * len(columns)}\tabcolsep}}{{{sum(broken)}}}"
    return share, [
        _break(r"\rgbroad") if is_broken else column
        for column, is_broken in zip(columns, broken, strict=True)
    ]


def _break(width: str) -> _Column:
    """Return a column whose lines are broken, and the first word of each cell where it must be."""
    return _Column(rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width}}}")


def _write_row(row: Row, columns: Sequence[_Column]) -> Iterator[str]:
    """Yield the lines of a row: as many as its highest cell has."""
    for number in range(max(len(cell.lines) for cell in row)):
        written, place = [], 0
        for cell in row:
            line = cell.lines[number] if number < len(cell.lines) else ()
            if cell.span > 1:
                width = sum(1 + each.tailed for each in columns[place : place + cell.span])
                written.append(rf"\multicolumn{{{width}}}{{l}}{{{_latex([line])}}}")
            else:
                text = columns[place].write(line)
                written.append(rf"\textbf{{{text}}}" if cell.bold and text else text)
            place += cell.span
        yield " & ".join(written)


def _read_row(row: Element) -> Row:
    leader = "leader" in row.get("class", "").split()
    return tuple(
        Cell(
            tuple(_split_lines(pieces(cell))),
            int(cell.get("colspan", "1")),
            leader and cell.tag == "th",
        )
        for cell in row
        if cell.tag in ("th", "td")
    )


def _split_lines(found: Iterator[Piece]) -> Iterator[Line]:
    """Split the pieces of a cell at line breaks; white space between them is that of HTML."""
    line: list[Piece] = []
    for piece in [*found, "\n"]:
        if piece == "\n":
            yield tuple(piece for piece in line if piece != "")
            line = []
        elif isinstance(piece, str):
            text = re.sub(r"[ \t\r\n\f]+", " ", piece)
            line.append(text if line else text.lstrip())
        else:
            line.append(piece)


def _width(table: Table) -> int:
    rows = [*table.rows, table.head]
    return max(sum(cell.span for cell in row) for row in rows)


def _placed(row: Row, columns: int) -> list[Cell | None]:
    """Return a cell for each column; None where one to the left spans it, or none is given."""
    placed: list[Cell | None] = []
    for cell in row:
        placed += [cell, *[None] * (cell.span - 1)]
    return (placed + [None] * columns)[:columns]


def _text(line: Line) -> str:
    return "".join(piece if isinstance(piece, str) else piece.text for piece in line).strip()


def _latex(lines: Sequence[Line], strip_unit: bool = False) -> str:
    """Return lines as LaTeX: numbers by their macro, without the unit that the head names."""
    texts = []
    for line in lines:
        shown = [
            escape_words(piece)
            if isinstance(piece, str)
            else escape_words(piece.text.removesuffix(_PERCENT))
            if strip_unit
            else piece.latex
            for piece in line
        ]
        texts.append("".join(shown).strip())
    return " ".join(texts)


def _bare(number: Quoted) -> str:
    return number.text.removesuffix(_PERCENT)


def _literal(number: Quoted) -> str:
    """Return a number as siunitx reads it."""
    return _bare(number).replace(MINUS, "-").replace(",", "")


def _numbers(cell: Cell | None) -> list[tuple[str, Quoted]]:
    """Return the numbers of a cell, and what each is beside the first; none of a mere text."""
    found: list[Piece] = [piece for line in cell.lines for piece in line] if cell else []
    words = ["" if isinstance(piece, Quoted) else piece.strip() for piece in found]
    numbers = []
    for place, piece in enumerate(found):
        if isinstance(piece, Quoted):
            before, after = "".join(words[:place][-1:]), "".join(words[place + 1 : place + 2])
            label = {"±": "sd", "to": "high"}.get(before, "low" if after == "to" else "")
            numbers.append((label, piece))
    return numbers if len({label for label, _ in numbers}) == len(numbers) else []


def _values(cell: Cell | None, labels: Sequence[str]) -> Iterator[str]:
    """Yield the fields of a cell: its numbers by their label, or its text in the first."""
    numbers = {label: number.value for label, number in _numbers(cell)}
    for label in labels:
        text = cell.text if cell and not label and not numbers else ""
        yield numbers.get(label, text)
