"""Claims about robustness: which errors are lowest and rise least, what is hardest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import interval, join, name, pair_of
from reportgen.studies.comparing import find_pair, state_verdict
from reportgen.studies.robustness.records import TITLES, RobustnessFacts

PATH = "studies.robustness"
_PAIRED = (
    "interval of the paired difference over the same corrupted images and over seeds; "
    "Holm's correction over all pairs"
)


def robustness_claims(facts: Facts, found: RobustnessFacts) -> Iterator[Claim]:
    """Yield `robustness`, `.loss`, `.corruptions` and, of several models, `.ranking`."""
    yield Claim(id="robustness", text=_errors(facts, found), rests_on=_PAIRED, concluding=True)
    yield Claim(id="robustness.loss", text=_losses(facts, found), rests_on=_PAIRED)
    if len(found.corruptions) > 1:
        yield Claim(
            id="robustness.corruptions",
            text=_hardest(found),
            rests_on="mean error of the models under each corruption",
        )
    if len(found.models) > 1:
        yield Claim(id="robustness.ranking", text=_ranking(facts, found), rests_on=_PAIRED)


def path_of(slug: str, *rest: str) -> str:
    """Return the path of a number of one model."""
    return ".".join(("studies.robustness.models", slug, *rest))


def _percent(slug: str, *rest: str) -> str:
    return mark(path_of(slug, *rest, "value"), "percent")


def _errors(facts: Facts, found: RobustnessFacts) -> str:
    ends = extremes({slug: each.corrupted.value for slug, each in found.models.items()})
    if ends is None:
        slug = next(iter(found.models))
        return (
            f"On corrupted test images, the mean error of {named_models(facts, list(found.models))}"
            f" is {_percent(slug, 'corrupted')} (unchanged, the same images: "
            f"{_percent(slug, 'clean')})."
        )
    best, worst = ends
    verdict = state_verdict(found.pairs, f"{PATH}.pairs.{{}}", best, worst)
    return (
        f"On corrupted test images, {name(facts, best)} has the lowest mean error, "
        f"{_percent(best, 'corrupted')} (unchanged, the same images: {_percent(best, 'clean')}), "
        f"and {name(facts, worst)} the highest, {_percent(worst, 'corrupted')} "
        f"({_percent(worst, 'clean')}). {verdict}"
    )


def _losses(facts: Facts, found: RobustnessFacts) -> str:
    ends = extremes({slug: each.loss.value for slug, each in found.models.items()})
    if ends is None:
        slug = next(iter(found.models))
        whose = named_models(facts, list(found.models))
        return f"Corruption adds {_added(slug)} to the error of {whose}."
    least, most = ends
    return (
        f"Corruption raises the error of {name(facts, least)} least, by {_added(least)}, and that "
        f"of {name(facts, most)} most, by {_added(most)}. "
        f"{state_verdict(found.losses, f'{PATH}.losses.{{}}', least, most)}"
    )


def _added(slug: str) -> str:
    path = path_of(slug, "loss")
    return f"{mark(f'{path}.value', 'size_in_points')} points ({interval(path, 'points')})"


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
    return TITLES[corruption].lower()


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
    if turned:
        reversed_ = join(
            [
                f"{name(facts, clean)} is better than {name(facts, corrupted)} on unchanged "
                f"images and worse on corrupted ones"
                for clean, corrupted in turned
            ]
        )
        return f"The ranking does not survive corruption: {reversed_}."
    if kept and not open_:
        return (
            "The ranking of the models on unchanged images survives corruption: the better model "
            "of every pair stays the better one."
        )
    if kept:
        return (
            "Corruption reverses no verdict: wherever one model of a pair is shown to be better "
            "both on unchanged and on corrupted images, it is the same one. For the other pairs, "
            "no order is shown on both."
        )
    return (
        "For no pair of models is it shown which is better both on unchanged and on corrupted "
        "images, so whether corruption changes the ranking remains open."
    )
