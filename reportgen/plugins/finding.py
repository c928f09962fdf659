"""Find a plug-in by its reference, and read its files without running them.

A reference is the name of something shipped (`cnn`), a name in a file beside the experiment file
(`mynet.py:ResNet`), a name in an installed module (`sklearn.svm:SVC`), or an entry point of an
installed package.
"""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from importlib.machinery import PathFinder
from io import BytesIO, TextIOWrapper
from pathlib import Path

from reportgen.errors import PluginFailed
from reportgen.plugins.digests import (
    content_digest,
    imported_names,
    local_modules,
)
from reportgen.plugins.signatures import Signature, nearest, read_signature
from reportgen.plugins.syntax import PluginProblem, find_name, parse, read_with
from reportgen.wording import join

SHIPPED: Mapping[str, Mapping[str, str]] = {
    "architecture": {name: f"reportgen.training.architectures:{name}" for name in ("cnn", "mlp")},
    "estimator": {},
}
"""Kind of plug-in → name → `module:name` of those that come with reportgen."""

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of this package."""

OTHER_NAMES = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python"}
"""Package → its distribution, of those that are often used; others are looked up."""

REEXPORTS = 4
"""How many modules are followed to where an imported name is defined."""


_REFERENCE = re.compile(r"(?P<place>.+\.py|[^\W\d]\w*(\.\w+)*):[^\W\d]\w*(\.\w+)*")


def is_reference(text: str) -> bool:
    """Return whether a text has the form `file.py:name` or `package.module:name`."""
    return _REFERENCE.fullmatch(text) is not None


@dataclass(frozen=True)
class Plugin:
    """A plug-in, as read from its files."""

    reference: str
    """As the experiment file writes it."""
    kind: str
    """`architecture`, `estimator` and the like; also the group of entry points."""
    module: str
    """Dotted name of an installed module; empty for a file."""
    name: str
    """What is used of the module or file."""
    file: Path | None = None
    """The file that a reference names; None for an installed module."""
    signature: Signature | None = None
    """None where it cannot be read without running the code."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Name → path of each file that it consists of, those of installed packages left out."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Name → digest of each of these files."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Distribution → version of each installed package that these files import."""

    def read_sources(self) -> dict[str, str]:
        """Return the text of each Python file of the plug-in, by name.

        Raises PluginFailed: a file has changed since it was digested.
        """
        contents = self.read_unchanged()
        return {
            label: TextIOWrapper(BytesIO(content), encoding="utf-8", errors="replace").read()
            for label, content in contents.items()
            if self.files[label].suffix == ".py"
        }

    def read_unchanged(self) -> dict[str, bytes]:
        """Return the content of each file of the plug-in, by name.

        Raises PluginFailed: a file has changed since it was digested.
        """
        contents = {}
        for label, path in self.files.items():
            try:
                contents[label] = path.read_bytes()
                found = content_digest(path, contents[label])
            except (OSError, SyntaxError, ValueError):
                found = ""
            if found != self.digests[label]:
                raise PluginFailed(f"{label} was changed while the report was built; build again")
        return contents

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with reportgen."""
        return self.reference in SHIPPED.get(self.kind, {})


def find_plugin(reference: str, kind: str, folder: Path, declares: Collection[str] = ()) -> Plugin:
    """Return the plug-in of a reference; files are looked for in `folder`.

    `declares` names further files that it consists of. Runs none of its code. Raises PluginProblem.
    """
    target = SHIPPED.get(kind, {}).get(reference)
    if target is not None:
        return _describe_shipped(reference, kind, target)
    place, separator, name = reference.rpartition(":")
    if not separator:
        place, name = _find_entry_point(reference, kind, folder)
    if not place or not name:
        raise PluginProblem(f"must be written FILE.py:NAME or MODULE:NAME, not {reference!r}")
    if place.endswith(".py"):
        return _find_in_file(reference, kind, folder, place, name, declares)
    return _find_in_module(reference, kind, folder, place, name, declares)


def require_plugin(
    reference: str, kind: str, folder: Path, setting: str, declares: Collection[str] = ()
) -> Plugin:
    """Return the plug-in of a reference that was checked before; `setting` names it in messages.

    Raises PluginFailed: it has been removed or damaged since.
    """
    try:
        return find_plugin(reference, kind, folder, declares)
    except PluginProblem as problem:
        raise PluginFailed(f"{setting}: {problem}") from problem


def _describe_shipped(reference: str, kind: str, target: str) -> Plugin:
    module, _, name = target.partition(":")
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    node = find_name(parse(path), name, path.name)
    return Plugin(reference, kind, module, name, signature=read_signature(node) if node else None)


def _find_entry_point(reference: str, kind: str, folder: Path) -> tuple[str, str]:
    """Return module and name of the entry point that a bare word means."""
    group = f"reportgen.{kind.removesuffix('y')}ies" if kind.endswith("y") else f"reportgen.{kind}s"
    points = {item.name: item.value for item in metadata.entry_points(group=group)}
    if reference in points:
        module, _, name = points[reference].partition(":")
        return module, name
    known = [*SHIPPED.get(kind, {}), *points]
    if reference.endswith(".py") or (folder / f"{reference}.py").is_file():
        file = reference if reference.endswith(".py") else f"{reference}.py"
        raise PluginProblem(
            f'names only a file; write "{file}:NAME" with a name that the file defines'
        )
    allowed = join([f'"{word}"' for word in (*known, "FILE.py:NAME", "MODULE:NAME")], "or")
    hint = nearest(reference, known)
    module, _, attribute = reference.rpartition(".")
    if module and not hint:
        hint = f'; did you mean "{module}:{attribute}"?'
    raise PluginProblem(f'must be {allowed}, not the text "{reference}"{hint}')


def _find_in_file(
    reference: str, kind: str, folder: Path, place: str, name: str, declares: Collection[str]
) -> Plugin:
    path = folder / place
    if not path.is_file():
        others = [item.name for item in sorted(path.parent.glob("*.py"))]
        raise PluginProblem(f"there is no file {path}{nearest(path.name, others)}")
    node = find_name(parse(path), name, path.name)
    found = {place: path, **_declared(folder, declares)}
    for file in read_with(path, local_modules):
        found.setdefault(file.relative_to(path.parent).as_posix(), file)
    plugin = Plugin(reference, kind, module="", name=name, file=path.resolve())
    return _describe(plugin, node, found)


def _find_in_module(
    reference: str, kind: str, folder: Path, module: str, name: str, declares: Collection[str]
) -> Plugin:
    path = find_module(module)
    if path is None:
        raise PluginProblem(
            f'there is no module "{module}"; install the package that contains it, '
            f'or write "FILE.py:{name}" for a file beside the experiment file'
        )
    node = _follow(path, module, name, REEXPORTS)
    found = {} if is_installed(path) else _package_files(path, module)
    found |= _declared(folder, declares)
    plugin = _describe(Plugin(reference, kind, module=module, name=name), node, found)
    return replace(plugin, versions={**versions_of({module.partition(".")[0]}), **plugin.versions})


def _describe(plugin: Plugin, node: ast.AST | None, files: Mapping[str, Path]) -> Plugin:
    """Return a plug-in with its signature, and with what its files are and import."""
    return replace(
        plugin,
        signature=None if node is None else read_signature(node),
        files=files,
        digests={label: read_with(file, _digest) for label, file in files.items()},
        versions=_imported_versions(files.values()),
    )


def _digest(path: Path) -> str:
    return content_digest(path, path.read_bytes())


def find_module(module: str) -> Path | None:
    """Return the file of an installed module, without importing it or its parents.

    None where there is none, or where it has no Python file.
    """
    path: list[str] | None = None
    origin: str | None = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
        origin = spec.origin
    return Path(origin) if origin is not None and origin.endswith(".py") else None


def _follow(path: Path, module: str, name: str, steps: int) -> ast.AST | None:
    """Return the definition of a name, in the module or where it is imported from."""
    first = name.partition(".")[0]
    node = find_name(parse(path), first, f"module {module}")
    if not isinstance(node, ast.ImportFrom) or steps == 0 or "." in name:
        return None if "." in name else node
    parts = module.split(".")
    package = parts if path.name == "__init__.py" else parts[:-1]
    base = package[: len(package) - (node.level - 1)] if node.level else []
    source = ".".join([*base, *([node.module] if node.module else [])])
    original = next((a.name for a in node.names if (a.asname or a.name) == first), first)
    origin = find_module(source)
    return None if origin is None else _follow(origin, source, original, steps - 1)


def _declared(folder: Path, declares: Collection[str]) -> dict[str, Path]:
    found = {}
    for name in declares:
        path = folder / name
        if not path.is_file():
            others = [item.name for item in sorted(folder.glob("*")) if item.is_file()]
            raise PluginProblem(
                f"declares {name}, but there is no file {path}{nearest(path.name, others)}"
            )
        found[name] = path
    return found


def _package_files(path: Path, module: str) -> dict[str, Path]:
    """Return the files of a package that is not installed: any of them may be run."""
    top = module.partition(".")[0]
    root = path.parents[module.count(".") + (path.name == "__init__.py")]
    files = sorted((root / top).rglob("*.py")) if (root / top).is_dir() else [path]
    return {file.relative_to(root).as_posix(): file for file in files}


def _imported_versions(files: Collection[Path]) -> dict[str, str]:
    names = {
        name.partition(".")[0]
        for file in files
        if file.suffix == ".py"
        for level, name in imported_names(parse(file))
        if not level
    }
    return versions_of(names - set(sys.stdlib_module_names))


def is_installed(path: Path) -> bool:
    """Return whether a file belongs to an installed package, which its version identifies."""
    homes = (sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib"))
    return any(path.resolve().is_relative_to(Path(home).resolve()) for home in homes)


def versions_of(packages: Collection[str]) -> dict[str, str]:
    """Return the version of each distribution that provides one of the packages."""
    versions, unknown = {}, []
    for package in packages:
        name = OTHER_NAMES.get(package, package)
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            unknown.append(package)
    for package in unknown:
        versions |= {name: metadata.version(name) for name in _providers().get(package, [])}
    return dict(sorted(versions.items()))


@cache
def _providers() -> Mapping[str, list[str]]:
    """Return the distributions that provide each package: the metadata of all are read for it."""
    return metadata.packages_distributions()
