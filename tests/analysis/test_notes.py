"""The author's notes: what they quote, and what they may not state."""

from __future__ import annotations

import pytest

from reportgen.analysis.notes.check import contradictions
from reportgen.analysis.notes.quotations import finish_notes, render_note
from reportgen.analysis.numbers import plain_claim
from reportgen.config.schema import Notes
from reportgen.errors import ConfigurationError
from tests.analysis.fake_facts import make_facts
from tests.support.factories import PAPER_MODELS, FakeModel, make_experiment

FACTS = make_facts(PAPER_MODELS)
"""CNN 99.0 %, CNN + dropout 99.3 %, MLP 97.4 %, MLP + dropout 96.9 %."""

CONTRADICTED = [
    "CNN reaches an accuracy of 98.0 %.",
    "The accuracy of MLP is 0.981.",
    "The accuracy of CNN + dropout is 99.3 % and that of MLP 97.5 %.",
    "The CNN classifies 91 percent of the images correctly.",
    "The CNN has a training accuracy of 99.0 %.",
    "CNN has 421,642 parameters.",
    "The macro F1 of MLP is 0.99.",
    "MLP beats CNN.",
    "The **MLP** is clearly better than the *CNN*.",
    "MLP + dropout outperforms MLP.",
    "CNN is less accurate than MLP.",
    "CNN with dropout is worse than CNN.",
    "CNN outperforms MLP by 1.8 percentage points.",
    "MLP is the best model.",
    "There is no difference between CNN and MLP.",
    "CNN and MLP are equally accurate.",
]
LEFT_ALONE = [
    "",
    "CNN reaches an accuracy of 99.0 %.",
    "CNN reaches an accuracy of 99 %.",
    "The accuracy of MLP is 0.974 and that of CNN 0.99.",
    "The CNN has 7,850 parameters.",
    "CNN beats MLP by 1.6 points, and MLP + dropout is worse than MLP.",
    "CNN + dropout is the best model.",
    "In the paper, CNN reaches an accuracy of 99.9 %.",
    "We expected that MLP beats CNN.",
    "MLP does not beat CNN.",
    "A CNN is usually worse than an MLP.",
    "MLP is better than CNN in speed.",
    "With seed 1, CNN reaches an accuracy of 98.1 %.",
    "CNN with 20 % of the images has an accuracy of 91 %.",
    "CNN was trained in 10 epochs, with a learning rate of 0.001.",
    "Is MLP better than CNN?",
    "The accuracy of CNN is about 98 %.",
    "```\nMLP beats CNN.\n```",
    "The recall of CNN is 12.0 % in class 3.",
    "A deeper CNN has an accuracy of 99.9 %.",
]


@pytest.mark.parametrize("text", CONTRADICTED)
def test_a_contradicted_statement_is_found(text: str) -> None:
    """A number or an order that the results contradict is told, with the sentence."""
    ((line, message),) = contradictions(text, FACTS)
    assert line == 1
    assert message.startswith("the note says “")
    assert "results" in message


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_true_or_unsure_is_left_alone(text: str) -> None:
    """True statements, hedges, negations and other people's results pass."""
    assert contradictions(text, FACTS) == []


def test_an_open_question_does_not_contradict_an_order() -> None:
    """Where the results are undecided, an order in their direction is the author's own."""
    wide = make_facts(PAPER_MODELS, half_width=0.03)
    assert contradictions("CNN beats MLP.", wide) == []
    assert len(contradictions("MLP beats CNN.", wide)) == 1


def test_identical_models_have_no_order() -> None:
    """Neither of two identical models beats the other."""
    first, second = PAPER_MODELS[0], FakeModel("Twin", "twin", "cnn", 0.0, 0.010)
    facts = make_facts([first, second], identical=[frozenset({"cnn", "twin"})])
    assert len(contradictions("CNN beats Twin.", facts)) == 1
    assert len(contradictions("Twin beats CNN.", facts)) == 1


def test_quoted_numbers_become_marks() -> None:
    """Each function gives the mark of a number; the rest of the note stays as it was."""
    text = (
        'CNN: {{ accuracy("cnn") }}, *F1* {{ f1("CNN + dropout", "3") }}, '
        '{{ difference("mlp", "cnn") }} points, {% raw %} {# x #} {{ parameters("mlp") }}.'
    )
    rendered, problems = render_note(text, FACTS)
    assert problems == []
    assert plain_claim(rendered, FACTS) == (
        "CNN: 99.00\u202f%, *F1* 0.9927, 1.60 points, {% raw %} {# x #} 7,850."
    )


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('accuracy("rnn")', 'names no model "rnn"'),
        ('f1("cnn", 12)', "names no class 12"),
        ('difference("cnn", "cnn")', "name two models"),
        ("accuracy()", "cannot be evaluated"),
        ("accuracy", "is no number"),
        ("secret", "'secret' is undefined"),
        ('accuracy("cnn"', "cannot be evaluated"),
        ('"".__class__.__mro__', "unsafe"),
        ('accuracy.__globals__["mark"]', "unsafe"),
    ],
)
def test_a_wrong_expression_is_told(expression: str, said: str) -> None:
    """What cannot be evaluated, and what the sandbox forbids, is told with its line."""
    _, problems = render_note(f"One line.\n\nAnother: {{{{ {expression} }}}}", FACTS)
    assert [line for line, _ in problems] == [3]
    assert said in problems[0][1]


def test_the_build_fails_with_section_and_line() -> None:
    """All that is wrong with all notes comes at once, each with its section and line."""
    notes = Notes(results="First.\n\nThen MLP beats CNN.\n", conclusion='{{ accuracy("x") }}')
    experiment = make_experiment().model_copy(update={"notes": notes})
    with pytest.raises(ConfigurationError) as caught:
        finish_notes(experiment, FACTS, "mine.toml")
    first, second = (str(problem) for problem in caught.value.problems)
    assert first.startswith("notes.results: line 3: the note says “Then MLP beats CNN”, but")
    assert second.startswith("notes.conclusion: line 1: ")


def test_right_notes_are_finished() -> None:
    """The experiment comes back with marks in its notes, and nothing else changed."""
    notes = Notes(abstract='We got {{ accuracy("cnn") }}.')
    experiment = make_experiment().model_copy(update={"notes": notes})
    finished = finish_notes(experiment, FACTS, "mine.toml")
    assert finished.notes.abstract == "We got [[models.cnn.accuracy.mean|percent]]."
    assert finished.model_copy(update={"notes": notes}) == experiment
