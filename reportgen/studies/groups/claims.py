"""Claims about groups: the widest gap, and whether the best model is best for the worst group."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import examples, find_pair, interval, join, name
from reportgen.studies.groups.records import Division, GroupsFacts
from reportgen.wording import in_sentence

_GAPS = "intervals of all pairs of groups that hold together (Bonferroni)"
_PAIRS = (
    "paired difference over the test examples of the hardest group and over seeds; Holm's "
    "correction over pairs of models and divisions"
)


def groups_claims(facts: Facts, found: GroupsFacts) -> Iterator[Claim]:
    """Yield `groups`, `groups.gaps` and, of several models, `groups.hardest`, `groups.worst`."""
    yield Claim(id="groups", text=_widest(facts, found), rests_on=_GAPS, concluding=True)
    yield Claim(id="groups.gaps", text=_shown_gaps(found), rests_on=_GAPS)
    if len(facts.models) > 1:
        yield Claim(id="groups.hardest", text=_shared(found), rests_on="accuracy in each group")
        yield Claim(id="groups.worst", text=_worst(facts, found), rests_on=_PAIRS)


def path_of(division: str, *rest: str) -> str:
    """Return the path of a number of one division."""
    return ".".join(("studies.groups.divisions", division, *rest))


def accuracy_path(division: str, group: int, slug: str) -> str:
    """Return the path of a model's accuracy in a group."""
    return path_of(division, "models", slug, "accuracies", str(group))


def _of_group(division: Division, group: int) -> str:
    label = literal(division.labels[group])
    return f"the {label} group" if division.means else f"the group {label}"


def _by(division: Division) -> str:
    """Return `by slant`."""
    return f"by {literal(in_sentence(division.title))}"


def _widest(facts: Facts, found: GroupsFacts) -> str:
    gaps = {
        (key, slug): model.gap
        for key, division in found.divisions.items()
        for slug, model in division.models.items()
    }
    key, slug = max(gaps, key=lambda each: gaps[each].value)
    division = found.divisions[key]
    model = division.models[slug]
    if not gaps[key, slug].value:
        return f"Every model is equally accurate in all groups of test {examples(facts)}."
    size = mark(path_of(key, "models", slug, "gap", "value"), "size_in_points")
    ends = interval(path_of(key, "models", slug, "gap"), "size_in_points")
    best, worst = (
        mark(f"{accuracy_path(key, group, slug)}.value", "percent")
        for group in (model.best, model.worst)
    )
    return (
        f"The widest gap between groups of test {examples(facts)} is that of {name(facts, slug)} "
        f"{_by(division)}: its accuracy is {best} for {_of_group(division, model.best)} and "
        f"{worst} for {_of_group(division, model.worst)}, {size} points lower ({ends}, widened "
        f"because it is for the largest of {mark('studies.groups.gaps', 'words')} gaps)."
    )


def _shown_gaps(found: GroupsFacts) -> str:
    total = mark("studies.groups.gaps", "words")
    if found.gaps == 1:
        return f"This gap is {'' if found.shown_gaps else 'not '}larger than chance would explain."
    if not found.shown_gaps:
        return f"None of the {total} gaps is larger than chance would explain."
    if found.shown_gaps == found.gaps:
        return f"All {total} gaps are larger than chance would explain."
    count = mark("studies.groups.shown_gaps", "words")
    verb = "is" if found.shown_gaps == 1 else "are"
    return f"Of the {total} gaps, {count} {verb} larger than chance would explain."


def _shared(found: GroupsFacts) -> str:
    """Name the groups that are the hardest for every model, and divisions without a shown gap."""
    shared: list[Division] = []
    apart: list[Division] = []
    for each in found.divisions.values():
        same = len({model.worst for model in each.models.values()}) == 1
        (shared if same else apart).append(each)
    if not shared:
        return "In this test set, no group has the lowest mean accuracy for every model."
    named = [
        # Of the middle group, its name does not tell what it is the middle of.
        _of_group(each, each.hardest)
        + (f" {_by(each)}" if each.labels[each.hardest] == "middle" else "")
        for each in shared
    ]
    if all(each.endswith(" group") for each in named):
        # The thinnest, the most left-leaning and the smallest group.
        named[:-1] = [each.removesuffix(" group") for each in named[:-1]]
    text = f"In this test set, the mean accuracy of every model is lowest for {join(named)}"
    rest = f"; {join([_by(each) for each in apart])}, the hardest group differs" if apart else ""
    return f"{text}{rest}{_without_gap(found)}."


def _without_gap(found: GroupsFacts) -> str:
    """Name the divisions in which no gap is shown; nothing where this holds for all or for none."""
    level = [
        _by(each)
        for each in found.divisions.values()
        if all(model.gap.low <= 0 for model in each.models.values())
    ]
    if not level or not found.shown_gaps:
        return ""
    return f"; {join(level)}, no gap is shown for any model"


def _worst(facts: Facts, found: GroupsFacts) -> str:
    overall = name(facts, found.overall)
    same = [_by(each) for each in found.divisions.values() if each.best == found.overall]
    settled = facts.primary == "accuracy" and facts.verdict.kind == "best"
    most = "is the most accurate model" if settled else "has the highest mean accuracy"
    parts = [f"{overall} {most} over all test {examples(facts)}."]
    if same:
        parts.append(f"It also has the highest worst-group accuracy {join(same)}.")
    for key, each in found.divisions.items():
        if each.best != found.overall:
            parts.append(_other(facts, found, key, each))
    return " ".join([*parts, _hardest(facts, found)])


def _other(facts: Facts, found: GroupsFacts, key: str, division: Division) -> str:
    """State which other model is best for the worst group, and whether that is more than chance."""
    best, overall = division.best, found.overall
    ours, theirs = (
        mark(f"{accuracy_path(key, division.models[slug].worst, slug)}.value", "percent")
        for slug in (best, overall)
    )
    pair, compared = find_pair(division.pairs, best, overall)
    p_value = mark(path_of(key, "pairs", pair, "p_adjusted"), "p_stated")
    verdict = {
        "better": "is statistically significant",
        "equivalent": "lies within the margin of equivalence",
        "undecided": "may be due to chance",
    }[compared.verdict]
    by = _by(division)
    return (
        f"{by[:1].upper()}{by[1:]}, {name(facts, best)} has the higher worst-group accuracy "
        f"({ours} against {theirs}); the difference between the two models in "
        f"{_of_group(division, division.hardest)} {verdict} (corrected {p_value})."
    )


def _hardest(facts: Facts, found: GroupsFacts) -> str:
    """State whose accuracy in the hardest groups the overall best model exceeds."""
    beaten = {
        slug
        for slug in facts.models
        if slug != found.overall
        and all(
            find_pair(division.pairs, found.overall, slug)[1].winner == found.overall
            for division in found.divisions.values()
        )
    }
    others = [slug for slug in facts.models if slug != found.overall]
    overall = name(facts, found.overall)
    hardest = (
        "the hardest group" if len(found.divisions) == 1 else "the hardest group of each division"
    )
    if len(beaten) == len(others):
        whom = "every other model" if len(others) > 1 else name(facts, others[0])
        return f"In {hardest}, {overall} is shown to be better than {whom}."
    if beaten:
        whom, rest = (
            join([name(facts, slug) for slug in others if (slug in beaten) == is_beaten])
            for is_beaten in (True, False)
        )
        return f"In {hardest}, {overall} is shown to be better than {whom}, but not than {rest}."
    return f"{overall} is not shown to be better than any other model in {hardest}."
