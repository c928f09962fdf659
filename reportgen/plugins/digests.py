"""Python source as a syntax tree: its digest, and the local modules that a file imports."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

ATTEMPTS = 20
"""How often parsing is tried where Python raises SystemError (see `parse`)."""


def parse(source: bytes | str, filename: str = "<unknown>") -> ast.Module:
    """Return the syntax tree of Python source; raises SyntaxError where it has none.

    Python 3.11 raises SystemError where a garbage collection interrupts this and another thread
    parses meanwhile, or formats a traceback, as workers of a cluster do: then it is tried again.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(SystemError):
            return ast.parse(source, filename=filename)
    return ast.parse(source, filename=filename)


@lru_cache(maxsize=512)
def source_digest(source: bytes) -> str:
    """Return the SHA-256 of the syntax tree of one file; raises SyntaxError where it has none.

    Comments, layout and docstrings do not change it.
    """
    text = json.dumps(_plain(parse(source)), ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_digest(path: Path, content: bytes) -> str:
    """Return the digest of a file: of its syntax tree where it is Python, else of its bytes.

    `content` is what the file at `path` holds. Raises SyntaxError.
    """
    return source_digest(content) if path.suffix == ".py" else sha256(content).hexdigest()


def local_modules(path: Path) -> list[Path]:
    """Return the files that a file imports from its own folder, and those that they import.

    Imports anywhere in the files count, those inside functions too. Raises OSError, SyntaxError.
    """
    found: dict[Path, None] = {}
    waiting = [path]
    while waiting:
        importer = waiting.pop()
        for module in imported_names(parse(importer.read_bytes(), str(importer))):
            for file in _files_of(module, importer.parent, path.parent):
                if file != path and file not in found:
                    found[file] = None
                    waiting.append(file)
    return list(found)


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each module that a file may import: leading dots, and its dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield (node.level, module)
            # `from package import module` imports a module too.
            yield from ((node.level, f"{module}.{alias.name}".lstrip(".")) for alias in node.names)


def _files_of(module: tuple[int, str], folder: Path, root: Path) -> Iterator[Path]:
    """Yield the files that importing a dotted name runs, as far as they lie in `root`."""
    level, name = module
    start = root
    if level:
        # Both may be relative to the working folder.
        above, top = (
            Path(os.path.normpath(each.absolute()))
            for each in (folder.joinpath(*[".."] * (level - 1)), root)
        )
        if not above.is_relative_to(top):
            return
        start = root / above.relative_to(top)
    for part in name.split("."):
        for file in (start / f"{part}.py", start / part / "__init__.py"):
            if part and file.is_file():
                yield file
        start = start / part


def _plain(node: object) -> object:
    """Reduce a syntax tree to lists and strings.

    The output of `ast.dump` differs between versions of Python. Here empty fields are left out, so
    that a field added by a later version changes no digest.
    """
    if isinstance(node, ast.AST):
        kept: list[object] = [type(node).__name__]
        for name in node._fields:
            # `ctx` (load, store or delete) follows from the place in the tree.
            value = None if name == "ctx" else getattr(node, name, None)
            if value is not None and (plain := _plain(value)) != []:
                kept.append([name, plain])
        return kept
    if isinstance(node, list):
        return [_plain(item) for item in node if not _is_docstring(item)]
    return f"{type(node).__name__} {node!r}"


def _is_docstring(node: object) -> bool:
    """Return whether a statement is only a string, as docstrings are."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
