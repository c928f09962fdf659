"""Bytes as text, against the standard library's base 85."""

from __future__ import annotations

from base64 import b85encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.report import base85

RFC_1924 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
OURS = "".join(base85.encode(bytes([0, 0, 0, digit]))[-1] for digit in range(85))


@given(st.binary())
def test_text_is_that_of_rfc_1924_in_other_characters(data: bytes) -> None:
    """Python's function writes the same digits, and the bytes come back."""
    text = base85.encode(data)
    assert text == b85encode(data).decode().translate(str.maketrans(RFC_1924, OURS))
    assert base85.decode(text) == data


def test_no_character_means_anything_in_html() -> None:
    """A script element or an attribute could hold any of it."""
    assert len(set(OURS)) == 85
    assert OURS.isascii()
    assert not set(OURS) & set("<>&\"'` \\")


@pytest.mark.parametrize("text", ["0", "~~~~~", "abcd<", "abcdé", "00000\n", "000000"])
def test_other_text_is_refused(text: str) -> None:
    """A digit too few, a number too large, and characters of others."""
    with pytest.raises(ValueError, match="not text in base 85"):
        base85.decode(text)
