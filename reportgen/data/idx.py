"""Files of the IDX format, that of MNIST: found, unpacked, checked and read.

The format: a big-endian header (two zero bytes, the type, the number of dimensions, then each
dimension as 32 bits), followed by the values. Only unsigned bytes (type 8) occur here.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays, limit_examples
from reportgen.data.catalogue import DatasetFacts, FileFacts
from reportgen.data.source import SourceFile
from reportgen.errors import DataDamaged
from reportgen.reading import read_regular

UNSIGNED_BYTE = 8
MEAN_TOLERANCE = 0.005
"""How far the mean pixel may lie from the published one, which is rounded to four places."""

Bytes = NDArray[np.uint8]


def raw_folders(
    folder: Path, facts: DatasetFacts, catalogue: Mapping[str, DatasetFacts]
) -> Iterator[Path]:
    """Yield the folders at or below `folder` that hold files of the data set, likeliest first.

    All data sets have files of the same names: a folder named after another one is skipped.
    """
    others = {other.folder for other in catalogue.values()} - {facts.folder}
    for raw in (folder / facts.folder / "raw", folder / facts.folder, folder / "raw", folder):
        if holds_any(raw, facts) and not others & set(raw.absolute().parts[-2:]):
            yield raw


def holds_any(raw: Path, facts: DatasetFacts) -> bool:
    """Return whether any file of the data set is in `raw`."""
    return any(_find_file(raw, file) for file in facts.files)


def _find_file(raw: Path, facts: FileFacts) -> Path | None:
    """Return the path of a file, compressed or not; the uncompressed one is quicker to read."""
    paths = (raw / facts.name, raw / f"{facts.name}.gz")
    return next((path for path in paths if path.exists()), None)


def check_folder(raw: Path, facts: DatasetFacts) -> tuple[SourceFile, ...]:
    """Return the checked files in `raw`; raises DataDamaged where one is missing or wrong."""
    paths = [_find_file(raw, file) for file in facts.files]
    missing = [file.name for file, path in zip(facts.files, paths, strict=True) if path is None]
    if missing:
        raise DataDamaged(
            f"{raw} is incomplete: {', '.join(missing)} (or the same with .gz) not found.\n"
            "  Nothing was trained on it. Put all four files there, or remove the others."
        )
    # Reading, unpacking and hashing release the interpreter lock.
    with ThreadPoolExecutor(len(paths)) as threads:
        jobs = [
            threads.submit(_check_file, path, file, len(facts.classes))
            for path, file in zip(paths, facts.files, strict=True)
            if path is not None
        ]
        return tuple(job.result() for job in jobs)


def _check_file(path: Path, facts: FileFacts, classes: int) -> SourceFile:
    """Return the checked file; it is read once per process, unless its size or times change."""
    status = path.stat()
    unchanged = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _check_content(path, facts, classes, unchanged)


@lru_cache(maxsize=16)
def _check_content(path: Path, facts: FileFacts, classes: int, _: tuple[int, ...]) -> SourceFile:
    content = read_content(path, len(_header(facts)) + int(np.prod(facts.shape)))
    found = content_digest(content)
    fault = find_fault(content, found, facts, classes)
    if fault:
        raise DataDamaged(damage(path, fault))
    return SourceFile(path, facts.name, facts.usage, len(content), found)


def read_content(path: Path, most: int = 2**30) -> Bytes:
    """Return the bytes of a file, `[bytes]`, unpacked where its name ends in `.gz`.

    Raises DataDamaged where the file cannot be read or unpacked, or has more than `most` bytes.
    """
    try:
        if path.suffix != ".gz":
            return np.frombuffer(bytearray(read_regular(path, most)), dtype=np.uint8)
        # From a bytearray: torch warns of arrays that cannot be written to.
        with gzip.open(BytesIO(read_regular(path, 2 * most + 1024))) as file:
            content = np.frombuffer(bytearray(file.read(most + 1)), dtype=np.uint8)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        size = path.stat().st_size
        raise DataDamaged(
            damage(
                path, f"expected a complete gzip file, but its {size:,} bytes cannot be unpacked"
            )
        ) from error
    except OSError as error:
        raise DataDamaged(damage(path, f"it cannot be read ({error.strerror or error})")) from error
    if len(content) > most:
        raise DataDamaged(damage(path, f"expected at most {most:,} bytes, found more"))
    return content


def damage(path: Path, fault: str) -> str:
    """Return the message for a damaged file: which one, what is wrong with it, what to do."""
    return (
        f"{path} is damaged: {fault}.\n"
        "  Nothing was trained on it. Replace it with a good copy, or remove it so that the data "
        "set is looked for elsewhere."
    )


def content_digest(content: Bytes) -> str:
    """Return the SHA-256 of the bytes."""
    return sha256(content.data).hexdigest()


def find_fault(content: Bytes, digest: str, facts: FileFacts, classes: int) -> str | None:
    """Return what is wrong with a file, as expected and found; None where nothing is."""
    if facts.sha256 == digest:
        return None
    kind = "images" if len(facts.shape) > 1 else "labels"
    header = _header(facts)
    size = len(header) + int(np.prod(facts.shape))
    if len(content) != size:
        return f"expected {size:,} bytes, found {len(content):,}"
    if bytes(content[: len(header)]) != header:
        shape = " × ".join(f"{length:,}" for length in facts.shape)
        return f"expected the header of {shape} {kind} in the IDX format, found another one"
    if facts.sha256 is not None:
        return f"expected SHA-256 {facts.sha256}, found {digest}; some bytes differ"
    values = content[len(header) :]
    return (
        _find_image_fault(values, facts)
        if kind == "images"
        else _find_label_fault(values, facts, classes)
    )


def _header(facts: FileFacts) -> bytes:
    sizes = (size.to_bytes(4, "big") for size in facts.shape)
    return bytes([0, 0, UNSIGNED_BYTE, len(facts.shape)]) + b"".join(sizes)


def _find_image_fault(pixels: Bytes, facts: FileFacts) -> str | None:
    mean = float(pixels.mean()) / 255
    if facts.mean is not None and abs(mean - facts.mean) > MEAN_TOLERANCE:
        return (
            f"expected a mean pixel of {facts.mean:.4f}, found {mean:.4f}; the images are "
            "different ones"
        )
    return None


def _find_label_fault(labels: Bytes, facts: FileFacts, classes: int) -> str | None:
    counts = np.bincount(labels, minlength=classes)
    if len(counts) > classes:
        return f"expected labels from 0 to {classes - 1}, found {len(counts) - 1}"
    # `support` is empty where it is not known.
    for index, (expected, found) in enumerate(zip(facts.support, counts, strict=False)):
        if expected != found:
            return f"expected {expected:,} examples of class {index}, found {found:,}"
    return None


def to_array(content: Bytes) -> Bytes:
    """Return the values of checked content, in the shape that its header states, without a copy."""
    dimensions = int(content[3])
    shape = content[4 : 4 + 4 * dimensions].view(">u4").tolist()
    return content[4 + 4 * dimensions :].reshape(shape)


def read_files(files: Sequence[SourceFile], classes: tuple[str, ...], data: Data) -> DataArrays:
    """Return what four checked files contain, cut to the limits that `data` sets.

    Raises DataDamaged where a file has changed since it was checked.
    """
    train, train_labels, test, test_labels = (to_array(read_again(file)) for file in files)
    return limit_examples(grey_images((train, train_labels), (test, test_labels), classes), data)


def grey_images(
    train: tuple[Bytes, Bytes], test: tuple[Bytes, Bytes], classes: tuple[str, ...]
) -> DataArrays:
    """Return images, `[n, height, width]`, and labels as arrays, with the axis of one channel."""
    (images, labels), (test_images, test_labels) = train, test
    return DataArrays(
        images[:, None],
        labels.astype(np.int32),
        test_images[:, None],
        test_labels.astype(np.int32),
        classes,
    )


def read_again(file: SourceFile) -> Bytes:
    """Return the content of a checked file; raises DataDamaged where it has changed since."""
    content = read_content(file.path, file.bytes)
    found = content_digest(content)
    if found != file.sha256:
        fault = f"it changed after it was checked: its SHA-256 was {file.sha256} and is now {found}"
        raise DataDamaged(damage(file.path, fault))
    return content
