"""Builds on disk: publishing one whole, listing them, and keeping the earlier ones.

output/<experiment>/report.html, report.pdf, results.json, predictions.npz, figures/*.svg
output/<experiment>/history/<time of the build>/results.json, report.html, report.pdf
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from reportgen.errors import StoreError
from reportgen.results.files import (
    discard,
    holds,
    list_folder,
    make_folder,
    plain_errors,
    remove_stale,
    remove_whole,
    rename_free,
    sync_folder,
    temporary_sibling,
    write_new,
)
from reportgen.results.results_json import RESULTS, read_results

LOG = logging.getLogger(__name__)

FIGURES = "figures"
HISTORY = "history"
DOCUMENTS = ("report.html", "report.pdf")
STORE = "store"
"""Folder beside the builds, for the store."""

_LOCK_SECONDS = 20.0


@dataclass(frozen=True)
class Build:
    """One build on disk."""

    experiment: str
    """Slug, which is the name of its folder in the output folder."""
    folder: Path
    published: datetime
    """When its `results.json` was written, UTC."""
    results: dict[str, Any]


def publish_build(
    folder: Path,
    files: Mapping[str, bytes],
    keep: int,
    replaces_draft: bool = False,
    amend: Callable[[Mapping[str, bytes]], Mapping[str, bytes]] = dict,
) -> None:
    """Publish `files` (path in the folder → bytes) as the build in `folder`.

    `amend` adds to the files what is taken over from the build that they replace. It is called
    again under the lock, when no other process changes that build.

    All files are first written beside their places, so that a full disk leaves the previous build
    as it was. The previous build then goes to the history (where its `results.json` differs), and
    the files are renamed into place; `results.json` last, after documents of other results that
    have no successor are removed. A process that is killed between two renames leaves some files of
    the new build beside others of the old one, each of them whole, and the next build publishes
    what is missing. Files that are the same are not touched. Afterwards figures of other results
    are removed, and so are all but the latest `keep` earlier builds. A previous build that was a
    draft is not kept. Raises StoreError where the folder cannot be written.
    """
    with plain_errors("write to", folder):
        published = not _unfit_figures(folder, files) and all(
            holds(folder / PurePosixPath(name), data) for name, data in amend(files).items()
        )
        if published and len(_history_folders(folder)) <= keep:
            return
        make_folder(folder)
        with one_publisher(folder):
            # Again, as what it adds may have changed before the lock was taken.
            files = amend(files)
            for place in (folder, folder / FIGURES, folder / HISTORY):
                if place.is_dir():
                    remove_stale(place)
            order = sorted(files, key=lambda name: (name == RESULTS, name))
            _replace_files(
                folder, {name: files[name] for name in order}, 0 if replaces_draft else keep
            )
            earlier = _history_folders(folder)
            for path in earlier[: max(len(earlier) - keep, 0)]:
                remove_whole(path)


def list_builds(output: Path) -> tuple[Build, ...]:
    """Return the current build of every experiment in an output folder, by name.

    One that cannot be read is left out with a warning. Raises StoreError where `output` cannot be.
    """
    with plain_errors("read", output):
        folders = sorted(
            path for path in list_folder(output) if path.name != STORE and path.is_dir()
        )
    return tuple(build for folder in folders for build in _read_build(folder.name, folder))


def list_history(folder: Path) -> tuple[Build, ...]:
    """Return the earlier builds of the experiment in `folder`, oldest first; as `list_builds`."""
    with plain_errors("read", folder):
        folders = _history_folders(folder)
    return tuple(build for path in folders for build in _read_build(folder.name, path))


def _read_build(experiment: str, folder: Path) -> Iterator[Build]:
    try:
        results = read_results(folder)
    except StoreError as error:
        LOG.warning("%s is left out: %s", folder, error)
        return
    if results is not None:
        with plain_errors("read", folder):
            seconds = (folder / RESULTS).stat().st_mtime
        yield Build(experiment, folder, datetime.fromtimestamp(seconds, UTC), results)


@contextmanager
def one_publisher(folder: Path) -> Iterator[None]:
    """Let processes change a build one after the other; where locks do not work, at the same time.

    Without the lock every file would still be whole, but two different builds might be mixed.
    """
    # Only what writes needs it.
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".publish.lock")
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except (Timeout, NotImplementedError, OSError) as error:
        LOG.info("%s is published to without a lock: %s", folder, error)
    try:
        yield
    finally:
        lock.release()


def _replace_files(folder: Path, files: Mapping[str, bytes], keep: int) -> None:
    """Stage what changed, keep the previous build, then rename; `files` are in order."""
    staged: dict[Path, Path] = {}
    try:
        for name, data in files.items():
            path = folder / PurePosixPath(name)
            if not holds(path, data):
                make_folder(path.parent)
                staged[path] = temporary_sibling(path)
                write_new(staged[path], data)
        if folder / RESULTS in staged and keep:
            _keep_previous(folder)
        for path, temporary in staged.items():
            if path == folder / RESULTS:
                # Afterwards documents of the old results could not be distinguished from new ones.
                _remove_unfit_documents(folder, files)
            os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        for temporary in staged.values():
            discard(temporary)
        raise
    for place in sorted({path.parent for path in staged}):
        sync_folder(place)
    for path in _unfit_figures(folder, files):
        path.unlink(missing_ok=True)


def _unfit_figures(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Return the drawings of other builds; files that reportgen did not write are left alone."""
    found = (path for path in list_folder(folder / FIGURES) if path.suffix == ".svg")
    return [path for path in found if f"{FIGURES}/{path.name}" not in files and _is_drawing(path)]


def _is_drawing(path: Path) -> bool:
    """Whether a file begins as the drawings of reportgen do, which name their title by the slug."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f' aria-labelledby="{path.stem}-title"'.encode() in file.read(500)


def _remove_unfit_documents(folder: Path, files: Mapping[str, bytes]) -> None:
    """Remove the documents that the build does not replace: they have other numbers."""
    for name in DOCUMENTS:
        if name not in files:
            (folder / name).unlink(missing_ok=True)


def _keep_previous(folder: Path) -> None:
    """Link the current build into the history, unless it is there already or does not exist.

    Raises `OSError` where the history cannot be written; the current build is as it was.
    """
    previous = folder / RESULTS
    if read_results(folder) is None:
        return
    data = previous.read_bytes()
    earlier = _history_folders(folder)
    # An earlier attempt to publish may have been killed after this step; then the documents beside
    # the same results may be newer ones already.
    if earlier and holds(earlier[-1] / RESULTS, data):
        return
    place = _free_place(folder, previous.stat().st_mtime, earlier)
    staging = temporary_sibling(place)
    try:
        make_folder(place.parent)
        os.mkdir(staging)  # noqa: PTH102
        for name in (RESULTS, *DOCUMENTS):
            if (folder / name).is_file():
                _link(folder / name, staging / name)
        sync_folder(staging)
        # False where another process kept the same build first.
        rename_free(staging, place)
        sync_folder(place.parent)
    finally:
        discard(staging)


def _free_place(folder: Path, seconds: float, earlier: Sequence[Path]) -> Path:
    """Return an unused folder in the history that sorts behind all `earlier` ones."""
    moment = datetime.fromtimestamp(seconds, UTC)
    name = f"{moment:%Y-%m-%dT%H-%M-%S}.{moment.microsecond // 1000:03d}Z"
    latest = earlier[-1].name if earlier else ""
    # A clock that was set back must not change the order of builds.
    return folder / HISTORY / (name if name > latest else f"{latest}+")


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; where that is not possible, copy it.

    Published files are only ever replaced by a rename, so a second name keeps the old content.
    """
    try:
        os.link(source, target)
    except OSError as error:
        unsupported = (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)
        if error.errno not in unsupported:
            raise
        write_new(target, source.read_bytes())
        # The time of a build is that of its results.json.
        shutil.copystat(source, target)


def _history_folders(folder: Path) -> list[Path]:
    """Return the folders of the earlier builds, oldest first."""
    found = (path for path in list_folder(folder / HISTORY) if not path.name.startswith("."))
    return sorted(path for path in found if (path / RESULTS).is_file())
