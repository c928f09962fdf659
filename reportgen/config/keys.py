"""Digests: of records, as canonical JSON, and of source files, as syntax trees or bytes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from pydantic import BaseModel


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


def source_digests(folder: Path) -> dict[str, str]:
    """Return, for each Python file below `folder`, the SHA-256 of its syntax tree.

    Comments, layout and docstrings do not count. Files are named by their path in `folder`, with
    forward slashes, in order.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    return {name: source_digest(paths[name].read_bytes()) for name in sorted(paths)}


def file_digests(folder: Path) -> dict[str, str]:
    """Return, for each Python file below `folder`, the SHA-256 of its bytes.

    For what is quick to compute again: a quarter of a rebuild would go into syntax trees.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    return {name: sha256(paths[name].read_bytes()).hexdigest() for name in sorted(paths)}


@cache
def package_version(name: str) -> str:
    """Return the version of an installed package, as `importlib.metadata.version` does.

    That reads all of a package's description as an e-mail, for each package anew.
    Raises PackageNotFoundError where it is not installed.
    """
    found = distribution(name)
    header = _VERSION.search(found.read_text("METADATA") or "")
    return header[1] if header else found.version


_VERSION = re.compile(r"^Version: *(\S+) *$", re.MULTILINE)


@lru_cache(maxsize=512)
def source_digest(source: bytes) -> str:
    """Return the SHA-256 of the syntax tree of one file; raises SyntaxError where it has none.

    Remembered: a served report is rebuilt many times in one process, and parsing is slow.
    """
    return sha256(canonical_json(_plain(ast.parse(source)))).hexdigest()


def _plain(node: object) -> object:
    """Reduce a syntax tree to lists and strings.

    `ast.dump` would do, but what it writes differs between versions of Python: fields that are
    empty are left out here, so that a field added by a later version changes no digest.
    """
    if isinstance(node, ast.AST):
        # A plain loop: every build walks the whole training room.
        kept: list[object] = [type(node).__name__]
        for name in node._fields:
            value = None if name == "ctx" else getattr(node, name, None)
            if value is not None and (plain := _plain(value)) != []:
                kept.append([name, plain])
        return kept
    if isinstance(node, list):
        return [_plain(item) for item in node if not _is_docstring(item)]
    return f"{type(node).__name__} {node!r}"


def _is_docstring(node: object) -> bool:
    """Say whether a statement is nothing but a string, as docstrings are."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
