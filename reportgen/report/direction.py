"""Names that are read from right to left, kept apart from the text around them.

Unicode's bidirectional algorithm (UAX #9) orders digits and brackets with the Arabic or Hebrew word
before them, so that a list of such names with a number after each would be printed backwards as a
whole. An element `bdi` ends that (HTML, "The bdi element"); WeasyPrint orders the text of each
element by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from markupsafe import escape

_LEFT_ALONE = r"<(svg|script|style|title|option)\b.*?(?:</\1>|\Z)|<[^>]*(?:>|\Z)"
"""Tags, and elements that have no elements in their text.

What is not closed extends to the end, so that no place is searched twice.
"""


def isolate_names(html: str, names: Iterable[str]) -> str:
    """Return `html` with an element `bdi` around each of `names` that is read from the right."""
    turned = sorted({str(escape(name)) for name in names if _is_turned(name)}, key=len)
    if not turned:
        return html
    # A name that is a part of another one comes after it; within a word, a letter is no name.
    either = "|".join(map(re.escape, reversed(turned)))
    pattern = rf"{_LEFT_ALONE}|(?P<name>(?<!\w)(?:{either})(?!\w))"
    return re.sub(
        pattern,
        lambda match: f"<bdi>{match[0]}</bdi>" if match["name"] else match[0],
        html,
        flags=re.DOTALL,
    )


def _is_turned(name: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
