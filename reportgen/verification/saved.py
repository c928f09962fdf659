"""A document as a browser saves it: the same markup, spelled otherwise.

The page saves a copy with comments from what the browser has parsed. Character references, the
slash of empty elements and attributes without a value are then written in another way. Both
documents are brought into one spelling before they are compared; browsers show what is alike
afterwards alike. Scripts and styles have no character references and are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape

from reportgen.verification.segments import Segment, cut

_TAG = re.compile(r"<([A-Za-z][^\s/>]*)((?:\s+[^\s\"'<>/=]+(?:=\"[^\"]*\")?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:=\"([^\"]*)\")?")
_REFERENCE = re.compile("&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
"""A reference without its semicolon means different things in different places: it stays."""
_EMPTY = frozenset(("meta", "link", "br", "hr", "img", "input", "col", "wbr"))


def spell(html: str) -> str:
    """Return a document in the one spelling."""
    return "".join(_spell(cut(html)))


def _spell(segments: tuple[Segment, ...]) -> Iterator[str]:
    inside = ""
    for segment in segments:
        text = segment.text
        if inside:
            yield text
            inside = "" if text == f"</{inside}>" else inside
        elif not segment.is_tag:
            yield escape(_resolve(text))
        elif match := _TAG.fullmatch(text):
            yield _spell_tag(match)
            inside = match[1] if match[1] in ("script", "style") else ""
        else:
            yield text


def _spell_tag(match: re.Match[str]) -> str:
    name, attributes, slash = match.groups()
    pairs = [f' {key}="{escape(_resolve(value))}"' for key, value in _ATTRIBUTE.findall(attributes)]
    return f"<{name}{''.join(pairs)}{'' if name in _EMPTY else slash}>"


def _resolve(text: str) -> str:
    return _REFERENCE.sub(lambda match: unescape(match[0]), text)
