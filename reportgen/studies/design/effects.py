"""The 2×2 design: two architectures, each with and without dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reportgen.analysis.contrasts import contrast
from reportgen.analysis.facts import Difference, Facts
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.config.schema import Model
from reportgen.studies.design.records import DesignFacts, Effect
from reportgen.studies.study import CannotStudy, StudyInputs


def measure_design(given: StudyInputs) -> DesignFacts:
    """Return the effects of the 2×2 design; raises CannotStudy where the models are no such design.

    Effects are contrasts of the four mean accuracies (Montgomery 2017, Design and Analysis of
    Experiments, ch. 5), with the variance of `reportgen.analysis.contrasts`.
    """
    models = given.models
    cells = find_design(models)
    if cells is None:
        raise CannotStudy(
            "it needs exactly four networks: two architectures, each without and with dropout"
        )
    without_dropout, with_dropout = cells
    order = (*without_dropout, *with_dropout)

    def effect(*weights: float) -> Effect:
        placed = [0.0] * len(models)
        for position, weight in zip(order, weights, strict=True):
            placed[position] = weight
        return measure_effect(given.inputs, placed)

    return DesignFacts(
        first_architecture=_architecture(models[without_dropout[0]]),
        second_architecture=_architecture(models[without_dropout[1]]),
        without_dropout=(models[without_dropout[0]].slug, models[without_dropout[1]].slug),
        with_dropout=(models[with_dropout[0]].slug, models[with_dropout[1]].slug),
        architecture=effect(0.5, -0.5, 0.5, -0.5),
        dropout=effect(-0.5, -0.5, 0.5, 0.5),
        dropout_first=_as_judged(effect(-1.0, 0.0, 1.0, 0.0), given.facts, models, order[::2]),
        dropout_second=_as_judged(effect(0.0, -1.0, 0.0, 1.0), given.facts, models, order[1::2]),
        interaction=effect(-1.0, 1.0, 1.0, -1.0),
    )


def _as_judged(
    effect: Effect, facts: Facts, models: Sequence[Model], places: Sequence[int]
) -> Effect:
    """Return the effect of dropout in one architecture, undecided where that pair of models is.

    It is the pair's difference, which is corrected for all pairs: a report has one verdict on it.
    """
    slugs = {models[place].slug for place in places}
    verdicts = {frozenset((pair.first, pair.second)): pair.verdict for pair in facts.pairs.values()}
    if facts.primary != "accuracy" or verdicts[frozenset(slugs)] != "undecided":
        return effect
    return effect.model_copy(update={"judgement": "undecided"})


def find_design(models: Sequence[Model]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the positions of the models without and with dropout, first architecture first.

    None unless the models are exactly two architectures, each once without dropout and once with
    some dropout.
    """
    if any(model.architecture is None for model in models):
        return None
    architectures = tuple(dict.fromkeys(map(_architecture, models)))
    cells = {(_architecture(model), model.dropout > 0): at for at, model in enumerate(models)}
    if len(models) != 4 or len(cells) != 4 or len(architectures) != 2:
        return None
    first, second = architectures
    without_dropout = cells[first, False], cells[second, False]
    return without_dropout, (cells[first, True], cells[second, True])


def _architecture(model: Model) -> str:
    assert model.architecture is not None
    return model.architecture


def measure_effect(inputs: AnalysisInputs, weights: Sequence[float]) -> Effect:
    """Return one effect on accuracy and what its interval shows.

    *Equivalent* where the interval lies inside ±margin; otherwise it raises or lowers accuracy
    where the interval excludes 0. Effects answer questions asked beforehand, without a correction.
    """
    interval = contrast(inputs.accuracy, weights).interval(inputs.level)
    return Effect(**dict(interval), judgement=_judge(interval, inputs.margin))


def _judge(
    interval: Difference, margin: float
) -> Literal["raises", "lowers", "equivalent", "undecided"]:
    if -margin < interval.low and interval.high < margin:
        return "equivalent"
    if interval.low > 0:
        return "raises"
    return "lowers" if interval.high < 0 else "undecided"
