"""The figure of training examples: accuracy over their number."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Facts
from reportgen.figures import FigureSpec
from reportgen.figures.generic import lines
from reportgen.figures.plan.words import intervals_over, mean_over_seeds, rows_by_model
from reportgen.formatting import percent
from reportgen.studies.comparing import in_percent
from reportgen.studies.samples.claims import accuracy_mark, size_mark
from reportgen.studies.samples.records import SamplesFacts


def samples_figures(facts: Facts, found: SamplesFacts) -> Iterator[FigureSpec]:
    """Yield accuracy over the number of training examples."""
    example = facts.dataset.example
    places = range(len(found.sizes))
    rows = ((slug, (accuracy_mark(slug, place) for place in places)) for slug in found.accuracy)
    yield lines(
        facts,
        "training-examples",
        _title(facts, found),
        found.sizes,
        *in_percent(found.accuracy),
        caption=f"Accuracy on all test {example}s{mean_over_seeds(facts)}. "
        f"{intervals_over(f'test {example}s and seeds')} "
        "The last point is the fully trained model.",
        x_axis=f"Training {example}s (logarithmic)",
        y_axis="Accuracy, %",
        x_scale="log",
        table=rows_by_model(facts, map(size_mark, places), rows),
    )


def _title(facts: Facts, found: SamplesFacts) -> str:
    """Name the most accurate model with the fewest training examples, and with all of them."""
    example = facts.dataset.example
    few, *between, whole = (_best(found, place) for place in range(len(found.sizes)))
    if len(found.accuracy) == 1 or few is None or whole is None:
        return f"Accuracy by number of training {example}s"
    first, last = facts.models[few].name, facts.models[whole].name
    highest = "highest mean accuracy" if facts.most_runs > 1 else "highest accuracy"
    if few != whole:
        return (
            f"With {found.sizes[0]:,} training {example}s, {first} has the {highest}; "
            f"with all, {last}"
        )
    if all(each == few for each in between):
        return f"{first} has the {highest} at every number of training {example}s"
    return f"{first} has the {highest} with the fewest training {example}s and with all"


def _best(found: SamplesFacts, place: int) -> str | None:
    """Return the most accurate model at a size, None where two are printed alike."""
    shares = {slug: percent(each[place].value) for slug, each in found.accuracy.items()}
    best = max(found.accuracy, key=lambda slug: found.accuracy[slug][place].value)
    return best if list(shares.values()).count(shares[best]) == 1 else None
