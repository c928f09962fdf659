"""Characters that text from outside may not contain, and those that a terminal must not get."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Categories that may control a terminal, reorder text or be invisible: control, format (joiners,
marks of direction), surrogate, private use, unassigned, separators of lines and paragraphs."""


DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of the text after them, numbers included. Hebrew and Arabic need
none of them."""


class _Escapes(dict[int, int | str]):
    """Code → the code, or its escape in a terminal; filled as characters are met."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        escaped = unicodedata.category(character) in INVISIBLE
        # As in JSON, so that JSON stays JSON.
        self[code] = json.dumps(character)[1:-1] if escaped else code
        return self[code]


_ESCAPES = _Escapes({ord("\n"): "\n"})


def printable(text: str) -> str:
    """Return `text` as a terminal may receive it: what is invisible is written as `\\u001b`.

    Line breaks stay. Escapes are those of JSON.
    """
    return text.translate(_ESCAPES)


def one_line(value: object) -> str:
    """Return a value from outside as a part of one printed line: its line breaks are escaped."""
    return printable(str(value)).replace("\n", "\\n")


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align the columns of a table in a terminal with spaces: one line for each row."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes: letters of East Asia take two."""
    # Composed, as parts of Korean syllables have widths of their own.
    shown = (c for c in unicodedata.normalize("NFC", text) if not unicodedata.combining(c))
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in shown)


def quote(text: str) -> str:
    """Return text in quotation marks; characters that could garble a terminal are escaped."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def find_forbidden(text: str, multiline: bool) -> str | None:
    """Return the first character that no text of an experiment may contain, or None.

    Forbidden are control characters, marks that turn the direction of other text, lone surrogates
    and what Unicode calls noncharacters; a `multiline` text may hold line breaks and tabs.
    """
    if text.isprintable():
        return None
    allowed = "\n\t" if multiline else ""
    return next((c for c in text if c not in allowed and _is_forbidden(c)), None)


def _is_forbidden(character: str) -> bool:
    code = ord(character)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    is_control = unicodedata.category(character) in ("Cc", "Cs") or character in DIRECTIONS
    return is_noncharacter or is_control


def describe(character: str) -> str:
    """Return a name for a character that cannot be printed: `the control character U+0007`."""
    names = {"\n": "a line break", "\t": "a tab"}
    kinds = {"Cc": "control character", "Cs": "lone surrogate", "Cf": "mark of direction"}
    kind = kinds.get(unicodedata.category(character), "noncharacter")
    return names.get(character, f"the {kind} U+{ord(character):04X}")
