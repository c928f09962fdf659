"""How numbers are written."""

import doctest

from reportgen import formatting


def test_its_examples_hold() -> None:
    """Every example in the docstrings gives what it shows."""
    failed, tried = doctest.testmod(formatting)
    assert tried
    assert not failed
