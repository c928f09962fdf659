"""Claims about robustness: which errors are lowest and rise least, what is hardest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from reportgen.analysis.claims.advice import recommended_model
from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    capitalise,
    count_word,
    counted,
    find_pair,
    interval,
    join,
    name,
    names,
    pair_of,
)
from reportgen.studies.comparing import loser_of, state_settled, state_verdict
from reportgen.studies.robustness.records import TITLES, RobustnessFacts
from reportgen.wording import in_sentence

PATH = "studies.robustness"
_NAMED = 3
"""A sentence names up to this many models; of more, it gives the number."""
_MOST_REVERSALS = 6
"""A text lists up to this many verdicts under one corruption; of more, it gives the number."""
_PAIRED = (
    "interval of the paired difference over the same corrupted images and over seeds; "
    "Holm's correction over all pairs"
)


def robustness_claims(facts: Facts, found: RobustnessFacts) -> Iterator[Claim]:
    """Yield `robustness` and `.loss`, and where they apply `.trade_off`, `.exceptions`,
    `.corruptions` and, of several models, `.ranking`.
    """
    trade_off = _trade_off(facts, found)
    # The conclusion states the trade-off beside its recommendation, and nothing twice.
    concluding = not trade_off
    text = _errors(facts, found)
    yield Claim(id="robustness", text=text, rests_on=_PAIRED, concluding=concluding)
    if trade_off:
        yield Claim(id="robustness.trade_off", text=trade_off, rests_on=_PAIRED)
    if text := _exceptions(facts, found):
        basis = "errors under each corruption; Holm's correction over pairs and corruptions"
        yield Claim(id="robustness.exceptions", text=text, rests_on=basis)
    yield Claim(id="robustness.loss", text=_losses(facts, found), rests_on=_PAIRED)
    if len(found.corruptions) > 1:
        yield Claim(
            id="robustness.corruptions",
            text=_hardest(found),
            rests_on="mean error of the models under each corruption",
        )
    # The verdicts on unchanged images are those of the report, in its primary metric.
    if len(found.models) > 1 and facts.primary == "accuracy":
        yield Claim(id="robustness.ranking", text=_ranking(facts, found), rests_on=_PAIRED)


def path_of(slug: str, *rest: str) -> str:
    """Return the path of a number of one model."""
    return ".".join(("studies.robustness.models", slug, *rest))


def _percent(slug: str, *rest: str) -> str:
    return mark(path_of(slug, *rest, "value"), "percent")


def _errors(facts: Facts, found: RobustnessFacts) -> str:
    ends = extremes({slug: each.corrupted.value for slug, each in found.models.items()})
    if ends is None:
        slugs = list(found.models)
        clean = join([_percent(slug, "clean") for slug in slugs])
        return (
            f"On corrupted test images, the mean error of {named_models(facts, slugs)} is "
            f"{_percent(slugs[0], 'corrupted')} ({clean} on the same images unchanged)."
        )
    best, worst = ends
    verdict = state_verdict(found.pairs, f"{PATH}.pairs.{{}}", best, worst)
    return (
        f"On corrupted test images, {name(facts, best)} has the lowest mean error, "
        f"{_percent(best, 'corrupted')} ({_percent(best, 'clean')} on the same images unchanged), "
        f"and {name(facts, worst)} the highest, {_percent(worst, 'corrupted')} "
        f"({_percent(worst, 'clean')}). {verdict}{_not_beaten(facts, found, best, worst)}"
    )


def _not_beaten(facts: Facts, found: RobustnessFacts, best: str, worst: str) -> str:
    """Name the models that the best one is not shown to be better than, besides the worst."""
    others = [slug for slug in found.models if slug not in {best, worst, *_beaten(found, best)}]
    if not others:
        return ""
    whose = f" The mean error of {name(facts, best)} is not shown to be lower than that of"
    if len(others) > _NAMED:
        return f"{whose} {counted(len(others), 'other model')}."
    keys = [find_pair(found.pairs, best, slug)[0] for slug in others]
    p_values = [mark(f"{PATH}.pairs.{key}.p_adjusted", "p_stated") for key in keys]
    shown = [
        f"{name(facts, slug)} (corrected {p_value})"
        for slug, p_value in zip(others, p_values, strict=True)
    ]
    return f"{whose} {join(shown)}."


def _trade_off(facts: Facts, found: RobustnessFacts) -> str:
    """State where corruption speaks against the recommended model; nothing where it does not.

    It does where another model is shown to be better than it on corrupted images, or where a model
    that leads as well has the lower mean error there and is shown to be better than models which
    the recommended one is not shown to beat.
    """
    chosen = recommended_model(facts)
    if chosen not in found.models:
        return ""
    beaten = {slug: _beaten(found, slug) for slug in found.models}
    rivals = sorted(
        (
            slug
            for slug in found.models
            if chosen in beaten[slug]
            or (slug in facts.verdict.leaders and beaten[slug] - beaten[chosen])
        ),
        key=lambda slug: found.models[slug].corrupted.value,
    )
    if (
        not rivals
        or found.models[rivals[0]].corrupted.value >= found.models[chosen].corrupted.value
    ):
        return ""
    rival = rivals[0]
    if chosen in beaten[rival]:
        key, _ = find_pair(found.pairs, rival, chosen)
        p_value = mark(f"{PATH}.pairs.{key}.p_adjusted", "p_stated")
        return (
            f"On corrupted test images, {name(facts, rival)} is the better choice: its mean error "
            f"is {_percent(rival, 'corrupted')}, against {_percent(chosen, 'corrupted')} for "
            f"{name(facts, chosen)} (corrected {p_value})."
        )
    others = [slug for slug in found.models if slug in beaten[rival] - beaten[chosen]]
    known = names(facts, others) if len(others) <= _NAMED else counted(len(others), "other model")
    return (
        f"On corrupted test images, the mean error of {name(facts, rival)} is "
        f"{_percent(rival, 'corrupted')} and that of {name(facts, chosen)} "
        f"{_percent(chosen, 'corrupted')}; this difference may be due to chance, but of "
        f"these two only {name(facts, rival)} is shown to be better there than {known}."
    )


def _beaten(found: RobustnessFacts, slug: str) -> set[str]:
    """Return the models that one is shown to be better than on corrupted images."""
    return {
        other
        for other in found.models
        if other != slug and find_pair(found.pairs, slug, other)[1].winner == slug
    }


def _exceptions(facts: Facts, found: RobustnessFacts) -> str:
    """State which corruptions contradict the order of the mean errors."""
    return " ".join(filter(None, (_turned(facts, found), _reversals(facts, found))))


def _turned(facts: Facts, found: RobustnessFacts) -> str:
    """Name the corruptions under which the worst model makes fewer errors than the best one."""
    ends = extremes({slug: each.corrupted.value for slug, each in found.models.items()})
    if ends is None:
        return ""
    best, worst = ends
    errors = {slug: found.models[slug].errors for slug in ends}
    turned = [
        corruption
        for corruption in found.corruptions
        if errors[worst][corruption].value < errors[best][corruption].value
    ]
    if not turned:
        return ""
    under = found.by_corruption[find_pair(found.pairs, best, worst)[0]]
    certain = (
        ""
        if any(under[each].winner == worst for each in turned)
        else "; this difference is not statistically significant"
        if len(turned) == 1
        else "; none of these differences is statistically significant"
    )
    return (
        f"Even so, {name(facts, worst)} makes fewer errors than {name(facts, best)} under "
        f"{count_word(len(turned))} of the {counted(len(found.corruptions), 'corruption')} "
        f"({join(list(map(_title, turned)))}){certain}."
    )


def _reversals(facts: Facts, found: RobustnessFacts) -> str:
    """State which pairs single corruptions decide against the mean errors; of many, how many."""
    mean = {slug: each.corrupted.value for slug, each in found.models.items()}
    under: dict[str, dict[str, list[str]]] = {}  # Winner → key of the pair → corruptions.
    for key, compared in found.by_corruption.items():
        for corruption, pair in compared.items():
            if pair.winner and mean[pair.winner] > mean[loser_of(key, pair.winner)]:
                under.setdefault(pair.winner, {}).setdefault(key, []).append(corruption)
    count = sum(len(each) for pairs in under.values() for each in pairs.values())
    if count > _MOST_REVERSALS:
        return (
            f"In {counted(count, 'comparison')} of two models under one corruption, the model with "
            "the higher mean error is shown to be better."
        )
    return " ".join(
        f"Although its mean error is higher, {name(facts, winner)} is better "
        + ", and ".join(
            f"than {name(facts, loser_of(key, winner))} under "
            + join([_with_p(key, corruption) for corruption in corruptions])
            for key, corruptions in pairs.items()
        )
        + "."
        for winner, pairs in under.items()
    )


def _with_p(key: str, corruption: str) -> str:
    p_value = mark(f"{PATH}.by_corruption.{key}.{corruption}.p_adjusted", "p_stated")
    return f"{_title(corruption)} (corrected {p_value})"


def _losses(facts: Facts, found: RobustnessFacts) -> str:
    losses = {slug: each.loss.value for slug, each in found.models.items()}
    lowers = min(losses.values()) < 0

    def added(slug: str) -> str:
        path = path_of(slug, "loss")
        size = mark(f"{path}.value", "points" if lowers else "size_in_points")
        return f"{size} points ({interval(path, 'points')})"

    ends = extremes(losses)
    if ends is None:
        slug = next(iter(found.models))
        whose = named_models(facts, list(found.models))
        if lowers:
            return f"Corruption changes the error of {whose} by {added(slug)}."
        return f"Corruption adds {added(slug)} to the error of {whose}."
    least, most = ends
    verdict = state_verdict(found.losses, f"{PATH}.losses.{{}}", least, most)
    first, last = name(facts, least), name(facts, most)
    if lowers:
        changes = f"by {added(least)} for {first} to {added(most)} for {last}"
        return f"Corruption changes the error {changes}. {verdict}"
    return (
        f"Corruption raises the error of {first} least, by {added(least)}, and that of {last} "
        f"most, by {added(most)}. {verdict}"
    )


def _hardest(found: RobustnessFacts) -> str:
    means = {
        corruption: sum(each.errors[corruption].value for each in found.models.values())
        for corruption in found.corruptions
    }
    ends = extremes(means)
    if ends is None:
        return "All corruptions raise the error equally."
    mildest, hardest = ends
    return (
        f"On average over the models, the hardest corruption is {_title(hardest)}, with errors of "
        f"{_range(found, hardest)}; the mildest is {_title(mildest)}, with "
        f"{_range(found, mildest)}."
    )


def _title(corruption: str) -> str:
    return in_sentence(TITLES[corruption])


def _range(found: RobustnessFacts, corruption: str) -> str:
    ends = extremes({slug: each.errors[corruption].value for slug, each in found.models.items()})
    if ends is None:
        return _percent(next(iter(found.models)), "errors", corruption)
    low, high = (_percent(slug, "errors", corruption) for slug in ends)
    return f"{low} to {high}"


def _ranking(facts: Facts, found: RobustnessFacts) -> str:
    """State which verdicts on clean images turn under corruption."""
    turned, kept, open_ = [], 0, 0
    for one, other in combinations(found.models, 2):
        clean = pair_of(facts, one, other)[1]
        corrupted = find_pair(found.pairs, one, other)[1]
        if clean.verdict != "better" or corrupted.verdict != "better":
            open_ += 1
        elif clean.winner == corrupted.winner:
            kept += 1
        else:
            turned.append((clean.winner or one, corrupted.winner or other))
    averaged = "on average over the corruptions, " if len(found.corruptions) > 1 else ""
    if turned:
        reversed_ = join(
            [
                f"{name(facts, clean)} is better than {name(facts, corrupted)} on unchanged "
                "images but worse on corrupted ones"
                for clean, corrupted in turned
            ]
        )
        return capitalise(f"{averaged}the ranking does not hold: {reversed_}.")
    if kept and not open_:
        return capitalise(
            f"{averaged}the ranking does not change: in every pair, the model that is "
            "better on unchanged images is also better on corrupted ones."
        )
    if kept:
        settled = state_settled(facts, found.pairs, f"{PATH}.pairs.{{}}")
        every = all(pair.winner for pair in found.pairs.values())
        rest = "this settles every pair" if every else "no other pair is settled"
        return capitalise(
            f"{averaged}no verdict is reversed: no model that is shown to be better than "
            "another on unchanged images is shown to be worse on corrupted ones. On corrupted "
            f"images, after correction, {settled}; {rest}."
        )
    return capitalise(
        f"{averaged}it remains open whether corruption changes the ranking: in no pair of models "
        "is one shown to be better both on unchanged and on corrupted images."
    )
