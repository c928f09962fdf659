"""Numbers of a paper against the evidence of a report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reportgen.analysis.facts import Facts
from reportgen.errors import UsageError
from reportgen.studies import analyse
from reportgen.verification.paper import check_macros
from reportgen.verification.paper.judgement import Judged, judge
from reportgen.verification.paper.known import Known
from reportgen.verification.paper.printed import find_numbers, rounding_of
from reportgen.verification.paper.text import Macro, Passage, read_paper, strip_latex
from tests.support.factories import FakeModel, make_build


@cache
def known() -> tuple[Known, Facts]:
    """What the evidence of four models with three seeds gives."""
    experiment, _, evidence, _ = make_build(baseline=True)
    facts = analyse(evidence)
    return Known(facts, experiment.model_dump(mode="json")), facts


QUANTITIES = {"accuracy": "accuracy", "macro F1": "macro_f1", "weighted F1": "weighted_f1"}
FORMATS = {
    "{:.2f} %": 100.0,
    "{:.2f}\u202f%": 100.0,
    "{:.1f}\\,\\%": 100.0,
    "${:.2f}$\\%": 100.0,
    "\\SI{{{:.2f}}}{{\\percent}}": 100.0,
    "{:.2f} per cent": 100.0,
    "{:.4f}": 1.0,
    "\\num{{{:.3f}}}": 1.0,
    "{:.2f} percent": 100.0,
}
"""How papers print a share → what it is multiplied by."""


def outcomes(text: str) -> list[Judged]:
    """Judge the sentences of a LaTeX text."""
    lines = strip_latex(text).replace("\u202f", " ").splitlines()
    return list(judge([Passage(line, "text") for line in lines if line.strip()], known()[0]))


@given(st.randoms(use_true_random=False))
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # Shrinking fifty sentences takes minutes, and tells nothing more.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_ten_changed_numbers_of_fifty_are_found(random: object) -> None:
    """Ten changed numbers of fifty are found, and no other is taken for wrong."""
    choose = random  # a random.Random that hypothesis shrinks
    facts = known()[1]
    changed = set(choose.sample(range(50), 10))  # type: ignore[attr-defined]
    lines = []
    for number in range(50):
        slug = choose.choice(list(facts.models))  # type: ignore[attr-defined]
        word = choose.choice(list(QUANTITIES))  # type: ignore[attr-defined]
        shown = choose.choice(list(FORMATS))  # type: ignore[attr-defined]
        scale = FORMATS[shown]
        value = getattr(facts.models[slug], QUANTITIES[word]).mean
        text = shown.format(scale * value)
        if number in changed:
            # Of a mean, an interval and three seeds within a point none is 2 to 8 points away.
            text = shown.format(scale * (value - choose.uniform(0.02, 0.08)))  # type: ignore[attr-defined]
        lines.append(f"On the test set the {facts.models[slug].name} has a {word} of {text}.")
    judged = outcomes("\n".join(lines))
    assert len(judged) == 50
    assert {place for place, each in enumerate(judged) if each.outcome == "contradicts"} == changed
    assert all(each.outcome != "untraced" for each in judged)


@given(
    st.floats(0.0, 1.0),
    st.integers(0, 4),
    st.sampled_from([("{:.{}f} %", 100.0), ("{:.{}f}", 1.0), ("{:.{}f} points", 100.0)]),
)
def test_what_python_prints_is_recognised(
    value: float, decimals: int, shown: tuple[str, float]
) -> None:
    """What Python prints is recognised, and what is one digit further away is not."""
    pattern, scale = shown
    (printed,) = find_numbers(f"it is {pattern.format(scale * value, decimals)} here")
    assert rounding_of(printed, value, either_sign=False)
    step = 10.0**-decimals / scale
    assert not rounding_of(printed, value + 1.6 * step, either_sign=False) or value + 1.6 * step > 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("See Table 3, Section 4.1 and Figures 2 and 3.", []),
        ("As in [12] and [3, 5], ResNet-50 of 2016 has F1.", []),
        ("It has 421,642 parameters and 99,12 % accuracy.", ["421,642", "99,12 %"]),
        ("between −1.80 and +0.25 points", ["−1.80", "+0.25 points"]),
        ("https://example.org/1.5 and doi:10.1000/182", []),
        ("p < 0.001, or .05", ["0.001", ".05"]),
    ],
)
def test_numbers_are_found(text: str, numbers: list[str]) -> None:
    """Numbers are found, but for those of references, citations, names, years and addresses."""
    assert [each.text for each in find_numbers(text.replace("−", "-"))] == [
        each.replace("−", "-") for each in numbers
    ]


def percent(slug: str) -> str:
    """Print the accuracy of a model."""
    return f"{100 * known()[1].models[slug].accuracy.mean:.2f} %"


@pytest.mark.parametrize(
    "text",
    [
        "LeNet-5 has an accuracy of 88.80 %, the CNN a better one.",
        "The CNN of LeCun et al. has an accuracy of 88.80 %.",
        "The CNN was published with an accuracy of 88.80 %.",
        "The CNN has an accuracy of 88.80 % on CIFAR-10.",
        "Chance alone would give an accuracy of 10.00 % here.",
        "We ask for 88.80 % of the budget.",
        "With a learning rate of 0.012 the accuracy of the CNN is higher.",
        "The CNN reaches its accuracy at a dropout of 0.35.",
        "The accuracy of the CNN was checked with 12 runs in 2024.",
        "The CNN, whose accuracy is known, takes 3.5 s.",
        "With dropout off, CNN ends with an accuracy of 88.80 % on training images.",
        "CNN ends with an accuracy of 88.80 % on a sample of 5,000 training images.",
        "CNN had the best accuracy on the held-out set, 88.80 %.",
        "For the accuracy of CNN the paper prints 0.8880.",
        "Corruption raises the error of CNN least, by 19.77 points, and that of MLP most.",
        "CNN misclassifies 104 test images that MLP gets right.",
        "The accuracy of MLP is 58.40 % for the thickest group and 40.80 % for the thinnest.",
        "The average precision is highest for MLP, 0.5341, and lowest for CNN, 0.3358.",
        "Accuracy Brier score CNN 0.2961 0.1961 0.3822 0.8701 MLP 0.1430 0.1599",
        "The difference in accuracy and what else a long head of columns tells of CNN and of MLP, "
        "as it is read from the page of a report 0.8701 0.1430.",
        "The accuracy of CNN beats that of the most frequent class, which is right for 60.00 %.",
    ],
)
def test_numbers_of_something_else_do_not_contradict(text: str) -> None:
    """A number of another work, another data set or another quantity contradicts nothing."""
    assert [each for each in outcomes(text) if each.outcome == "contradicts"] == []


def test_a_wrong_number_is_that_of_the_model_before_it() -> None:
    """A list gives each value behind its model, and only a comma stands before the next one."""
    (wrong,) = [
        each
        for each in outcomes(f"By accuracy, the order is CNN (88.80 %), MLP ({percent('mlp')}).")
        if each.outcome == "contradicts"
    ]
    assert "“CNN”" in wrong.reason


def test_names_are_found_however_a_page_prints_them(tmp_path: Path) -> None:
    """Pages have dashes, narrow blanks, and several blanks in lines that are justified."""
    models = (FakeModel("α–β", "a", "cnn", 0.0, 0.1), FakeModel("Model 9", "b", "mlp", 0.0, 0.2))
    experiment, _, evidence, _ = make_build(models)
    facts = analyse(evidence)
    first, second = (100 * model.accuracy.mean for model in facts.models.values())
    paper = tmp_path / "paper.txt"
    paper.write_text(
        f"By mean  accuracy, the order is α–β ({first:.2f}\u202f%) and Model  9 ({second:.2f} %).\n"
        f"The average  precision is 0.1234 for α–β and for Model  9.",
        encoding="utf-8",
    )
    given = Known(facts, experiment.model_dump(mode="json"))
    judged = [each for each in judge(read_paper(paper).passages, given) if "." in each.printed]
    assert [each.outcome for each in judged] == ["follows", "follows", "untraced"]


def test_lines_of_a_sentence_are_no_rows(tmp_path: Path) -> None:
    """Lines that list values have many numbers and few words, as rows of a table have."""
    paper = tmp_path / "paper.txt"
    sentence = (
        "The score is lowest in class 2 for MLP (0.6103), CNN\n"
        "(0.9692), SVM (0.0622), Forest (0.0685) and Bayes (0.8935), and highest\n"
        "in class 3."
    )
    paper.write_text(sentence)
    (passage,) = read_paper(paper).passages
    assert passage.text == " ".join(sentence.split())
    assert passage.row is None


def test_columns_may_be_those_of_models() -> None:
    """Rows of classes below the names of several models are about none of them alone."""
    models = (FakeModel("A", "a", "cnn", 0.0, 0.5), FakeModel("B", "b", "mlp", 0.0, 0.6))
    # Of a few examples many scores are alike, so that columns seem to hold something.
    experiment, _, evidence, _ = make_build(models, seeds=1, n=20)
    facts = analyse(evidence)
    scores = zip(*(model.per_class for model in facts.models.values()), strict=True)
    rows = [
        "\t".join([each[0].name, *(f"{score.f1.mean:.4f}" for score in each)]) for each in scores
    ]
    given = Known(facts, experiment.model_dump(mode="json"))
    wrong = [
        sum(
            judged.outcome == "contradicts"
            for judged in judge([Passage(row, "text", 1, heading) for row in rows], given)
        )
        for heading in ("Class A B", "Class B")
    ]
    assert wrong[0] == 0
    assert wrong[1], "as the scores of B alone, those of A are wrong"


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", "\ufeff\n<html lang='en'>", "<?xml ?>"])
def test_a_web_page_is_refused(start: str, tmp_path: Path) -> None:
    """Its tags and scripts are no sentences."""
    (tmp_path / "report.html").write_text(f"{start}<p>The CNN has 79 errors.</p>", "utf-8")
    with pytest.raises(UsageError, match="is a web page; give a paper as PDF, LaTeX or text"):
        read_paper(tmp_path / "report.html")


def test_no_number_is_traced_to_a_pixel() -> None:
    """A study's facts contain the images that it shows: any whole number to 255 may be a pixel."""
    experiment, _, _, _ = make_build()
    studies = {"robustness": {"shown": {"fog": [[[173, 4.5]]]}, "images": 174}}
    given = Known(known()[1].model_copy(update={"studies": studies}), experiment.model_dump())
    sentence = "The sentence gives 173, 4.5 and 174 without saying what any of these numbers count."
    judged = judge([Passage(sentence, "text")], given)
    assert [(each.printed, each.outcome) for each in judged] == [
        ("173", "untraced"),
        ("4.5", "untraced"),
        ("174", "follows"),
    ]


def test_a_column_shows_what_a_row_should_hold() -> None:
    """A column shows what a row should hold; numbers of two rows may be wrong."""
    facts = known()[1]
    rows = [
        f"{model.name}\t{100 * model.accuracy.mean:.2f}\t{model.macro_f1.mean:.4f}\t{epoch}"
        for epoch, model in enumerate(facts.models.values(), 5)
    ]
    rows[1] = rows[1].replace(f"{100 * facts.models['cnn-dropout'].accuracy.mean:.2f}", "91.17")
    judged = judge([Passage(row, "text", 1) for row in rows], known()[0])
    (wrong,) = [each for each in judged if each.outcome == "contradicts"]
    assert wrong.printed == "91.17"
    assert f"{100 * facts.models['cnn-dropout'].accuracy.mean:.2f}" in wrong.reason


def test_a_pair_may_be_printed_the_other_way_round() -> None:
    """Then its bounds change places; a p value that is only bounded is not compared."""
    facts = known()[1]
    rows = []
    for place, pair in enumerate(facts.pairs.values()):
        found, names = pair.difference, [facts.models[s].name for s in (pair.first, pair.second)]
        values = [found.value, found.low, found.high]
        if place % 2:
            values, names = [-found.value, -found.high, -found.low], names[::-1]
        cells = "\t".join(f"{100 * value:+.2f}" for value in values)
        rows.append(f"{names[0]} vs {names[1]}\t{cells}\t< 0.001")
    judged = list(judge([Passage(row, "text", 1) for row in rows], known()[0]))
    assert {each.outcome for each in judged} == {"follows"}


def test_rows_of_the_runs_of_one_model_hold_other_values() -> None:
    """A table of all runs names each model several times."""
    models = known()[1].models.values()
    rows = [
        f"{model.name}\t{run.seed}\t{100 * run.accuracy:.2f} %\t{run.macro_f1:.4f}"
        for model in models
        for run in model.runs
    ]
    judged = list(judge([Passage(row, "text", 1) for row in rows], known()[0]))
    assert [each for each in judged if each.outcome == "contradicts"] == []
    assert {each.outcome for each in judged if "." in each.printed} == {"follows"}


def test_macros_are_looked_up_and_never_believed() -> None:
    """A macro that numbers.tex defines differently contradicts the evidence."""
    facts = known()[1]
    path, right = "models.cnn.accuracy.mean", percent("cnn")
    found = list(
        check_macros(
            [
                Macro(path, "percent", "", "main.tex"),
                Macro(path, "percent", right, "numbers.tex"),
                Macro(path, "percent", "12.34 %", "numbers.tex"),
                Macro("models.none", "percent", "", "main.tex"),
                Macro("models.count", "words", "", "main.tex"),
            ],
            facts,
        )
    )
    assert [each.outcome for each in found] == ["follows", "contradicts", "untraced", "follows"]


def test_files_that_latex_takes_in_are_read(tmp_path: Path) -> None:
    """Files beside a paper are read once each; others, and what is commented out, are not."""
    (tmp_path / "main.tex").write_text("% 1.11\n\\input{part}\\input{../outside} We see 2.22.")
    (tmp_path / "part.tex").write_text("\\input{main}The CNN & 3.33 \\\\")
    (tmp_path.parent / "outside.tex").write_text("4.44")
    text = " ".join(passage.text for passage in read_paper(tmp_path / "main.tex").passages)
    assert "2.22" in text
    assert "3.33" in text
    assert "1.11" not in text
    assert "4.44" not in text
    with pytest.raises(UsageError, match="there is no such file"):
        read_paper(tmp_path / "none.pdf")
