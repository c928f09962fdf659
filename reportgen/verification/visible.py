"""How the text of a PDF is seen, and what its figures paint, wherever lines and pages end.

Another machine breaks lines and pages elsewhere, so that places cannot be compared. What can be is
in which style each letter is drawn, whether it lies on the page, within its clip and under nothing,
and what each figure paints, relative to its own corner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import copysign, inf, sqrt
from typing import Any

from reportgen.verification.letters import read_map
from reportgen.verification.pages import PdfPage, guard

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points of the page."""

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_CORNERS = ((0.0, 0.0), (1.0, 1.0))
"""Of a picture, before it is transformed."""
_COLOURS = frozenset(("g", "rg", "k", "sc", "scn", "cs"))
_LINE_COLOURS = frozenset(("G", "RG", "K", "SC", "SCN", "CS"))
_PATHS = frozenset(("m", "l", "c", "re"))
_FILLS = frozenset(("f", "F", "f*", "B", "B*", "b", "b*"))
_STROKES = frozenset(("S", "s", "B", "B*", "b", "b*"))
_KNOWN = frozenset(
    (
        *("q", "Q", "cm", "gs", "Tf", "Tr", "Tm", "TJ", "BT", "ET", "BDC", "BMC", "EMC"),
        *("Do", "sh", "W", "W*", "n", "h", "w", "d", "J", "j", "M"),
        *(_COLOURS | _LINE_COLOURS | _PATHS | _FILLS | _STROKES),
    )
)
"""Operators that are followed, or that only change how the ends of lines look."""
_TRANSPARENT = 0.3
"""Opacity below which what is painted over a letter leaves it readable."""
_LEADER = 5
"""Dots, each by itself, that lead to the number of a page."""
_KERNING = 3.0
"""Points by which a text in a figure may begin elsewhere, where it is wider or narrower."""
_NOT_COMPARED = "-\N{HYPHEN}\N{SOFT HYPHEN}\N{NON-BREAKING HYPHEN}"


@dataclass(frozen=True)
class Style:
    """How a letter is drawn."""

    font: str
    size: float
    """In points on the page, to a tenth; negative where it is mirrored."""
    paint: tuple[object, ...]
    """Colour, opacity and rendering mode."""
    outside: bool = False
    """Whether it begins outside the page, or what it is clipped to."""
    covered: bool = False
    """Whether something is painted over it."""
    unread: bool = False
    """Whether it is marked as decoration, which is not read aloud."""

    def __str__(self) -> str:
        colour = " ".join(map(str, self.paint))
        where = "".join(
            (
                ", out of sight" * self.outside,
                ", painted over" * self.covered,
                ", not read aloud" * self.unread,
            )
        )
        return f"{self.font} of {self.size:g} points, paint {colour}{where}"


@dataclass
class Figure:
    """What a figure paints, in points from its own corner."""

    painted: list[tuple[object, ...]] = field(default_factory=list)
    """Shapes and pictures with their paint, clips, and texts."""
    places: list[tuple[float, ...]] = field(default_factory=list)
    """The coordinates of each."""

    def is_like(self, other: Figure, tolerance: float) -> bool:
        """Whether both paint the same, within a tolerance, and within kerning for texts."""
        return self.painted == other.painted and all(
            _are_near(ours, theirs, _KERNING if what[0] == "text" else tolerance)
            for what, ours, theirs in zip(self.painted, self.places, other.places, strict=True)
        )


@dataclass
class Seen:
    """What is seen of some pages."""

    letters: Counter[tuple[Style, str]] = field(default_factory=Counter)
    text: list[str] = field(default_factory=list)
    """What is written, in the order in which it is painted."""
    figures: list[Figure] = field(default_factory=list)
    heads: set[tuple[Style, str]] = field(default_factory=set)
    """Running heads; # stands for the number of a page."""
    operators: set[str] = field(default_factory=set)
    paints: set[tuple[object, ...]] = field(default_factory=set)
    """Colours and opacity of shapes outside figures."""


@dataclass(frozen=True)
class _State:
    matrix: Matrix = _IDENTITY
    local: Matrix = _IDENTITY
    """The same from the corner of a figure."""
    clip: Box = (-inf, -inf, inf, inf)
    colour: tuple[object, ...] = ("g", 0.0)
    line: tuple[object, ...] = ("G", 0.0)
    """Colour of lines."""
    width: float = 1.0
    dash: tuple[object, ...] = ("[]", 0.0)
    opacity: float = 1.0
    mode: int = 0
    font: str = ""
    size: float = 0.0


@dataclass(frozen=True)
class _Run:
    text: str
    style: Style
    place: tuple[float, float]
    order: int


def look_at(pages: Sequence[Any]) -> Seen:
    """Return what is seen of pages, each a pypdf `PageObject`; raises whatever pypdf raises."""
    seen, fonts = Seen(), _Fonts()
    for page in pages:
        _Reader(page, seen, fonts).read()
    return seen


class _Fonts:
    """Which text the bytes shown with a font stand for."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, Mapping[int, str]]] = {}

    def load(self, font: Any) -> tuple[str, Mapping[int, str]]:
        """Return the name of a font without the tag of its subset, and glyph → text."""
        if id(font) not in self._known:
            texts = font.get("/ToUnicode")
            table = dict(read_map(texts.get_object().get_data())) if texts is not None else {}
            name = str(font.get("/BaseFont")).rpartition("+")[2].lstrip("/")
            self._known[id(font)] = (name, table)
        return self._known[id(font)]


class _Reader:
    """Follows the operators of one page."""

    def __init__(self, page: Any, seen: Seen, fonts: _Fonts) -> None:
        self._page = page
        self._seen = seen
        self._fonts = fonts
        self._state = _State(clip=tuple(map(float, page.mediabox)))  # type: ignore[arg-type]
        self._saved: list[_State] = []
        self._text_matrix = _IDENTITY
        self._path: list[tuple[float, float]] = []
        self._shape: list[float] = []
        self._operators = ""
        self._clips = False
        self._tags: list[str] = []
        self._figure: Figure | None = None
        self._runs: list[_Run] = []
        self._covers: list[tuple[Box, int]] = []
        self._dots = 0
        self._placed = False

    def read(self) -> None:
        """Add what is seen of the page."""
        contents = self._page.get_contents()
        for order, (operands, raw) in enumerate(
            contents.operations if contents is not None else ()
        ):
            name = raw.decode("ascii", "replace")
            self._seen.operators.add(name)
            self._follow(name, operands, order)
        for run in self._without_heads():
            self._seen.text.append(run.text)
            style = replace(run.style, covered=self._is_covered(run))
            self._seen.letters.update((style, letter) for letter in run.text)

    def _without_heads(self) -> list[_Run]:
        """Note the running head and the number of the page, which come last, and leave them out."""
        runs = self._runs
        if not runs or not runs[-1].text.isdecimal():
            return runs
        end = len(runs) - 1
        while end and runs[end - 1].place[1] == runs[-2].place[1]:
            end -= 1
        self._seen.heads.add((runs[-1].style, "#"))
        self._seen.heads.update((run.style, run.text) for run in runs[end:-1])
        return runs[:end]

    def _picture(self, name: Any) -> object:
        picture = self._page["/Resources"]["/XObject"][name].get_object()
        return (str(picture.get("/Subtype")), picture.get_data())

    def _follow(self, name: str, operands: Any, order: int) -> None:
        if name == "q":
            self._saved.append(self._state)
        elif name == "Q":
            self._state = self._saved.pop()
        elif name == "Tm":
            self._text_matrix = _matrix(operands)
        elif name == "TJ":
            self._show(self._decode(operands[0]), order)
        elif name in ("BDC", "BMC"):
            self._tags.append(str(operands[0]))
            self._placed = False
            self._figure = Figure() if operands[0] == "/Figure" else self._figure
        elif name == "EMC":
            self._end_of_tag()
        elif change := self._change(name, operands):
            self._state = replace(self._state, **change)
        else:
            self._paint(name, operands, order)

    def _transform(self, matrix: Matrix) -> dict[str, Matrix]:
        local = _multiply(matrix, self._state.local)
        if self._figure is not None and not self._placed:
            # Where a figure is on the page is its first transformation.
            self._placed, local = True, _IDENTITY
            self._note(matrix[:4], "size")
        return {"matrix": _multiply(matrix, self._state.matrix), "local": local}

    def _change(self, name: str, operands: Any) -> dict[str, Any]:
        """Return what an operator changes of the state."""
        if name == "cm":
            return self._transform(_matrix(operands))
        if name in _COLOURS:
            return {"colour": (name, *map(_plain, operands))}
        if name == "gs":
            found = self._page["/Resources"]["/ExtGState"][operands[0]].get_object()
            return {"opacity": float(found.get("/ca", self._state.opacity))}
        if name in _LINE_COLOURS:
            return {"line": (name, *map(_plain, operands))}
        if name == "w":
            return {"width": float(operands[0])}
        if name == "d":
            return {"dash": tuple(map(_plain, operands))}
        if name == "Tr":
            return {"mode": int(operands[0])}
        if name == "Tf":
            return {"font": str(operands[0]), "size": float(operands[1])}
        return {}

    def _end_of_tag(self) -> None:
        if self._tags.pop() == "/Figure" and self._figure is not None:
            self._seen.figures.append(self._figure)
            self._figure = None

    def _note(self, place: Sequence[float], *painted: object) -> None:
        if self._figure is not None:
            self._figure.painted.append(painted)
            self._figure.places.append(tuple(place))
        elif painted[0] in ("fill", "line"):
            self._seen.paints.add((painted[0], *painted[2:]))

    def _paint(self, name: str, operands: Any, order: int) -> None:
        if name in _PATHS:
            self._add_to_path(name, [float(each) for each in operands])
        elif name in ("W", "W*"):
            self._clips = True
        elif name in ("Do", "sh"):
            state = self._state
            box = _box([_apply(state.matrix, *each) for each in _CORNERS])
            self._cover(box if name == "Do" else state.clip, order)
            what = self._picture(operands[0]) if name == "Do" else str(operands[0])
            self._note(state.local, name, what, state.opacity)
        elif name == "n" or name in _FILLS or name in _STROKES:
            self._end_path(name, order)

    def _add_to_path(self, name: str, numbers: list[float]) -> None:
        if name == "re":
            left, bottom, width, height = numbers
            numbers = [left, bottom, left + width, bottom + height]
        for place in range(0, len(numbers), 2):
            point = numbers[place], numbers[place + 1]
            self._path.append(_apply(self._state.matrix, *point))
            self._shape += _apply(self._state.local, *point)
        self._operators += name

    def _end_path(self, name: str, order: int) -> None:
        state, shape, drawn = self._state, self._shape, self._operators
        if name in _FILLS and self._path:
            self._cover(_box(self._path), order)
            self._note(shape, "fill", drawn, name[-1] == "*", state.colour, state.opacity)
        if name in _STROKES:
            self._note(shape, "line", drawn, state.line, state.width, state.dash, state.opacity)
        if self._clips and self._path:
            self._note(shape, "clip", drawn)
            self._state = replace(state, clip=_meet(state.clip, _box(self._path)))
        self._path, self._shape, self._operators, self._clips = [], [], "", False

    def _cover(self, box: Box, order: int) -> None:
        if self._state.opacity > _TRANSPARENT:
            self._covers.append((_meet(box, self._state.clip), order))

    def _decode(self, shown: Any) -> str:
        _, table = self._font()
        text = []
        for part in shown:
            raw = getattr(part, "original_bytes", part)
            if isinstance(raw, bytes):
                pairs = (raw[place : place + 2] for place in range(0, len(raw), 2))
                text += [
                    table.get(int.from_bytes(pair, "big"), "\N{REPLACEMENT CHARACTER}")
                    for pair in pairs
                ]
        return "".join(text)

    def _font(self) -> tuple[str, Mapping[int, str]]:
        fonts = self._page["/Resources"]["/Font"]
        return self._fonts.load(fonts[self._state.font].get_object())

    def _show(self, text: str, order: int) -> None:
        text = "".join(each for each in text if not each.isspace() and each not in _NOT_COMPARED)
        self._note(_multiply(self._text_matrix, self._state.local)[4:], "text", text)
        dots, self._dots = self._dots, self._dots + 1 if text == "." else 0
        if text == "." or (dots >= _LEADER and text.isdecimal()):
            # What leads to the number of a page in the table of contents, and that number.
            return
        state = self._state
        matrix = _multiply(self._text_matrix, state.matrix)
        area = matrix[0] * matrix[3] - matrix[1] * matrix[2]
        size = copysign(state.size * sqrt(abs(area)), area)
        x, y = matrix[4], matrix[5]
        left, bottom, right, top = state.clip
        style = Style(
            self._font()[0],
            round(size, 1),
            (*state.colour, state.opacity, state.mode),
            outside=not (left - 1 <= x <= right + 1 and bottom - abs(size) <= y <= top + abs(size)),
            unread="/Artifact" in self._tags,
        )
        middle = (0.2 * abs(size) * copysign(1, matrix[0]), 0.25 * abs(size))
        self._runs.append(_Run(text, style, (x + middle[0], y + middle[1]), order))

    def _is_covered(self, run: _Run) -> bool:
        x, y = run.place
        return any(
            order > run.order and left <= x <= right and bottom <= y <= top
            for (left, bottom, right, top), order in self._covers
        )


def compare_seen(
    expected: Sequence[PdfPage], found: Sequence[PdfPage], tolerance: float
) -> Iterator[tuple[str, str]]:
    """Yield place and description of what is seen otherwise on the pages `found`.

    Figures may differ by `tolerance` points.
    """
    pages = ([each.page for each in pages] for pages in (expected, found))
    ours, theirs = (guard(partial(look_at, each)) for each in pages)
    yield from _compare(ours, theirs, tolerance)


def _compare(expected: Seen, found: Seen, tolerance: float) -> Iterator[tuple[str, str]]:
    if unknown := found.operators - expected.operators - _KNOWN:
        yield (
            "the pages",
            f"they are painted by operators that are added: {', '.join(sorted(unknown))}",
        )
    for paint in found.paints ^ expected.paints:
        what = "added" if paint in found.paints else "missing"
        yield "the pages", f"shapes with the paint {' '.join(map(str, paint))} are {what}"
    written, styles = "".join(expected.text), {style for style, _ in expected.heads}
    for style, text in found.heads - expected.heads:
        # Where pages end elsewhere, another section may be the one that a page begins with.
        if style in styles and text in written:
            continue
        yield "the pages", f"the running head “{text}” ({style}) was added"
    added, missing = found.letters - expected.letters, expected.letters - found.letters
    for counts, what in ((added, "added"), (missing, "missing")):
        for style, text in _by_style(counts):
            yield "the pages", f"letters in {style} are {what}: {text}"
    if len(expected.figures) != len(found.figures):
        yield "the figures", f"there are {len(found.figures)} instead of {len(expected.figures)}"
    for number, pair in enumerate(zip(expected.figures, found.figures, strict=False), 1):
        if not pair[0].is_like(pair[1], tolerance):
            yield "the figures", f"the one that is painted as number {number} is painted otherwise"


def _by_style(counts: Counter[tuple[Style, str]]) -> Iterator[tuple[Style, str]]:
    """Yield each style with the letters that are drawn in it."""
    styles = dict.fromkeys(style for style, _ in counts)
    for style in styles:
        letters = ((letter, count) for (each, letter), count in counts.items() if each == style)
        yield style, ", ".join(f"{count} × “{letter}”" for letter, count in sorted(letters)[:_MOST])


_MOST = 5
"""Letters that are named of each style."""


def _plain(operand: Any) -> object:
    """Return an operand as a number, or as text."""
    try:
        return round(float(operand), 3)
    except (TypeError, ValueError):
        return str(operand)


def _are_near(ours: Sequence[float], theirs: Sequence[float], tolerance: float) -> bool:
    return len(ours) == len(theirs) and all(
        abs(one - other) <= tolerance for one, other in zip(ours, theirs, strict=True)
    )


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(each) for each in operands)
    return a, b, c, d, e, f


def _multiply(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (
        *(a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s),
        *(e * p + f * r + t, e * q + f * s + u),
    )


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _box(points: Sequence[tuple[float, float]]) -> Box:
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def _meet(one: Box, other: Box) -> Box:
    return (
        *(max(one[0], other[0]), max(one[1], other[1])),
        *(min(one[2], other[2]), min(one[3], other[3])),
    )
