"""What a process that builds again and again keeps in memory of its last builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Kept = TypeVar("Kept")


class Memory:
    """Results under the digests of all that they are made from; the latest ones only."""

    def __init__(self, most: int = 12) -> None:
        """Keep at most so many results: those of about two experiments."""
        self._most = most
        self._kept: dict[str, Any] = {}

    def recall(self, key: str, make: Callable[[], Kept]) -> Kept:
        """Return what is kept under `key`, or else what `make` returns, which is kept then."""
        found: Kept = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return found
