"""The gallery: test images that two models disagree on, and those that all models get wrong."""

from __future__ import annotations

from collections.abc import Sequence
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


def plan_gallery(facts: Facts, images: ShownImages | None) -> tuple[FigureSpec, ...]:
    """Plan up to three figures: only the first model right, only the second, none."""
    if images is None:
        return ()
    key = headline_pair(facts)
    specs = []
    if key is not None:
        pair = facts.pairs[key]
        specs.append(_plan_only(facts, images, key, pair.first, pair.second))
        reverse = f"{pair.second}--{pair.first}"
        specs.append(_plan_only(facts, images, reverse, pair.second, pair.first))
    specs.append(_plan_all_wrong(facts, images))
    labels = f"Above each image is its class; {_says(facts)}"
    found = []
    for spec in filter(None, specs):
        caption = f"{spec.caption} {labels}".strip()
        found.append(spec.model_copy(update={"caption": caption}))
        labels = "Labelled like the figure before."
    return tuple(found)


def _plan_only(
    facts: Facts, images: ShownImages, key: str, right: str, wrong: str
) -> FigureSpec | None:
    examples = facts.gallery.only.get(key, ())[:MOST]
    names = facts.models[right].name, facts.models[wrong].name
    return _plan_examples(
        facts,
        images,
        examples,
        f"gallery.only.{key}",
        (right, wrong),
        slug=f"gallery-{right}-not-{wrong}",
        title=f"{names[1]} misclassifies {_number(facts.gallery.only_counts[key])} that {names[0]} "
        "gets right",
        count=facts.gallery.only_counts[key],
        count_path=f"gallery.only_counts.{key}",
    )


def _plan_all_wrong(facts: Facts, images: ShownImages) -> FigureSpec | None:
    models = tuple(facts.models)
    number = _number(facts.gallery.all_wrong_count)
    who = facts.models[models[0]].name
    if len(models) > 1:
        who, number = "Every model", f"the same {number.removeprefix('one ')}"
    shown = models if len(models) <= MODELS else facts.verdict.ranking[:2]
    return _plan_examples(
        facts,
        images,
        facts.gallery.all_wrong,
        "gallery.all_wrong",
        shown,
        slug="gallery-all-wrong",
        title=f"{who} misclassifies {number}",
        count=facts.gallery.all_wrong_count,
        count_path="gallery.all_wrong_count",
    )


def _plan_examples(
    facts: Facts,
    images: ShownImages,
    examples: Sequence[Disagreement],
    path: str,
    models: Sequence[str],
    *,
    slug: str,
    title: str,
    count: int,
    count_path: str,
) -> FigureSpec | None:
    if not examples:
        return None
    columns = 6 if max(map(len, facts.dataset.classes)) <= 8 else 4
    shown = examples[:MOST]
    items = [_item(facts, example, f"{path}.{i}", models) for i, example in enumerate(shown)]
    return FigureSpec(
        slug=slug,
        kind="gallery",
        title=title,
        caption=f"Shown are {len(shown)} of the {mark(count_path, 'integer')}."
        if len(shown) < count
        else "",
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
