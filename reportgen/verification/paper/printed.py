"""Numbers as papers print them: value, decimals, unit, and what of a fact is printed so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?P<sign>[-+±]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?!\d)|\d+,\d{4,}|\d*\.\d+|\d+)"
    r"(?![\w]|[.,-]\d|/\d)"
    r"(?P<unit>\s?%|\s?(?:percentage points?|per ?cent(?! points?)|percent|points?|pp|ms|s|seconds|"
    r"million|billion|MB|MiB|GB|GiB)\b)?"
)
_IGNORED_BEFORE = re.compile(
    r"(?:Tables?|Tab\.|Figures?|Figs?\.|Sections?|Secs?\.|Equations?|Eqs?\.|Chapters?|Appendix|"
    r"Algorithms?|pages?|pp?\.|nos?\.|numbers?|version|v|items?|steps?|§)\s?"
    r"(?:\d+(?:,| and| to|-)\s?)*$",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\s?\d+(?:\s?[,-]\s?\d+)*\s?\]")
_ADDRESS = re.compile(r"(?:https?://|doi:|arXiv:)\S+", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
Unit = Literal["%", "points", "s", "ms", "million", "billion", "MB", "GB", ""]
_UNITS: dict[str, Unit] = {
    "%": "%", "percent": "%", "per cent": "%", "percentage point": "points",
    "percentage points": "points", "point": "points", "points": "points", "pp": "points",
    "ms": "ms", "s": "s", "seconds": "s", "million": "million", "billion": "billion",
    "MB": "MB", "MiB": "MB", "GB": "GB", "GiB": "GB",
}  # fmt: skip
_SCALES: dict[Unit, tuple[float, ...]] = {
    "%": (100.0,),
    "points": (100.0,),
    "s": (1.0,),
    "ms": (1000.0,),
    "million": (1e-6,),
    "billion": (1e-9,),
    "MB": (2.0**-20, 1.0),
    "GB": (2.0**-30,),
    "": (1.0, 100.0),
}


@dataclass(frozen=True)
class Printed:
    """A number in a text."""

    text: str
    value: Decimal
    """As it is printed, without its sign."""
    sign: Literal["+", "-", "±", ""]
    decimals: int
    unit: Unit
    start: int
    end: int

    @property
    def number(self) -> float:
        """The value for arithmetic, without its sign."""
        return float(self.value)

    @property
    def significant(self) -> int:
        """Digits after leading zeros."""
        return len(str(self.value).replace(".", "").lstrip("0"))


def find_numbers(text: str) -> Iterator[Printed]:
    """Yield the numbers of a text, but for those of references, citations and addresses."""
    covered = [match.span() for rule in (_CITATION, _ADDRESS) for match in rule.finditer(text)]
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if any(low <= start < high for low, high in covered):
            continue
        if _IGNORED_BEFORE.search(text[max(0, start - 40) : start]):
            continue
        digits = match["digits"]
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
            digits = digits.replace(",", "")
        digits = digits.replace(",", ".")
        unit = _UNITS.get((match["unit"] or "").strip(), "")
        if not unit and _YEAR.fullmatch(digits):
            continue
        sign = (match["sign"] or "").strip()
        value, decimals = Decimal(digits), len(digits.partition(".")[2])
        yield Printed(match[0].strip(), value, sign, decimals, unit, start, end)  # type: ignore[arg-type]


def ranges_of(printed: Printed) -> Iterator[tuple[float, float]]:
    """Yield the ranges, low and high, in which the size of a value lies that is printed so."""
    # A little too wide: `rounding_of` decides.
    step = 1.00001 * 10.0**-printed.decimals
    for scale in _SCALES[printed.unit]:
        yield (printed.number - step) / scale, (printed.number + step) / scale


def rounding_of(printed: Printed, value: float, either_sign: bool) -> str:
    """Say how `value` is printed as it is here, such as `rounded to 2 decimals`; empty if not.

    With `either_sign`, as for differences, the order of the two may be the other one.
    """
    if not either_sign and printed.sign != "±" and (printed.sign == "-") != (value < 0):
        return ""
    step = 10.0**-printed.decimals
    for scale in _SCALES[printed.unit]:
        shown = abs(value) * scale
        # Only shares are printed in percent.
        if (scale == 100 and abs(value) > 1) or abs(shown - printed.number) >= step * 1.000001:
            continue
        decimals = f"{printed.decimals} decimal{'' if printed.decimals == 1 else 's'}"
        if shown == printed.number:
            return "exactly"
        # The product of two floats may fall on the other side of a half.
        if abs(shown - printed.number) <= step * 0.500001:
            return f"rounded to {decimals}"
        if shown > printed.number:
            return f"cut off after {decimals}"
    return ""
