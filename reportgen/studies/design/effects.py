"""The 2×2 design: two architectures, each with and without dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reportgen.analysis.contrasts import contrast
from reportgen.analysis.facts import Difference, Facts
from reportgen.analysis.phrases import find_pair
from reportgen.config.schema import Model
from reportgen.studies.design.records import DesignFacts, Effect
from reportgen.studies.study import CannotStudy, StudyInputs


def measure_design(given: StudyInputs) -> DesignFacts:
    """Return the effects of the 2×2 design; raises CannotStudy where the models are no such design.

    Effects are contrasts of the four mean accuracies (Montgomery 2017, Design and Analysis of
    Experiments, ch. 5), with the variance of `reportgen.analysis.contrasts`.
    """
    cells = find_design(given.models)
    if cells is None:
        raise CannotStudy(
            "it needs exactly four networks: two architectures, each without and with dropout"
        )
    slugs = [model.slug for model in cells]

    def effect(*weights: float) -> Effect:
        """Return an effect: that of answers to a question asked beforehand, without correction."""
        of = dict(zip(slugs, weights, strict=True))
        found = contrast(given.inputs.accuracy, [of[model.slug] for model in given.models])
        interval = found.interval(given.inputs.level)
        return Effect(**dict(interval), judgement=_judge(interval, given.inputs.margin))

    return DesignFacts(
        first_architecture=str(cells[0].architecture),
        second_architecture=str(cells[1].architecture),
        without_dropout=(slugs[0], slugs[1]),
        with_dropout=(slugs[2], slugs[3]),
        architecture=effect(0.5, -0.5, 0.5, -0.5),
        dropout=effect(-0.5, -0.5, 0.5, 0.5),
        dropout_first=_as_judged(effect(-1.0, 0.0, 1.0, 0.0), given.facts, *slugs[::2]),
        dropout_second=_as_judged(effect(0.0, -1.0, 0.0, 1.0), given.facts, *slugs[1::2]),
        interaction=effect(-1.0, 1.0, 1.0, -1.0),
    )


def _as_judged(effect: Effect, facts: Facts, one: str, other: str) -> Effect:
    """Return the effect of dropout in one architecture, undecided where that pair of models is.

    It is the pair's difference, which is corrected for all pairs: a report has one verdict on it.
    """
    _, pair = find_pair(facts.pairs, one, other)
    if facts.primary != "accuracy" or pair.verdict != "undecided":
        return effect
    return effect.model_copy(update={"judgement": "undecided"})


def find_design(models: Sequence[Model]) -> tuple[Model, ...] | None:
    """Return the two models without dropout, then those with it, first architecture first.

    None unless the models are exactly two architectures, each once without dropout and once with
    some dropout.
    """
    cells = {(model.architecture, model.dropout > 0): model for model in models}
    architectures = dict.fromkeys(model.architecture for model in models)
    if None in architectures or not len(models) == len(cells) == 2 * len(architectures) == 4:
        return None
    return tuple(cells[each, dropout] for dropout in (False, True) for each in architectures)


def _judge(
    interval: Difference, margin: float
) -> Literal["raises", "lowers", "equivalent", "undecided"]:
    """*Equivalent* where the interval lies inside ±margin, else an effect where it excludes 0."""
    if -margin < interval.low and interval.high < margin:
        return "equivalent"
    if interval.low > 0:
        return "raises"
    return "lowers" if interval.high < 0 else "undecided"
