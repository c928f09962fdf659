"""Named arrays in one file: exact, bounded in memory, and proof against any damage."""

from __future__ import annotations

import json
import lzma
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from reportgen.errors import VerificationFailed
from reportgen.results import container
from reportgen.results.container import (
    LARGEST_CONTENT,
    MAGIC,
    TYPES,
    Container,
    compress,
    pack,
    unpack,
)
from tests.support.examples import at_most

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ARRAYS = st.sampled_from(TYPES).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0))
)
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable())


def small() -> Container:
    """Return a container of two arrays."""
    parts: dict[str, np.ndarray] = {
        "a": np.arange(5, dtype=np.uint16),
        "b": np.zeros((2, 3), dtype=np.float32),
    }
    return Container({"title": "tüte"}, parts)


@at_most(50)
@given(header=st.dictionaries(st.text(max_size=8), JSON), parts=st.dictionaries(NAMES, ARRAYS))
def test_everything_comes_back_exact(header: dict[str, Any], parts: dict[str, Any]) -> None:
    """Header, names, their order, shapes, types and bits are those that were packed."""
    data = pack(Container(header, parts))
    found = unpack(data)
    assert found.header == header
    assert list(found.parts) == list(parts)
    for name, array in parts.items():
        assert (found.parts[name].dtype, found.parts[name].shape) == (array.dtype, array.shape)
        assert found.parts[name].tobytes() == array.tobytes()
    assert pack(found) == data


def test_every_flipped_byte_is_found() -> None:
    """A change of any single byte, one bit or all of them, is never read."""
    data = pack(small())
    for position in range(len(data)):
        for mask in (1 << position % 8, 0xFF):
            damaged = bytearray(data)
            damaged[position] ^= mask
            with pytest.raises(VerificationFailed):
                unpack(bytes(damaged))


def test_every_truncation_is_found() -> None:
    """A file that is cut anywhere, or has more than it should, is never read."""
    data = pack(small())
    for length in range(len(data)):
        with pytest.raises(VerificationFailed):
            unpack(data[:length])
    with pytest.raises(VerificationFailed):
        unpack(data + b"\x00")


@at_most(50)
@given(data=st.binary(max_size=100), start=st.integers(0, 60))
def test_other_bytes_are_refused(data: bytes, start: int) -> None:
    """Garbage behind any beginning ends with a plain error."""
    whole = pack(small())
    if whole[start:] != data:
        with pytest.raises(VerificationFailed):
            unpack(whole[:start] + data)


def test_another_version_is_named_as_such() -> None:
    """The form before this one is not called damaged."""
    with pytest.raises(VerificationFailed, match="another version of reportgen"):
        unpack(b"RGEVID\x00\x02" + pack(small())[8:])


def forge(content: bytes, claimed: int | None = None) -> bytes:
    """Return a file with right checksums around any content."""
    length = len(content) if claimed is None else claimed
    filters = container._FILTERS
    packed = lzma.compress(content, format=lzma.FORMAT_RAW, filters=filters)
    body = length.to_bytes(8, "big") + packed
    return MAGIC + sha256(body).digest() + body


def forge_index(index: object, arrays: bytes = b"") -> bytes:
    """Return a file with right checksums around this index."""
    text = json.dumps(index).encode()
    return forge(len(text).to_bytes(4, "big") + text + arrays)


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    """A small file that unfolds to more than it claims, or claims too much, is refused at once."""
    packed = forge(bytes(50 * 2**20), claimed=1000)
    assert len(packed) < 10_000
    with pytest.raises(VerificationFailed, match="not have the length"):
        unpack(packed)
    with pytest.raises(VerificationFailed, match="too many"):
        unpack(forge(b"", claimed=LARGEST_CONTENT + 1))


@pytest.mark.parametrize(
    "part",
    [
        {"name": "a", "dtype": "object", "shape": [1]},
        {"name": "a", "dtype": "uint8", "shape": [-1]},
        {"name": "a", "dtype": "uint8", "shape": [2]},
        {"name": "a", "dtype": "uint8", "shape": [2**40, 2**40]},
        {"name": "a", "dtype": "float64", "shape": [0, 2**80]},
        {"name": "a", "dtype": "uint8", "shape": [1, 1, 1, 1, 1]},
        {"name": "", "dtype": "uint8", "shape": [1]},
        {"name": "a", "dtype": "uint8", "shape": ["1"]},
        {"name": "a", "dtype": "uint8"},
    ],
)
def test_a_forged_part_makes_no_sense(part: dict[str, Any]) -> None:
    """Right checksums around a part that cannot be: refused before memory is taken for it."""
    good = {"name": "a", "dtype": "uint8", "shape": [1]}
    assert unpack(forge_index({"header": {}, "parts": [good]}, b"x")).parts["a"] == ord("x")
    with pytest.raises(VerificationFailed, match="is not valid"):
        unpack(forge_index({"header": {}, "parts": [part]}, b"x"))


@pytest.mark.parametrize(
    "index",
    [
        [],
        {"header": {}},
        {"header": [], "parts": []},
        {"header": {}, "parts": [], "more": 1},
        {"header": {}, "parts": [{"name": "a", "dtype": "uint8", "shape": [0]}] * 2},
    ],
)
def test_a_forged_index_makes_no_sense(index: object) -> None:
    """An index of another form, or with two parts of one name, is refused."""
    with pytest.raises(VerificationFailed, match="is not valid"):
        unpack(forge_index(index))


def test_other_types_are_not_packed() -> None:
    """An array of objects or of text is refused as it is written."""
    for odd in (np.array([{}]), np.array(["text"])):
        with pytest.raises(ValueError, match="the part 'a' has the type"):
            pack(Container({}, {"a": odd}))


def test_parts_compressed_before_are_taken() -> None:
    """Arrays that were compressed once serve for another header; the file is the same."""
    kept: dict[bytes, bytes] = {}

    def recall(content: bytes) -> bytes:
        return kept.setdefault(content, compress(content))

    one, other = small(), Container({"another": "header"}, small().parts)
    assert [pack(each, recall) for each in (one, other)] == [pack(one), pack(other)]
    assert len(kept) == 1
    assert unpack(pack(other, recall)).header == other.header


def test_large_content_is_compressed_with_less_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader needs no other settings."""
    content = np.random.default_rng(0).integers(0, 9, 100_000).astype(np.uint8)
    whole = Container({}, {"content": content})
    most = pack(whole)
    monkeypatch.setattr(container, "_LARGE", len(content))
    assert pack(whole) != most
    assert np.array_equal(unpack(pack(whole)).parts["content"], content)
