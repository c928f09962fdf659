from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reportgen.export.latex import escape, needs_unicode_engine

COMMAND = re.compile(r"\\[A-Za-z]+\{?\}?|\\[%&#_$,{}-]|\\ensuremath")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_nothing_that_latex_obeys_is_left(text: str) -> None:
    """Nothing that LaTeX obeys is left."""
    latex = escape(text)
    rest = re.sub(r"\\ensuremath\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}", "", latex)
    rest = COMMAND.sub("", rest)
    # Braces that commands and ligatures leave behind are balanced, and nothing else is special.
    assert not re.search(r"[\\%&#_$^\"`|<>]", rest), rest
    depth = 0
    for character in re.sub(r"\\[{}]", "", latex):
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0


@given(st.text(alphabet=st.characters(max_codepoint=0x17F, exclude_characters="ĦħĸĿŀŉŦŧſ")))
def test_letters_of_latin_script_need_no_other_engine(text: str) -> None:
    """Letters of latin script need no other engine."""
    assert not needs_unicode_engine(escape(text))


def test_scripts_are_set_apart() -> None:
    """Scripts are set apart, and pictographs, which fonts for Chinese lack, are not among them."""
    assert escape("🙂㈱") == r"\rgscript{🙂}\rgwide{㈱}"
    assert escape("نموذج أول") == r"\rgrtl{نموذج أول}"
    assert escape("A 卷积 B") == r"A \rgwide{卷积} B"
    assert escape("модель 2") == r"\rgscript{модель} 2"
    assert escape("ResNet-50 α=0.5") == r"ResNet-50 \ensuremath{\alpha}=0.5"


def test_hyphens_and_quotes_do_not_join() -> None:
    """Hyphens and quotes do not join."""
    assert escape("a--b") == "a-{}-b"
    assert escape("?`x'' ,,") == r"?\textasciigrave{}x'{}' ,{},"


def test_brackets_and_asterisks_do_not_begin_an_argument() -> None:
    """After the end of a table's row, `[5]` would be a length, and `*` a variant of the command."""
    assert escape("[5]") == "{[}5]"
    assert escape("* b") == "{*} b"
