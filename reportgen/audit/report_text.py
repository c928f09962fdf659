"""Reading scikit-learn's classification report as it is pasted from a paper or a terminal.

Rows are read from their right end, so class names may hold spaces and digits. The number of
decimals is the most that any figure shows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from reportgen.config.schema import Published, PublishedTable
from reportgen.errors import AuditError

_FIGURE = r"(?:[01][.,]\d{1,8}|[01]|nan)"
_ROW = re.compile(
    rf"^(?P<name>.*?\S)\s+(?P<figures>(?:{_FIGURE}\s+){{3}}|{_FIGURE}\s+)(?P<support>\d[\d,]*)$"
)
_AVERAGES = {"micro avg": "micro", "macro avg": "macro", "weighted avg": "weighted"}
_OLD_AVERAGE = "avg / total"
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
        text = path.read_bytes()[: _LARGEST + 1].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path}: cannot be read as text ({error})") from error
    if len(text) > _LARGEST:
        raise AuditError(f"{path}: is longer than {_LARGEST:,} characters; paste one report")
    try:
        return parse_report(text, path.name)
    except ValueError as error:
        raise AuditError(f"{path}: {error}") from error


def parse_report(text: str, source: str) -> Published:
    """Return the figures of a classification report; raises ValueError where it holds none."""
    rows = [row for row in map(_parse_row, text.splitlines()) if row is not None]
    classes = [row for row in rows if len(row.figures) == 3 and not _is_average(row.name)]
    averages = {row.name.lower(): row for row in rows if row not in classes}
    if not classes:
        raise ValueError(f"holds no classification report; there must be {_EXPECTED}")
    _check(classes, averages)
    support = tuple(row.support for row in classes)
    shown = [figure for row in rows for figure in row.figures]
    decimals = max((len(figure) - 2 for figure in shown if len(figure) > 2), default=0)
    if decimals == 0:
        raise ValueError("shows no figure with decimals; they must be printed as shares, as 0.97")
    table: dict[str, Any] = {"name": "Classification report", "decimals": decimals}
    for place, score in enumerate(_SCORES):
        table[score] = tuple(_number(row.figures[place]) for row in classes)
    for name, row in averages.items():
        table |= _average(name, row)
    # scikit-learn prints a micro average in place of the accuracy where not all labels are listed.
    table["outside_predictions"] = "micro avg" in averages and "accuracy" not in averages
    return Published(
        source=source,
        classes=tuple(row.name for row in classes),
        test_support=support,
        tables=(PublishedTable.model_validate(table),),
    )


def _parse_row(line: str) -> Row | None:
    # Copied from a page, a line may hold tabs, no-break spaces, table rules or asterisks.
    cleaned = " ".join(line.replace("|", " ").replace("&", " ").rstrip("\\ \t").split())
    found = _ROW.match(cleaned)
    if found is None:
        return None
    figures = tuple(figure.replace(",", ".") for figure in found["figures"].split())
    return Row(found["name"], figures, int(found["support"].replace(",", "")))


def _is_average(name: str) -> bool:
    return name.lower() in (*_AVERAGES, _OLD_AVERAGE, "samples avg", "accuracy")


def _number(figure: str) -> float:
    return 0.0 if figure == "nan" else float(figure)


def _average(name: str, row: Row) -> dict[str, float]:
    if name == "accuracy":
        return {"accuracy": _number(row.figures[-1])}
    kind = "weighted" if name == _OLD_AVERAGE else _AVERAGES.get(name)
    if kind is None or len(row.figures) < len(_SCORES):
        return {}
    scores = zip(_SCORES, row.figures, strict=True)
    return {f"{kind}_{score}": _number(figure) for score, figure in scores}


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
                f"the supports of {len(classes)} classes sum to {total:,}, and the line {name!r} "
                f"states {row.support:,}: a line is missing or a number is misread"
            )
