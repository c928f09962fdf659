"""One IDX file, the format of MNIST: read, unpacked, checked against what is expected of it.

The format: a big-endian header (two zero bytes, the type, the number of dimensions, then each
dimension as 32 bits), followed by the values. Only unsigned bytes (type 8) occur here.
"""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reportgen.data.catalogue import FileFacts
from reportgen.errors import DataDamaged

UNSIGNED_BYTE = 8
MEAN_TOLERANCE = 0.005
"""How far the mean pixel may lie from the published one, which is rounded to four places."""

Bytes = NDArray[np.uint8]


def read_content(path: Path) -> Bytes:
    """Return the bytes of a file, `[bytes]`, unpacked where its name ends in `.gz`.

    Raises DataDamaged where the file cannot be read or unpacked.
    """
    try:
        if path.suffix != ".gz":
            return np.fromfile(path, dtype=np.uint8)
        # A bytearray, so that the array can be written to and torch takes it without a warning.
        return np.frombuffer(bytearray(gzip.decompress(path.read_bytes())), dtype=np.uint8)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        size = path.stat().st_size
        raise DataDamaged(
            damage(path, f"expected a whole gzip file; the {size:,} bytes there do not unpack")
        ) from error
    except OSError as error:
        raise DataDamaged(damage(path, f"it cannot be read: {error.strerror or error}")) from error


def damage(path: Path, fault: str) -> str:
    """Return the message for a damaged file: which one, what is wrong with it, what to do."""
    return (
        f"{path} is damaged: {fault}.\n"
        "  Nothing was trained on it. Put a good copy there, or take the file away to have the data"
        " set looked for elsewhere."
    )


def content_digest(content: Bytes) -> str:
    """Return the SHA-256 of the bytes; hashing gives the interpreter free for other threads."""
    return sha256(content.data).hexdigest()


def to_array(content: Bytes) -> Bytes:
    """Return the values of checked content, in the shape that its header states, without a copy."""
    shape = _shape(content)
    return content[4 + 4 * len(shape) :].reshape(shape)


def find_fault(content: Bytes, digest: str, facts: FileFacts, classes: int) -> str | None:
    """Return what is wrong with a file, as expected and found; None where nothing is."""
    if facts.sha256 == digest:
        return None
    return (
        _header_fault(content, facts)
        or _length_fault(content, facts)
        or (_pixel_fault(content, facts) if facts.holds_images else None)
        or (None if facts.holds_images else _label_fault(content, facts, classes))
        or _digest_fault(digest, facts)
    )


def _magic(dimensions: int) -> int:
    return UNSIGNED_BYTE << 8 | dimensions


def _shape(content: Bytes) -> tuple[int, ...]:
    dimensions = int(content[3])
    return tuple(int(size) for size in content[4 : 4 + 4 * dimensions].view(">u4"))


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape)


def _kind(facts: FileFacts) -> str:
    return "images" if facts.holds_images else "labels"


def _header_fault(content: Bytes, facts: FileFacts) -> str | None:
    expected = _magic(len(facts.shape))
    if len(content) < 4 + 4 * len(facts.shape):
        return f"expected {_size(facts):,} bytes, found {len(content):,}"
    found = int(content[:4].view(">u4")[0])
    if found != expected:
        others = {_magic(1): ", that of a label file", _magic(3): ", that of an image file"}
        return (
            f"expected magic number {expected}, that of {_kind(facts)}, "
            f"found {found}{others.get(found, '')}"
        )
    shape = _shape(content)
    if shape != facts.shape:
        return f"expected {_times(facts.shape)} {_kind(facts)}, its header says {_times(shape)}"
    return None


def _size(facts: FileFacts) -> int:
    return 4 + 4 * len(facts.shape) + int(np.prod(facts.shape))


def _length_fault(content: Bytes, facts: FileFacts) -> str | None:
    expected, found = _size(facts), len(content)
    if found < expected:
        return f"it is truncated: expected {expected:,} bytes, found {found:,}"
    if found > expected:
        return f"expected {expected:,} bytes, found {found:,}"
    return None


def _label_fault(content: Bytes, facts: FileFacts, classes: int) -> str | None:
    counts = np.bincount(to_array(content), minlength=classes)
    if len(counts) > classes:
        return f"expected labels from 0 to {classes - 1}, found {len(counts) - 1}"
    if facts.support and tuple(counts) != facts.support:
        odd = next(index for index in range(classes) if counts[index] != facts.support[index])
        return f"expected {facts.support[odd]:,} examples of class {odd}, found {counts[odd]:,}"
    return None


def _pixel_fault(content: Bytes, facts: FileFacts) -> str | None:
    if facts.mean is None:
        return None
    mean = float(to_array(content).mean()) / 255
    if abs(mean - facts.mean) > MEAN_TOLERANCE:
        return f"expected a mean pixel of {facts.mean:.4f}, found {mean:.4f}: other images"
    return None


def _digest_fault(digest: str, facts: FileFacts) -> str | None:
    if facts.sha256 is None:
        return None
    return f"expected SHA-256 {facts.sha256}, found {digest}: some bytes differ"
