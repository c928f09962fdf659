"""Digests: of records, as canonical JSON, and of source files, as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from reportgen.resources import resource_folder


def digest(record: BaseModel | Mapping[str, Any]) -> str:
    """Return the SHA-256 of `record` as canonical JSON, in hexadecimal.

    Canonical: keys in order, no white space, numbers as Python's `repr`. Raises ValueError where a
    number is infinite or not a number.
    """
    value = record.model_dump(mode="json") if isinstance(record, BaseModel) else dict(record)
    return sha256(canonical_json(value)).hexdigest()


def canonical_json(value: object) -> bytes:
    """Return `value` as JSON that is the same bytes for equal values."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def differences(
    first: Mapping[str, Any], second: Mapping[str, Any], start: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted path of each value that differs in nested tables, and both values.

    A value that is not there is None. Paths are in the order of `first`, then of `second`.
    """
    for name in {**first, **second}:
        one, other = first.get(name), second.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from differences(one, other, f"{start}{name}.")
        elif one != other:
            yield f"{start}{name}", one, other


@cache
def file_digests(folder: Path) -> Mapping[str, str]:
    """Return, for each Python file below `folder`, the SHA-256 of its bytes.

    Files are named by their path in `folder`, with forward slashes, in order. They are read once: a
    process goes on with the code that it has loaded, also where reportgen is updated on disk.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    return {name: sha256(paths[name].read_bytes()).hexdigest() for name in sorted(paths)}


@cache
def code_digest() -> str:
    """Return the SHA-256 of all code and templates of reportgen, which reports follow from.

    It is the same in a checkout and in what was installed from it.
    """
    package, templates = Path(__file__).parents[1], resource_folder("templates")
    files = {
        path.relative_to(package).as_posix(): path
        for path in package.rglob("*")
        if path.suffix in (".py", ".j2") and not path.is_relative_to(templates)
    }
    files |= {
        f"templates/{path.relative_to(templates).as_posix()}": path
        for path in templates.rglob("*")
        if path.suffix in (".j2", ".css", ".js")
    }
    return digest({name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()})


@cache
def module_digest(path: Path) -> str:
    """Return the SHA-256 of the bytes of one Python file, read once as by `file_digests`."""
    return sha256(path.read_bytes()).hexdigest()


@cache
def package_version(name: str) -> str:
    """Return the version of an installed package; raises PackageNotFoundError without one."""
    return version(name)
