"""Warnings: what a reader has to consider before trusting a result, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.claims.data import untested_text
from reportgen.analysis.facts import Claim, Facts, ModelFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import (
    applying_claims,
    capitalise,
    class_name,
    count_word,
    counted,
    example,
    examples,
    join,
    many_seeds,
    measure_of,
    name,
    names,
    pair_of,
    plural,
    seeded_counts,
    some_classes,
    without_validation,
)
from reportgen.data.catalogue import title_of

FEW_SEEDS = 5
"""Runs of a model below which the variation between seeds is known only roughly."""
FEW_CLUSTERS = 30
"""Groups of test examples below which their variance is known only roughly (Cameron & Miller 2015,
J. Hum. Resour. 50, 317-372, name 20 to 50)."""
FEW_EXAMPLES = 10
"""Test examples of a class below which a single one changes its recall by more than ten points."""
DOMINANT = 0.9
"""Share of one class from which accuracy hardly depends on the others."""


def warning_claims(facts: Facts) -> Iterator[Claim]:
    """Return `warning.<what>` for everything that applies, the gravest first."""
    found = {
        "stand_in": (_stand_in(facts), "the data that were found"),
        "failed_runs": (_failed_runs(facts), "the outcome of each training"),
        "failed": (caution_text(facts), "intervals of the accuracies; training losses"),
        "duplicates": (_duplicates(facts), "the bytes of every training and test example"),
        "clusters": (_clusters(facts), "the groups of the test examples"),
        "untested": (untested_text(facts), "counts of the test labels"),
        "rare": (_rare(facts), "counts of the labels"),
        "plan": (_deviations(facts), "the settings, data and runs of the report and of the plan"),
        "seeds": (_seeds(facts), "the number of runs"),
        "margin": (_margin(facts), "interval of the paired difference"),
        "validation": (_validation(facts), "the configuration"),
    }
    return applying_claims(found, "warning.")


def _stand_in(facts: Facts) -> str:
    wanted = facts.dataset.stand_in_for
    if wanted is None:
        return ""
    title, asked = literal(facts.dataset.title), literal(title_of(wanted))
    return f"Stand-in data: every result is about {title}, none about {asked}."


def _failed_runs(facts: Facts) -> str:
    models = dict.fromkeys(literal(run.model) for run in facts.failed_runs)
    if not models:
        return ""
    verb, whose = plural(len(models), "is", "are"), plural(len(models), "its", "their")
    runs = f"{count_word(len(facts.failed_runs))} of {whose} runs failed in training"
    return f"{join(models)} {verb} left out of this report: {runs}."


def _duplicates(facts: Facts) -> str:
    if not facts.dataset.shared:
        return ""
    verb = plural(facts.dataset.shared, "is", "are")
    return (
        f"{mark('shared_share', 'percent')} of the test {examples(facts)} {verb} also in the "
        "training set, so the accuracies may be too high."
    )


def _clusters(facts: Facts) -> str:
    if facts.clusters is None or facts.clusters >= FEW_CLUSTERS:
        return ""
    return (
        f"The test {examples(facts)} come from only {mark('clusters', 'words')} independent "
        "groups: intervals are approximate, and only large differences can be shown."
    )


def _rare(facts: Facts) -> str:
    """Name the classes whose scores rest on a few test examples."""
    rare = [i for i, count in enumerate(facts.test_counts) if 0 < count < FEW_EXAMPLES]
    if not rare:
        return ""
    few = f"Fewer than {count_word(FEW_EXAMPLES)} test {examples(facts)} belong to"
    if len(rare) == len(facts.test_counts):
        which = "each class"
    else:
        which = f"{plural(len(rare), '', 'each of ')}{some_classes(facts, rare, most=3)}"
    whose = plural(len(rare), "this class", "these classes")
    return f"{few} {which}: the scores of {whose} are known only roughly."


def _deviations(facts: Facts) -> str:
    if facts.plan is None or not facts.plan.deviations:
        return ""
    count = counted(len(facts.plan.deviations), "point")
    return f"The report deviates from its preregistered plan in {count}, listed in the appendix."


def _seeds(facts: Facts) -> str:
    counts = seeded_counts(facts)
    if not counts or min(counts) >= FEW_SEEDS:
        return ""
    whose = "each model" if len(facts.models) > 1 else "the model"
    if max(counts) > 1:
        return (
            f"Only {many_seeds(facts, counts)} for {whose}: how much results vary from one run to "
            "the next is known only roughly."
        )
    if all(model.kind == "predictions" for model in facts.models.values()):
        return (
            f"One set of predictions for {whose}: how much results would change in another run is "
            "unknown."
        )
    order = "the order of the models" if len(facts.models) > 1 else "the result"
    return f"One run for {whose}: another random seed could change {order}."


def _margin(facts: Facts) -> str:
    """Name the first model over which the best one's lead may be too small to matter."""
    ranking, measure = facts.verdict.ranking, measure_of(facts)
    for other in ranking[1:]:
        key, pair = pair_of(facts, ranking[0], other)
        ends = (abs(pair.difference.low), abs(pair.difference.high))
        if pair.winner == ranking[0] and min(ends) < facts.margin:
            end = "low" if ends[0] < ends[1] else "high"
            return (
                f"The lead of {name(facts, ranking[0])} over {name(facts, other)} may be as small "
                f"as {measure.size(f'pairs.{key}.difference.{end}')}{measure.unit}, below the "
                f"margin of {measure.margin} at which a difference counts as relevant."
            )
    return ""


def _validation(facts: Facts) -> str:
    without = without_validation(facts)
    if not without:
        return ""
    of_these = "" if len(without) == len(facts.models) else f" for {names(facts, without)}"
    return (
        f"No validation set{of_these}: if settings were chosen by their results on the test "
        f"{examples(facts)}, these results are too optimistic."
    )


def caution_claims(facts: Facts) -> Iterator[Claim]:
    """Return `caution`, which belongs beside the verdict, where some model failed."""
    basis = "intervals of the accuracies; training loss in the first and the last epoch"
    return applying_claims({"caution": (caution_text(facts), basis)})


def caution_text(facts: Facts) -> str:
    """Return the sentences about models that failed, or that accuracy cannot tell from such models.

    Empty where there are none.
    """
    at_chance = _models_at_chance(facts)
    return " ".join(
        [
            *_dominant_class(facts),
            *_at_chance(facts, at_chance),
            *_runs_at_chance(facts, at_chance),
            *_unrecognised(facts, at_chance),
            *_below_baselines(facts),
            *_diverged(facts),
        ]
    )


def _dominant_class(facts: Facts) -> Iterator[str]:
    """Name the class that makes up nearly all of the test set, where accuracy decides."""
    if facts.primary == "accuracy" and facts.majority_share >= DOMINANT:
        largest = facts.test_counts.index(max(facts.test_counts))
        yield (
            f"{mark('majority_share', 'percent')} of the test {examples(facts)} are "
            f"{class_name(facts, largest)}, so accuracy hardly shows how well the rest are "
            "recognised: with another primary metric, such as macro F1, the verdict may differ."
        )


def _models_at_chance(facts: Facts) -> list[str]:
    """Return the models that always answering with the most frequent class may equal.

    None where one class dominates and another metric decides: good models may be no more accurate.
    """
    if facts.primary != "accuracy" and facts.majority_share >= DOMINANT:
        return []
    return [
        slug
        for slug, model in facts.models.items()
        if model.accuracy_interval.low <= facts.majority_share
    ]


def _at_chance(facts: Facts, failed: list[str]) -> Iterator[str]:
    if failed:
        verb = plural(len(failed), "is", "are")
        yield (
            f"{names(facts, failed)} {verb} not shown to be more accurate than always answering "
            "with the most frequent class, which would be right for "
            f"{mark('majority_share', 'percent')}."
        )


def _runs_at_chance(facts: Facts, failed: list[str]) -> Iterator[str]:
    """Name single runs at chance of models that are better on average."""
    if facts.majority_share >= DOMINANT:
        return
    for slug, model in facts.models.items():
        for index, run in enumerate(model.runs):
            if slug not in failed and run.accuracy <= facts.majority_share:
                cause = (
                    "its rows may be in another order than the labels"
                    if model.kind == "predictions"
                    else "its training may have failed"
                )
                yield (
                    f"{name(facts, slug)} with seed {run.seed} is right about only "
                    f"{mark(f'models.{slug}.runs.{index}.accuracy', 'percent')} of the test "
                    f"{examples(facts)}, no more than always answering with the most frequent "
                    f"class: {cause}."
                )


def _unrecognised(facts: Facts, failed: list[str]) -> Iterator[str]:
    """Name the classes of which a model recognises no test example with any seed."""
    missed: dict[tuple[int, ...], list[str]] = {}
    for slug, model in facts.models.items():
        classes = tuple(
            index
            for index, scores in enumerate(model.per_class)
            if scores.support >= FEW_EXAMPLES and scores.recall.maximum == 0
        )
        if classes and slug not in failed:
            missed.setdefault(classes, []).append(slug)
    for classes, slugs in missed.items():
        which = some_classes(facts, classes, 3, "or")
        verb = plural(len(slugs), "recognises", "recognise")
        yield f"{names(facts, slugs)} {verb} no test {example(facts)} of {which}."


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
