"""Arguments of the public functions, checked: callers may not use a type checker."""

from __future__ import annotations

import os
from collections.abc import Iterable
from numbers import Integral
from pathlib import Path
from typing import Any

from reportgen.errors import UsageError
from reportgen.wording import shorten

LONGEST = 60
"""Characters of a wrong value that a message shows."""


def as_path(argument: str, value: Any) -> Path:
    """Return an argument as a path; raises UsageError where it cannot be one."""
    if not isinstance(value, str | os.PathLike) or "\0" in str(value):
        raise _wrong(argument, 'a path, such as "output" or Path("output")', value)
    return Path(value)


def as_text(argument: str, value: Any) -> str | None:
    """Return an argument that is text or None; raises UsageError for anything else."""
    if value is None or isinstance(value, str):
        return value
    raise _wrong(argument, "text", value)


def as_names(argument: str, value: Any) -> tuple[str, ...]:
    """Return names of classes, which may be in an array or be whole numbers, as text.

    For None there are no names. Raises UsageError for anything but several names.
    """
    if value is None:
        return ()
    names = () if isinstance(value, str | bytes) or not isinstance(value, Iterable) else (*value,)
    whole = [isinstance(name, Integral) and not isinstance(name, bool) for name in names]
    if not names or not all(
        number or isinstance(name, str) for number, name in zip(whole, names, strict=True)
    ):
        raise _wrong(argument, 'a list of names, such as ["cat", "dog"]', value)
    return tuple(map(str, names))


def _wrong(argument: str, expected: str, value: Any) -> UsageError:
    return UsageError(f"{argument} must be {expected}, not {shorten(repr(value), LONGEST)}")
