"""The figure of training examples: accuracy over their number."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Facts
from reportgen.figures import FigureSpec
from reportgen.figures.generic import lines
from reportgen.figures.plan.words import intervals_over
from reportgen.studies.comparing import in_percent, rows_by_model
from reportgen.studies.samples.claims import accuracy_mark, size_mark
from reportgen.studies.samples.records import SamplesFacts


def samples_figures(facts: Facts, found: SamplesFacts) -> Iterator[FigureSpec]:
    """Yield accuracy over the number of training examples."""
    example = facts.dataset.example
    spec = lines(
        facts,
        "training-examples",
        f"Accuracy by number of training {example}s",
        found.sizes,
        *in_percent(found.accuracy),
        caption=f"Accuracy on all test {example}s. "
        f"{intervals_over(f'test {example}s and seeds')} "
        "The last point is the fully trained model.",
        x_axis=f"Training {example}s (logarithmic)",
        y_axis="Accuracy, %",
        x_scale="log",
    )
    places = range(len(found.sizes))
    rows = ((slug, (accuracy_mark(slug, place) for place in places)) for slug in found.accuracy)
    table = rows_by_model(facts, map(size_mark, places), rows)
    yield spec.model_copy(update={"table": table})
