"""Claims about the setting: the data, stand-ins, baselines, costs and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reportgen.analysis.claims.models import extremes
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import (
    INTERVAL,
    LARGEST_STATED,
    Measure,
    applying_claims,
    capitalise,
    class_name,
    count_word,
    counted,
    example,
    examples,
    interval,
    join,
    many_seeds,
    measure_of,
    name,
    names,
    pair_of,
    plural,
)
from reportgen.config.schema import Experiment
from reportgen.data.catalogue import title_of
from reportgen.results.records import ModelSummary

_SIMILAR = 1.2
"""Training times whose ratio is smaller count as equal: they vary from build to build."""


def setting_claims(facts: Facts, experiment: Experiment) -> Iterator[Claim]:
    """Return `data`, `stand_in`, `baselines`, `cost` and `limits`, as far as there are any."""
    found = {
        "data": (_data(facts, experiment), "counts of the labels"),
        "stand_in": (_stand_in(facts), "the data that were found"),
        "baselines": (_baselines(facts), "Wilson intervals on the same test examples"),
        "cost": (_cost(facts), "the layers, and times measured per run"),
        "limits": (_limits(facts), "power of the paired comparison"),
    }
    return applying_claims(found)


def _data(facts: Facts, experiment: Experiment) -> str:
    data = facts.dataset
    balance = f"{_balance(facts)}.{_cut(facts, experiment)}{_clusters(facts, experiment)}"
    if not data.train:
        return capitalise(balance)
    return (
        f"It is used here with {mark('dataset.train', 'integer')} training {examples(facts)} and "
        f"{mark('dataset.test', 'integer')} test {examples(facts)} in "
        f"{counted(len(data.classes), 'class', 'classes')}; {balance}"
    )


def _balance(facts: Facts) -> str:
    split, path = ("training", "train_counts") if facts.dataset.train else ("test", "test_counts")
    counts: tuple[int, ...] = getattr(facts, path)
    smallest = min(range(len(counts)), key=counts.__getitem__)
    largest = max(range(len(counts)), key=counts.__getitem__)
    if counts[smallest] == counts[largest]:
        return f"each class has the same number of {split} {examples(facts)}"
    return (
        f"the classes have between {mark(f'{path}.{smallest}', 'integer')} "
        f"({class_name(facts, smallest)}) and {mark(f'{path}.{largest}', 'integer')} "
        f"({class_name(facts, largest)}) {split} {examples(facts)}"
    )


def _cut(facts: Facts, experiment: Experiment) -> str:
    limits = {"training": experiment.data.train_limit, "test": experiment.data.test_limit}
    cut = [f"{split} {examples(facts)}" for split, limit in limits.items() if limit is not None]
    return f" Only part of the {join(cut)} is used, evenly from each class." if cut else ""


def _clusters(facts: Facts, experiment: Experiment) -> str:
    if facts.clusters is None:
        return ""
    column = experiment.data.groups
    named = f" (column “{literal(column)}”)" if column else ""
    held_out = (
        f" The {examples(facts)} held out for validation are whole groups too: in each run, at "
        f"least {mark('validation_groups', 'words')}."
    )
    return (
        f" The test {examples(facts)} come from {mark('clusters', 'integer')} groups{named}. "
        "Intervals and tests assume that the groups are independent, not the "
        f"{examples(facts)} within them.{held_out if facts.validation_groups else ''}"
    )


def _stand_in(facts: Facts) -> str:
    data = facts.dataset
    if data.stand_in_for is None:
        return ""
    title, asked = literal(data.title), literal(title_of(data.stand_in_for))
    reason = data.stand_in_reason or f"{asked} was not available: {title} stands in for it"
    why = literal(reason.rstrip("."))
    return f"All results measured here are about {title}, none about {asked}. {why}."


def _baselines(facts: Facts) -> str:
    if not facts.baselines:
        return ""
    (first, best), *others = (
        (literal(baseline.name), mark(f"baselines.{slug}.accuracy", "percent"))
        for slug, baseline in facts.baselines.items()
    )
    start = f"{first} classifies {best} of the test {examples(facts)} correctly"
    listed = join([start, *(f"{title} {accuracy}" for title, accuracy in others)])
    return f"{listed}. {_against_baselines(facts)}"


def _against_baselines(facts: Facts) -> str:
    best = max(facts.baselines, key=lambda slug: facts.baselines[slug].accuracy)
    baseline = facts.baselines[best]
    above = [s for s, m in facts.models.items() if m.accuracy_interval.low > baseline.interval.high]
    below = [s for s, m in facts.models.items() if m.accuracy_interval.high < baseline.interval.low]
    title = literal(baseline.name)
    if len(above) == len(facts.models):
        every = "Every compared model is" if len(above) > 1 else f"{name(facts, above[0])} is"
        return f"{every} more accurate than {title}, and the intervals do not overlap."
    if len(below) == len(facts.models):
        every = "every compared model" if len(below) > 1 else name(facts, below[0])
        return f"{title} is more accurate than {every}, and the intervals do not overlap."
    shown = [
        f"{count_word(len(side))} {plural(len(side), 'is', 'are')} {how} accurate"
        for how, side in (("more", above), ("less", below))
        if side
    ]
    if not shown:
        return f"No compared model is clearly above {title}: the intervals overlap."
    models = counted(len(facts.models), "model")
    return f"Of the {models}, {join(shown)} than {title}, with intervals that do not overlap."


def _cost(facts: Facts) -> str:
    """Return what is known of the costs; empty where nothing is."""
    sizes = {slug: model.summary for slug, model in facts.models.items() if model.summary}
    times = {s: m.costs.train_seconds.mean for s, m in facts.models.items() if m.costs}
    parts = [
        _size_cost(facts, sizes) if sizes else "",
        _time_cost(facts, times) if times else "",
        _worth(facts, sizes) if sizes else "",
    ]
    return " ".join(part for part in parts if part)


def _size_cost(facts: Facts, sizes: Mapping[str, ModelSummary]) -> str:
    found = extremes({slug: summary.multiply_adds for slug, summary in sizes.items()})
    if found is None:
        slug = next(iter(sizes))
        every = len(sizes) == len(facts.models) > 1
        who = "Every model" if every else names(facts, list(sizes))
        takes = "needs" if every or len(sizes) == 1 else "each need"
        needs = f"{who} {takes} {_work(slug)} per {example(facts)}"
        if len({summary.parameters for summary in sizes.values()}) > 1:
            listed = [f"{name(facts, each)} has {_parameters(each)}" for each in sizes]
            return f"{needs}; {join(listed)}."
        return f"{needs} and {'has' if takes == 'needs' else 'have'} {_parameters(slug)}."
    (least, take_least), (most, _) = (_alike(facts, sizes, slug) for slug in found)
    return (
        f"{least} {take_least} the least computation per {example(facts)} ({_work(found[0])}, "
        f"{_parameters(found[0])}), {most} the most ({_work(found[1])}, {_parameters(found[1])})."
    )


def _alike(facts: Facts, sizes: Mapping[str, ModelSummary], slug: str) -> tuple[str, str]:
    """Return the names of all models that cost what this one does, and the verb for them."""
    size = sizes[slug].multiply_adds, sizes[slug].parameters
    alike = [
        other
        for other, summary in sizes.items()
        if (summary.multiply_adds, summary.parameters) == size
    ]
    return names(facts, alike), plural(len(alike), "needs", "need")


def _work(slug: str) -> str:
    return f"{mark(f'models.{slug}.summary.multiply_adds', 'magnitude')} multiply-adds"


def _parameters(slug: str) -> str:
    return f"{mark(f'models.{slug}.summary.parameters', 'integer')} parameters"


def _time_cost(facts: Facts, times: Mapping[str, float]) -> str:
    quickest, slowest = min(times, key=times.__getitem__), max(times, key=times.__getitem__)
    if len(times) == 1:
        whose = "" if len(facts.models) == 1 else f" of {name(facts, slowest)}"
        return f"One training run{whose} takes {_time(slowest)}."
    if times[slowest] <= _SIMILAR * times[quickest]:
        which = "every model" if len(times) == len(facts.models) else names(facts, list(times))
        return f"One training run takes about as long for {which}, up to {_time(slowest)}."
    return (
        f"One training run takes {_time(quickest)} for {name(facts, quickest)} and "
        f"{_time(slowest)} for {name(facts, slowest)}; these times were measured while other work "
        "ran and are only roughly comparable."
    )


def _time(slug: str) -> str:
    return mark(f"models.{slug}.costs.train_seconds.mean", "seconds")


def _worth(facts: Facts, sizes: Mapping[str, ModelSummary]) -> str:
    """Return what the most accurate model costs, where one is shown to be it."""
    found = extremes({slug: summary.multiply_adds for slug, summary in sizes.items()})
    leader = facts.verdict.leaders[0]
    if len(facts.verdict.leaders) != 1 or found is None or leader not in sizes:
        return ""
    cheapest = found[0]
    if sizes[leader].multiply_adds == sizes[cheapest].multiply_adds:
        best = f"the {measure_of(facts).most}"
        return f"No model needs less computation than {name(facts, leader)}, {best}."
    key, pair = pair_of(facts, leader, cheapest)
    if pair.winner != leader or facts.primary != "accuracy":
        return ""
    gain = mark(f"pairs.{key}.difference.value", "size_in_points")
    return (
        f"For its additional computation, {name(facts, leader)} gains {gain} percentage points of "
        f"accuracy over {name(facts, cheapest)}."
    )


def _limits(facts: Facts) -> str:
    detectable = {
        k: p.minimum_detectable_difference
        for k, p in facts.pairs.items()
        if not p.identical and p.minimum_detectable_difference < LARGEST_STATED
    }
    if not detectable:
        return _limits_alone(facts)
    found, measure = extremes(detectable), measure_of(facts)
    if found is None:
        size = _detectable(measure, next(iter(detectable)))
    else:
        size = f"{_detectable(measure, found[0])} to {_detectable(measure, found[1])}"
    return (
        f"With this test set and {many_seeds(facts)}, a difference in {measure.noun} of about "
        f"{size}{measure.long_unit}{', depending on the pair,' if found else ''} is detected with "
        f"80\N{NARROW NO-BREAK SPACE}% power; smaller ones may go unnoticed.{_too_wide(facts)}"
    )


def _too_wide(facts: Facts) -> str:
    """State that no pair could be shown to be equivalent, where one is undecided."""
    if all(pair.verdict != "undecided" for pair in facts.pairs.values()):
        return ""
    compared = [pair.difference for pair in facts.pairs.values() if not pair.identical]
    # Wider than twice the margin, an interval cannot lie within it, wherever its centre is.
    if min(found.high - found.low for found in compared) < 2 * facts.margin:
        return ""
    which = "Every interval is" if len(compared) > 1 else "The interval is"
    margin = measure_of(facts).margin
    return f" {which} wider than ±{margin}, so equivalence could not be shown."


def _detectable(measure: Measure, key: str) -> str:
    return measure.size(f"pairs.{key}.minimum_detectable_difference")


def _limits_alone(facts: Facts) -> str:
    slug = facts.verdict.ranking[0]
    found = interval(f"models.{slug}.accuracy_interval", "percent")
    return (
        f"With these test {examples(facts)} the accuracy of {name(facts, slug)} is known to within "
        f"its interval, {found.removeprefix(INTERVAL).strip()} ({INTERVAL})."
    )
