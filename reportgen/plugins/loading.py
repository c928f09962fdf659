"""Import and call a plug-in; errors in the user's code are reported with the user's line."""

from __future__ import annotations

import importlib
import linecache
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from reportgen.errors import PluginFailed
from reportgen.plugins.finding import Plugin
from reportgen.plugins.signatures import (
    SUPPLIED,
    check_options,
    inspect_signature,
    network_arguments,
)


def load_object(plugin: Plugin) -> Any:
    """Import what a plug-in names.

    A file becomes a module of its own name, which no other plug-in and no package has. Raises
    PluginFailed: it cannot be imported, or its files have changed since they were digested.
    """
    plugin.read_unchanged()
    with user_code(plugin, "importing it"):
        module = _import_file(plugin) if plugin.file else importlib.import_module(plugin.module)
    found: Any = module
    for part in plugin.name.split("."):
        if not hasattr(found, part):
            raise PluginFailed(f'{plugin.reference}: "{plugin.name}" is not defined there')
        found = getattr(found, part)
    return found


def build_network(
    plugin: Plugin, input_shape: tuple[int, ...], classes: int, options: Mapping[str, Any]
) -> Any:
    """Call an architecture with the shape of the data and its options; raises PluginFailed."""
    build = load_object(plugin)
    if not callable(build):
        raise PluginFailed(
            f"{plugin.reference} is {type(build).__name__}, not a function or class that can be "
            "called"
        )
    signature = inspect_signature(build)
    _check_options(plugin, signature, options, SUPPLIED)
    positional, named = network_arguments(signature, input_shape, classes)
    with user_code(plugin, "building the network"):
        return build(*positional, **{**named, **options})


def build_estimator(plugin: Plugin, options: Mapping[str, Any]) -> Any:
    """Return the estimator of a plug-in: a class or function is called with the options.

    An object that is an estimator already, such as a Pipeline in a file, is cloned.
    Raises PluginFailed.
    """
    found = load_object(plugin)
    if hasattr(found, "fit") and hasattr(found, "predict") and not isinstance(found, type):
        from sklearn.base import clone

        with user_code(plugin, "copying the estimator"):
            return clone(found).set_params(**options)
    if not callable(found):
        raise PluginFailed(f"{plugin.reference} is neither an estimator nor a function or class")
    _check_options(plugin, inspect_signature(found), options, ())
    with user_code(plugin, "making the estimator"):
        estimator = found(**options)
    missing = [name for name in ("fit", "predict") if not hasattr(estimator, name)]
    if missing:
        raise PluginFailed(
            f"{plugin.reference} makes a {type(estimator).__name__}, which has no method "
            f"{' and no method '.join(missing)}; an estimator needs fit(X, y) and predict(X)"
        )
    return estimator


@contextmanager
def user_code(plugin: Plugin, action: str) -> Iterator[None]:
    """Turn what the user's code raises into a PluginFailed that shows the user's own line."""
    try:
        yield
    except PluginFailed:
        raise
    except (Exception, SystemExit) as error:
        raise PluginFailed(f"{plugin.reference}: {action} failed: {describe(error, plugin)}") from (
            error
        )


def describe(error: BaseException, plugin: Plugin) -> str:
    """Return what was raised, and where in the user's files."""
    if isinstance(error, SystemExit):
        what = "it ends the process (SystemExit), which a plug-in must not do"
    elif isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}: {error.msg}"
    else:
        message = str(error).strip().split("\n")[0]
        what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    frame = _own_frame(error, plugin)
    if frame is None:
        return what
    line = linecache.getline(frame.filename, frame.lineno or 0).strip()
    where = f"{Path(frame.filename).name}, line {frame.lineno}, in {frame.name}"
    return f"{what}\n    {where}: {line}".rstrip(": ")


def shows_own_line(error: BaseException, plugin: Plugin) -> bool:
    """Return whether the error passed through the plug-in's files."""
    return _own_frame(error, plugin) is not None


def _own_frame(error: BaseException, plugin: Plugin) -> traceback.FrameSummary | None:
    """Return the last frame of a traceback that lies in the plug-in's files."""
    own = {path.resolve() for path in plugin.files.values()}
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((frame for frame in frames if Path(frame.filename).resolve() in own), None)


def _check_options(
    plugin: Plugin, signature: Any, options: Mapping[str, Any], supplied: tuple[str, ...]
) -> None:
    if signature is None:
        return
    for name, message in check_options(signature, options, supplied):
        where = f"options.{name}" if name else "options"
        raise PluginFailed(f"{plugin.reference}: {where}: {message}")


def _import_file(plugin: Plugin) -> ModuleType:
    """Run the plug-in's file; it can import modules beside it, which are then removed again.

    Plug-ins in different folders may have modules of the same name.
    """
    assert plugin.file is not None
    name = (
        f"reportgen_plugin_{plugin.file.stem}_{sha256(str(plugin.file).encode()).hexdigest()[:8]}"
    )
    folder = plugin.file.parent
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(plugin.file)
    before = set(sys.modules)
    sys.modules[name] = module
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(folder))
    try:
        code = compile(plugin.file.read_bytes(), str(plugin.file), "exec")
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(folder))
        # For what is imported inside a function, later.
        sys.path.append(str(folder))
        sys.dont_write_bytecode = writes_bytecode
        own = {path.resolve() for path in plugin.files.values()}
        for other in set(sys.modules) - before - {name}:
            file = getattr(sys.modules[other], "__file__", None)
            if file is not None and Path(file).resolve() in own:
                del sys.modules[other]
    return module
