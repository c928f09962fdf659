"""How much the templates of one document may compute: time, memory, and the size of each value.

Every loop, call, filter and operator of a template reports here what it is about to use or has
made. The limits are far above what a large report needs, and low enough that a template without
end is stopped within seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from time import monotonic, thread_time
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError

SECONDS = 5.0
"""Computing time of one template, with all that it includes and calls."""
UNITS = 50_000_000
"""Memory of one document: a character is one unit, an entry of a list and an output are ten."""
LONGEST_TEXT = 4_000_000
"""Characters of one text."""
MOST_ENTRIES = 1_000_000
"""Entries of one list, those of the lists in it included."""
LARGEST_NUMBER = 1 << 4096

_ENTRY = 10
_CALL = 100


class Allowance:
    """What the templates of one document have left; raises SecurityError where that is nothing."""

    def __init__(self) -> None:
        self._units = UNITS
        self._earliest, self._deadline = float("inf"), float("inf")
        self._built: dict[int, tuple[Any, int]] = {}
        """Lists that templates made, with the number of entries at all depths. An object is kept
        here so that its id stays its own."""

    def start(self) -> None:
        """Begin a template: its computing time counts from now."""
        self._earliest, self._deadline = monotonic() + SECONDS, thread_time() + SECONDS

    def spend(self, units: int) -> None:
        """Take `units` off; raises SecurityError where memory or time is used up."""
        self._units -= units
        if self._units < 0:
            raise SecurityError(
                "it needs too much memory: does a loop or a macro repeat too often?"
            )
        # Computing takes no less time than has passed, which costs far less to ask for.
        if monotonic() > self._earliest and thread_time() > self._deadline:
            raise SecurityError(f"it takes longer than {SECONDS:g} seconds: does a loop not end?")

    def call(self) -> None:
        """Charge for one call, include or import."""
        self.spend(_CALL)

    def text(self, length: int) -> None:
        """Charge for a text of `length` characters that is about to be made."""
        if length > LONGEST_TEXT:
            raise SecurityError(f"a text may have at most {LONGEST_TEXT:,} characters")
        self.spend(length)

    def charge(self, value: Any) -> Any:
        """Charge for a value that was made, and return it."""
        if isinstance(value, str):
            self.text(len(value))
        elif isinstance(value, list | tuple | dict):
            self._charge_entries(value)
        elif isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            raise SecurityError("a whole number may have at most 4,096 binary digits")
        else:
            self.spend(1)
        return value

    def count(self, values: Iterable[Any], length: int) -> Iterator[Any]:
        """Yield `values`, each iteration charged by the length of the loop's body in the source."""
        for value in values:
            self.spend(_ENTRY * length)
            yield value

    def join(self, pieces: Iterable[str]) -> str:
        """Return the pieces that a template printed as one text."""
        found = list(pieces)
        self.spend(_ENTRY * len(found))
        self.text(sum(map(len, found)))
        return "".join(found)

    def _charge_entries(self, value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> None:
        children = value.values() if isinstance(value, dict) else value
        entries = 1 + sum(map(self._entries_of, children))
        if entries > MOST_ENTRIES:
            raise SecurityError(f"a list may have at most {MOST_ENTRIES:,} entries")
        self.spend(_ENTRY * (1 + len(value)))
        self._built[id(value)] = (value, entries)

    def _entries_of(self, value: Any) -> int:
        """Count the entries at all depths; those of the report's own data count as one.

        A list that holds one list twice, which holds one twice, …, doubles with each level: without
        this count, comparing two of them would take for ever.
        """
        known = self._built.get(id(value))
        if known is not None:
            return known[1]
        if isinstance(value, tuple):
            return 1 + sum(map(self._entries_of, value))
        return 1


def require_plain(name: str, values: Iterable[Any]) -> None:
    """Raise TypeError unless all `values` are text, numbers, true, false or none."""
    for value in values:
        if isinstance(value, Undefined):
            str(value)  # raises UndefinedError, with the name
        if not isinstance(value, str | int | float | None):
            raise TypeError(f"{name} takes text and numbers, not {describe(value)}")


def require_numbers(operator: str, left: object, right: object) -> None:
    """Raise TypeError unless both operands are numbers."""
    for value in (left, right):
        if isinstance(value, Undefined):
            str(value)
        if not isinstance(value, int | float):
            raise TypeError(f"`{operator}` is for numbers, not {describe(value)}")


def describe(value: object) -> str:
    """Return what a value is, in the words of the documentation of templates."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return "a text"
    return "a function" if callable(value) else f"a {type(value).__name__}"
