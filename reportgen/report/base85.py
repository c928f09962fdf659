"""Bytes as text that HTML holds as it is: base 85, as in RFC 1924, with characters of its own.

Four bytes are five characters, where base64 has five and a third; none of the characters means
anything in HTML, in a script element or in an attribute. `base64.b85decode` needs a second for the
evidence of a large report.
"""

from __future__ import annotations

import numpy as np

_DIGITS = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#()*+,-./:;=?@[]^_{|}~",
    dtype=np.uint8,
)
_VALUES = np.full(256, 85, dtype=np.uint8)
_VALUES[_DIGITS] = np.arange(85)


def encode(data: bytes) -> str:
    """Return the bytes as text; four bytes at a time, the last ones filled up with zeros."""
    missing = -len(data) % 4
    words = np.frombuffer(data + bytes(missing), dtype=">u4").astype(np.uint32)
    digits = np.empty((len(words), 5), dtype=np.uint8)
    for place in reversed(range(5)):
        words, digits[:, place] = np.divmod(words, np.uint32(85))
    text = _DIGITS[digits].tobytes().decode("ascii")
    return text[: len(text) - missing]


def decode(text: str) -> bytes:
    """Return the bytes that `encode` was given; raises ValueError for any other text."""
    digits = _VALUES[np.frombuffer(text.encode(), dtype=np.uint8)]
    missing = -len(digits) % 5
    # No number of bytes leaves a single character.
    if missing == 4 or (digits == 85).any():
        raise ValueError("it is not text in base 85")
    # The largest digit: with smaller ones, the bytes that are kept could be too small by one.
    filled = np.concatenate([digits, np.full(missing, 84, dtype=np.uint8)]).reshape(-1, 5)
    words = np.zeros(len(filled), dtype=np.uint64)
    for place in range(5):
        words = words * np.uint64(85) + filled[:, place]
    if (words >> np.uint64(32)).any():
        raise ValueError("it is not text in base 85")
    data = words.astype(">u4").tobytes()
    return data[: len(data) - missing]
