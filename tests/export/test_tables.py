from __future__ import annotations

import csv
from io import StringIO
from xml.etree import ElementTree as ET

from reportgen.export.tables import read_table, write_csv, write_table


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
    assert write_table(read_table(table, "table-x")).startswith(r"\begin{longtable}")
