"""What a document is a function of besides the evidence of its numbers, as a `Container`.

With the evidence, and the templates of the version of reportgen that wrote it, a document can be
rendered again from itself alone. The images that it shows are the parts of the container, by
their index in the test set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

from reportgen.errors import VerificationFailed
from reportgen.results.container import Compress, Container, compress, pack, unpack

LARGEST = 2**26
"""Bytes that a presentation may have once it is decompressed."""


@dataclass(frozen=True)
class Presentation:
    """How the results of one build are presented."""

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

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
    code: str = ""
    """Digest of the code and templates of reportgen that wrote the document."""


_READER = TypeAdapter(Presentation)


def encode_presentation(presentation: Presentation, compress_parts: Compress = compress) -> bytes:
    """Return a presentation as bytes; the same presentation gives the same bytes."""
    header = {name: value for name, value in vars(presentation).items() if name != "images"}
    images = {str(index): presentation.images[index] for index in sorted(presentation.images)}
    return pack(Container(header, images), compress_parts)


def decode_presentation(data: bytes) -> Presentation:
    """Return the presentation that `encode_presentation` wrote; raises VerificationFailed."""
    container = unpack(data, "presentation", LARGEST)
    for name, pixels in container.parts.items():
        if not name.isdecimal() or pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
            raise VerificationFailed(f"the report's presentation has the part {name}, not an image")
    images = {int(name): pixels for name, pixels in container.parts.items()}
    try:
        return _READER.validate_python({"images": images, **container.header})
    except ValidationError as error:
        reason = str(error).splitlines()[0]
        raise VerificationFailed(f"the report's presentation is not valid: {reason}") from error
