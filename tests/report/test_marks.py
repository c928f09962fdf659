from __future__ import annotations

import pytest

from reportgen.analysis.numbers import read_number
from reportgen.report.marks import claim_markup, metric_of, number_markup
from reportgen.report.view import View
from reportgen.verification.segments import cut
from reportgen.verification.values import check_values, read_printed


@pytest.mark.parametrize(
    ("path", "metric"),
    [
        ("models.cnn.accuracy.mean", "accuracy"),
        ("models.cnn.per_class.3.f1.sd", "f1"),
        ("models.cnn.runs.0.macro_f1", "macro_f1"),
        ("pairs.cnn--mlp.difference.low", "difference"),
        ("models.#", "models"),
        ("dataset.test", "test"),
        ("train_counts.4", "train_counts"),
    ],
)
def test_metric_of_a_path(path: str, metric: str) -> None:
    """The metric is the step that names a quantity, not a statistic or a position of it."""
    assert metric_of(path) == metric


def test_numbers_say_what_they_are(view: View) -> None:
    """A number carries its path, its format, its model and its exact value, and verifies."""
    number = read_number("models.cnn.accuracy.mean", "percent", view.facts)

    html = number_markup(number)

    printed = list(read_printed(cut(f"<p>{html}</p>")))
    assert printed[0].tag.attributes["data-model"] == "cnn"
    assert float(printed[0].tag.attributes["value"]) == view.facts.models["cnn"].accuracy.mean
    assert list(check_values(printed, view.facts)) == []


def test_a_missing_claim_is_nothing(view: View) -> None:
    """A template may ask for a claim that this report does not make."""
    assert claim_markup("no-such-claim", view.facts) == ""
