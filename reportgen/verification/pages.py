"""A PDF taken apart page by page, with limits: text, drawings, links and attachments."""

from __future__ import annotations

import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from io import BytesIO
from typing import Any

from reportgen.errors import VerificationFailed
from reportgen.report.pdf import MOVES
from reportgen.verification.web_fonts import draw_glyph

MOST_PAGES = 2000
_BEGINNING = re.compile(rb"%PDF-1\.[0-9]\n%\xf0\x9f\x96\xa4\n")
"""The second line is how pydyf, which writes for WeasyPrint, marks a file as binary."""
_LARGEST_CONTENT = 6 * 2**20
"""Bytes of what is painted on one page; those of reports have some 200,000."""
_LARGEST_STREAM = 2**26
_LARGEST_STREAMS = 2**28
"""Bytes that one stream, and all streams, have when they are decompressed."""
_DEEPEST = 40
"""Levels of objects within objects that are followed."""
_STORED = frozenset(("/Length", "/Length1", "/Filter"))
"""How a stream is compressed, and what the file of a font takes."""
_LEFT_OUT = frozenset(("/Parent", "/P", "/StructParent", "/StructParents", "/Pg", "/Dest", "/A"))
OF_THE_FILE = ("/XRef", "/ObjStm")
"""Types of objects that state where in the file others are, or hold them."""
_PROGRAMS = (b"\x00\x01\x00\x00", b"true", b"OTTO")
"""What the files of fonts begin with."""
_PAINTING = frozenset((*b"f F f* B B* b b* S s sh Do".split(), b"INLINE IMAGE"))


@dataclass(frozen=True)
class PdfFile:
    """What is in a PDF."""

    pages: tuple[PdfPage, ...]
    attachments: Mapping[str, bytes]
    links: Counter[str]
    """How often the file links to each address outside it."""
    others: Counter[str]
    """Annotations that are no links, by kind: some of them can be drawn over a page."""
    catalogue: frozenset[str]
    """Names of the entries of the document catalogue, such as actions and forms."""
    is_typeset: bool
    """Whether the file begins and ends as WeasyPrint writes one, with nothing appended."""
    moves: str
    """What the file gives as `report.moves` of its figures and tables."""
    reader: Any = field(repr=False)

    @cached_property
    def objects(self) -> Mapping[int, bytes]:
        """Number of each object → the digest of its content, whatever compressed its stream.

        0 stands for the trailer.
        """
        reader = self.reader
        numbers = {
            *reader.xref_objStm,
            *(each for objects in reader.xref.values() for each in objects),
        }
        found = {number: guard(partial(reader.get_object, number)) for number in sorted(numbers)}
        trailer = (reader.trailer.raw_get(name) for name in ("/Root", "/Info"))
        return {0: b"".join(_digest(each, 0, None) for each in trailer)} | {
            number: _digest(each, 0, None)
            for number, each in found.items()
            if not (isinstance(each, dict) and each.get("/Type") in OF_THE_FILE)
        }


@dataclass(frozen=True)
class PdfPage:
    """One page; its text is read only where it is needed, which takes long."""

    page: Any = field(repr=False)
    _digests: dict[int, bytes] = field(repr=False)
    """Number of an object that pages of this file share → its digest."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is drawn, with the fonts and pictures that it is drawn with."""
        total = sha256(_content(self.page))
        for name in ("/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit"):
            total.update(name.encode() + _digest(self.page.get(name), 0, self._digests))
        return total.hexdigest()

    @cached_property
    def content(self) -> bytes:
        """SHA-256 of what is painted, without the fonts and pictures that it is painted with."""
        return sha256(_content(self.page)).digest()

    @cached_property
    def text(self) -> str:
        """The words of the page."""
        return str(guard(self.page.extract_text))

    @cached_property
    def painting(self) -> Counter[str]:
        """How often each operator paints something."""
        content = guard(self.page.get_contents)
        operations = guard(lambda: content.operations) if content is not None else []
        return Counter(
            name.decode("ascii", "replace") for _, name in operations if name in _PAINTING
        )

    @cached_property
    def pictures(self) -> frozenset[bytes]:
        """Digests of the pictures that it can paint, those within its drawings included."""
        return frozenset(guard(lambda: list(_pictures(self.page.get("/Resources"), 0))))

    @cached_property
    def fonts(self) -> Mapping[str, Any]:
        """Name of each font, without the tag of its subset → its dictionary."""
        return dict(guard(lambda: list(_fonts(self.page))))


def read_pdf(content: bytes) -> PdfFile:
    """Read a PDF; raises VerificationFailed where it cannot be read.

    Every stream is decompressed and its checksum compared, so that a file in which bytes were
    changed is refused before anything is typeset.
    """
    from pypdf import PdfReader

    def read() -> PdfFile:
        reader = PdfReader(BytesIO(content), strict=True)
        if len(reader.pages) > MOST_PAGES:
            raise VerificationFailed(
                f"the PDF has more than {MOST_PAGES:,} pages, so it is not a report"
            )
        _check_streams(reader)
        for number, page in enumerate(reader.pages, 1):
            _check_content(number, _content(page))
        links, others = _annotations(reader.pages)
        attachments = {name: b"".join(parts) for name, parts in reader.attachments.items()}
        digests: dict[int, bytes] = {}
        information: Mapping[str, Any] = reader.metadata or {}
        return PdfFile(
            pages=tuple(PdfPage(page, digests) for page in reader.pages),
            attachments=attachments,
            links=links,
            others=others,
            catalogue=frozenset(reader.root_object),
            is_typeset=_BEGINNING.match(content) is not None
            and content.find(b"%%EOF") == len(content.rstrip()) - len(b"%%EOF"),
            moves=str(information.get(f"/{MOVES}", "")),
            reader=reader,
        )

    with _refusing_repairs():
        found: PdfFile = guard(read)
    return found


@contextmanager
def _refusing_repairs() -> Iterator[None]:
    """Raise VerificationFailed after the block where pypdf had to guess what a file means.

    Other programs guess otherwise, and would show something else than what is compared.
    """
    guesses: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = guesses.append  # type: ignore[assignment, method-assign]
    logger = logging.getLogger("pypdf")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    if guesses:
        raise VerificationFailed(
            f"the PDF was altered, so that programs can read it in different ways: "
            f"{guesses[0].getMessage()}"
        )


def guard(read: Any) -> Any:
    """Return what `read()` gives; raises VerificationFailed for whatever it raises."""
    try:
        return read()
    except VerificationFailed:
        raise
    except (Exception, RecursionError) as error:
        # In a file that was altered, pypdf stumbles over anything, and reports it by any exception.
        raise VerificationFailed(
            f"the PDF is damaged, encrypted or altered, and cannot be read: {error}"
        ) from error


def _check_streams(reader: Any) -> None:
    """Make sure that what was compressed is whole; pypdf reads damaged streams as far as it can."""
    from pypdf.generic import StreamObject

    total = 0
    for number in [number for objects in reader.xref.values() for number in objects]:
        stream = reader.get_object(number)
        if not isinstance(stream, StreamObject) or stream.get("/Filter") != "/FlateDecode":
            continue
        inflate = zlib.decompressobj()
        total += len(inflate.decompress(stream._data, _LARGEST_STREAM))
        if not inflate.eof or total > _LARGEST_STREAMS:
            raise VerificationFailed(
                f"a stream of the PDF (object {number}) is cut off or too large, so it was altered"
            )


_SAVED = re.compile(rb"(?<!\S)[qQ](?!\S)")
"""Operators that save and restore the state of what is painted."""


def _check_content(number: int, content: bytes) -> None:
    """Refuse content that takes long to compare, and that no typesetter writes."""
    if len(content) > _LARGEST_CONTENT:
        raise VerificationFailed(
            f"page {number} has more than {_LARGEST_CONTENT >> 20} MiB of content, so it was "
            "altered"
        )
    saved = Counter(_SAVED.findall(content))
    if saved[b"q"] != saved[b"Q"]:
        raise VerificationFailed(
            f"page {number} saves its state {saved[b'q']:,} times, and restores it "
            f"{saved[b'Q']:,} times: it was altered"
        )


def _content(page: Any) -> bytes:
    content = guard(page.get_contents)
    return content.get_data() if content is not None else b""


def _annotations(pages: Any) -> tuple[Counter[str], Counter[str]]:
    links: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for page in pages:
        for reference in page.get("/Annots") or ():
            annotation = reference.get_object()
            kind = str(annotation.get("/Subtype"))
            action = annotation.get("/A")
            if kind != "/Link" or "/AP" in annotation:
                others[kind] += 1
            elif action is not None and action.get_object().get("/URI") is not None:
                links[str(action.get_object()["/URI"])] += 1
    return links, others


def _pictures(resources: Any, depth: int) -> Iterator[bytes]:
    objects = resources.get_object().get("/XObject") if resources is not None else None
    for reference in (objects.get_object() if objects is not None else {}).values():
        found = reference.get_object()
        if found.get("/Subtype") == "/Image":
            yield sha256(found.get_data()).digest()
        elif depth < _DEEPEST:
            yield from _pictures(found.get("/Resources"), depth + 1)


def _fonts(page: Any) -> Iterator[tuple[str, Any]]:
    resources = page.get("/Resources")
    fonts = resources.get_object().get("/Font") if resources is not None else None
    for reference in (fonts.get_object() if fonts is not None else {}).values():
        font = reference.get_object()
        yield re.sub(r"^/?[A-Z]{6}[+]", "", str(font.get("/BaseFont"))), font


def _digest(value: Any, depth: int, seen: dict[int, bytes] | None) -> bytes:
    """Digest an object with all that it refers to, whatever the numbers of the objects are.

    Where `seen` is None, the number stands for what an object refers to.
    """
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    if depth > _DEEPEST:
        return b"deeper"
    if isinstance(value, IndirectObject):
        if seen is None:
            return f"object {value.idnum}".encode()
        if value.idnum not in seen:
            # An object may refer to itself by way of others.
            seen[value.idnum] = b"around"
            seen[value.idnum] = _digest(guard(value.get_object), depth + 1, seen)
        return seen[value.idnum]
    total = sha256(type(value).__name__.encode())
    if isinstance(value, DictionaryObject):
        if isinstance(value, StreamObject):
            total.update(sha256(_drawn(guard(value.get_data))).digest())
        left_out = _LEFT_OUT if seen is not None else frozenset()
        for name in sorted(set(value) - left_out - _STORED):
            total.update(name.encode() + _digest(value.raw_get(name), depth + 1, seen))
    elif isinstance(value, ArrayObject):
        for each in value:
            total.update(_digest(each, depth + 1, seen))
    else:
        total.update(str(value).encode("utf-8", "replace"))
    return total.digest()


def _drawn(content: bytes) -> bytes:
    """Return what the file of a font draws; any other content as it is.

    Another version of HarfBuzz writes the same letters as other bytes.
    """
    if not content.startswith(_PROGRAMS):
        return content
    from fontTools.ttLib import TTFont

    try:
        font = TTFont(BytesIO(content))
        glyphs = font.getGlyphSet()
        drawn = [draw_glyph(glyphs, name) for name in font.getGlyphOrder()]
    except Exception:  # fontTools reports a font that is broken by any exception
        return content
    # The glyphs that are not used are empty, and may be left out behind the last used one.
    return repr([(number, each) for number, each in enumerate(drawn) if each]).encode()
