"""Small pieces of English: counts, plurals and lists in words."""

from __future__ import annotations

from collections.abc import Sequence

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def count_word(count: int) -> str:
    """Return a count as a word up to twelve, in digits above."""
    return _WORDS[count] if count < len(_WORDS) else f"{count:,}"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return the form of a noun or verb that goes with `count`."""
    return singular if count == 1 else plural_form or f"{singular}s"


def counted(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return `three models`, `one model`, `no models`."""
    return f"{count_word(count)} {plural(count, singular, plural_form)}"


def join(parts: Sequence[str], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def capitalise(sentence: str) -> str:
    """Return `sentence` with a capital first letter, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]
