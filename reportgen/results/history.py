"""Earlier builds: `history/<time of the build>/` beside the current one."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reportgen.results.files import (
    discard,
    holds,
    list_folder,
    make_folder,
    rename_free,
    sync_folder,
    temporary_sibling,
    write_new,
)
from reportgen.results.results_json import RESULTS, read_results

HISTORY = "history"

KEPT = (RESULTS, "report.html", "report.pdf")
"""The files of a build that the history keeps."""


def keep_previous(folder: Path) -> None:
    """Link the current build into the history, unless it is there already or does not exist.

    Raises `OSError` where the history cannot be written; the current build is as it was.
    """
    previous = folder / RESULTS
    if read_results(folder) is None:
        return
    data = previous.read_bytes()
    earlier = history_folders(folder)
    # An earlier attempt to publish may have been killed after this step; then the documents beside
    # the same results may be newer ones already.
    if earlier and holds(earlier[-1] / RESULTS, data):
        return
    place = _free_place(folder, previous.stat().st_mtime, earlier)
    staging = temporary_sibling(place)
    try:
        make_folder(place.parent)
        os.mkdir(staging)  # noqa: PTH102
        for name in KEPT:
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
        shutil.copystat(source, target)


def prune_history(folder: Path, keep: int) -> None:
    """Remove all but the latest `keep` earlier builds; raises `OSError`."""
    earlier = history_folders(folder)
    for path in earlier[: len(earlier) - keep] if keep < len(earlier) else []:
        doomed = temporary_sibling(path)
        try:
            os.rename(path, doomed)  # noqa: PTH104
        except FileNotFoundError:
            # Another process prunes at the same time.
            continue
        discard(doomed)


def history_folders(folder: Path) -> list[Path]:
    """Return the folders of the earlier builds, oldest first."""
    found = (path for path in list_folder(folder / HISTORY) if not path.name.startswith("."))
    return sorted(path for path in found if (path / RESULTS).is_file())
