"""How numbers are written."""

from __future__ import annotations

import pytest

from reportgen.formatting import FORMATS, THIN_SPACE

EXAMPLES = [
    ("percent", 0.9912, "99.12 %"),
    ("percent_short", 0.9912, "99.1 %"),
    ("percent_whole", 0.95, "95 %"),
    ("points", 0.018, "+1.80"),
    ("points", -0.018, "−1.80"),
    ("points", -0.00001, "0.00"),
    ("reversed_points", -0.018, "+1.80"),
    ("size_in_points", -0.018, "1.80"),
    ("score", 0.98765, "0.9877"),
    ("score", -1e-9, "0.0000"),
    ("score_short", 0.98765, "0.99"),
    ("score_short", -1e-9, "0.00"),
    ("signed_score", 0.01, "+0.0100"),
    ("signed_score", -0.01, "−0.0100"),
    ("signed_score", 0.00001, "0.0000"),
    ("reversed_signed_score", 0.01, "−0.0100"),
    ("size_of_score", -0.0123, "0.0123"),
    ("thousandths", 0.000213, "0.213"),
    ("signed_thousandths", -0.000213, "−0.213"),
    ("integer", 421642, "421,642"),
    ("words", 3, "three"),
    ("words", 1200, "1,200"),
    ("ratio", 4.143, "4.1"),
    ("magnitude", 4241152, "4.24 million"),
    ("magnitude", 2.5e9, "2.5 billion"),
    ("magnitude", 101770, "101,770"),
    ("digits", 2940, "2940"),
    ("signed_digits", 12, "+12"),
    ("signed_digits", -12, "−12"),
    ("percent_cell", 0.9912, "99.1"),
    ("percent_cell", 0.0001, "<0.1"),
    ("percent_cell", 0.9999, ">99.9"),
    ("percent_cell", 1.0, "100"),
    ("plain", 0.001, "0.001"),
    ("plain", 64, "64"),
    ("remainder", 0.95, "0.05"),
    ("remainder", 0.999, "0.001"),
    ("seconds", 0.0123, "12 ms"),
    ("seconds", 12.345, "12 s"),
    ("seconds", 742.0, "12 min 22 s"),
    ("in_seconds", 0.01234, "0.012"),
    ("in_seconds", 9.97, "10"),
    ("in_seconds", 1014.4, "1,000"),
    ("in_milliseconds", 0.00503, "5.0"),
    ("in_milliseconds", 1.09, "1,100"),
    ("megabytes", 3 * 2**20, "3.00 MB"),
    ("p_value", 0.0321, "0.032"),
    ("p_value", 0.00002, "< 0.001"),
    ("p_value", 0.04996, "0.04996"),
    ("p_value", 0.05004, "0.050"),
    ("p_value", 0.05, "0.050"),
    ("p_value", 0.99996, "1.000"),
    ("p_value", 1.0, "1.000"),
    ("p_stated", 0.0321, "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.032"),
    ("p_stated", 0.00002, "p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.001"),
]


@pytest.mark.parametrize(("name", "value", "text"), EXAMPLES)
def test_numbers_are_written_so(name: str, value: float, text: str) -> None:
    """Units follow a narrow space; a negative number has a true minus sign."""
    assert FORMATS[name](value).replace(THIN_SPACE, " ") == text


def test_every_format_has_an_example() -> None:
    """A new one is written into the list."""
    assert {name for name, _, _ in EXAMPLES} == set(FORMATS)
