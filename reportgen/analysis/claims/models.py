"""Claims about each model by itself: over-fitting, classes, seeds, curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reportgen.analysis.facts import Claim, Facts, ModelFacts, known
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    MOST_RANKED,
    applying_claims,
    capitalise,
    class_name,
    count_word,
    counted,
    example,
    examples,
    interval,
    join,
    name,
    names,
    plural,
)
from reportgen.formatting import FORMATS
from reportgen.results.records import CLEAN_EXAMPLES

_MOST_CONFUSIONS = 3
_MOST_TIED = 3
"""Up to this many classes or confusions that tie are named; of more, the number is given."""
_NAMED_MODELS = 3
"""Up to this many models without a gap are named; of more, the number is given."""
_STILL_FALLING = 0.98
"""A loss that ends below this share of the epoch before was still falling."""


def model_claims(facts: Facts) -> Iterator[Claim]:
    """Return the claims about single models and, where there are several, about all of them."""
    measured = {slug: model for slug, model in facts.models.items() if model.overfitting}
    gap = "interval of training accuracy minus test accuracy"
    cells = "counts of the confusion matrix, all seeds together"
    loss = "training loss after each epoch, mean over seeds"
    trained = dict.fromkeys(model.architecture for model in facts.models.values() if model.curves)
    found = {
        **{f"overfitting.{slug}": (_gap(facts, model), gap) for slug, model in measured.items()},
        "overfitting": (_gaps(facts, measured), gap),
        "per_class": (_per_class(facts), "F1 of each class with its interval"),
        **{f"confusion.{s}": (_confusions(facts, m), cells) for s, m in facts.models.items()},
        "seeds": (_seeds(facts), "accuracy of every seed"),
        **{f"curves.{each}": (_curves(facts, each), loss) for each in trained},
    }
    return applying_claims(found)


def extremes(values: dict[str, float]) -> tuple[str, str] | None:
    """Return the keys of the lowest and the highest value; None where all are the same."""
    low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    return None if values[low] == values[high] else (low, high)


def _gap(facts: Facts, model: ModelFacts) -> str:
    path = f"models.{model.slug}.overfitting"
    gap = known(model.overfitting).gap_interval
    seen = (
        f"the training set{_held_out(facts, [model.slug])}"
        if model.held_out
        else f"its training {examples(facts)}"
    )
    closer_on = (
        "the training set" if model.held_out else f"the {examples(facts)} that it was trained on"
    )
    start = (
        f"{name(facts, model.slug)} classifies "
        f"{mark(f'{path}.train_accuracy.mean', 'percent')} of {seen} correctly and "
        f"{mark(f'models.{model.slug}.accuracy.mean', 'percent')} of the test {examples(facts)}"
    )
    # Without a sign where it is known which way the gap goes.
    form = "size_in_points" if gap.low > 0 else "points"
    size = f"{mark(f'{path}.gap.mean', form)} points ({interval(f'{path}.gap_interval', form)})"
    if gap.low > 0:
        return f"{start}: it fits {closer_on} more closely, by {size}."
    if gap.high < 0:
        return f"{start}: there is no over-fitting; the gap is {size}."
    return f"{start}: no over-fitting is shown; the gap is {size}."


def _held_out(facts: Facts, slugs: Sequence[str]) -> str:
    """Return in brackets how much of the training set these models were not trained on."""
    if len({facts.models[slug].held_out for slug in slugs}) > 1:
        return " (for some models, a part of it was held out for validation)"
    share = mark(f"models.{slugs[0]}.held_out", "percent_whole")
    return f" (of which {share} were held out for validation)"


def _gaps(facts: Facts, measured: Mapping[str, ModelFacts]) -> str:
    if not measured:
        return ""
    if len(measured) == 1:
        return _gap(facts, next(iter(measured.values())))
    fitted = [
        slug for slug, model in measured.items() if known(model.overfitting).gap_interval.low > 0
    ]
    others = [slug for slug in measured if fitted and slug not in fitted]
    gaps = f"{_gap_range(facts, fitted or list(measured))}{_without_gap(facts, others)}"
    return f"{_who_overfits(facts, fitted)} {gaps}"


def _gap_range(facts: Facts, slugs: Sequence[str]) -> str:
    means = {slug: known(facts.models[slug].overfitting).gap.mean for slug in slugs}
    found = extremes(means)
    if found is None:
        shared = named_models(facts, slugs)
        return f"The gap is {_gap_size(slugs[0])} points for {shared}."
    least, most = found
    return (
        f"The gap ranges from {_gap_size(least)} points ({name(facts, least)}) to "
        f"{_gap_size(most)} ({name(facts, most)})."
    )


def _without_gap(facts: Facts, slugs: Sequence[str]) -> str:
    if not slugs:
        return ""
    if len(slugs) > _NAMED_MODELS:
        return f" For {counted(len(slugs), 'other model')}, no gap is shown."
    listed = join([f"{name(facts, slug)} ({_gap_size(slug)} points)" for slug in slugs])
    return f" No gap is shown for {listed}."


def named_models(facts: Facts, slugs: Sequence[str]) -> str:
    """Return `every model`, or the names where these are not all or only one."""
    every = len(slugs) == len(facts.models) > 1
    return "every model" if every else names(facts, slugs)


def _who_overfits(facts: Facts, fitted: Sequence[str]) -> str:
    if not fitted:
        return f"No model is shown to be {_more_accurate(facts, list(facts.models), 'it was')}."
    if len(fitted) == len(facts.models):
        both = len(fitted) == 2
        every = "Both models are" if both else "Every model is"
        return f"{every} {_more_accurate(facts, fitted, 'they were' if both else 'it was')}."
    verb, trained = ("is", "it was") if len(fitted) == 1 else ("are", "they were")
    return f"{names(facts, fitted)} {verb} {_more_accurate(facts, fitted, trained)}."


def _more_accurate(facts: Facts, slugs: Sequence[str], trained: str) -> str:
    seen = (
        f"the training set{_held_out(facts, slugs)}"
        if any(facts.models[slug].held_out for slug in slugs)
        else f"the {examples(facts)} that {trained} trained on"
    )
    return f"more accurate on {seen} than on the test {examples(facts)}"


def _gap_size(slug: str) -> str:
    return mark(f"models.{slug}.overfitting.gap.mean", "points")


def _per_class(facts: Facts) -> str:
    """Name the classes with the lowest and the highest F1 score of each model; of many, most."""
    if len(facts.models) > MOST_RANKED:
        return _most_often(facts)
    ends: tuple[dict[tuple[int, ...], list[str]], ...] = ({}, {})
    alike, overlapping = [], []
    tested = _tested(facts)
    for slug, model in facts.models.items():
        means = [summary.f1.mean for summary in model.per_class]
        scores = list(map(FORMATS["score"], means))
        hardest, easiest = model.hardest_class, max(tested, key=means.__getitem__)
        if scores[easiest] == scores[hardest]:
            alike.append(slug)
            continue
        for end, index in zip(ends, (hardest, easiest), strict=True):
            # Classes that are printed alike share their place.
            shared = tuple(i for i in tested if scores[i] == scores[index])
            end.setdefault(shared, []).append(slug)
        low, high = model.per_class[hardest].f1_interval, model.per_class[easiest].f1_interval
        if low.high >= high.low:
            overlapping.append(slug)
    text = ""
    if alike:
        shown = [f"{name(facts, slug)} ({_f1(facts.models[slug], tested[0])})" for slug in alike]
        which = "" if all(facts.test_counts) else f" with test {examples(facts)}"
        text = f"Every class{which} has the same F1 score for {join(shown)}."
    if any(ends):
        hard, easy = (join(_of_classes(facts, end)) for end in ends)
        text += f" The F1 score is lowest in {hard}, and highest in {easy}"
        text += f"; {_overlap(facts, overlapping)}." if overlapping else "."
    return text.strip()


def _tested(facts: Facts) -> list[int]:
    """Return the classes with test examples: of others, no score is known."""
    return [index for index, count in enumerate(facts.test_counts) if count]


def _most_often(facts: Facts) -> str:
    """State which class most models find the hardest, and which the easiest."""
    means = [[summary.f1.mean for summary in each.per_class] for each in facts.models.values()]
    tested = _tested(facts)
    ends = [
        Counter(pick(tested, key=scores.__getitem__) for scores in means) for pick in (min, max)
    ]
    (hardest, low), (easiest, high) = (end.most_common(1)[0] for end in ends)
    return (
        f"The F1 score is most often lowest in {class_name(facts, hardest)} ({count_word(low)} of "
        f"{counted(len(means), 'model')}) and highest in {class_name(facts, easiest)} "
        f"({count_word(high)})."
    )


def _overlap(facts: Facts, slugs: Sequence[str]) -> str:
    whose = named_models(facts, slugs)
    return f"for {whose} the two intervals overlap, so this order may be due to chance"


def _of_classes(facts: Facts, end: Mapping[tuple[int, ...], Sequence[str]]) -> list[str]:
    """Return `class ‘9’ for CNN (0.9863) and MLP (0.9683)` for each class, or those that tie."""
    return [
        f"{_classes(facts, indexes)} for "
        + join([f"{name(facts, slug)} ({_f1(facts.models[slug], indexes[0])})" for slug in slugs])
        for indexes, slugs in end.items()
    ]


def _classes(facts: Facts, indexes: Sequence[int]) -> str:
    if len(indexes) > _MOST_TIED:
        return counted(len(indexes), "class", "classes")
    noun = plural(len(indexes), "class", "classes")
    return f"{noun} {join([class_name(facts, index) for index in indexes])}"


def _f1(model: ModelFacts, index: int) -> str:
    return mark(f"models.{model.slug}.per_class.{index}.f1.mean", "score")


def _confusions(facts: Facts, model: ModelFacts) -> str:
    counts = model.confusion_counts
    cells = [
        # Negative, so that sorting in reverse leaves equal counts in the order of the classes.
        (count, -true, -predicted)
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    if not cells:
        return f"{name(facts, model.slug)} classifies every test {example(facts)} correctly."
    worst = sorted(cells, reverse=True)
    least = worst[:_MOST_CONFUSIONS][-1][0]
    tied = [cell for cell in worst if cell[0] == least]
    above = [cell for cell in worst if cell[0] > least]
    several = len(model.accuracy.values) > 1
    together = f", over {_seed_count(facts, model.slug)}" if several else ""
    listed = [_confusion(facts, model, -true, -predicted) for _, true, predicted in above]
    if len(tied) <= _MOST_TIED:
        listed += [_confusion(facts, model, -true, -predicted) for _, true, predicted in tied]
        return f"{name(facts, model.slug)} most often mistakes {join(listed)}{together}."
    times = _times(model, -tied[0][1], -tied[0][2])
    if above:
        return (
            f"{name(facts, model.slug)} most often mistakes {join(listed)}, and then makes "
            f"{count_word(len(tied))} other confusions {times} each{together}."
        )
    return (
        f"No confusion of {name(facts, model.slug)} stands out: it makes {count_word(len(tied))} "
        f"of them {times} each and no other more often{together}."
    )


def _confusion(facts: Facts, model: ModelFacts, true: int, predicted: int) -> str:
    times = _times(model, true, predicted)
    return f"class {class_name(facts, true)} for {class_name(facts, predicted)} ({times})"


def _times(model: ModelFacts, true: int, predicted: int) -> str:
    times = mark(f"models.{model.slug}.confusion_counts.{true}.{predicted}", "integer")
    return f"{times} {plural(model.confusion_counts[true][predicted], 'time')}"


def _seeds(facts: Facts) -> str:
    # Ranges that are printed alike, in hundredths of a percent, count as equal.
    ranges = {
        slug: round(round(model.accuracy.maximum, 4) - round(model.accuracy.minimum, 4), 4)
        for slug, model in facts.models.items()
        if len(model.accuracy.values) > 1
    }
    if all(model.deterministic for model in facts.models.values()):
        who = "Every model gives" if len(facts.models) > 1 else "The model gives"
        return f"{who} the same predictions with every seed, and therefore has one run."
    if not ranges:
        made = all(model.kind == "predictions" for model in facts.models.values())
        once = "There is one set of predictions" if made else "There is one run, with one seed,"
        whose = "every model" if len(facts.models) > 1 else "the model"
        return f"{once} of {whose}, so the variation between runs is unknown."
    least, most = (
        [slug for slug in ranges if ranges[slug] == end(ranges.values())] for end in (min, max)
    )
    if least == most:
        alike: dict[tuple[float, ...], list[str]] = {}
        for slug in ranges:
            scores = facts.models[slug].accuracy
            alike.setdefault((len(scores.values), scores.minimum, scores.maximum), []).append(slug)
        return " ".join(
            f"Over {_seed_count(facts, slugs[0])} the accuracy of {named_models(facts, slugs)} "
            f"ranges from {_seed_range(slugs[0])}."
            for slugs in alike.values()
        )
    return (
        f"Between seeds, accuracy varies most for {_ranging(facts, most)} and least for "
        f"{_ranging(facts, least)}."
    )


def _ranging(facts: Facts, slugs: Sequence[str]) -> str:
    return join(
        [
            f"{name(facts, slug)} ({_seed_range(slug)} over {_seed_count(facts, slug)})"
            for slug in slugs
        ]
    )


def _seed_count(facts: Facts, slug: str) -> str:
    return counted(len(facts.models[slug].accuracy.values), "seed")


def _seed_range(slug: str) -> str:
    path = f"models.{slug}.accuracy"
    return f"{mark(f'{path}.minimum', 'percent')} to {mark(f'{path}.maximum', 'percent')}"


def _curves(facts: Facts, architecture: str | None) -> str:
    models = [
        model
        for model in facts.models.values()
        if model.architecture == architecture and model.curves
    ]
    curves = " ".join(_curve(facts, model) for model in models)
    return curves + "".join(_clean(facts, model.slug) for model in models if model.dropout)


def _clean(facts: Facts, slug: str) -> str:
    curve = known(facts.models[slug].curves).clean_accuracy
    if curve is None:
        return ""
    value = mark(f"models.{slug}.curves.clean_accuracy.mean.{len(curve.mean) - 1}", "percent")
    drawn = facts.dataset.train > CLEAN_EXAMPLES
    which = f"a sample of {CLEAN_EXAMPLES:,} training {examples(facts)}"
    where = which if drawn else f"training {examples(facts)}"
    return f" With dropout off, {names(facts, [slug])} ends with an accuracy of {value} on {where}."


def still_falling(model: ModelFacts) -> bool:
    """Whether the training loss, mean over seeds, still fell noticeably in the last epoch."""
    losses = model.curves.loss.mean if model.curves else ()
    return len(losses) > 1 and losses[-1] < _STILL_FALLING * losses[-2]


def _curve(facts: Facts, model: ModelFacts) -> str:
    losses = known(model.curves).loss.mean
    path = f"models.{model.slug}.curves.loss.mean"
    whose = f"the training loss of {name(facts, model.slug)}"
    first, last = mark(f"{path}.0", "score"), mark(f"{path}.{len(losses) - 1}", "score")
    if len(losses) == 1:
        return capitalise(f"{whose} is {first} in its only epoch.")
    little = FORMATS["percent_whole"](1 - _STILL_FALLING)
    moves = "falls" if losses[-1] < losses[0] else "does not fall, going"
    end = (
        " and was still falling when training ended"
        if still_falling(model)
        else ""
        if losses[-1] >= losses[0]
        else " and rose in the last one"
        if losses[-1] > losses[-2]
        else f" and changed by less than {little} in the last one"
    )
    return capitalise(
        f"{whose} {moves} from {first} in the first to {last} in the last of "
        f"{count_word(len(losses))} epochs{end}."
    )
