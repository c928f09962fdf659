"""The 2×2 design: two architectures, each with and without dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reportgen.analysis.contrasts import contrast
from reportgen.analysis.facts import DesignFacts, Difference, Effect
from reportgen.analysis.material import Material
from reportgen.config.schema import Model


def measure_design(material: Material, models: Sequence[Model]) -> DesignFacts | None:
    """Return the effects of the 2×2 design, or None where the models are no such design.

    Effects are contrasts of the four mean accuracies (Montgomery 2017, Design and Analysis of
    Experiments, ch. 5), with the variance of `reportgen.analysis.contrasts`.
    """
    cells = find_design(models)
    if cells is None:
        return None
    plain, dropped = cells
    order = (*plain, *dropped)

    def effect(*weights: float) -> Effect:
        placed = [0.0] * len(models)
        for position, weight in zip(order, weights, strict=True):
            placed[position] = weight
        return measure_effect(material, placed)

    return DesignFacts(
        first_architecture=models[plain[0]].architecture,
        second_architecture=models[plain[1]].architecture,
        plain=(models[plain[0]].slug, models[plain[1]].slug),
        dropped=(models[dropped[0]].slug, models[dropped[1]].slug),
        architecture=effect(0.5, -0.5, 0.5, -0.5),
        dropout=effect(-0.5, -0.5, 0.5, 0.5),
        dropout_first=effect(-1.0, 0.0, 1.0, 0.0),
        dropout_second=effect(0.0, -1.0, 0.0, 1.0),
        interaction=effect(-1.0, 1.0, 1.0, -1.0),
    )


def find_design(models: Sequence[Model]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the positions of the models without and with dropout, first architecture first.

    None unless the models are exactly two architectures, each once without dropout and once with
    some dropout.
    """
    architectures = tuple(dict.fromkeys(model.architecture for model in models))
    cells = {(model.architecture, model.dropout > 0): at for at, model in enumerate(models)}
    if len(models) != 4 or len(cells) != 4 or len(architectures) != 2:
        return None
    first, second = architectures
    plain = cells[first, False], cells[second, False]
    return plain, (cells[first, True], cells[second, True])


def measure_effect(material: Material, weights: Sequence[float]) -> Effect:
    """Return one effect on accuracy and what its interval shows.

    *Equivalent* where the interval lies inside ±margin; otherwise it raises or lowers accuracy
    where the interval excludes 0. Effects answer questions asked beforehand: no correction.
    """
    interval = contrast(material.accuracy, weights).interval(material.level)
    return Effect(
        value=interval.value,
        low=interval.low,
        high=interval.high,
        judgement=_judge(interval, material.margin),
    )


def _judge(
    interval: Difference, margin: float
) -> Literal["raises", "lowers", "equivalent", "undecided"]:
    if -margin < interval.low and interval.high < margin:
        return "equivalent"
    if interval.low > 0:
        return "raises"
    return "lowers" if interval.high < 0 else "undecided"
