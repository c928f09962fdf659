"""The appendix's table of runs, and the environments that they were trained in."""

from __future__ import annotations

import re

from reportgen.report.document import compose
from reportgen.report.environments import group_by_environment
from reportgen.report.view import View
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS


def rows_of(view: View, medium: str) -> list[str]:
    """Return the rows of the table of runs as text."""
    body = compose(view, "pdf" if medium == "pdf" else "html").body
    table = re.search(r'id="table-run-list".*?<tbody>(.*?)</tbody>', body, re.DOTALL)
    assert table is not None
    return [
        re.sub(r"<[^>]*>", "|", row) for row in re.findall(r"<tr>.*?</tr>", table[1], re.DOTALL)
    ]


def test_a_pdf_of_many_runs_sums_them_up_by_model() -> None:
    """Above a hundred runs, a page has one row for each model; the HTML still has every run."""
    view = sample_view(PAPER_MODELS[:2], 51, 60)

    summed = rows_of(view, "pdf")
    assert len(summed) == 2
    for row, model in zip(summed, view.facts.models.values(), strict=True):
        accuracy = [run.accuracy for run in model.runs]
        for share in (sum(accuracy) / 51, min(accuracy), max(accuracy)):
            assert f"|{100 * share:.2f}\N{NARROW NO-BREAK SPACE}%|" in row
        assert "|0–50|" in row
    assert len(rows_of(view, "html")) == 102


def test_a_pdf_of_few_runs_lists_each() -> None:
    """Each run has its row, with its seed and its key."""
    view = sample_view(PAPER_MODELS[:2], 3, 60)

    rows = rows_of(view, "pdf")

    runs = [run for model in view.facts.models.values() for run in model.runs]
    assert len(rows) == len(runs)
    for row, run in zip(rows, runs, strict=True):
        assert f"|{run.seed}|" in row
        assert run.key[:12] in row


def test_runs_are_grouped_by_where_they_were_trained() -> None:
    """Runs of another machine stand apart, each model with its seeds; runs from files nowhere."""
    runs = list(sample_view(PAPER_MODELS[:2], 4, 60).header.runs)
    for place, changed in ((1, {"device": "cuda (a card)"}), (7, None)):
        made = runs[place].record.provenance
        assert made is not None
        provenance = made.model_copy(update=changed) if changed else None
        record = runs[place].record.model_copy(update={"provenance": provenance})
        runs[place] = runs[place].model_copy(update={"record": record})

    found = group_by_environment(runs)

    assert [each["rows"]["Device"] for each in found] == ["cpu", "cuda (a card)"]
    assert found[0]["seeds"] == {"cnn": "seeds 0, 2, 3", "cnn-dropout": "seeds 0–2"}
    assert found[1]["seeds"] == {"cnn": "seed 1"}
    assert group_by_environment([runs[7]]) == ()
