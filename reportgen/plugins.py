"""Plug-ins: the user's own code that an experiment file names."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
import traceback
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from reportgen.config.keys import canonical_json
from reportgen.errors import PluginFailed

_REFERENCE = re.compile(r"(?P<module>.+\.py|[^\W\d]\w*(\.\w+)*):(?P<name>[^\W\d]\w*)")


def is_reference(text: str) -> bool:
    """Return whether a text names a plug-in: `file.py:name` or `package.module:name`."""
    return _REFERENCE.fullmatch(text) is not None


def plugin_file(reference: str, folder: Path) -> Path | None:
    """Return the file that a reference names, from `folder`; None where it names a module."""
    module, _, _ = reference.rpartition(":")
    return (folder / module).resolve() if module.endswith(".py") else None


def load_plugin(reference: str, folder: Path) -> Any:
    """Return what a reference names; `folder` is that of the experiment file.

    Its code runs. Raises PluginFailed where there is no such file, module or name, or where the
    code raises: the message names the line of the user's file.
    """
    module_name, _, name = reference.rpartition(":")
    path = plugin_file(reference, folder)
    try:
        module = importlib.import_module(module_name) if path is None else _load_file(path)
    except FileNotFoundError as error:
        raise PluginFailed(f"{reference}: there is no file {path}") from error
    except Exception as error:
        raise PluginFailed(f"{reference} cannot be loaded: {describe_failure(error)}") from error
    if not hasattr(module, name):
        known = ", ".join(each for each in vars(module) if not each.startswith("_")) or "nothing"
        raise PluginFailed(f"{reference}: there is no {name!r} in it; it has {known}")
    return getattr(module, name)


def describe_failure(error: BaseException) -> str:
    """Return what a user's code raised and on which line of which file, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_ours(frame.filename)]
    what = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, SyntaxError) or not own:
        return what
    return f"{own[-1].filename}, line {own[-1].lineno}: {what}"


def _is_ours(filename: str) -> bool:
    package = str(Path(__file__).parent)
    return filename.startswith((package, "<frozen")) or filename == importlib.__file__


def _load_file(path: Path) -> ModuleType:
    name = f"reportgen_plugin_{sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    # Classes of the module are pickled by its name, and dataclasses look it up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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
