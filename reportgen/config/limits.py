"""Limits of every experiment file, whatever its fields: size, depth, characters.

They are checked before the schema, so that nothing runs on text that no document can contain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reportgen.characters import describe, find_forbidden
from reportgen.config.findings import Finding, Values
from reportgen.config.vocabulary import Location

LARGEST_FILE = 2**20
"""Bytes of an experiment file."""
DEEPEST = 20
"""Tables and lists within each other; the schema needs six."""
LONGEST_TEXT = 100_000
"""Characters of one text."""
MOST_BITS = 64
"""Of a whole number: TOML has no longer ones, and Python does not print some of them."""
MOST_KEYS = 1000
"""Keys of one table."""
LONGEST_LISTS: Mapping[Location, int] = {
    ("models",): 100,
    ("training", "seeds"): 1000,
    ("keywords",): 1000,
    ("references",): 1000,
    ("published", "tables"): 1000,
    ("published", "classes"): 10_000,
}
"""How many entries a list may have; a hundred models already make 4,950 pairs."""


def find_excess(values: Values) -> list[Finding]:
    """Return where `values` are too large, or contain a character that no text may contain."""
    return [*_check_table(values, ())]


def is_too_deep(value: object, left: int = DEEPEST) -> bool:
    """Return whether tables and lists are nested more than `left` times."""
    if not isinstance(value, Mapping | list):
        return False
    inner = value.values() if isinstance(value, Mapping) else value
    return left == 0 or any(is_too_deep(entry, left - 1) for entry in inner)


def _check(value: Any, location: Location) -> Iterator[Finding]:
    if isinstance(value, str):
        yield from _check_text(value, location)
    elif isinstance(value, Mapping):
        yield from _check_table(value, location)
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        yield Finding(
            location, f"has {value.bit_length():,} bits; a whole number has at most {MOST_BITS}"
        )
    elif isinstance(value, list):
        most = LONGEST_LISTS.get(location)
        if most is not None and len(value) > most:
            yield Finding(location, f"has {len(value):,} entries; at most {most:,} are allowed")
            return
        for index, entry in enumerate(value):
            yield from _check(entry, (*location, index))


def _check_table(table: Mapping[str, Any], location: Location) -> Iterator[Finding]:
    if len(table) > MOST_KEYS:
        yield Finding(location, f"has {len(table):,} keys; at most {MOST_KEYS:,} are allowed")
        return
    for key, value in table.items():
        forbidden = find_forbidden(key, multiline=False)
        if forbidden is not None:
            place = (*location, key)
            yield Finding(place, f"this key contains {describe(forbidden)}; remove it")
        yield from _check(value, (*location, key))


def _check_text(text: str, location: Location) -> Iterator[Finding]:
    if len(text) > LONGEST_TEXT:
        yield Finding(
            location, f"has {len(text):,} characters; at most {LONGEST_TEXT:,} are allowed"
        )
        return
    # Line breaks are for prose and the cover, not for names.
    multiline = location[0] in ("notes", "cover", "contributions", "references", "subtitle")
    forbidden = find_forbidden(text, multiline)
    if forbidden is not None:
        yield Finding(location, f"contains {describe(forbidden)}; remove it")
