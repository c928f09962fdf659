"""The gallery: test images that two models disagree on, and those that all models get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.analysis.facts import Disagreement, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.confusion import headline_pair
from reportgen.figures.plan.images import ShownImages, encode_strip, shown_size
from reportgen.figures.plan.words import describe, identify, number_label
from reportgen.figures.spec import FigureSpec
from reportgen.formatting import integer
from reportgen.wording import join

MOST = 6
"""Images in one figure."""
MODELS = 4
"""With up to this many models, an image that all get wrong shows what each predicts."""


def plan_gallery(facts: Facts, images: ShownImages | None) -> Iterator[FigureSpec]:
    """Plan up to three figures: only the first model right, only the second, none."""
    labels = f"Above each image is its class; {_says(facts)}"
    for gallery in _galleries(facts):
        if images and gallery.examples:
            yield _gallery_spec(facts, images, gallery, labels)
            labels = "Labelled like the figure before."


@dataclass(frozen=True)
class _Gallery:
    """Which examples a figure shows, and whose answers."""

    slug: str
    title: str
    models: Sequence[str]
    examples: Sequence[Disagreement]
    path: str
    count: int
    count_path: str


def _galleries(facts: Facts) -> Iterator[_Gallery]:
    found = facts.gallery
    if key := headline_pair(facts):
        pair = facts.pairs[key]
        for right, wrong in ((pair.first, pair.second), (pair.second, pair.first)):
            key = f"{right}--{wrong}"
            names = facts.models[right].name, facts.models[wrong].name
            yield _Gallery(
                f"gallery-{right}-not-{wrong}",
                f"{names[1]} misclassifies {_number(found.only_counts[key])} that {names[0]} "
                "gets right",
                (right, wrong),
                found.only[key],
                f"gallery.only.{key}",
                found.only_counts[key],
                f"gallery.only_counts.{key}",
            )
    models = tuple(facts.models)
    number = _number(found.all_wrong_count)
    who = facts.models[models[0]].name
    if len(models) > 1:
        who, number = "Every model", f"the same {number.removeprefix('one ')}"
    yield _Gallery(
        "gallery-all-wrong",
        f"{who} misclassifies {number}",
        models if len(models) <= MODELS else facts.verdict.ranking[:2],
        found.all_wrong,
        "gallery.all_wrong",
        found.all_wrong_count,
        "gallery.all_wrong_count",
    )


def _gallery_spec(facts: Facts, images: ShownImages, gallery: _Gallery, labels: str) -> FigureSpec:
    columns = 6 if max(map(len, facts.dataset.classes)) <= 8 else 4
    shown, path, models = gallery.examples[:MOST], gallery.path, gallery.models
    items = [_item(facts, example, f"{path}.{i}", models) for i, example in enumerate(shown)]
    some = f"Shown are {len(shown)} of the {mark(gallery.count_path, 'integer')}. "
    return FigureSpec(
        slug=gallery.slug,
        kind="gallery",
        title=gallery.title,
        caption=f"{some if len(shown) < gallery.count else ''}{labels}",
        alt=describe(
            facts, *(_item_sentence(facts, e, path, i, models) for i, e in enumerate(shown))
        ),
        data={
            "columns": columns,
            "models": [identify(facts)[model] for model in models],
            "items": items,
            "size": shown_size(facts.dataset.input_shape),
            "png": encode_strip(images, [example.index for example in shown]),
            "inverted": images.inverted,
        },
        width=122 if columns == 6 else 170,
    )


def _number(count: int) -> str:
    return "one test image" if count == 1 else f"{integer(count)} test images"


def _says(facts: Facts) -> str:
    whose = "each model" if len(facts.models) > 1 else "the model"
    sure = any(model.has_probabilities for model in facts.models.values())
    if facts.most_runs == 1:
        return f"below it, the answer of {whose}{' with its confidence' if sure else ''}."
    confidence = ", with the mean confidence of the seeds that gave it" if sure else ""
    return f"below it, the most frequent answer of {whose} over seeds{confidence}."


def _item(facts: Facts, example: Disagreement, path: str, models: Sequence[str]) -> dict[str, Any]:
    names = facts.dataset.classes
    return {
        "index": example.index,
        "class": names[example.label],
        "answers": [
            {
                "class": names[example.predicted[model]],
                "right": example.predicted[model] == example.label,
                "confidence": None
                if example.confidence[model] is None
                else number_label(facts, f"{path}.confidence.{model}", "percent_short"),
            }
            for model in models
        ],
    }


def _item_sentence(
    facts: Facts, example: Disagreement, path: str, place: int, models: Sequence[str]
) -> str:
    names = [literal(name) for name in facts.dataset.classes]
    answers = [
        f"{literal(facts.models[model].name)} says {names[example.predicted[model]]}"
        + (
            ""
            if example.confidence[model] is None
            else f" ({mark(f'{path}.{place}.confidence.{model}', 'percent_short')})"
        )
        for model in models
    ]
    return f"Image {example.index} is {names[example.label]}: {join(answers)}."
