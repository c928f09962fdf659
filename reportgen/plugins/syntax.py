"""The syntax trees of a plug-in's files, and the names that they define."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from reportgen.plugins.digests import parse as parse_source
from reportgen.plugins.signatures import nearest


class PluginProblem(Exception):  # noqa: N818
    """A plug-in cannot be found or read; the message states why, and what is allowed."""


Found = TypeVar("Found")


def read_with(path: Path, read: Callable[[Path], Found]) -> Found:
    """Return what `read` makes of a file; raises PluginProblem where it cannot be read."""
    try:
        return read(path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        file = Path(getattr(error, "filename", None) or path)
        raise PluginProblem(_describe_syntax(file, error)) from error
    except OSError as error:
        raise PluginProblem(f"{path} cannot be read: {error.strerror}") from error


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file; raises PluginProblem where it has none."""
    return read_with(path, lambda file: _parse(file.read_bytes(), str(file)))


@lru_cache(maxsize=32)
def _parse(source: bytes, filename: str) -> ast.Module:
    """Parse each version of a file once: every model of an experiment may name it."""
    return parse_source(source, filename)


def _describe_syntax(path: Path, error: Exception) -> str:
    if not isinstance(error, SyntaxError):
        return f"{path.name} cannot be read as Python: {error or type(error).__name__}"
    line = f": {error.text.strip()}" if error.text and error.text.strip() else ""
    return f"{path.name}, line {error.lineno}: {error.msg}{line}"


def find_name(tree: ast.Module, name: str, where: str) -> ast.AST | None:
    """Return what defines a name at the top level of a file.

    None where it may be defined by what cannot be read: a `*` import or `__getattr__`.
    """
    first, defined, is_open = name.partition(".")[0], {}, False
    for node in _top_level(tree.body):
        for word in _names_of(node):
            defined[word] = node
        is_open |= "*" in defined or "__getattr__" in defined
    if first in defined:
        return defined[first] if "." not in name else None
    if is_open:
        return None
    own = [word for word, node in defined.items() if isinstance(node, _DEFINITIONS)]
    hint = nearest(first, defined) or _list(own)
    raise PluginProblem(f'"{first}" is not defined in {where}{hint}')


_DEFINITIONS = (ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def _list(words: list[str]) -> str:
    shown = [word for word in words if not word.startswith("_")]
    return f"; defined there are {', '.join(shown[:8])}" if shown else ""


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a file, also those below `if` and `try`."""
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody", "handlers"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                for inner in getattr(node, block, []):
                    # `handlers` holds except clauses, which have statements of their own.
                    yield from _top_level(inner.body if hasattr(inner, "type") else [inner])


def _names_of(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (item.id for item in ast.walk(target) if isinstance(item, ast.Name))
