"""Reading scikit-learn's classification report from pasted text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report

from reportgen.audit.assembly import audit_tables
from reportgen.audit.report_text import parse_report, read_report_text
from reportgen.errors import AuditError
from tests.support.examples import at_most

NAMES = ["cat", "class 1", "very fine dog", "0", "Ægir 7"]


@st.composite
def reports(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], int]:
    """Draw a report of real predictions: its text, as pasted, and as a dictionary."""
    classes = draw(st.integers(2, len(NAMES)))
    supports = draw(st.lists(st.integers(1, 60), min_size=classes, max_size=classes))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = np.repeat(np.arange(classes), supports)
    wrong = random.random(len(labels)) < draw(st.sampled_from([0.0, 0.1, 0.6]))
    predicted = np.where(wrong, random.integers(0, classes, len(labels)), labels)
    options = {"target_names": NAMES[:classes], "labels": range(classes), "zero_division": 0}
    digits = draw(st.integers(2, 5))
    text = classification_report(labels, predicted, digits=digits, **options)
    exact = classification_report(labels, predicted, output_dict=True, **options)
    pasted = text.replace("  ", draw(st.sampled_from(["  ", "\t", "\N{NO-BREAK SPACE} ", "   "])))
    return pasted, text, exact, digits


@at_most(40)
@given(reports())
def test_a_pasted_report_is_read_as_scikit_learn_meant_it(
    drawn: tuple[str, str, dict[str, Any], int],
) -> None:
    """Classes, supports, decimals and figures are those of the report, and never impossible."""
    pasted, _, exact, digits = drawn
    published = parse_report(pasted, "report.txt")
    (table,) = published.tables
    assert table.decimals == digits and table.f1 is not None
    for index, name in enumerate(published.classes):
        entry = exact[name]
        assert published.test_support[index] == entry["support"]
        assert table.f1[index] == pytest.approx(entry["f1-score"], abs=0.51 * 10**-digits)
    assert table.accuracy == pytest.approx(exact["accuracy"], abs=0.51 * 10**-digits)
    average = exact["weighted avg"]["precision"]
    assert table.weighted_precision == pytest.approx(average, abs=0.51 * 10**-digits)
    assert audit_tables(published).tables[0].test != "impossible"


def test_lines_may_be_missing_and_averages_of_old_versions_are_read() -> None:
    """Without averages only the classes are audited; `avg / total` is the weighted average."""
    rows = "  a b   0.50 0.50 0.50 2\n c\t0.67 0.67 0.67 3\n"
    assert parse_report(rows, "p").tables[0].accuracy is None
    old = parse_report(rows + "\navg / total 0.60 0.60 0.60 5\n", "p")
    assert old.classes == ("a b", "c")
    assert old.tables[0].weighted_f1 == 0.6


def test_a_micro_average_in_place_of_the_accuracy_allows_other_predictions() -> None:
    """scikit-learn prints `micro avg` where the labels listed are not all that were predicted."""
    labels, predicted = [0, 0, 1, 1, 1], [0, 2, 1, 1, 0]
    text = classification_report(labels, predicted, labels=[0, 1], zero_division=0)
    published = parse_report(text, "p")
    assert published.tables[0].outside_predictions is True
    assert audit_tables(published).tables[0].test == "possible"


ROWS = "cat 0.50 1.00 0.6667 2\nvery fine dog 1.00 0.50 0.6667 4\naccuracy 0.6667 6\n"


@pytest.mark.parametrize(
    "text",
    [
        ROWS.replace(" 0", "\t0").replace(" 1", "\t1"),
        ROWS.replace(".", ","),
        "cat 50.00 100.00 66.67 2\nvery fine dog 100.00 50.00 66.67 4\naccuracy 66.67 6\n",
        "cat 50.00% 100.00 % 66.67% 2\nvery fine dog 100.00% 50.00% 66.67% 4\naccuracy 66.67% 6",
        "precision recall f1-score support\n\ncat\n0.50\n1.00\n0.6667\n2\n"
        "very fine dog\n1.00 0.50\n0.6667 4\n\naccuracy\n0.6667 6",
    ],
)
def test_a_report_may_come_with_tabs_commas_percentages_and_broken_lines(text: str) -> None:
    """All are read as the same table."""
    (expected,), (found,) = parse_report(ROWS, "p").tables, parse_report(text, "p").tables
    assert parse_report(text, "p").classes == ("cat", "very fine dog")
    assert parse_report(text, "p").test_support == (2, 4)
    assert found == expected


def test_thousands_may_be_set_apart_in_supports() -> None:
    """`1.135`, `1,135` and `1’135` are the same number of examples."""
    for support in ("1.135", "1,135", "1’135", "1135"):
        assert parse_report(f"a 0,97 0,97 0,97 {support}", "p").test_support == (1135,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no report", "contains no classification report"),
        ("a 0.5 0.5 0.5 2\nmacro avg 0.5 0.5 0.5 9", "a line is missing"),
        ("a 0.5 0.5 0.5 0", "has a support of 0"),
        ("a 1 1 1 3", "no value with decimals"),
        ("a 0.5 0.5 0.5 2\nb 0.5 0.5 x 2", "line 2, 'b 0.5 0.5 x 2', is not a row"),
        ("a 0.5 0.5 0.5 2\nsamples avg 0.5 0.5 0.5 2", "line 2: 'samples avg'"),
        ("a 0.5 0.5 0.5 1.5", "line 1: the support '1.5' is not a whole number"),
        ("a 150.0 50.0 50.0 3", "beyond 100 %"),
    ],
)
def test_text_that_is_no_whole_report_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """An AuditError names the file and what is missing."""
    path = tmp_path / "report.txt"
    path.write_text(text)
    with pytest.raises(AuditError, match=said):
        read_report_text(path)
