"""Claims about continual learning: which method is most accurate at the end, and forgets least."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.claims.models import extremes
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, interval, name
from reportgen.studies.comparing import state_verdict
from reportgen.studies.continual.records import ContinualFacts, Scenario

PATH = "studies.continual"
_PAIRED = (
    "interval of the paired difference over the same test examples and over seeds; Holm's "
    "correction over all pairs of methods, models and scenarios"
)
_SPOKEN = {"fine-tuning": "plain fine-tuning", "ewc": "EWC", "replay": "replay"}


def continual_claims(facts: Facts, found: ContinualFacts) -> Iterator[Claim]:
    """Yield for each model `continual.<slug>`, `.forgetting`, `.known` and, if any, `.domain`."""
    for slug in found.models:
        joint = _average(slug, "class", "joint")
        texts = {
            "": f"{_ends(facts, found, slug, 'class')} Trained on all classes at once, for as many "
            f"epochs, it reaches {joint}.",
            ".forgetting": f"{_forgotten(found, slug)}{_contrary(found, slug)}",
            ".known": _ends(facts, found, slug, "task"),
        }
        if "domain" in found.models[slug]:
            texts[".domain"] = _ends(facts, found, slug, "domain")
        for what, text in texts.items():
            claim = f"continual.{slug}{what}"
            yield Claim(id=claim, text=text, rests_on=_PAIRED, concluding=not what)


def path_of(slug: str, scenario: Scenario, method: str) -> str:
    """Return the path of the numbers of a method."""
    return f"{PATH}.models.{slug}.{scenario}.{method}"


def _average(slug: str, scenario: Scenario, method: str) -> str:
    return mark(f"{path_of(slug, scenario, method)}.average.value", "percent")


def _ends(facts: Facts, found: ContinualFacts, slug: str, scenario: Scenario) -> str:
    values = {
        method: -each.average.value
        for method, each in found.models[slug][scenario].items()
        if method != "joint"
    }
    begin = f"If the group of each {facts.dataset.example} is known, the final accuracy"
    if scenario == "domain":
        begin = "If only the place of a class within its group is asked for, the final accuracy"
    elif scenario == "class":
        groups = mark(f"{PATH}.tasks.#", "words")
        begin = (
            f"When {name(facts, slug)} learns the classes in {groups} groups, one after the other, "
            "its final accuracy"
        )
    ends = extremes(values)
    if ends is None:
        share = _average(slug, scenario, next(iter(values)))
        return f"{begin} is {share} with every method."
    best, worst = ends
    verdict = state_verdict(
        found.pairs[slug][scenario], f"{PATH}.pairs.{slug}.{scenario}.{{}}", best, worst
    )
    return (
        f"{begin} is highest with {_SPOKEN[best]}, {_average(slug, scenario, best)} on average "
        f"over the groups, and lowest with {_SPOKEN[worst]}, {_average(slug, scenario, worst)}. "
        f"{verdict}"
    )


def _forgotten(found: ContinualFacts, slug: str) -> str:
    values = {
        method: each.forgetting.value
        for method, each in found.models[slug]["class"].items()
        if each.forgetting is not None
    }
    ends = extremes(values)
    if ends is None:
        return f"With every method it forgets {_points(slug, next(iter(values)))}."
    least, most = ends
    verdict = state_verdict(
        found.forgetting[slug]["class"], f"{PATH}.forgetting.{slug}.class.{{}}", least, most
    )
    return (
        f"It forgets least with {_SPOKEN[least]}, {_points(slug, least)}, and most with "
        f"{_SPOKEN[most]}, {_points(slug, most)}. {verdict}"
    )


def _contrary(found: ContinualFacts, slug: str) -> str:
    """Explain how the method that forgets most can end more accurate than another; or nothing."""
    methods = {
        method: (each.forgetting.value, each.average.value, each.matrix[-1][-1])
        for method, each in found.models[slug]["class"].items()
        if each.forgetting is not None
    }
    most = max(methods, key=lambda method: methods[method][0])
    other = min(methods, key=lambda method: methods[method][1])
    if methods[most][0] == methods[other][0] or methods[most][1] <= methods[other][1]:
        return ""
    best = _SPOKEN[most]
    start = f" {capitalise(best)} still ends more accurate than {_SPOKEN[other]} because"
    if methods[most][2] <= methods[other][2]:
        return f"{start} it had learned the earlier groups better and so had more to forget."
    last = f"matrix.{len(found.tasks) - 1}.{len(found.tasks) - 1}"
    shares = (
        mark(f"{path_of(slug, 'class', method)}.{last}", "percent") for method in (most, other)
    )
    return (
        f"{start} nothing of the last group is forgotten yet: the accuracy on that group is "
        f"{', against '.join(shares)}."
    )


def _points(slug: str, method: str) -> str:
    path = f"{path_of(slug, 'class', method)}.forgetting"
    return f"{mark(f'{path}.value', 'points')} points ({interval(path, 'points')})"
