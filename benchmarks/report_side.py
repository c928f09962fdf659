"""The report of synthetic runs, from stored results to both documents; nothing is trained."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import click

from reportgen.figures.drawing import draw_svg
from reportgen.report.carried import pack
from reportgen.report.exports import results_document, results_json
from reportgen.report.html import render_html
from reportgen.report.pdf import render_pdf
from reportgen.report.view import make_view
from reportgen.results.presentation import Presentation
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import FakeModel, make_build


def fake_models(count: int) -> tuple[FakeModel, ...]:
    """Return models of two architectures, with and without dropout, with rising error rates."""
    return tuple(
        FakeModel(
            name=f"Model {index}",
            slug=f"model-{index}",
            architecture="cnn" if index % 2 else "mlp",
            dropout=0.0 if index % 4 < 2 else 0.1 + index / 100,
            error=0.01 + 0.002 * index,
        )
        for index in range(count)
    )


def write_report(models: int, seeds: int, images: int) -> dict[str, float]:
    """Make the report and return the processor time of each step, in seconds."""
    _, dataset, evidence, _ = make_build(fake_models(models), seeds, images)
    marks = [("", time.process_time())]
    facts = analyse(evidence)
    marks.append(("analysis", time.process_time()))
    figures = [(spec, draw_svg(spec)) for spec in plan_figures(facts, dataset)]
    marks.append(("figures", time.process_time()))
    results = results_json(results_document(evidence, facts, [spec for spec, _ in figures]))
    carried = pack(evidence, Presentation("paper", "python -m reportgen build paper"))
    marks.append(("evidence", time.process_time()))
    view = make_view(carried, facts, figures, results)
    render_html(view)
    marks.append(("HTML", time.process_time()))
    render_pdf(view)
    marks.append(("PDF", time.process_time()))
    return {name: end - begin for (_, begin), (name, end) in pairwise(marks)}


@click.command()
@click.argument("models", type=int)
@click.argument("seeds", type=int)
@click.option("--images", default=10_000, show_default=True, help="Test images.")
def main(models: int, seeds: int, images: int) -> None:
    """Print the processor time of each step of a report with MODELS and SEEDS, as JSON."""
    click.echo(json.dumps(write_report(models, seeds, images)))


if __name__ == "__main__":
    main()
