"""A study of your own: which pairs of classes each model confuses most often."""

from collections.abc import Iterator
from typing import Any

from reportgen.figures import FigureSpec, bars
from reportgen.studies import CannotStudy, Claim, Study, StudyInputs, StudySettings, mark


class Settings(StudySettings):
    """What `[studies.mistakes]` may hold."""

    top: int = 5
    """How many pairs of classes are shown."""


def count_mistakes(given: StudyInputs) -> dict[str, Any]:
    """Count for each pair of classes how often one is taken for the other, over all runs."""
    classes, labels = given.facts.dataset.classes, given.evidence.test_labels
    counts: dict[tuple[int, int], dict[str, int]] = {}
    for (model, _), sets in given.evidence.runs.items():
        predicted = sets["test"].classes
        for true, taken in zip(labels.tolist(), predicted.tolist(), strict=True):
            if true != taken:
                pair = counts.setdefault((min(true, taken), max(true, taken)), {})
                pair[model] = pair.get(model, 0) + 1
    if not counts:
        raise CannotStudy("no model makes a mistake")
    worst = sorted(counts, key=lambda pair: (-sum(counts[pair].values()), pair))
    return {
        "pairs": [
            {
                "name": " and ".join(classes[each] for each in pair),
                "total": sum(counts[pair].values()),
                "of": {model.slug: counts[pair].get(model.slug, 0) for model in given.models},
            }
            for pair in worst[: given.settings.top]
        ]
    }


def say_worst(_: Any, result: dict[str, Any]) -> Iterator[Claim]:
    """Yield one sentence; the number in it is marked, so that it is printed from the result."""
    worst = result["pairs"][0]["name"]
    times = mark("studies.mistakes.pairs.0.total", "integer")
    yield Claim(
        id="mistakes",
        text=f"{worst} are taken for each other most often: {times} times in all runs together.",
        rests_on="a count over all runs",
    )


def draw_pairs(facts: Any, result: dict[str, Any]) -> Iterator[FigureSpec]:
    """Yield a group of bars for each pair, in the colours that the models have elsewhere."""
    pairs = result["pairs"]
    yield bars(
        facts,
        slug="pairs",
        title="Classes taken for each other",
        places=[pair["name"] for pair in pairs],
        values={slug: [pair["of"][slug] for pair in pairs] for slug in facts.models},
        y_axis="Mistakes in all runs",
    )


study = Study(
    name="mistakes",
    title="Which classes are mistaken for each other",
    question="Are the mistakes spread evenly, or are there classes that the models often confuse?",
    analyse=count_mistakes,
    settings=Settings,
    claims=say_worst,
    figures=draw_pairs,
)
