"""The evidence of a report as one compressed, checksummed file.

    8 bytes   magic and version
    32 bytes  SHA-256 of all that follows
    8 bytes   length of the content, big-endian
    …         content, compressed with bzip2

    content: 4 bytes length of the header, the header as JSON, and then the arrays, whose order
    and lengths follow from the header

Predictions are written as differences from the labels and confidences as distances from 1: both are
nearly all zero for a model that is nearly always right, and so take little room. bzip2 is as small
here as the best level of zlib in a tenth of the time.
"""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reportgen.errors import VerificationFailed
from reportgen.results.arrays import UnfitArray, check_array, check_classes, smallest_dtype
from reportgen.results.evidence import FIXED_POINT, Evidence, EvidenceHeader, RunPredictions

MAGIC = b"RGEVID\x00\x01"

LARGEST_CONTENT = 2**29
"""Bytes that a content may have; more is refused before memory is taken for it."""

_PREAMBLE = len(MAGIC) + 32 + 8


def encode(evidence: Evidence) -> bytes:
    """Return the evidence as bytes; the same evidence gives the same bytes.

    Raises ValueError where an array does not fit the header.
    """
    _check(evidence)
    header = json.dumps(
        evidence.header.model_dump(mode="json"),
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    ).encode()
    content = len(header).to_bytes(4, "big") + header + b"".join(_write_arrays(evidence))
    body = len(content).to_bytes(8, "big") + bz2.compress(content)
    return MAGIC + sha256(body).digest() + body


def decode(data: bytes) -> Evidence:
    """Return the evidence that `encode` wrote.

    Raises:
        VerificationFailed: a byte is not what was written, or the content makes no sense.
    """
    content = _decompress(_checked_body(data))
    length = int.from_bytes(content[:4], "big")
    try:
        header = EvidenceHeader.model_validate_json(content[4 : 4 + length])
        evidence = _read_arrays(
            header, _Reader(content, 4 + length, _little_endian(len(header.dataset.classes)))
        )
        _check(evidence)
    except (ValidationError, UnfitArray) as error:
        raise VerificationFailed(
            f"the report's evidence makes no sense: {str(error).splitlines()[0]}"
        ) from error
    return evidence


def _checked_body(data: bytes) -> bytes:
    body = data[len(MAGIC) + 32 :]
    if data[: len(MAGIC)] != MAGIC or len(data) < _PREAMBLE:
        raise VerificationFailed(
            "the report's evidence is of another version of reportgen, or damaged at its start"
        )
    if sha256(body).digest() != data[len(MAGIC) : len(MAGIC) + 32]:
        raise VerificationFailed(
            "the report's evidence is damaged: it does not match its SHA-256; build it again"
        )
    return body


def _decompress(body: bytes) -> bytes:
    length = int.from_bytes(body[:8], "big")
    if length > LARGEST_CONTENT:
        raise VerificationFailed(f"the report's evidence claims {length} bytes; that is too many")
    decompressor = bz2.BZ2Decompressor()
    try:
        content = decompressor.decompress(body[8:], max_length=length + 1)
    except (OSError, EOFError) as error:
        raise VerificationFailed("the report's evidence cannot be decompressed") from error
    if len(content) != length:
        raise VerificationFailed("the report's evidence has another length than it claims")
    return content


def _write_arrays(evidence: Evidence) -> Iterator[bytes]:
    dtype = _little_endian(len(evidence.header.dataset.classes))

    def pack(array: NDArray[np.int32]) -> bytes:
        # A negative difference wraps around in the unsigned type, and back again when it is read.
        return array.astype(dtype).tobytes()

    test, train = evidence.test_labels, evidence.train_labels
    yield pack(test)
    yield pack(train)
    for run in evidence.header.runs:
        predictions = evidence.runs[run.model, run.seed]
        yield pack(predictions.predicted - test)
        yield _split_bytes(FIXED_POINT - predictions.confidence)
        yield _split_bytes(predictions.brier)
        yield pack(predictions.train_predicted - train)
    for baseline in evidence.header.dataset.baselines:
        yield pack(evidence.baselines[baseline.slug] - test)


@dataclass
class _Reader:
    """Takes one array after the other from a content."""

    content: bytes
    position: int
    dtype: np.dtype[Any]
    """In which class indices are stored."""

    def take_classes(
        self, length: int, labels: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """Return class indices, `[length]`, stored as differences from `labels` where given."""
        stored = self.take(length * self.dtype.itemsize).view(self.dtype)
        return (stored if labels is None else stored + labels.astype(self.dtype)).astype(np.int32)

    def take(self, length: int) -> NDArray[np.uint8]:
        """Return the next bytes as a new array; raises UnfitArray where they end too early."""
        start, self.position = self.position, self.position + length
        if self.position > len(self.content):
            raise UnfitArray("arrays are missing")
        return np.frombuffer(self.content, np.uint8, length, start).copy()

    def finish(self) -> None:
        """Raise UnfitArray where bytes are left."""
        if self.position != len(self.content):
            raise UnfitArray("there is more than the header names")


def _read_arrays(header: EvidenceHeader, reader: _Reader) -> Evidence:
    n, n_train = header.dataset.test, header.dataset.train
    if min(n, n_train) < 0:
        raise UnfitArray("a split has less than no examples")
    test, train = reader.take_classes(n), reader.take_classes(n_train)
    runs = {
        (run.model, run.seed): RunPredictions(
            predicted=reader.take_classes(n, test),
            confidence=FIXED_POINT - _join_bytes(reader.take(2 * n)),
            brier=_join_bytes(reader.take(2 * n)),
            train_predicted=reader.take_classes(n_train, train),
        )
        for run in header.runs
    }
    baselines = {item.slug: reader.take_classes(n, test) for item in header.dataset.baselines}
    reader.finish()
    return Evidence(
        header=header, test_labels=test, train_labels=train, runs=runs, baselines=baselines
    )


def _little_endian(classes: int) -> np.dtype[Any]:
    """Return the type that class indices are stored in, the same on every machine."""
    return smallest_dtype(classes).newbyteorder("<")


def _split_bytes(values: NDArray[np.uint16]) -> bytes:
    """Return all high bytes, then all low bytes: each kind compresses better by itself."""
    return (values >> 8).astype(np.uint8).tobytes() + values.astype(np.uint8).tobytes()


def _join_bytes(halves: NDArray[np.uint8]) -> NDArray[np.uint16]:
    high, low = halves.reshape(2, -1).astype(np.uint16)
    return np.bitwise_or(np.left_shift(high, 8), low).astype(np.uint16)


def _check(evidence: Evidence) -> None:
    """Make sure that the arrays are those that the header names; raises UnfitArray."""
    header = evidence.header
    n, n_train = header.dataset.test, header.dataset.train
    pairs = [(run.model, run.seed) for run in header.runs]
    if pairs != list(evidence.runs) or len(set(pairs)) != len(pairs):
        raise UnfitArray("the runs are not those that the header names")
    if {item.slug for item in header.dataset.baselines} != set(evidence.baselines):
        raise UnfitArray("the baselines are not those that the header names")
    check = _class_checker(len(header.dataset.classes))
    check(evidence.test_labels, "test_labels", n)
    check(evidence.train_labels, "train_labels", n_train)
    for pair, run in evidence.runs.items():
        check(run.predicted, f"predicted {pair}", n)
        check_array(run.confidence, f"confidence {pair}", "uint16", (n,))
        check_array(run.brier, f"brier {pair}", "uint16", (n,))
        check(run.train_predicted, f"train_predicted {pair}", n_train)
    for slug, predicted in evidence.baselines.items():
        check(predicted, f"baseline {slug}", n)


def _class_checker(classes: int) -> Callable[[NDArray[np.int32], str, int], None]:
    def check(array: NDArray[np.int32], name: str, length: int) -> None:
        check_array(array, name, "int32", (length,))
        check_classes(array, name, classes)

    return check
