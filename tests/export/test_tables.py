from __future__ import annotations

import csv
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reportgen.export.tables import read_table, write_csv, write_table
from reportgen.resources import resource_folder


def number(value: float, text: str, path: str = "level", format_name: str = "percent") -> str:
    """Return a number as a report marks it up."""
    return f'<data value="{value!r}" data-path="{path}" data-format="{format_name}">{text}</data>'


PERCENT = "\u202f%"
HEAD = "<thead><tr><th>Model</th><th>Accuracy</th><th>p</th><th>Size</th></tr></thead>"
FIRST = (
    f"<tr><th>A_1</th><td>{number(0.98765, '98.77' + PERCENT)} ± {number(0.0123, '1.23')}</td>"
    f"<td>{number(0.00001, '&lt; 0.001')}</td><td>{number(1234567, '1,234,567')}</td></tr>"
)
SECOND = (
    f"<tr><th>B</th><td>{number(0.9, '90.00' + PERCENT)}</td>"
    f"<td>{number(0.25, '0.250')}</td><td>–</td></tr>"
)
TABLE = ET.fromstring(f"<table>{HEAD}<tbody>{FIRST}{SECOND}</tbody></table>")


def test_a_csv_holds_every_number_in_full() -> None:
    """A CSV holds every number in full."""
    rows = list(csv.reader(StringIO(write_csv(read_table(TABLE)))))
    assert rows == [
        ["Model", "Accuracy", "Accuracy sd", "p", "Size"],
        ["A_1", "0.98765", "0.0123", "1e-05", "1234567"],
        ["B", "0.9", "", "0.25", "–"],
    ]


def test_decimals_are_aligned_and_the_unit_is_in_the_head() -> None:
    """Decimals are aligned and the unit is in the head."""
    latex = write_table(read_table(TABLE, "table-x"))
    assert r"{lS[table-format=2.2]@{\;}lS[table-format=<1.3]S[table-format=7]}" in latex
    assert r"\multicolumn{2}{c}{Accuracy (\%)}" in latex
    assert r"A\_1 & 98.77 & \ensuremath{\pm} 1.23 & < 0.001 & 1234567 \\" in latex
    assert r"B & 90.00 &  & 0.250 & {–} \\" in latex


def test_a_long_table_may_break() -> None:
    """A long table may break."""
    rows = "".join(FIRST for _ in range(41))
    table = ET.fromstring(f"<table>{HEAD}<tbody>{rows}</tbody></table>")
    assert write_table(read_table(table, "table-x")).startswith("{\\small\n\\begin{longtable}{lS")


def long_table(name: str) -> str:
    """Return a table of 41 pairs of models with such names, as LaTeX."""
    numbers = f"<td>{number(0.1, '+11.28')}</td>" * 3 + f"<td>{number(1, '1.000')}</td>"
    row = f"<tr><th>{name} A</th><th>{name} B</th>{numbers}<td>{name} A better</td></tr>"
    heads = "".join(f"<th>{head}</th>" for head in ("First", "Second", "Difference", "Low", "High"))
    head = f"<thead><tr>{heads}<th>p</th><th>Verdict</th></tr></thead>"
    table = ET.fromstring(f"<table>{head}<tbody>{row * 41}</tbody></table>")
    return write_table(read_table(table, "table-x"))


def test_names_in_a_long_table_are_broken_only_where_the_line_is_short() -> None:
    """A table that fits on a line has columns as wide as their texts."""
    assert "p{" not in long_table("CNN")
    assert long_table("Network no. 12").count(r"p{\rgbroad}") == 3
    assert r"\rgshare{" in long_table("Network no. 12")


DOCUMENT = r"""\documentclass{article}
\usepackage[a4paper,textwidth=170mm]{geometry}
\usepackage{reportgen}
\setlength{\LTleft}{0pt}\setlength{\LTright}{0pt plus 1fil}
\begin{document}
%s
\end{document}
"""
"""Where a table is not centred, TeX reports one that is wider than the line."""
NAMES = ("Network no. 12", "Residual network that was trained for a hundred epochs")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_a_long_table_of_long_names_is_no_wider_than_the_line(tmp_path: Path, engine: str) -> None:
    """Names are broken into lines, so that all columns fit."""
    if shutil.which(engine) is None:
        pytest.skip(f"no {engine}; apt install texlive-latex-recommended texlive-luatex")
    shutil.copy(resource_folder("templates") / "export" / "reportgen.sty", tmp_path)
    (tmp_path / "main.tex").write_text(DOCUMENT % "\n".join(map(long_table, NAMES)))
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "main"]
    for _ in range(3):  # the widths of columns are found the third time
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=300)
    assert "Overfull" not in (tmp_path / "main.log").read_text(errors="replace")
