"""The store: entries kept by key, each checked at every read.

    <root>/<first two of key>/<key>/            runs
    <root>/<kind>/<first two of key>/<key>/     everything else
    <root>/damaged/                             what was set aside

Correctness does not depend on locks: an entry is written beside its place and renamed into it, so
any number of processes can read and write the same key at once.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import ValidationError

from reportgen.errors import StoreError
from reportgen.results.arrays import UnfitArray
from reportgen.results.entries import (
    Absent,
    Damaged,
    Entry,
    OtherSchema,
    read_entry,
    read_header,
    replace_entry,
    write_entry,
)
from reportgen.results.files import (
    discard,
    explain,
    make_folder,
    plain_errors,
    remove_stale,
    remove_whole,
    rename_free,
    sync_folder,
    temporary_sibling,
)

__all__ = ["DAMAGED", "KINDS", "Entry", "Kind", "Store"]

LOG = logging.getLogger(__name__)

Kept = TypeVar("Kept")

Kind = Literal[
    "run", "dataset", "evaluation", "evaluations", "compressed", "facts", "figure", "measured",
    "digest", "checkpoint",
]  # fmt: skip

KINDS: tuple[Kind, ...] = get_args(Kind)

DAMAGED = "damaged"
"""Folder of the entries that were set aside."""

_REPLACED: frozenset[Kind] = frozenset({"checkpoint"})
"""Kinds whose entry is replaced; of the others, all entries of one key are equivalent."""

_KEY = re.compile(r"[0-9a-f]{16,128}")

_ATTEMPTS = 16
"""How often a writer tries again because another one was first."""


@dataclass(frozen=True)
class Store:
    """Entries under one root folder, which need not exist yet. Cheap to make, safe to pickle."""

    root: Path
    warn: Callable[[str], None] = field(default=LOG.warning, compare=False, repr=False)
    """Called for every damaged entry. In another process, warnings go to the log."""

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        return Store, (self.root,)

    def folder(self, kind: Kind, key: str) -> Path:
        """Return the folder of an entry, whether it exists or not."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not a key")
        return self._shelf(kind) / key[:2] / key

    def read(self, kind: Kind, key: str) -> Entry | None:
        """Return the entry, or None where there is no whole one of this version.

        A damaged entry is set aside with a warning; it is never served. Raises StoreError where the
        store is there, but cannot be read.
        """
        folder = self.folder(kind, key)
        with plain_errors("read", folder):
            try:
                return self._read(folder, kind, key)
            except (Absent, OtherSchema):
                return None
            except Damaged as damage:
                return self._set_aside(kind, key, str(damage))

    def load(self, kind: Kind, key: str, decode: Callable[[Entry], Kept]) -> Kept | None:
        """Return what `decode` makes of an entry, or None where there is none that it accepts.

        One that it refuses (ValidationError, UnfitArray, KeyError) has the right digests, so it was
        written wrongly: it is set aside, to be computed again. Raises StoreError.
        """
        entry = self.read(kind, key)
        try:
            return None if entry is None else decode(entry)
        except (ValidationError, UnfitArray, KeyError) as problem:
            assert entry is not None
            self.set_aside(kind, key, entry, str(problem).splitlines()[0])
            return None

    def read_record(self, kind: Kind, key: str) -> dict[str, Any] | None:
        """Return the record of an entry without reading its files; None where it is not whole."""
        folder = self.folder(kind, key)
        with plain_errors("read", folder):
            try:
                return read_header(folder, kind, key).record
            except (Absent, OtherSchema, Damaged):
                return None

    def write(
        self, kind: Kind, key: str, record: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> None:
        """Keep an entry; durable on return.

        Where a whole entry of this key is there already, it stays (a checkpoint is replaced, and
        the old one is whole until the new one is). A damaged one is replaced. Raises StoreError
        where the entry cannot be written; what was there is whole.
        """
        folder = self.folder(kind, key)
        with plain_errors("write", folder):
            make_folder(folder.parent)
            remove_stale(folder.parent)
            for _ in range(_ATTEMPTS):
                if kind in _REPLACED and _replace(folder, kind, key, record, files):
                    return
                if self._publish(kind, key, record, files):
                    return
        raise StoreError(
            f"cannot write to {folder}, as other processes keep changing it; try again"
        )

    def keys(self, kind: Kind) -> tuple[str, ...]:
        """Return the keys of all entries of a kind, whole or not, in order."""
        shelf = self._shelf(kind)
        with plain_errors("read", shelf):
            if not shelf.is_dir():
                return ()
            found = (path.name for path in shelf.glob("[0-9a-f][0-9a-f]/*"))
            return tuple(sorted(name for name in found if _KEY.fullmatch(name)))

    def remove(self, kind: Kind, key: str) -> None:
        """Remove an entry; one that is not there is fine. Raises StoreError."""
        folder = self.folder(kind, key)
        with plain_errors("remove", folder):
            remove_whole(folder)

    def set_aside(self, kind: Kind, key: str, entry: Entry, reason: str) -> None:
        """Set aside an entry that is whole but makes no sense to its reader, with a warning."""
        self._set_aside(kind, key, reason, refused=entry.digest)

    def shelves(self) -> Iterator[Path]:
        """Yield every folder that may contain entries, and leftovers of killed processes."""
        for kind in KINDS:
            yield from sorted(self._shelf(kind).glob("[0-9a-f][0-9a-f]"))

    def _shelf(self, kind: Kind) -> Path:
        return self.root if kind == "run" else self.root / kind

    def _read(self, folder: Path, kind: Kind, key: str) -> Entry:
        try:
            return read_entry(folder, kind, key)
        except Damaged:
            # A writer may have replaced it between two reads; then it is whole the second time.
            return read_entry(folder, kind, key)

    def _publish(
        self, kind: Kind, key: str, record: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> bool:
        """Write a new entry and rename it into place; False where the place was taken."""
        folder = self.folder(kind, key)
        staging = temporary_sibling(folder)
        try:
            os.mkdir(staging)  # noqa: PTH102
            write_entry(staging, kind, key, record, files)
            while not rename_free(staging, folder):
                if kind in _REPLACED:
                    return False
                if self.read(kind, key) or self._set_aside(
                    kind, key, "it was written by another version"
                ):
                    # The other writer's copy is equivalent; this one is not needed.
                    return True
                if folder.exists():
                    return False
            sync_folder(folder.parent)
        finally:
            discard(staging)
        return True

    def _set_aside(
        self, kind: Kind, key: str, reason: str, refused: str | None = None
    ) -> Entry | None:
        """Move an entry to the damaged ones; return it where it is whole after all.

        Another process may have replaced the damaged entry by a whole one since it was read. So the
        moved entry is checked again, and put back where it is whole and not the `refused` one.
        """
        folder = self.folder(kind, key)
        aside = self.root / DAMAGED / f"{kind}-{key}-{secrets.token_hex(4)}"
        try:
            make_folder(aside.parent)
            os.rename(folder, aside)  # noqa: PTH104
        except FileNotFoundError:
            return None
        except OSError as error:
            self.warn(
                f"{folder} is damaged ({reason}) and could not be set aside: {explain(error)}"
            )
            return None
        try:
            entry = read_entry(aside, kind, key)
        except (Absent, Damaged, OtherSchema):
            entry = None
        if entry is None or entry.digest == refused:
            self.warn(f"{folder} was damaged ({reason}); it was set aside as {aside}")
            return None
        if not rename_free(aside, folder):
            # Another writer has filled its place already.
            discard(aside)
        return entry


def _replace(
    folder: Path, kind: Kind, key: str, record: Mapping[str, Any], files: Mapping[str, bytes]
) -> bool:
    """Replace the entry in place; False where there is none, or it was removed meanwhile."""
    if not folder.is_dir():
        return False
    try:
        replace_entry(folder, kind, key, record, files)
        sync_folder(folder)
    except FileNotFoundError:
        return False
    return True
