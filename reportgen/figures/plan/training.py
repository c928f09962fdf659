"""Figures about training: learning curves, and accuracy on the training and the test set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from reportgen.analysis.claims.models import still_falling
from reportgen.analysis.facts import Curve, Facts, LearningCurves, ModelFacts, known
from reportgen.analysis.numbers import literal, mark
from reportgen.config.settings import slugify
from reportgen.figures.plan.words import (
    describe,
    each_shown,
    identify,
    mean_over_seeds,
    models_of,
    number_label,
    numbers_by_model,
    over_seeds,
    span_of,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.wording import join

KINDS = ("", "clean_", "validation_")
"""What the names of learning curves begin with."""

LOG_RATIO = 30.0
"""Losses that differ by more than this factor are drawn on a logarithmic axis."""


def plan_learning_curves(facts: Facts) -> Iterator[FigureSpec]:
    """Plan one figure for each architecture: loss and accuracy in each epoch, all its variants."""
    architectures = dict.fromkeys(m.architecture for m in facts.models.values() if m.curves)
    return (_plan_curves(facts, name) for name in architectures if name is not None)


def _plan_curves(facts: Facts, architecture: str) -> FigureSpec:
    models = [model for model in models_of(facts, architecture) if model.curves]
    identities = identify(facts)
    names = join([model.name for model in models])
    lowest, highest = _limits(facts, "loss")
    return FigureSpec(
        slug=f"learning-curves-{slugify(architecture)}",
        kind="learning-curves",
        title=_curves_title(models, names),
        caption=_curves_caption(facts, models),
        alt=describe(facts, *(_curve_sentence(model) for model in models)),
        data={
            "loss_scale": "log" if lowest > 0 and highest / lowest > LOG_RATIO else "linear",
            "loss_limits": [lowest, highest],
            "accuracy_limits": _limits(facts, "accuracy"),
            "series": [
                {"model": identities[model.slug], **_curves(model).model_dump(mode="json")}
                for model in models
            ],
        },
        table=_curve_table(models),
        architecture=architecture,
    )


def _curves_caption(facts: Facts, models: list[ModelFacts]) -> str:
    """Explain the curves, but for what the figure of the first architecture has explained."""
    trained = [model for model in facts.models.values() if model.curves]
    start = f"Learning curves of {literal(join([model.name for model in models]))}"
    several = len({model.architecture for model in trained}) > 1
    axes = " Axes are the same for all architectures." if several else ""
    first = models_of(facts, str(trained[0].architecture))
    if models[0].architecture != first[0].architecture:
        dropout = _dropout_sentence(models)
        if dropout and any(model.dropout for model in first):
            dropout = " Dotted: with dropout off." if _are_clean(models) else ""
        return f"{start}, drawn like those of {literal(join([m.name for m in first]))}.{dropout}"
    validated = any(_curves(model).validation_loss for model in models)
    means = "" if facts.most_runs == 1 else "Lines: means over seeds. "
    return (
        f"{start}: training loss and accuracy in each epoch, while the weights were changing. "
        f"{means}{over_seeds(facts, 'Bands')}"
        + (" Dashed: the held-out validation set." if validated else "")
        + _dropout_sentence(models)
        + axes
    )


def _curves_title(models: list[ModelFacts], names: str) -> str:
    """State whose loss was still falling at the end, unless that of another rose."""
    falling = [model for model in models if still_falling(model)]
    others = [model for model in models if model not in falling]
    if not others:
        return f"The training loss of {names} was still falling in the last epoch"
    losses = [_curves(model).loss.mean for model in others]
    if any(len(each) == 1 or each[-1] > each[-2] for each in losses):
        return f"Learning curves of {names}"
    if not falling:
        return f"The training loss of {names} hardly fell in the last epoch"
    first, rest = (join([model.name for model in each]) for each in (falling, others))
    return (
        f"The training loss of {first} was still falling in the last epoch, that of {rest} hardly"
    )


def _dropout_sentence(models: list[ModelFacts]) -> str:
    dropped = [literal(model.name) for model in models if model.dropout > 0]
    if not dropped:
        return ""
    many = len(dropped) > 1
    sentence = (
        f" Dropout was on while {join(dropped)} {'were' if many else 'was'} "
        "measured here, so that these curves understate the final network."
    )
    if _are_clean(models):
        sentence += (
            f" Dotted: {'their' if many else 'its'} accuracy after each epoch with dropout off, on "
            "up to 5,000 training examples."
        )
    return sentence


def _are_clean(models: list[ModelFacts]) -> bool:
    return any(_curves(model).clean_accuracy for model in models)


def _limits(facts: Facts, name: str) -> list[float]:
    """Return the lowest and the highest value that the curves of any model reach."""
    drawn: list[Curve] = [
        curve
        for model in facts.models.values()
        for kind in KINDS
        if (curve := getattr(model.curves, f"{kind}{name}", None))
    ]
    return [min(min(curve.minimum) for curve in drawn), max(max(curve.maximum) for curve in drawn)]


def _curve_table(models: list[ModelFacts]) -> FigureTable:
    fields = ("loss", "accuracy", "clean_accuracy", "validation_loss", "validation_accuracy")
    columns = {
        f"{literal(model.name)}, {field.replace('_', ' ')}": [
            mark(
                f"models.{model.slug}.curves.{field}.mean.{epoch}",
                "score" if field.endswith("loss") else "percent",
            )
            for epoch in range(len(curve.mean))
        ]
        for model in models
        for field in fields
        if (curve := getattr(_curves(model), field))
    }
    rows = zip_longest(*columns.values(), fillvalue="")
    return FigureTable(
        head=("Epoch", *columns),
        rows=tuple((str(epoch), *cells) for epoch, cells in enumerate(rows, 1)),
    )


def _curves(model: ModelFacts) -> LearningCurves:
    return known(model.curves)


def _curve_sentence(model: ModelFacts) -> str:
    path, last = f"models.{model.slug}.curves", len(_curves(model).loss.mean) - 1
    parts = [
        f"after epoch {epoch + 1} loss {mark(f'{path}.loss.mean.{epoch}', 'score')} and "
        f"accuracy {mark(f'{path}.accuracy.mean.{epoch}', 'percent')}"
        for epoch in dict.fromkeys((0, last))
    ]
    if _curves(model).validation_accuracy:
        value = mark(f"{path}.validation_accuracy.mean.{last}", "percent")
        parts.append(f"validation accuracy {value} at the end")
    return f"{literal(model.name)}: {', '.join(parts)}."


def plan_overfitting(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the figure of accuracy on the training set beside accuracy on the test set."""
    identities = identify(facts)
    shown = {slug: model for slug, model in facts.models.items() if model.overfitting}
    if not shown:
        return
    yield FigureSpec(
        slug="overfitting",
        kind="overfitting",
        title=_gap_title(facts, list(shown.values())),
        caption="Accuracy on the training set (tick) and on the test set (marker)"
        f"{mean_over_seeds(facts)}, joined by a dotted line. {over_seeds(facts, 'Whiskers')} On "
        f"the right, the gap in percentage points, with its {mark('level', 'percent_whole')} "
        "interval. The axis does not start at 0.",
        alt=describe(facts, *(_gap_sentence(model) for model in shown.values())),
        data={"rows": [_gap_row(facts, slug, identities[slug]) for slug in shown]},
        table=numbers_by_model(
            facts,
            shown,
            {
                "Training set": "overfitting.train_accuracy.mean|percent",
                "Test set": "accuracy.mean|percent",
                "Gap in points": "overfitting.gap.mean|points",
                "from": "overfitting.gap_interval.low|points",
                "to": "overfitting.gap_interval.high|points",
            },
        ),
        width=122,
    )


def _gap_title(facts: Facts, shown: list[ModelFacts]) -> str:
    """State where a gap is beyond chance, if that is the same of all models."""
    gaps = [known(model.overfitting).gap_interval for model in shown]
    if all(gap.low > 0 for gap in gaps):
        who = each_shown(facts, shown)
        return f"{who} is more accurate on its training set than on the test set"
    return "Accuracy on the training and the test set"


def _gap_row(facts: Facts, slug: str, identity: dict[str, Any]) -> dict[str, Any]:
    model, path = facts.models[slug], f"models.{slug}.overfitting"
    return {
        "model": identity,
        "train": span_of(known(model.overfitting).train_accuracy),
        "test": span_of(model.accuracy),
        "gap": number_label(facts, f"{path}.gap.mean", "points"),
        "low": number_label(facts, f"{path}.gap_interval.low", "points"),
        "high": number_label(facts, f"{path}.gap_interval.high", "points"),
    }


def _gap_sentence(model: ModelFacts) -> str:
    path = f"models.{model.slug}"
    return (
        f"{literal(model.name)}: {mark(f'{path}.overfitting.train_accuracy.mean', 'percent')} on "
        f"the training set, {mark(f'{path}.accuracy.mean', 'percent')} on the test set, a gap of "
        f"{mark(f'{path}.overfitting.gap.mean', 'points')} points."
    )
