"""Formats of numbers, the same in documents, figures, terminal and `verify`.

Each public function is a format, from a value to its text, found by name in `FORMATS`. Negative
numbers carry a true minus sign (U+2212), unless they are printed as zero.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isfunction
from typing import Any

from reportgen.wording import count_word

MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """Print a share in [0, 1] as a percentage: 0.9912 is `99.12 %`."""
    return _signed(f"{100 * share:z.2f}{THIN_SPACE}%")


def percent_short(share: float) -> str:
    """Print a share as a percentage with one decimal: 0.9912 is `99.1 %`."""
    return _signed(f"{100 * share:z.1f}{THIN_SPACE}%")


def percent_whole(share: float) -> str:
    """Print a share that is a round percentage, such as the level of an interval."""
    return _signed(f"{100 * share:.6g}{THIN_SPACE}%")


def points(share: float) -> str:
    """Print a difference of shares in percentage points, with its sign: 0.018 is `+1.80`."""
    text = f"{100 * share:+z.2f}"
    return "0.00" if text == "+0.00" else _signed(text)


def reversed_points(share: float) -> str:
    """Print a difference of shares as it is seen from the second of the two: -0.018 is `+1.80`."""
    return points(-share)


def size_in_points(share: float) -> str:
    """Print the size of a difference in percentage points, without sign: -0.018 is `1.80`."""
    return f"{abs(100 * share):.2f}"


def score(value: float) -> str:
    """Print a score in [0, 1] with four decimals: 0.98765 is `0.9877`."""
    return _signed(f"{value:z.4f}")


def score_short(value: float) -> str:
    """Print a score in [0, 1] with two decimals, as a classification report does."""
    return _signed(f"{value:z.2f}")


def signed_score(value: float) -> str:
    """Print a difference of scores with its sign and four decimals: 0.01 is `+0.0100`."""
    text = f"{value:+z.4f}"
    return "0.0000" if text == "+0.0000" else _signed(text)


def reversed_signed_score(value: float) -> str:
    """Print a difference of scores as it is seen from the second of the two: 0.01 is `−0.0100`."""
    return signed_score(-value)


def size_of_score(value: float) -> str:
    """Print the size of a difference of scores, without sign: -0.0123 is `0.0123`."""
    return f"{abs(value):.4f}"


def thousandths(value: float) -> str:
    """Print a small share in thousandths, without unit: 0.000213 is `0.213`."""
    return _signed(f"{1000 * value:z.3f}")


def signed_thousandths(value: float) -> str:
    """Print a difference of small shares in thousandths, with its sign and without unit."""
    return _signed(f"{1000 * value:+z.3f}")


def integer(value: float) -> str:
    """Print a whole number with thousands separators: 421642 is `421,642`."""
    return _signed(f"{round(value):,}")


def words(value: float) -> str:
    """Print a whole number as a word up to twelve, in digits above: 3 is `three`."""
    return count_word(round(value))


def ratio(value: float) -> str:
    """Print how many times one quantity is of another: 4.143 is `4.1`."""
    return f"{value:.1f}"


def magnitude(value: float) -> str:
    """Print a count to three significant digits, in words above a million."""
    if abs(value) >= 1e9:
        return _signed(f"{value / 1e9:.3g} billion")
    return _signed(f"{value / 1e6:.3g} million") if abs(value) >= 1e6 else integer(value)


def digits(value: float) -> str:
    """Print a whole number without separators, for a cell of a figure: 2940 is `2940`."""
    return _signed(f"{round(value)}")


def signed_digits(value: float) -> str:
    """Print a whole number with its sign, for a cell of a figure: 12 is `+12`."""
    return _signed(f"{round(value):+d}")


def percent_cell(share: float) -> str:
    """Print a share as a percentage, for a cell of a figure that names the unit.

    A share that is not exactly 0 or 1 is not printed as if it were.
    """
    if 0.0 < share < 0.0005:
        return "<0.1"
    if 0.9995 <= share < 1.0:
        return ">99.9"
    return f"{100 * share:.1f}" if share < 1.0 else "100"


def plain(value: float) -> str:
    """Print a number as it was written in the experiment file: 0.001 is `0.001`."""
    return _signed(f"{value:g}")


def remainder(share: float) -> str:
    """Print what a share leaves of 1: that of a level, 0.95, is the threshold of p, `0.05`."""
    return plain(round(1 - share, 12))


def seconds(value: float) -> str:
    """Print a duration in seconds, to two significant digits or whole seconds, with its unit."""
    if value >= 90:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}{THIN_SPACE}min {rest:02d}{THIN_SPACE}s"
    if value >= 0.995:
        return f"{in_seconds(value)}{THIN_SPACE}s"
    return f"{in_milliseconds(value)}{THIN_SPACE}ms"


def in_seconds(value: float) -> str:
    """Print a duration in seconds, to two significant digits, for a column that names the unit.

    Durations measured beside other work carry no more.
    """
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:#.2g}"


def in_milliseconds(value: float) -> str:
    """Print a duration, given in seconds, in milliseconds, for a column that names the unit."""
    return in_seconds(1000 * value)


def megabytes(value: float) -> str:
    """Print a size in bytes as MB of 2²⁰ bytes: 3 * 2**20 is `3.00 MB`."""
    return f"{value / 2**20:,.2f}{THIN_SPACE}MB"


def p_value(value: float) -> str:
    """Print a p-value with three decimals: 0.0321 is `0.032`.

    Below 0.5, it has more where it would be rounded up to a whole hundredth, which may be the level
    that it is compared with: 0.04996 is `0.04996`.
    """
    if value < 0.001:
        return "< 0.001"
    printed, decimals = f"{value:.3f}", 3
    while value < min(float(printed), 0.5) and len(printed.rstrip("0")) <= 4:
        decimals += 1
        printed = f"{value:.{decimals}f}"
    return printed


def p_stated(value: float) -> str:
    """Print a p-value as a sentence states it.

    >>> p_stated(0.0321).split(), p_stated(0.00002).split()
    (['p', '=', '0.032'], ['p', '<', '0.001'])
    """
    printed = p_value(value)
    stated = f"p {printed}" if printed.startswith("<") else f"p = {printed}"
    return stated.replace(" ", "\N{NO-BREAK SPACE}")


FORMATS: dict[str, Callable[[Any], str]] = {
    name: value
    for name, value in globals().items()
    if isfunction(value) and value.__module__ == __name__ and not name.startswith("_")
}
