"""Numbers in prose: dotted paths looked up in `Facts`, and the marks that refer to them.

A claim's text holds `[[path|format]]` for each number, and `[[[]]` for each `[` of a name from
outside, so that no name can imitate a mark. Everything else in the text is plain text, neither
Markdown nor HTML: it is escaped for its medium where it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from reportgen.errors import ReportgenError
from reportgen.formatting import FORMATS

MARK = re.compile(r"\[\[(?:([A-Za-z0-9_.#-]+)\|([a-z0-9_]+)|\[)\]\]")
"""`[[path|format]]`, or `[[[]]` for a bracket."""

COUNT = "#"
"""As the last step of a path, how many entries the value before it has: `models.#`."""


@dataclass(frozen=True)
class Number:
    """A number as it is printed."""

    path: str
    """Its dotted path in `Facts`."""
    format: str
    """The name of its format in `reportgen.formatting`."""
    value: float
    text: str
    """The value, printed in that format."""


def mark(path: str, format_name: str) -> str:
    """Return the mark that refers to the number at `path`."""
    return f"[[{path}|{format_name}]]"


def literal(text: str) -> str:
    """Return text from outside as a claim may hold it: no part of it is read as a mark."""
    return text.replace("[", "[[[]]")


def resolve(path: str, facts: BaseModel) -> Any:
    """Return the value at a dotted path: attributes of records, keys, indexes of tuples.

    A key may itself hold dots (`claims.dropout_effect.cnn.text`): the longest that exists is taken.
    Raises `ReportgenError` where there is none.
    """
    found: Any = facts
    steps = path.split(".")
    while steps:
        longest = len(steps) if isinstance(found, Mapping) else 1
        for length in range(longest, 0, -1):
            entry = _entry(found, ".".join(steps[:length]))
            if entry is not _NOTHING:
                found, steps = entry, steps[length:]
                break
        else:
            raise ReportgenError(f"there is no number at `{path}` (nothing is called `{steps[0]}`)")
    return found


def read_number(path: str, format_name: str, facts: BaseModel) -> Number:
    """Look a number up and print it; raises `ReportgenError` for an unknown path or format."""
    value = resolve(path, facts)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReportgenError(f"`{path}` is not a number")
    if format_name not in FORMATS:
        known = ", ".join(FORMATS)
        raise ReportgenError(
            f"`{path}`: no format is called `{format_name}`; the formats are {known}"
        )
    return Number(path, format_name, value, FORMATS[format_name](value))


def render_claim(
    text: str,
    facts: BaseModel,
    wrap: Callable[[Number], str],
    escape: Callable[[str], str] = str,
) -> str:
    """Replace every mark in `text` by `wrap(number)`, and the rest by `escape(rest)`."""
    parts: list[str] = []
    end = 0
    for match in MARK.finditer(text):
        parts.append(escape(text[end : match.start()]))
        is_number = match[1] is not None
        parts.append(wrap(read_number(match[1], match[2], facts)) if is_number else escape("["))
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def plain_claim(text: str, facts: BaseModel) -> str:
    """Return `text` with every number printed, as for a terminal."""
    return render_claim(text, facts, lambda number: number.text)


def walk_numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the dotted path and the value of each number in plain data."""
    if isinstance(value, bool | str | None):
        return
    if isinstance(value, int | float):
        yield path, value
        return
    entries = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, entry in entries:
        yield from walk_numbers(entry, f"{path}.{name}" if path else str(name))


_NOTHING = object()


def _entry(container: object, step: str) -> object:
    if step == COUNT and isinstance(container, Mapping | tuple | list):
        return len(container)
    if isinstance(container, Mapping):
        return container.get(step, _NOTHING)
    if isinstance(container, tuple | list):
        index = int(step) if re.fullmatch(r"[0-9]{1,9}", step) else -1
        return container[index] if 0 <= index < len(container) else _NOTHING
    if isinstance(container, BaseModel) and step in type(container).model_fields:
        return getattr(container, step)
    return _NOTHING
