"""A tiny data set in the format of MNIST, with the facts that it is checked against."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from hashlib import md5, sha256
from pathlib import Path

import numpy as np

from reportgen.data.catalogue import CATALOGUE, SIDE, DatasetFacts, FileFacts
from reportgen.data.sources import SearchOptions

TRAIN, TEST = 60, 20


@dataclass(frozen=True)
class Generated:
    """Files, and what is expected of them."""

    facts: DatasetFacts
    contents: tuple[bytes, ...]

    @property
    def setting(self) -> SearchOptions:
        """Where to look: at these facts, and not in the network."""
        return SearchOptions({self.facts.name: self.facts}, download=False)

    def write(self, folder: Path, compressed: bool = False) -> Path:
        """Write the files as torchvision lays them out below `folder`; return their folder."""
        raw = folder / self.facts.folder / "raw"
        raw.mkdir(parents=True)
        for file, content in zip(self.facts.files, self.contents, strict=True):
            if compressed:
                (raw / f"{file.name}.gz").write_bytes(gzip.compress(content, mtime=0))
            else:
                (raw / file.name).write_bytes(content)
        return raw


def idx(array: np.ndarray) -> bytes:
    """Return an array of bytes in the IDX format."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def generate(name: str = "mnist", known: bool = True) -> Generated:
    """Return a data set of random images; `known` says whether the SHA-256 are expected."""
    random = np.random.default_rng(3)
    facts = CATALOGUE[name]
    arrays = []
    for count in (TRAIN, TEST):
        labels = random.permutation(np.arange(count) % 10).astype(np.uint8)
        arrays += [random.integers(0, 256, (count, SIDE, SIDE)).astype(np.uint8), labels]
    contents = tuple(idx(array) for array in arrays)
    files = [
        _expect(file, array, content, known)
        for file, array, content in zip(facts.files, arrays, contents, strict=True)
    ]
    first, second, third, fourth = files
    return Generated(replace(facts, files=(first, second, third, fourth), mirrors=()), contents)


def _expect(file: FileFacts, array: np.ndarray, content: bytes, known: bool) -> FileFacts:
    packed = gzip.compress(content, mtime=0)
    expected = replace(
        file,
        shape=array.shape,
        gzip_md5=md5(packed).hexdigest(),
        sha256=sha256(content).hexdigest() if known else None,
        support=(),
        mean=None,
    )
    if known:
        return expected
    if array.ndim == 1:
        return replace(expected, support=tuple(np.bincount(array, minlength=10).tolist()))
    return replace(expected, mean=float(array.mean()) / 255)
