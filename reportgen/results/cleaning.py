"""What may be removed from an output folder: everything that no kept report needs.

A report needs the runs that its `results.json` names, the data set that they were trained on and
the drawings that it shows. Current builds are kept, and so are the earlier ones in their history,
unless the rules exclude them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from reportgen.errors import StoreError
from reportgen.reading import read_regular
from reportgen.results.builds import HISTORY, STORE, Build, list_builds, list_history
from reportgen.results.entries import RECORD
from reportgen.results.files import is_stale, list_folder, plain_errors, read_file, remove_whole
from reportgen.results.records import RunRecord
from reportgen.results.results_json import RESULTS, parse_results, run_keys
from reportgen.results.store import DAMAGED, Kind, Store

Category = Literal["build", "run", "checkpoint", "dataset", "cache", "damaged", "leftover"]


_CACHES: dict[Kind, str] = {
    "compressed": "compressed evidence",
    "facts": "an analysis",
    "digest": "a digest",
    "evaluation": "an evaluation of a trained network",
    "evaluations": "all evaluations of a study",
    "figure": "a drawing",
    "measured": "heights of a section in a PDF",
}


@dataclass(frozen=True)
class Rules:
    """What may be removed."""

    before: float
    """Only what was written before this moment, in seconds since 1970. What a running build has
    written is in no report yet, so a day ago is a safe choice."""
    keep_latest: bool = False
    """Whether to remove earlier builds too, and what only they need."""
    everything: bool = False
    """Whether to remove what reports need too; the reports themselves stay."""


@dataclass(frozen=True)
class Item:
    """One thing that may be removed."""

    category: Category
    path: Path
    label: str
    bytes: int
    """Space that is freed."""


@dataclass
class _Needed:
    """What the kept reports need."""

    runs: set[str] = field(default_factory=set)
    data: set[str] = field(default_factory=set)
    drawings: set[str] = field(default_factory=set)
    """SHA-256 of every figure."""


def plan_cleaning(output: Path, rules: Rules) -> tuple[Item, ...]:
    """Return what may be removed from an output folder; removes nothing.

    Nothing that only a link leads to, out of the folder, is part of it. Raises StoreError where
    the folder cannot be read, or it is not known what one of its reports needs.
    """
    with plain_errors("read", output):
        root = output.resolve()
        items = _plan(output, rules)
        # A link may lead to a folder of somebody else.
        return tuple(item for item in items if item.path.parent.resolve().is_relative_to(root))


def remove_items(items: Sequence[Item]) -> int:
    """Remove what was planned, and return the bytes that are free now; raises StoreError."""
    freed = 0
    for item in items:
        with plain_errors("remove", item.path):
            if remove_whole(item.path):
                freed += item.bytes
    return freed


def _plan(output: Path, rules: Rules) -> Iterator[Item]:
    store = Store(output / STORE)
    builds = list_builds(output)
    earlier = [item for build in builds for item in list_history(build.folder)]
    doomed = [build for build in earlier if rules.keep_latest and _is_old(build.folder, rules)]
    kept = [*builds, *(build for build in earlier if build not in doomed)]
    needed = _Needed() if rules.everything else _find_needs(output, kept)
    for build in doomed:
        label = f"{build.experiment}, {build.published:%Y-%m-%d %H:%M} UTC"
        yield Item("build", build.folder, label, _size(build.folder))
    yield from _plan_runs(store, rules, needed)
    yield from _plan_caches(store, rules, needed)
    yield from _plan_leftovers(output, store, rules)


def _find_needs(output: Path, kept: Sequence[Build]) -> _Needed:
    _refuse_unreadable(output)
    needed = _Needed()
    for build in kept:
        needed.runs |= run_keys(build.results)
        data = build.results.get("data")
        needed.data.add(str(data.get("sha256")) if isinstance(data, dict) else "")
        for path in list_folder(build.folder / "figures"):
            with suppress(OSError):  # what is no file of ours
                needed.drawings.add(sha256(read_regular(path)).hexdigest())
    return needed


def _refuse_unreadable(output: Path) -> None:
    """Raise StoreError where what a report needs cannot be read."""
    # `Path.glob` would pass over a folder that cannot be read.
    folders = [path for path in list_folder(output) if path.is_dir()]
    earlier = (path for folder in folders for path in list_folder(folder / HISTORY))
    for path in (folder / RESULTS for folder in chain(folders, earlier) if folder.is_dir()):
        try:
            data = read_file(path)
            if data is not None:
                parse_results(data)
        except ValueError as error:
            raise StoreError(
                f"the runs that {path} needs cannot be determined: {error}; build that report "
                "again, remove its folder, or use --all to remove what any report needs"
            ) from error


def _plan_runs(store: Store, rules: Rules, needed: _Needed) -> Iterator[Item]:
    finished = store.keys("run")
    for key in finished:
        if key not in needed.runs:
            yield from _plan_entry(store, rules, "run", key, "run", _describe_run(store, key))
    for key in store.keys("checkpoint"):
        folder = store.folder("checkpoint", key)
        if key in finished:
            label = f"of a finished run, {key[:12]}"
            yield Item("checkpoint", folder, label, _size(folder))
        else:
            label = f"of an unfinished run, {key[:12]}"
            yield from _plan_entry(store, rules, "checkpoint", key, "checkpoint", label)


def _plan_caches(store: Store, rules: Rules, needed: _Needed) -> Iterator[Item]:
    for key in store.keys("dataset"):
        record = store.read_record("dataset", key) or {}
        if record.get("sha256") not in needed.data:
            label = f"{record.get('title', 'damaged')}, {key[:12]}"
            yield from _plan_entry(store, rules, "dataset", key, "dataset", label)
    for kind, what in _CACHES.items():
        for key in store.keys(kind):
            if kind != "figure" or not _is_shown(store.folder(kind, key), needed):
                yield from _plan_entry(store, rules, kind, key, "cache", f"{what}, {key[:12]}")


def _plan_leftovers(output: Path, store: Store, rules: Rules) -> Iterator[Item]:
    for path in sorted(list_folder(store.root / DAMAGED)):
        if _is_old(path, rules):
            yield Item("damaged", path, path.name[:24], _size(path))
    for path in sorted(list_folder(store.root / "locks")):
        if _is_old(path, rules):
            yield Item("leftover", path, f"lock {path.name[:12]}", _size(path))
    builds = sorted(path for path in list_folder(output) if path.name != STORE)
    places = chain.from_iterable((path, path / "figures", path / HISTORY) for path in builds)
    for folder in [*store.shelves(), *places]:
        for path in sorted(list_folder(folder)):
            if is_stale(path):
                yield Item("leftover", path, path.name[:24], _size(path))


def _plan_entry(
    store: Store, rules: Rules, kind: Kind, key: str, category: Category, label: str
) -> Iterator[Item]:
    folder = store.folder(kind, key)
    if _is_old(folder, rules):
        yield Item(category, folder, label, _size(folder))


def _describe_run(store: Store, key: str) -> str:
    try:
        spec = RunRecord.model_validate(store.read_record("run", key)).ingredients.spec
    except ValidationError:
        return f"damaged, {key[:12]}"
    options = "".join(
        f", {name} {value:g}" if isinstance(value, float) else f", {name} {value}"
        for name, value in spec.options.items()
    )
    return f"{spec.reference}{options}, seed {spec.seed}, {key[:12]}"


def _is_shown(folder: Path, needed: _Needed) -> bool:
    return any(
        sha256(read_regular(path)).hexdigest() in needed.drawings
        for path in list_folder(folder)
        if path.suffix == ".svg"
    )


def _is_old(path: Path, rules: Rules) -> bool:
    """Whether an entry, a build or a file was written before the moment of the rules."""
    marks = [path / RECORD, path / RESULTS, path]
    try:
        mark = next((mark for mark in marks if mark.exists()), path)
        return mark.stat().st_mtime < rules.before
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    """Return the bytes that removing `path` frees: a file with a second name frees none."""
    files = path.rglob("*") if path.is_dir() else [path]
    found = (file.stat() for file in files if file.is_file())
    return sum(status.st_size for status in found if status.st_nlink == 1)
