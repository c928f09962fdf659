"""Reading scikit-learn's classification report as it is pasted from a paper or a terminal.

Rows are read from their right end, so class names may hold spaces and digits; a name or a figure
may have got onto a line of its own. The number of decimals is the most that any figure shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from reportgen.config.published import Published, PublishedTable
from reportgen.errors import AuditError
from reportgen.reading import read_regular

_FIGURE = r"(?:\d{1,3}[.,]\d{1,8} ?%?|\d{1,3} ?%|100|\d{1,2}|nan)"
_ROW = re.compile(
    rf"^(?P<name>.*?\S)\s+(?P<figures>(?:{_FIGURE}\s+){{3}}|{_FIGURE}\s+)(?P<support>\d[\d.,'’]*)$"
)
_NUMBERS = re.compile(r"(?<!\S)\d+[.,]\d+ ?%?(?!\S)")
_FIGURES = re.compile(rf"{_FIGURE}(?: {_FIGURE})*")
_SUPPORT = re.compile(r"\d+|\d{1,3}(?:[.,'’]\d{3})+")
_MOST_JOINED = 6
"""Lines that a row may be broken into: name, three figures, support, and a name of two lines."""
_AVERAGES = {"micro avg": "micro", "macro avg": "macro", "weighted avg": "weighted"}
_OLD_AVERAGE = "avg / total"
_SUMMARIES = (*_AVERAGES, _OLD_AVERAGE, "samples avg", "accuracy")
_HEADING = "precision recall f1-score support"
_SCORES = ("precision", "recall", "f1")
_LARGEST = 1_000_000
"""Characters; a pasted report has a few thousand."""
_EXPECTED = (
    "a line for each class with its name, precision, recall, F1 and support, as scikit-learn's "
    "classification_report prints them"
)


class Row(NamedTuple):
    """One line of a report."""

    name: str
    figures: tuple[str, ...]
    """Precision, recall and F1; only one for the accuracy."""
    support: int


def read_report_text(path: Path) -> Published:
    """Return the figures of the classification report in a text file.

    Raises AuditError where there is none, or where its supports do not add up.
    """
    try:
        # A character of UTF-8 takes at most four bytes.
        text = read_regular(path, 4 * _LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path} cannot be read as text: {error}") from error
    if len(text) > _LARGEST:
        raise AuditError(f"{path} is longer than {_LARGEST:,} characters; paste one report")
    try:
        return parse_report(text, path.name)
    except ValueError as error:
        raise AuditError(f"{path}: {error}") from error


def parse_report(text: str, source: str) -> Published:
    """Return the figures of a classification report; raises ValueError where there is none."""
    rows = _read_rows(text.splitlines())
    classes = [row for row in rows if len(row.figures) == 3 and row.name.lower() not in _SUMMARIES]
    averages = {row.name.lower(): row for row in rows if row not in classes}
    if not classes:
        raise ValueError(f"it contains no classification report; expected {_EXPECTED}")
    _check(classes, averages)
    shown = [figure for row in rows for figure in row.figures]
    percent = any("%" in figure or _number(figure) > 1 for figure in shown)
    decimals = max(len(figure.strip("% ").partition(".")[2]) for figure in shown) + 2 * percent
    if decimals == 0:
        raise ValueError(
            "it shows no value with decimals; values must be printed as shares, such as 0.97"
        )
    table: dict[str, Any] = {"name": "Classification report", "decimals": decimals}
    for place, score in enumerate(_SCORES):
        table[score] = tuple(_number(row.figures[place], percent) for row in classes)
    for name, row in averages.items():
        table |= _average(name, row, percent)
    # scikit-learn prints a micro average in place of the accuracy where not all labels are listed.
    table["outside_predictions"] = "micro avg" in averages and "accuracy" not in averages
    try:
        read = PublishedTable.model_validate(table)
    except ValidationError as error:
        figures = "values beyond 100 %" if percent else "values beyond 1"
        raise ValueError(f"it shows {figures}, or more than 8 decimals") from error
    return Published(
        source=source,
        classes=tuple(row.name for row in classes),
        test_support=tuple(row.support for row in classes),
        tables=(read,),
    )


def _read_rows(lines: Sequence[str]) -> list[Row]:
    """Return the rows of a report; a row may be broken over lines.

    Raises ValueError, with the line, for figures that are no row.
    """
    rows: list[Row] = []
    pending: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        # Copied from a page, a line may hold tabs, no-break spaces, table rules or asterisks.
        cleaned = " ".join(line.replace("|", " ").replace("&", " ").rstrip("\\ \t").split())
        if cleaned.lower() == _HEADING:
            continue
        row = _parse_row(cleaned, number)
        if row is not None or not cleaned:
            _refuse([each for each in pending if _FIGURES.fullmatch(each)], number - 1)
        elif pending and _SUPPORT.fullmatch(cleaned.split(" ")[-1]):
            row = _parse_row(" ".join([*pending, cleaned]), number)
        if row is None and len(_NUMBERS.findall(cleaned)) > 1 and not _FIGURES.fullmatch(cleaned):
            _refuse([cleaned], number)
        pending = [] if row or not cleaned else [*pending, cleaned][-_MOST_JOINED:]
        rows += [row] if row else []
    return rows


def _refuse(lines: Sequence[str], number: int) -> None:
    """Raise ValueError where figures are no part of a row."""
    for line in lines[-1:]:
        raise ValueError(
            f"line {number}, {line[:80]!r}, is not a row of a report; expected {_EXPECTED}"
        )


def _parse_row(line: str, number: int) -> Row | None:
    found = _ROW.match(line)
    if found is None or not (
        len(found["figures"].split()) > 1 or found["name"].lower() == "accuracy"
    ):
        return None
    if found["name"].lower() == "samples avg":
        raise ValueError(
            f"line {number}: 'samples avg' is printed where an example may have several labels, "
            "but the audit needs one class per example"
        )
    if not _SUPPORT.fullmatch(found["support"]):
        raise ValueError(f"line {number}: the support {found['support']!r} is not a whole number")
    figures = re.findall(_FIGURE, found["figures"].replace(",", "."))
    return Row(found["name"], tuple(figures), int(re.sub(r"\D", "", found["support"])))


def _number(figure: str, percent: bool = False) -> float:
    if figure == "nan":
        return 0.0
    value = Decimal(figure.strip("% "))
    return float(value / 100 if percent else value)


def _average(name: str, row: Row, percent: bool) -> dict[str, float]:
    if name == "accuracy":
        return {"accuracy": _number(row.figures[-1], percent)}
    kind = "weighted" if name == _OLD_AVERAGE else _AVERAGES.get(name)
    if kind is None or len(row.figures) < len(_SCORES):
        return {}
    scores = zip(_SCORES, row.figures, strict=True)
    return {f"{kind}_{score}": _number(figure, percent) for score, figure in scores}


def _check(classes: list[Row], averages: dict[str, Row]) -> None:
    empty = [row.name for row in classes if row.support == 0]
    if empty:
        raise ValueError(
            f"class {empty[0]!r} has a support of 0; leave out classes without examples"
        )
    total = sum(row.support for row in classes)
    for name, row in averages.items():
        if row.support != total:
            raise ValueError(
                f"the supports of {len(classes)} classes sum to {total:,}, but the line {name!r} "
                f"states {row.support:,}; a line is missing or a number was misread"
            )
