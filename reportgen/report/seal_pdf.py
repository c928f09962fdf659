"""The seal of a PDF report: its file identifier is the SHA-256 of all its bytes.

WeasyPrint writes the identifier in plain text in the trailer. A placeholder of the same length is
written first, and replaced by the digest of the file as it was with the placeholder.
"""

from __future__ import annotations

import re
from hashlib import sha256

PLACEHOLDER = "0" * 64
"""What to give WeasyPrint as `pdf_identifier`."""

_IDENTIFIER = re.compile(rb"(/ID ?\[ ?\()([0-9a-f]{64})(\))")


def seal_pdf(content: bytes) -> bytes:
    """Return the PDF `content` with its placeholder replaced by the digest of the file.

    Raises ValueError where the placeholder does not stand there exactly once.
    """
    found = _IDENTIFIER.findall(content)
    if [identifier for _, identifier, _ in found] != [PLACEHOLDER.encode()]:
        raise ValueError("the PDF does not carry the placeholder for its seal")
    digest = sha256(content).hexdigest().encode()
    return _IDENTIFIER.sub(rb"\g<1>" + digest + rb"\g<3>", content)


def is_sealed(content: bytes) -> bool:
    """Say whether the PDF `content` is byte for byte as `seal_pdf` left it."""
    found = _IDENTIFIER.findall(content)
    if len(found) != 1:
        return False
    unsealed = _IDENTIFIER.sub(rb"\g<1>" + PLACEHOLDER.encode() + rb"\g<3>", content)
    return bool(sha256(unsealed).hexdigest().encode() == found[0][1])
