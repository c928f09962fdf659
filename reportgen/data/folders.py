"""The four files of a data set in one folder: found, compressed or not, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays, limit_examples
from reportgen.data.catalogue import DatasetFacts, FileFacts
from reportgen.data.idx import Bytes, content_digest, damage, find_fault, read_content, to_array
from reportgen.data.source import SourceFile
from reportgen.errors import DataDamaged


def raw_folders(
    folder: Path, facts: DatasetFacts, catalogue: Mapping[str, DatasetFacts]
) -> Iterator[Path]:
    """Yield the folders at or below `folder` that hold files of the data set, likeliest first.

    All data sets have files of the same names: a folder that bears another one's is left alone.
    """
    others = {other.folder for other in catalogue.values()} - {facts.folder}
    for raw in (folder / facts.folder / "raw", folder / facts.folder, folder / "raw", folder):
        if holds_any(raw, facts) and not others & set(raw.absolute().parts[-2:]):
            yield raw


def holds_any(raw: Path, facts: DatasetFacts) -> bool:
    """Say whether any file of the data set is in `raw`."""
    return any(_find_file(raw, file) for file in facts.files)


def _find_file(raw: Path, facts: FileFacts) -> Path | None:
    """Return the path of a file, compressed or not; the uncompressed one is quicker to read."""
    paths = (raw / facts.name, raw / f"{facts.name}.gz")
    return next((path for path in paths if path.exists()), None)


def absence(folder: Path, facts: DatasetFacts) -> str:
    """Return what is not to be seen in `folder`."""
    if not folder.is_dir():
        return "there is no such folder"
    first = f"{facts.folder}/raw/{facts.files[0].name}"
    return f"no files of {facts.title} are there ({first} and three more)"


def check_folder(raw: Path, facts: DatasetFacts) -> tuple[SourceFile, ...]:
    """Return the checked files in `raw`; raises DataDamaged where one is missing or wrong."""
    paths = [_find_file(raw, file) for file in facts.files]
    missing = [file.name for file, path in zip(facts.files, paths, strict=True) if path is None]
    if missing:
        raise DataDamaged(
            f"{raw} is incomplete: {', '.join(missing)} (or the same with .gz) not found there.\n"
            "  Nothing was trained on it. Put all four files there, or take the rest away."
        )
    # Reading, unpacking and hashing leave the interpreter to the other threads.
    with ThreadPoolExecutor(len(paths)) as threads:
        jobs = [
            threads.submit(_check_file, path, file, len(facts.classes))
            for path, file in zip(paths, facts.files, strict=True)
            if path is not None
        ]
        return tuple(job.result() for job in jobs)


def _check_file(path: Path, facts: FileFacts, classes: int) -> SourceFile:
    content = read_content(path)
    found = content_digest(content)
    fault = find_fault(content, found, facts, classes)
    if fault:
        raise DataDamaged(damage(path, fault))
    return SourceFile(path, facts.name, facts.usage, len(content), found)


def read_files(files: Sequence[SourceFile], classes: tuple[str, ...], data: Data) -> DataArrays:
    """Return what four checked files contain, cut to the limits that `data` sets.

    Raises DataDamaged where a file is no longer what it was when it was checked.
    """
    train, train_labels, test, test_labels = (to_array(read_again(file)) for file in files)
    return limit_examples(grey_images((train, train_labels), (test, test_labels), classes), data)


def grey_images(
    train: tuple[Bytes, Bytes], test: tuple[Bytes, Bytes], classes: tuple[str, ...]
) -> DataArrays:
    """Return images, `[n, height, width]`, and labels as arrays, with the axis of one channel."""
    return DataArrays(
        train[0][:, None],
        train[1].astype(np.int32),
        test[0][:, None],
        test[1].astype(np.int32),
        classes,
    )


def read_again(file: SourceFile) -> Bytes:
    """Return the content of a checked file; raises DataDamaged where it is another one by now."""
    content = read_content(file.path)
    found = content_digest(content)
    if found != file.sha256:
        fault = f"it changed after it was checked: SHA-256 was {file.sha256} and is {found}"
        raise DataDamaged(damage(file.path, fault))
    return content
