"""What the author's notes quote from the results, and where it stands in the facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.analysis.numbers import read_number
from reportgen.analysis.quotations import locate
from reportgen.config.quotations import FIGURES, Quotation, find_mistakes, split_note
from reportgen.errors import ReportgenError
from tests.support.factories import PAPER_MODELS
from tests.support.facts import make_facts

FACTS = make_facts(PAPER_MODELS)
"""CNN 99.0 %, CNN + dropout 99.3 %, MLP 97.4 %, MLP + dropout 96.9 %."""
MODELS = {slug: model.name for slug, model in FACTS.models.items()}
CLASSES = FACTS.dataset.classes


def printed(note: str) -> str:
    """Return a note with its quotations as numbers."""
    return "".join(
        part if isinstance(part, str) else read_number(*locate(part, FACTS), FACTS).text
        for part in split_note(note)
    )


def test_quotations_become_numbers() -> None:
    """Models go by slug or name, pairs in either order; the rest of a note stays as it was."""
    note = (
        'CNN: {{ accuracy("cnn") }}, *F1* {{ f1("CNN + dropout", "3") }}, '
        "{{ difference('mlp', 'cnn') }} points, {% raw %} {# x #} [[a|b]] {{parameters('mlp')}}."
    )
    assert printed(note) == (
        "CNN: 99.00\u202f%, *F1* 0.9927, 1.60 points, {% raw %} {# x #} [[a|b]] 7,850."
    )


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_has_a_number(figure: str) -> None:
    """Whatever a note may quote is a number of the facts."""
    arguments: dict[tuple[str, ...], list[str | int]] = {
        ("model",): ["cnn"],
        ("model", "class"): ["cnn", 3],
        ("model", "model"): ["cnn", "mlp"],
    }
    quotation = Quotation(figure, tuple(arguments[FIGURES[figure]]))
    assert read_number(*locate(quotation, FACTS), FACTS).text


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('accuracy("rnn")', 'names no model "rnn"; the models are "cnn", "cnn-dropout"'),
        ('accuracy("cnn-dropot")', 'did you mean "cnn-dropout"?'),
        ('f1("cnn", 12)', "names no class 12"),
        ('difference("cnn", "CNN")', "name two models"),
        ("accuracy()", "must name a model"),
        ('accuracy("cnn", "mlp")', "must name a model"),
        ("accuracy", "is not a quotation"),
        ('acuracy("cnn")', 'did you mean "accuracy"?'),
        ('accuracy("cnn"', "is not a quotation"),
        ('"".__class__.__mro__', "is not a quotation"),
    ],
)
def test_a_wrong_quotation_is_named_with_its_line(expression: str, said: str) -> None:
    """What names no figure, model or class is reported, with what there is instead."""
    (mistake,) = find_mistakes(f"One line.\n\nAnother: {{{{ {expression} }}}}", MODELS, CLASSES)
    assert mistake.startswith(f"line 3: `{{{{ {expression} }}}}` ")
    assert said in mistake


def test_classes_are_checked_once_they_are_known() -> None:
    """Before the data are read, a quotation may name any class."""
    note = '{{ recall("cnn", "no such class") }}'
    assert list(find_mistakes(note, MODELS, None)) == []
    assert len(list(find_mistakes(note, MODELS, CLASSES))) == 1
    (quotation,) = (part for part in split_note(note) if isinstance(part, Quotation))
    with pytest.raises(ReportgenError, match="no such class"):
        locate(quotation, FACTS)


@given(st.text(alphabet='{}[]|"(),a1 \n'))
def test_text_without_quotations_stays_as_it_is(note: str) -> None:
    """Brackets and braces that quote nothing are the author's own."""
    assert "".join(part for part in split_note(note) if isinstance(part, str)) == note
