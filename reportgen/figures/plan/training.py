"""Figures about training: learning curves, and accuracy on the training and the test set."""

from __future__ import annotations

from typing import Any

from reportgen.analysis.facts import Curve, Facts, LearningCurves, ModelFacts, known
from reportgen.analysis.numbers import literal, mark
from reportgen.config.schema import slugify
from reportgen.figures.plan.words import (
    describe,
    identify,
    listing,
    mean_over_seeds,
    models_of,
    number_label,
    over_seeds,
)
from reportgen.figures.spec import FigureSpec

LOG_RATIO = 30.0
"""Losses that differ by more than this factor are drawn on a logarithmic axis."""


def plan_learning_curves(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan one figure for each architecture: loss and accuracy in each epoch, all its variants."""
    architectures = dict.fromkeys(m.architecture for m in facts.models.values() if m.curves)
    return tuple(_plan_curves(facts, name) for name in architectures if name is not None)


def _plan_curves(facts: Facts, architecture: str) -> FigureSpec:
    models = [model for model in models_of(facts, architecture) if model.curves]
    identities = identify(facts)
    names = listing([model.name for model in models])
    validated = any(_curves(model).validation_loss for model in models)
    return FigureSpec(
        slug=f"learning-curves-{slugify(architecture)}",
        kind="learning-curves",
        title=f"Learning curves of {names}",
        caption=f"Learning curves of {literal(names)}: training loss and accuracy in each epoch, "
        f"while the weights were changing. {_spread_sentence(facts)}"
        + (" Dashed: the held-out validation set." if validated else ""),
        alt=describe(facts, *(_curve_sentence(model) for model in models)),
        data={
            "loss_scale": _loss_scale(models),
            "series": [{"model": identities[model.slug], **_curve_data(model)} for model in models],
        },
        architecture=architecture,
    )


def _spread_sentence(facts: Facts) -> str:
    if facts.most_runs == 1:
        return over_seeds(facts, "Bands")
    return f"Lines are means; {over_seeds(facts, 'bands').replace('Bands', 'bands')}"


def _curves(model: ModelFacts) -> LearningCurves:
    return known(model.curves)


def _curve_data(model: ModelFacts) -> dict[str, Any]:
    return _curves(model).model_dump(mode="json")


def _loss_scale(models: list[ModelFacts]) -> str:
    curves: list[Curve] = [_curves(model).loss for model in models]
    validation = [_curves(model).validation_loss for model in models]
    curves += [curve for curve in validation if curve is not None]
    values = [value for curve in curves for value in (*curve.minimum, *curve.maximum)]
    lowest, highest = min(values), max(values)
    return "log" if lowest > 0 and highest / lowest > LOG_RATIO else "linear"


def _curve_sentence(model: ModelFacts) -> str:
    path, last = f"models.{model.slug}.curves", len(_curves(model).loss.mean) - 1
    parts = [
        f"{literal(model.name)}: after epoch 1 loss {mark(f'{path}.loss.mean.0', 'score')} and "
        f"accuracy {mark(f'{path}.accuracy.mean.0', 'percent')}"
    ]
    if last:
        parts.append(
            f", after epoch {last + 1} loss {mark(f'{path}.loss.mean.{last}', 'score')} and "
            f"accuracy {mark(f'{path}.accuracy.mean.{last}', 'percent')}"
        )
    if _curves(model).validation_accuracy:
        value = mark(f"{path}.validation_accuracy.mean.{last}", "percent")
        parts.append(f", validation accuracy {value} at the end")
    return "".join(parts) + "."


def plan_overfitting(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the figure of accuracy on the training set beside accuracy on the test set."""
    identities = identify(facts)
    shown = {slug: model for slug, model in facts.models.items() if model.overfitting}
    if not shown:
        return ()
    spec = FigureSpec(
        slug="overfitting",
        kind="overfitting",
        title="Accuracy on the training and the test set",
        caption="Accuracy on the training set (hollow) and on the test set (filled) with the final "
        f"weights{mean_over_seeds(facts)}. {over_seeds(facts, 'Whiskers')} On the right the gap in "
        f"percentage points, with its {mark('level', 'percent_whole')} interval. The axis does not "
        "start at 0.",
        alt=describe(facts, *(_gap_sentence(model) for model in shown.values())),
        data={"rows": [_gap_row(facts, slug, identities[slug]) for slug in shown]},
    )
    return (spec,)


def _gap_row(facts: Facts, slug: str, identity: dict[str, Any]) -> dict[str, Any]:
    model, path = facts.models[slug], f"models.{slug}.overfitting"
    train = known(model.overfitting).train_accuracy
    return {
        "model": identity,
        "train": [train.mean, train.minimum, train.maximum],
        "test": [model.accuracy.mean, model.accuracy.minimum, model.accuracy.maximum],
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
