"""Plug-ins: the user's own code that an experiment file names."""

from __future__ import annotations

import ast
from functools import lru_cache
from hashlib import sha256

from reportgen.config.keys import canonical_json


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
