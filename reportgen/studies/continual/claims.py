"""Claims about continual learning: which method is most accurate at the end, and forgets least."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean

from reportgen.analysis.claims.models import extremes
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import MARGIN, find_pair, interval, join, name
from reportgen.studies.comparing import Compared, state_verdict
from reportgen.studies.continual.records import ContinualFacts, Scenario

PATH = "studies.continual"
_PAIRED = (
    "interval of the paired difference over the same test examples and over seeds; Holm's "
    "correction over all pairs of methods, models and scenarios"
)
_ACCURATE, _FORGETFUL = ("higher", "lower"), ("less", "more")
"""What is said of the number of the better method, and of that of the other."""
_SPOKEN = {"fine-tuning": "plain fine-tuning", "ewc": "EWC", "replay": "replay"}


def continual_claims(facts: Facts, found: ContinualFacts) -> Iterator[Claim]:
    """Yield for each model `continual.<slug>`, `.forgetting`, `.known` and, if any, `.domain`."""
    for slug in found.models:
        texts = {
            "": f"{_ends(facts, found, slug, 'class')} {_joint(facts, found, slug)}",
            ".forgetting": f"{_forgotten(facts, found, slug)}{_less_to_forget(found, slug)}",
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
    pairs, path = found.pairs[slug][scenario], f"{PATH}.pairs.{slug}.{scenario}.{{}}"
    between = "".join(
        f" With {_SPOKEN[method]}, the accuracy is {_average(slug, scenario, method)}: "
        f"{_set_against(pairs, path, method, ends, _ACCURATE)}."
        for method in values
        if method not in ends
    )
    return (
        f"{begin} is highest with {_SPOKEN[best]}, {_average(slug, scenario, best)} on average "
        f"over the groups, and lowest with {_SPOKEN[worst]}, {_average(slug, scenario, worst)}. "
        f"{state_verdict(pairs, path, best, worst)}{between}"
    )


def _joint(facts: Facts, found: ContinualFacts, slug: str) -> str:
    """State what is reached where nothing is forgotten, against the best of the methods."""
    methods = found.models[slug]["class"]
    best = max(_SPOKEN, key=lambda method: methods[method].average.value)
    path = f"{PATH}.pairs.{slug}.class.{{}}"
    against = _set_against(found.pairs[slug]["class"], path, "joint", [best], _ACCURATE)
    return (
        f"Trained on all classes at once, for as many epochs, {name(facts, slug)} reaches "
        f"{_average(slug, 'class', 'joint')}: {against}."
    )


def _forgotten(facts: Facts, found: ContinualFacts, slug: str) -> str:
    values = {
        method: each.forgetting.value
        for method, each in found.models[slug]["class"].items()
        if each.forgetting is not None
    }
    ends = extremes(values)
    if ends is None:
        points = _points(found, slug, next(iter(values)))
        return f"With every method, {name(facts, slug)} forgets {points}."
    least, most = ends
    pairs, path = found.forgetting[slug]["class"], f"{PATH}.forgetting.{slug}.class.{{}}"
    between = "".join(
        f" With {_SPOKEN[method]}, it forgets {_points(found, slug, method)}: "
        f"{_set_against(pairs, path, method, ends, _FORGETFUL)}."
        for method in values
        if method not in ends
    )
    return (
        f"{name(facts, slug)} forgets least with {_SPOKEN[least]}, "
        f"{_points(found, slug, least)}, and most with "
        f"{_SPOKEN[most]}, {_points(found, slug, most)}. "
        f"{state_verdict(pairs, path, least, most)}{between}"
    )


def _less_to_forget(found: ContinualFacts, slug: str) -> str:
    """Explain how a method can forget less than another and end less accurate; or nothing."""
    methods = found.models[slug]["class"]
    forgotten = {
        method: each.forgetting.value
        for method, each in methods.items()
        if each.forgetting is not None
    }
    most = max(forgotten, key=forgotten.__getitem__)
    least = min(forgotten, key=lambda method: methods[method].average.value)
    if forgotten[most] == forgotten[least]:
        return ""
    if methods[most].average.value <= methods[least].average.value:
        return ""

    def learned(method: str) -> float:
        """Return the best accuracy on the earlier groups, mean over them."""
        return forgotten[method] + fmean(methods[method].matrix[-1][:-1])

    texts = [""]
    if learned(least) < learned(most):
        texts.append(
            f"With {_SPOKEN[least]}, there was less to forget than with {_SPOKEN[most]}: the best "
            "accuracy on the earlier groups was lower, on average over groups and runs."
        )
    if methods[least].matrix[-1][-1] < methods[most].matrix[-1][-1]:
        place = len(found.tasks) - 1
        less, more = (
            mark(f"{path_of(slug, 'class', method)}.matrix.{place}.{place}", "percent")
            for method in (least, most)
        )
        texts.append(
            "On the last group, of which nothing can be forgotten yet, the accuracy is "
            f"{less} with {_SPOKEN[least]} and {more} with {_SPOKEN[most]}."
        )
    return " ".join(texts)


def _set_against(
    pairs: Mapping[str, Compared],
    path: str,
    one: str,
    others: Iterable[str],
    words: tuple[str, str],
) -> str:
    """Return how the number of one method compares with those of others, to follow it.

    `path` is that of the pairs, with `{}` for the key of one.
    """
    said: dict[str, list[str]] = {}
    for other in others:
        key, pair = find_pair(pairs, one, other)
        verdict = {
            "better": f"significantly {words[pair.winner != one]} than with",
            "equivalent": f"equivalent, to within {MARGIN}, to that with",
            "undecided": "not shown to differ from that with",
        }[pair.verdict]
        p_value = f" (corrected {mark(f'{path.format(key)}.p_adjusted', 'p_stated')})"
        of_difference = "" if pair.verdict == "equivalent" else p_value
        said.setdefault(verdict, []).append(f"{_SPOKEN[other]}{of_difference}")
    return join(
        f"{verdict} {join(methods, 'or' if verdict.startswith('not') else 'and')}"
        for verdict, methods in said.items()
    )


def _points(found: ContinualFacts, slug: str, method: str) -> str:
    path = f"{path_of(slug, 'class', method)}.forgetting"
    forgetting = found.models[slug]["class"][method].forgetting
    # Without a sign where it is known that accuracy is lost.
    form = "size_in_points" if forgetting is not None and forgetting.low > 0 else "points"
    return f"{mark(f'{path}.value', form)} points ({interval(path, form)})"
