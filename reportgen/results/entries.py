"""One entry of the store on disk: a folder of files, and a record with their digests.

`record.json` starts with the SHA-256 of all that follows in it, and lists the size and the SHA-256
of every other file, so that each byte of an entry is checked at every read. The payload is written
first and the record last: an entry exists only when its record does.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reportgen.reading import read_regular
from reportgen.results.files import discard, is_stale, sync_folder, temporary_sibling, write_new
from reportgen.results.records import SCHEMA, Record

RECORD = "record.json"
LARGEST_RECORD = 2**28
"""Bytes that a record may have."""

_PREFIX = b'{"sha256":"'
_SUFFIX = b'",'
_HEAD = len(_PREFIX) + 64 + len(_SUFFIX)


class Absent(Exception):  # noqa: N818
    """There is no such entry."""


class OtherSchema(Exception):  # noqa: N818
    """The entry is whole, but another version of reportgen wrote it."""


class Damaged(Exception):  # noqa: N818
    """The entry is not what was written; the message names the difference."""


class ListedFile(Record):
    """One file of an entry."""

    bytes: int
    sha256: str
    stored: str
    """Its name on disk."""


class Header(Record):
    """All of `record.json`."""

    sha256: str
    """Of the bytes of `record.json` that follow."""
    schema_version: int
    kind: str
    key: str
    files: dict[str, ListedFile]
    record: dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A whole entry."""

    record: dict[str, Any]
    files: dict[str, bytes]
    digest: str
    """SHA-256 that its record carries; names this entry and no other."""


def write_entry(
    folder: Path, kind: str, key: str, record: Mapping[str, Any], files: Mapping[str, bytes]
) -> None:
    """Write an entry into an empty folder that no other process reads yet; raises `OSError`."""
    for name, data in files.items():
        write_new(folder / name, data)
    stored = {name: name for name in files}
    write_new(folder / RECORD, encode_header(kind, key, record, files, stored))
    # After a power failure the folder must not be without its files.
    sync_folder(folder)


def replace_entry(
    folder: Path, kind: str, key: str, record: Mapping[str, Any], files: Mapping[str, bytes]
) -> None:
    """Replace an entry by another one in a single rename; raises `OSError`.

    The new payload is written beside the old one, under names of its own. Until the new record is
    renamed over the old one the old entry is whole, and from then on the new one.
    """
    replaced = _stored_names(folder, kind, key)
    others = (path for path in folder.iterdir() if path.name not in replaced)
    _remove(folder, (path.name for path in others if is_stale(path)))
    stored = {name: temporary_sibling(folder / name).name for name in files}
    new_record = temporary_sibling(folder / RECORD)
    try:
        for name, data in files.items():
            write_new(folder / stored[name], data)
        write_new(new_record, encode_header(kind, key, record, files, stored))
        os.replace(new_record, folder / RECORD)  # noqa: PTH105
    except BaseException:
        _remove(folder, [*stored.values(), new_record.name])
        raise
    # After a power cut, the old record could be back while its payload is gone.
    sync_folder(folder)
    _remove(folder, replaced)


def encode_header(
    kind: str,
    key: str,
    record: Mapping[str, Any],
    files: Mapping[str, bytes],
    stored: Mapping[str, str],
) -> bytes:
    """Return the bytes of `record.json`; raises `ValueError` for what JSON cannot hold."""
    body = {
        "schema_version": SCHEMA,
        "kind": kind,
        "key": key,
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data).hexdigest(), "stored": stored[name]}
            for name, data in files.items()
        },
        "record": record,
    }
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1)
    rest = text[1:].encode() + b"\n"
    return _PREFIX + sha256(rest).hexdigest().encode() + _SUFFIX + rest


def read_entry(folder: Path, kind: str, key: str) -> Entry:
    """Read an entry and check every byte of it.

    Raises Absent, OtherSchema or Damaged where there is no whole entry of this version, and OSError
    where it cannot be read, damaged or not.
    """
    header = read_header(folder, kind, key)
    files = {name: _read_listed(folder, item) for name, item in header.files.items()}
    return Entry(record=header.record, files=files, digest=header.sha256)


def read_header(folder: Path, kind: str, key: str) -> Header:
    """Read and check the record of an entry, but not the files that it lists; raises likewise."""
    missing = Damaged if folder.is_dir() else Absent
    data = _read(folder / RECORD, missing, LARGEST_RECORD)
    rest = data[_HEAD:]
    if data[:_HEAD] != _PREFIX + sha256(rest).hexdigest().encode() + _SUFFIX:
        raise Damaged(f"{RECORD} does not match its SHA-256")
    header = _parse(data)
    if (header.kind, header.key) != (kind, key):
        raise Damaged(f"{RECORD} belongs to {header.kind} {header.key}")
    return header


def _parse(data: bytes) -> Header:
    try:
        content = json.loads(data)
        if content["schema_version"] != SCHEMA:
            raise OtherSchema(content["schema_version"])
        return Header.model_validate(content)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise Damaged(f"{RECORD} cannot be read as a record") from error


def _read_listed(folder: Path, item: ListedFile) -> bytes:
    if Path(item.stored).name != item.stored:
        raise Damaged(f"{RECORD} lists a file outside the entry")
    path = folder / item.stored
    data = _read(path, Damaged, item.bytes)
    if len(data) != item.bytes:
        raise Damaged(f"{item.stored} has {len(data)} bytes instead of {item.bytes}")
    if sha256(data).hexdigest() != item.sha256:
        raise Damaged(f"{item.stored} does not match its SHA-256")
    return data


def _read(path: Path, missing: type[Exception], most: int) -> bytes:
    try:
        return read_regular(path, most)
    except FileNotFoundError:
        raise missing(f"{path.name} is missing") from None
    except OSError as error:
        if error.errno in _DAMAGE:
            raise Damaged(f"{path.name} cannot be read: {error.strerror}") from error
        raise


_DAMAGE = (errno.EIO, errno.EISDIR, errno.ELOOP, errno.ESTALE, errno.ENODEV, errno.EFBIG)
"""Errors of the system that show a damaged entry, and not a store that cannot be read."""


def _stored_names(folder: Path, kind: str, key: str) -> list[str]:
    try:
        listed = read_header(folder, kind, key).files.values()
    except (Absent, Damaged, OtherSchema):
        # Nothing in the folder is worth keeping.
        return []
    return [item.stored for item in listed if Path(item.stored).name == item.stored]


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        discard(folder / name)
