"""What a document is a function of besides the evidence of its numbers, as one compressed file.

    4 bytes   length of the header, big-endian
    …         the header: JSON
    …         the pixels of the images that the document shows, one after the other

With the evidence, and the templates of the version of reportgen that wrote it, a document can be
rendered again from nothing but itself.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reportgen.config.spec import Record
from reportgen.errors import VerificationFailed

LARGEST = 2**26
"""Bytes that a presentation may have once it is decompressed."""


@dataclass(frozen=True)
class Presentation:
    """How the results of one build are presented."""

    slug: str
    """The experiment's name on the command line and in the output folder."""
    command: str
    """The command that builds the report again."""
    inverted: bool = False
    """Whether the images that are shown have a black background, and are shown dark on white."""
    images: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    """Index in the test set → pixels as shown, `[height, width]` or `[height, width, 3]`."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """The user's own templates: name → text."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Library → version, of those that a document's bytes may depend on."""


class _Header(Record):
    slug: str
    command: str
    inverted: bool
    images: tuple[tuple[int, tuple[int, ...]], ...]
    """Index and shape of each image."""
    templates: dict[str, str]
    versions: dict[str, str]


def encode_presentation(presentation: Presentation) -> bytes:
    """Return a presentation as bytes; the same presentation gives the same bytes."""
    images = sorted(presentation.images.items())
    header = _Header(
        slug=presentation.slug,
        command=presentation.command,
        inverted=presentation.inverted,
        images=tuple((index, pixels.shape) for index, pixels in images),
        templates=dict(presentation.templates),
        versions=dict(presentation.versions),
    )
    text = json.dumps(header.model_dump(mode="json"), separators=(",", ":")).encode()
    pixels = b"".join(np.ascontiguousarray(each, np.uint8).tobytes() for _, each in images)
    return zlib.compress(len(text).to_bytes(4, "big") + text + pixels, 9)


def decode_presentation(data: bytes) -> Presentation:
    """Return the presentation that `encode_presentation` wrote; raises VerificationFailed."""
    content = _decompress(data)
    end = 4 + int.from_bytes(content[:4], "big")
    try:
        header = _Header.model_validate_json(content[4:end])
    except ValidationError as error:
        raise _damaged(str(error).splitlines()[0]) from error
    return Presentation(
        slug=header.slug,
        command=header.command,
        inverted=header.inverted,
        images=dict(_read_images(header, content[end:])),
        templates=header.templates,
        versions=header.versions,
    )


def _decompress(data: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(data, LARGEST)
    except zlib.error as error:
        raise _damaged(str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise _damaged(f"it is cut short, or has more than {LARGEST:,} bytes")
    return content


def _read_images(header: _Header, pixels: bytes) -> Any:
    start = 0
    for index, shape in header.images:
        size = prod(shape)
        if len(shape) not in (2, 3) or min(shape) < 1 or start + size > len(pixels):
            raise _damaged("its images have not the size that it names")
        yield index, np.frombuffer(pixels, np.uint8, size, start).reshape(shape)
        start += size
    if start != len(pixels):
        raise _damaged("it holds more than it names")


def _damaged(reason: str) -> VerificationFailed:
    return VerificationFailed(f"what the report carries besides its evidence is damaged: {reason}")
