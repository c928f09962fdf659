"""The claim about models that failed: at chance level, below a baseline, or diverged."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, Facts, ModelFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import capitalise, join, name, names


def caution_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `caution`, which belongs beside the verdict, where some model failed."""
    if text := caution_text(facts):
        yield Claim(
            id="caution",
            text=text,
            rests_on="intervals of the accuracies; training loss in the first and the last epoch",
        )


def caution_text(facts: Facts) -> str:
    """Return the sentences about models that failed; empty where none did."""
    return " ".join([*_at_chance(facts), *_below_baselines(facts), *_diverged(facts)])


def _at_chance(facts: Facts) -> Iterator[str]:
    """Name the models that always answering with the most frequent class may equal."""
    failed = [
        slug
        for slug, model in facts.models.items()
        if model.accuracy_interval.low <= facts.majority_share
    ]
    if failed:
        better = "is not shown to be" if len(failed) == 1 else "are not shown to be"
        yield (
            f"{names(facts, failed)} {better} better than always answering with the most frequent "
            f"class, which would be right for {mark('majority_share', 'percent')}."
        )


def _below_baselines(facts: Facts) -> Iterator[str]:
    for slug, model in facts.models.items():
        better = [
            f"{literal(baseline.name)} ({mark(f'baselines.{other}.accuracy', 'percent')})"
            for other, baseline in facts.baselines.items()
            if baseline.interval.low > model.accuracy_interval.high
        ]
        if better:
            yield f"{name(facts, slug)} is less accurate than the baseline {join(better)}."


def _diverged(facts: Facts) -> Iterator[str]:
    found = [
        f"{name(facts, slug)} (seed {join([str(seed) for seed in seeds])})"
        for slug, model in facts.models.items()
        if (seeds := _diverged_seeds(model))
    ]
    if found:
        yield capitalise(
            f"the training of {join(found)} diverged: the loss was higher after the last epoch "
            "than after the first."
        )


def _diverged_seeds(model: ModelFacts) -> list[int]:
    return [
        run.seed
        for run in model.runs
        if len(run.history) > 1 and run.history[-1].loss > run.history[0].loss
    ]
