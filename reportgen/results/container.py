"""Named arrays and a JSON header as one compressed, checksummed file.

    8 bytes   magic and version
    32 bytes  SHA-256 of all that follows
    8 bytes   length of the content, big-endian
    …         content, compressed with LZMA2

    content: 4 bytes length of the index; the index, which is JSON: `header`, and for each part its
    name, type and shape; then the bytes of the parts in that order, each little-endian and stored
    byte plane by byte plane (all lowest bytes first), which compresses better

The index and the parts are compressed by themselves, one after the other in one stream: parts that
are as before need not be compressed again where only the header has changed.

The settings of LZMA are fixed and not read from the file. Every size is checked before memory is
taken for it, and nothing is executed: no pickle.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reportgen.errors import ReportgenError, VerificationFailed

try:
    import lzma
except ImportError as error:
    # Python is built without it where the library's header files are missing, as often with pyenv.
    raise ReportgenError(
        f"this Python ({sys.executable}) was built without lzma, which compresses the evidence of "
        "a report; install the development files of xz (apt install liblzma-dev, dnf install "
        "xz-devel or brew install xz) and build Python again, or use another Python"
    ) from error

MAGIC = b"RGEVID\x00\x03"
LARGEST_CONTENT = 2**30
"""Bytes that a content may have; more is refused before memory is taken for it."""
MOST_PARTS = 10_000
TYPES = ("uint8", "uint16", "uint32", "int32", "float32", "float64")
"""Types of arrays that a container may hold."""

_PREAMBLE = len(MAGIC) + 32 + 8
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 0, "pb": 0}]
"""Whole bytes without a structure of text or of words of 32 bits."""
_EFFORT = {"nice_len": 32, "depth": 8, "dict_size": 2**19}
"""How long and how far the encoder searches, on which no reader depends. For the paper's runs and
its studies, a search of 512 KiB takes three quarters of the time of one of 8 MiB and gives slightly
fewer bytes: what is far away costs more to refer to."""
_LARGE = 2**24
"""Bytes from which on less effort is made."""
_LESS_EFFORT = {**_EFFORT, "mode": lzma.MODE_FAST, "mf": lzma.MF_BT2, "depth": 1}
"""A quarter of the time, and 7 to 40 % more bytes. Finding strings of two bytes, the most
that codes have in common, takes half the time of `MF_HC3`."""


@dataclass(frozen=True)
class Container:
    """What a file contains."""

    header: dict[str, Any]
    parts: Mapping[str, NDArray[Any]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field(min_length=1, max_length=400)
    dtype: str
    shape: list[int] = Field(max_length=4)

    def size(self) -> int:
        """Return the bytes of the array; raises ValueError where it cannot be one."""
        if self.dtype not in TYPES:
            raise ValueError(f"the part {self.name!r} has the type {self.dtype!r}")
        if any(not 0 <= length <= LARGEST_CONTENT for length in self.shape):
            raise ValueError(f"the part {self.name!r} has an impossible length")
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


class _Index(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    header: dict[str, Any]
    parts: list[_Part] = Field(max_length=MOST_PARTS)


def compress(content: bytes) -> bytes:
    """Return the content as an LZMA2 stream; the same content gives the same bytes."""
    effort = _EFFORT if len(content) < _LARGE else _LESS_EFFORT
    filters = [{**_FILTERS[0], **effort}]
    return lzma.compress(content, format=lzma.FORMAT_RAW, filters=filters)


Compress = Callable[[bytes], bytes]
"""Gives what `compress` gives, which may be kept from before."""


def pack(container: Container, compress_parts: Compress = compress) -> bytes:
    """Return the container as bytes; the same content gives the same bytes.

    Raises ValueError where an array is of a type that a container does not hold, or all together
    are too large.
    """
    parts = [
        _Part(name=name, dtype=array.dtype.name, shape=list(array.shape))
        for name, array in container.parts.items()
    ]
    size = sum(part.size() for part in parts)
    if size > LARGEST_CONTENT // 2:
        raise ValueError(f"{size:,} bytes of arrays are more than a report can contain")
    described = _Index(header=container.header, parts=parts).model_dump()
    text = json.dumps(described, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    index = text.encode()
    start = len(index).to_bytes(4, "big") + index
    content = b"".join(_split_planes(array) for array in container.parts.values())
    # A stream begins with a reset of the dictionary and ends with one zero byte, so without that
    # byte the next stream continues it.
    packed = compress(start)[:-1] + compress_parts(content)
    body = (len(start) + len(content)).to_bytes(8, "big") + packed
    return MAGIC + sha256(body).digest() + body


def unpack(data: bytes, what: str = "evidence", largest: int = LARGEST_CONTENT) -> Container:
    """Return what `pack` wrote; raises VerificationFailed where a byte is not what was written.

    `what` names the content in messages. More than `largest` bytes are not decompressed.
    """
    content = _decompress(_checked_body(data, what), what, largest)
    length = int.from_bytes(content[:4], "big")
    try:
        index = _Index.model_validate_json(content[4 : 4 + length])
        parts = dict(_read_parts(index.parts, content, 4 + length))
    except ValueError as error:
        raise senseless(error, what) from error
    return Container(index.header, parts)


def senseless(error: ValueError, what: str = "evidence") -> VerificationFailed:
    """Return the error for content that is whole and yet not what it should be."""
    reason = str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'its index'}: {first['msg']}"
    return VerificationFailed(f"the report's {what} is not valid: {reason}")


def _checked_body(data: bytes, what: str) -> bytes:
    if data[: len(MAGIC) - 1] == MAGIC[:-1] and data[len(MAGIC) - 1 : len(MAGIC)] != MAGIC[-1:]:
        raise VerificationFailed(
            f"the report's {what} has the format of another version of reportgen; use the version "
            "that the report names"
        )
    if data[: len(MAGIC)] != MAGIC or len(data) < _PREAMBLE:
        raise VerificationFailed(f"the report's {what} is damaged at its beginning")
    body = data[len(MAGIC) + 32 :]
    if sha256(body).digest() != data[len(MAGIC) : len(MAGIC) + 32]:
        raise VerificationFailed(
            f"the report's {what} is damaged, as it does not match its SHA-256; build the report "
            "again"
        )
    return body


def _decompress(body: bytes, what: str, largest: int) -> bytes:
    length = int.from_bytes(body[:8], "big")
    if length > largest:
        raise VerificationFailed(
            f"the report's {what} states a length of {length} bytes, which is too many"
        )
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS)
    try:
        # With one byte more than stated, a longer stream shows.
        content = decompressor.decompress(body[8:], max_length=length + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise VerificationFailed(f"the report's {what} cannot be decompressed") from error
    if len(content) != length or not decompressor.eof or decompressor.unused_data:
        raise VerificationFailed(f"the report's {what} does not have the length that it states")
    return content


def _read_parts(
    parts: list[_Part], content: bytes, position: int
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each part as a new array; raises ValueError where they do not fit the content."""
    if len({part.name for part in parts}) != len(parts):
        raise ValueError("two parts have the same name")
    if position + sum(part.size() for part in parts) != len(content):
        raise ValueError("the parts are not as long as the index states")
    for part in parts:
        yield part.name, _join_planes(content, position, part)
        position += part.size()


def _split_planes(array: NDArray[Any]) -> bytes:
    """Return all lowest bytes, then all second ones, and so on."""
    width = array.dtype.itemsize
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).reshape(-1, width).T.tobytes()


def _join_planes(content: bytes, position: int, part: _Part) -> NDArray[Any]:
    dtype = np.dtype(part.dtype).newbyteorder("<")
    planes = np.frombuffer(content, np.uint8, part.size(), position).reshape(dtype.itemsize, -1)
    array = np.ascontiguousarray(planes.T).reshape(-1).view(dtype)
    return array.astype(part.dtype).reshape(part.shape)
