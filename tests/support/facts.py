"""Facts made by hand: accuracies and judgements are chosen, the rest is filler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from reportgen.analysis.facts import (
    ClassSummary,
    CostSummary,
    Curve,
    Difference,
    Facts,
    GalleryFacts,
    Interval,
    LearningCurves,
    ModelFacts,
    Overfitting,
    PairFacts,
    SeedSummary,
    Verdict,
    known,
)
from reportgen.analysis.numbers import plain_claim
from reportgen.analysis.verdict import reach_verdict
from reportgen.studies.design.records import DesignFacts, Effect
from tests.support.factories import FakeModel, make_dataset, make_summary

MARGIN = 0.002
HALF_WIDTH = 0.001
CLASSES = 10


def seed_summary(mean: float, sd: float | None = 0.0004, seeds: int = 3) -> SeedSummary:
    """Return a spread of `seeds` equal steps around `mean`."""
    values = tuple(mean + (sd or 0.0) * (seed - (seeds - 1) / 2) for seed in range(seeds))
    return SeedSummary(
        mean=mean,
        sd=sd if seeds > 1 else None,
        minimum=min(values),
        maximum=max(values),
        values=values,
    )


def curve(values: Sequence[float]) -> Curve:
    """Return a curve without any spread."""
    return Curve(mean=tuple(values), minimum=tuple(values), maximum=tuple(values))


def around(value: float, half_width: float = HALF_WIDTH) -> Difference:
    """Return a difference with a symmetric interval."""
    return Difference(value=value, low=value - half_width, high=value + half_width)


def effect(value: float, half_width: float = HALF_WIDTH) -> Effect:
    """Return an effect judged by its interval."""
    found = around(value, half_width)
    judgement = "undecided"
    if found.low > -MARGIN and found.high < MARGIN:
        judgement = "equivalent"
    elif found.low > 0 or found.high < 0:
        judgement = "raises" if value > 0 else "lowers"
    return Effect.model_validate({**found.model_dump(), "judgement": judgement})


def make_pair(
    first: FakeModel, second: FakeModel, half_width: float = HALF_WIDTH, identical: bool = False
) -> PairFacts:
    """Return a comparison judged by its interval."""
    value = 0.0 if identical else second.error - first.error
    difference = around(value, 0.0 if identical else half_width)
    judged = effect(value, 0.0 if identical else half_width).judgement
    better = judged in ("raises", "lowers")
    return PairFacts(
        first=first.slug,
        second=second.slug,
        difference=difference,
        sampling_difference=difference,
        macro_f1_difference=difference,
        class_f1_differences=(difference,) * CLASSES,
        mcnemar=(),
        p_value=0.001 if better else 0.4,
        p_adjusted=0.003 if better else 0.9,
        verdict="better" if better else "equivalent" if judged == "equivalent" else "undecided",
        winner=None if not better else first.slug if value > 0 else second.slug,
        minimum_detectable_difference=2.8 / 1.96 * half_width,
        identical=identical,
        confusion_difference=((0,) * CLASSES,) * CLASSES,
        cells_beyond_chance=(),
    )


def make_model(model: FakeModel, seeds: int = 3) -> ModelFacts:
    """Return a model whose mean accuracy is 1 − `error`."""
    accuracy = 1 - model.error
    scores = seed_summary(accuracy, seeds=seeds)
    right, wrong = round(1000 * accuracy), 1000 - round(1000 * accuracy)
    counts = tuple(
        tuple(
            right if column == row else wrong if column == (row + 1) % CLASSES else 0
            for column in range(CLASSES)
        )
        for row in range(CLASSES)
    )
    interval = Interval(low=accuracy - 0.002, high=min(1.0, accuracy + 0.002))
    train = seed_summary(1 - model.error / 3, seeds=seeds)
    return ModelFacts(
        name=model.name,
        slug=model.slug,
        architecture=model.architecture,
        dropout=model.dropout,
        summary=make_summary(model),
        runs=(),
        accuracy=scores,
        accuracy_interval=interval,
        errors=seed_summary(10_000 * model.error, 4.0, seeds),
        macro_precision=scores,
        macro_recall=scores,
        macro_f1=scores,
        macro_f1_interval=interval,
        micro_f1=scores,
        weighted_precision=scores,
        weighted_recall=scores,
        weighted_f1=scores,
        per_class=tuple(
            ClassSummary(
                name=str(index),
                precision=scores,
                recall=scores,
                f1=seed_summary(accuracy - 0.0001 * index, seeds=seeds),
                f1_interval=interval,
                support=1000,
            )
            for index in range(CLASSES)
        ),
        confusion_counts=counts,
        confusion_shares=tuple(tuple(count / 1000 for count in row) for row in counts),
        hardest_class=CLASSES - 1,
        train_macro_f1=train,
        train_f1=(train,) * CLASSES,
        overfitting=Overfitting(
            train_accuracy=train,
            gap=seed_summary(train.mean - accuracy, seeds=seeds),
            gap_interval=Interval(
                low=train.mean - accuracy - 0.001, high=train.mean - accuracy + 0.001
            ),
        ),
        costs=CostSummary(
            train_seconds=seed_summary(40.0, 1.0, seeds),
            seconds_per_1000=seed_summary(0.05, 0.001, seeds),
            peak_memory_bytes=seed_summary(3e8, 1e6, seeds),
        ),
        curves=LearningCurves(
            loss=curve([0.3, 0.2, 0.1, 0.05]),
            accuracy=curve([0.9, 0.95, 0.97, 0.98]),
            validation_loss=None,
            validation_accuracy=None,
            clean_accuracy=curve([0.93, 0.96, 0.98, 0.99]) if model.dropout else None,
        ),
    )


def make_design(models: Sequence[FakeModel], half_width: float = HALF_WIDTH) -> DesignFacts:
    """Return the design of four models: first with and without dropout, second likewise."""
    first, first_dropped, second, second_dropped = models
    in_first = first.error - first_dropped.error
    in_second = second.error - second_dropped.error
    plain_gap, dropped_gap = second.error - first.error, second_dropped.error - first_dropped.error
    return DesignFacts(
        first_architecture=first.architecture,
        second_architecture=second.architecture,
        without_dropout=(first.slug, second.slug),
        with_dropout=(first_dropped.slug, second_dropped.slug),
        architecture=effect((plain_gap + dropped_gap) / 2, half_width),
        dropout=effect((in_first + in_second) / 2, half_width),
        dropout_first=effect(in_first, half_width),
        dropout_second=effect(in_second, half_width),
        interaction=effect(in_first - in_second, half_width),
    )


def make_verdict(models: Mapping[str, ModelFacts], pairs: Mapping[str, PairFacts]) -> Verdict:
    """Return the verdict that follows from the pairs."""
    single = any(len(model.accuracy.values) == 1 for model in models.values())
    return reach_verdict({s: m.accuracy.mean for s, m in models.items()}, pairs.values(), single)


def make_facts(
    models: Sequence[FakeModel],
    half_width: float = HALF_WIDTH,
    seeds: int = 3,
    identical: Sequence[frozenset[str]] = (),
) -> Facts:
    """Return facts about these models; a design where there are four of two architectures."""
    record = make_dataset(n=10_000).record
    described = {model.slug: make_model(model, seeds) for model in models}
    pairs = {
        f"{first.slug}--{second.slug}": make_pair(
            first, second, half_width, frozenset({first.slug, second.slug}) in identical
        )
        for first, second in combinations(models, 2)
    }
    return Facts(
        dataset=record,
        train_counts=(record.train // CLASSES,) * CLASSES,
        test_counts=(record.test // CLASSES,) * CLASSES,
        seeds=tuple(range(seeds)),
        margin=MARGIN,
        level=0.95,
        models=described,
        pairs=pairs,
        baselines={},
        metrics={},
        primary="accuracy",
        gallery=GalleryFacts(all_wrong=(), all_wrong_count=0, only={}, only_counts={}),
        confused={},
        audit=None,
        verdict=make_verdict(described, pairs),
        studies=(
            {"design": make_design(models, half_width).model_dump(mode="json")}
            if len(models) == 4
            else {}
        ),
        claims={},
    )


def text_of(facts: Facts, claim: str) -> str:
    """Return a claim as plain text."""
    return plain_claim(facts.claims[claim].text, facts)


def with_models(facts: Facts, changes: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Return facts in which these fields of these models are others."""
    models = {slug: m.model_copy(update=changes.get(slug)) for slug, m in facts.models.items()}
    return facts.model_copy(update={"models": models})


def with_operations(facts: Facts, operations: Mapping[str, int]) -> Facts:
    """Return facts about models that need so many multiply-adds."""
    summaries = {
        slug: known(facts.models[slug].summary).model_copy(update={"multiply_adds": count})
        for slug, count in operations.items()
        if slug in facts.models
    }
    return with_models(facts, {slug: {"summary": each} for slug, each in summaries.items()})


def hold_out(facts: Facts, **shares: float) -> Facts:
    """Return facts about networks of which these shares were held out for validation."""
    return with_models(facts, {slug: {"held_out": share} for slug, share in shares.items()})
