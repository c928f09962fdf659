"""Small pieces of English: counts, plurals and lists in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_NAMES = ("Brier", "Canny", "Matthews")
"""Names at the beginning of titles, besides possessive ones such as *Cohen's kappa*."""


def count_word(count: int) -> str:
    """Return a count as a word up to twelve, in digits above."""
    return _WORDS[count] if count < len(_WORDS) else f"{count:,}"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return the form of a noun or verb that goes with `count`."""
    return singular if count == 1 else plural_form or f"{singular}s"


def counted(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return `three models`, `one model`, `no models`."""
    return f"{count_word(count)} {plural(count, singular, plural_form)}"


def number_of(count: int, singular: str) -> str:
    """Return `3 models`, `1 model`, `0 models`."""
    return f"{count:,} {plural(count, singular)}"


def join(parts: Iterable[str], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *first, last = [*parts] or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def list_some(parts: Sequence[str], most: int = 10) -> str:
    """Return `a, b, c and 5 more`: the first of many, all of up to `most`."""
    shown = ", ".join(parts[:most])
    return shown if len(parts) <= most else f"{shown} and {len(parts) - most} more"


def in_sentence(title: str) -> str:
    """Return a title as it is within a sentence: abbreviations and names keep their capitals."""
    first = title.partition(" ")[0]
    if first[:2].isupper() or first in _NAMES or "'" in first:
        return title
    return title[:1].lower() + title[1:]


def ranges(numbers: Iterable[int]) -> str:
    """Return ascending numbers with each three or more in a row as one: `0–4, 7, 8`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(
        f"{row[0]}–{row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in found
    )


def shorten(text: str, most: int) -> str:
    """Return `text`, cut off with an ellipsis where it has more than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def capitalise(sentence: str) -> str:
    """Return `sentence` with a capital first letter, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def architecture_title(name: str) -> str:
    """Print an architecture's registry name, abbreviations in capitals: `wide-mlp` → `Wide MLP`.

    A name of up to three letters is taken for one (`gru`), and so is a word without vowels.
    """
    if ":" in name:
        # A plug-in, FILE.py:NAME or MODULE:NAME.
        return name.rpartition(":")[2]
    if len(name) <= 3:
        return name.upper()
    words = re.split(r"[-_ ]", name)
    title = " ".join(word if re.search("[aeiouy]", word) else word.upper() for word in words)
    return title[:1].upper() + title[1:]
