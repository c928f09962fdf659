"""What a PDF states outside the content of its pages: titles, alternative texts, actions, sizes.

All of it is the same wherever lines and pages end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from reportgen.verification.pages import OF_THE_FILE, PdfFile, guard

Statement = tuple[str, str]
"""A key and what it stands for; nothing for the key alone."""

_NAMED_FREELY = frozenset(
    ("/Font", "/XObject", "/ExtGState", "/Pattern", "/Shading", "/ColorSpace", "/Properties")
)
"""Keys of dictionaries whose keys are names of resources."""
_OF_FONTS = frozenset(("/Font", "/FontDescriptor", "/CMap"))
"""Types of dictionaries that depend on which letters are used; `letters` compares them."""
_LEFT_OUT = frozenset(("/ID", "/Headers", "/Moves", "/Filter", "/Producer", "/CheckSum"))
_TEXT = re.compile(r"[>\"']([^<>\"']*[^<>\"'\s][^<>\"']*)[<\"']")
"""Texts and values of attributes in XMP."""
_PRODUCER = re.compile(r"WeasyPrint [0-9.]+")
_NUMBERS = frozenset(
    (
        *("/MediaBox", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox", "/Rotate", "/UserUnit"),
        *("/Border", "/BS", "/C", "/F", "/CA", "/W"),
    )
)
"""Keys whose numbers do not depend on where something is."""


def compare_statements(
    expected: PdfFile, found: PdfFile, same_typesetter: bool
) -> Iterator[tuple[str, str]]:
    """Yield place and description of what `found` states otherwise than `expected`.

    Versions of WeasyPrint differ in all but texts and what `_NUMBERS` lists.
    """
    ours, theirs = (guard(partial(_read, file.reader)) for file in (expected, found))
    if not same_typesetter:
        ours, theirs = (
            {each for each in statements if each[1] and not each[1].startswith("/")}
            for statements in (ours, theirs)
        )
    for statements, what in ((theirs - ours, "was added"), (ours - theirs, "is missing")):
        for key, value in sorted(statements):
            yield "the file", f"the entry {key}{f' with “{value[:120]}”' if value else ''} {what}"


def _read(reader: Any) -> set[Statement]:
    numbers = {*reader.xref_objStm, *(each for objects in reader.xref.values() for each in objects)}
    found: set[Statement] = set()
    for number in sorted(numbers):
        found.update(_walk(reader.get_object(number), ""))
    metadata = reader.root_object.get("/Metadata")
    if metadata is not None:
        text = metadata.get_object().get_data().decode("utf-8", "replace")
        found.update(
            ("/Metadata", each) for each in _TEXT.findall(text) if not _PRODUCER.match(each)
        )
    return found


def _walk(value: Any, key: str) -> Iterator[Statement]:
    """Yield what an object states, without what it refers to."""
    from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject

    if isinstance(value, DictionaryObject):
        if value.get("/Type") in (*_OF_FONTS, *OF_THE_FILE) or "/CIDSystemInfo" in value:
            return
        for name in value.keys() - _LEFT_OUT:
            if key not in _NAMED_FREELY:
                yield name, ""
            yield from _walk(value.raw_get(name), name)
    elif isinstance(value, ArrayObject):
        if key in _NUMBERS:
            yield key, str(value)
        for each in value:
            yield from _walk(each, key)
    elif isinstance(value, str | BooleanObject) or (
        key in _NUMBERS and isinstance(value, int | float)
    ):
        yield key, str(value)
