"""Text from outside, in a terminal."""

from __future__ import annotations

from rich.cells import cell_len

from reportgen.characters import align


def test_columns_are_aligned_as_a_terminal_shows_them() -> None:
    """Letters of East Asia take two places, and accents none, as rich counts them."""
    names = [
        "CNN",
        "手書き数字",
        "숫자",
        "\u1112\u1161\u11ab",
        "ﾃｽﾄ",
        "ｎｅｔ",
        "Cafe\u0301",
        "Łódź",
        "😀",
    ]
    lines = align([(name, "99.19 %", "up") for name in names])
    before = [line.removesuffix("99.19 %  up") for line in lines]
    assert {cell_len(text) for text in before} == {cell_len("手書き数字") + 2}
    assert [text.rstrip() for text in before] == names
