"""What is within a line: HTML elements of a report as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from reportgen.export.latex import escape

_COMMANDS = {
    **dict.fromkeys(("em", "i"), "emph"),
    **dict.fromkeys(("strong", "b"), "textbf"),
    **dict.fromkeys(("code", "kbd"), "texttt"),
    "sub": "textsubscript",
    "sup": "textsuperscript",
}
_LEFT_OUT = frozenset(("svg", "script", "style", "button", "img"))


@dataclass(frozen=True)
class Quoted:
    """A number of the report."""

    path: str
    format: str
    value: str
    """In full precision."""
    text: str
    """As it is printed."""

    @property
    def latex(self) -> str:
        """The macro that prints it (`numbers.tex`)."""
        return number_macro(self.path, self.format)


Piece = str | Quoted


def number_macro(path: str, format_name: str) -> str:
    """Return the macro that prints a number; `#` at the end of a path is written `count`."""
    return rf"\rgnum{{{path.replace('#', 'count')}}}{{{format_name}}}"


def read_number(element: Element) -> Quoted | None:
    """Return the number that a `<data>` element marks up; None where it marks up nothing."""
    names = ("data-path", "data-format", "value")
    path, format_name, value = (element.get(name, "") for name in names)
    if element.tag != "data" or not path:
        return None
    return Quoted(path, format_name, value, "".join(element.itertext()))


def pieces(element: Element) -> Iterator[Piece]:
    """Yield the texts and numbers of an element in their order; `\\n` for a line break."""
    yield element.text or ""
    for child in element:
        if number := read_number(child):
            yield number
        elif child.tag == "br":
            yield "\n"
        elif child.tag not in _LEFT_OUT:
            yield from pieces(child)
        yield child.tail or ""


def inline(element: Element) -> str:
    """Return what is in an element as LaTeX, without the element itself."""
    parts = [escape_words(element.text or "")]
    for child in element:
        parts += [_convert(child), escape_words(child.tail or "")]
    return "".join(parts)


def escape_words(text: str) -> str:
    """Escape text whose white space is that of HTML: any run of it is one space."""
    return escape(_LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", re.sub(r"[ \t\r\n\f]+", " ", text)))


_LONG_WORD = re.compile(r"[0-9a-f]{8}(?=[0-9a-f]{8})|[^\s]{30}(?=[^\s])")
"""Parts of digests and of long words, after which a line may break."""


def _convert(element: Element) -> str:
    if number := read_number(element):
        return number.latex
    if element.tag == "a":
        return _link(element)
    if element.tag == "br":
        return r"\newline "
    # A label is `Figure 1.`, which LaTeX numbers itself.
    if element.tag in _LEFT_OUT or element.get("class") == "label":
        return ""
    content = inline(element)
    if element.get("class") == "finding":
        return rf"\textbf{{{content}}}"
    if element.tag == "code":
        # LaTeX does not hyphenate typewriter text: a long name could not be broken.
        content = content.replace(r"\_", r"\_\allowbreak{}")
    command = _COMMANDS.get(element.tag)
    return rf"\{command}{{{content}}}" if command else content


def _link(element: Element) -> str:
    address, content = element.get("href", ""), inline(element)
    if element.get("class") == "ref":
        kind = "".join(element.itertext()).rpartition("\N{NO-BREAK SPACE}")[0]
        # LaTeX numbers what is supplementary in the HTML together with everything else.
        kind = kind.removeprefix("Supplementary").strip().capitalize()
        return (f"{escape(kind)}~" if kind else "") + rf"\ref{{{address[1:]}}}"
    if not address.startswith(("https://", "http://")):
        return content
    return rf"\href{{{_SPECIAL.sub(_encode, address)}}}{{{content}}}"


_SPECIAL = re.compile(r"([%#&_{}\\~^])")
"""What hyperref takes for a character of an address only where it is escaped."""


def _encode(match: re.Match[str]) -> str:
    special = match[1]
    return f"\\{special}" if special in "%#&_" else f"\\%{ord(special):02X}"
