"""Claims about a sweep: what was tried, what was selected, what mattered, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import INTERVAL, capitalise, count_word, examples, join, plural
from reportgen.studies.sweep.records import ModelSweep, Setting, SweepFacts
from reportgen.wording import in_sentence

PATH = "studies.sweep"
MATTERS = 0.1
"""Share of the variance of scores from which a setting is said to have mattered."""


def sweep_claims(facts: Facts, found: SweepFacts) -> Iterator[Claim]:
    """Yield `sweep`, and of each model `.selected`, `.mattered` of several, and `.optimism`."""
    yield Claim(
        id="sweep",
        text=_account(facts, found),
        rests_on=f"{found.metric} on training {examples(facts)} that were held out",
        concluding=True,
    )
    for slug, model in found.models.items():
        yield Claim(
            id=f"sweep.selected.{slug}",
            text=_selected(found, slug, model),
            rests_on="paired differences on the same held-out examples, without correction",
        )
        if len(model.settings) > 1:
            yield Claim(
                id=f"sweep.mattered.{slug}",
                text=_mattered(slug, model),
                rests_on="one-way analyses of variance of the scores, adjusted for chance",
            )
        yield Claim(
            id=f"sweep.optimism.{slug}",
            text=_optimism(facts, found, slug, model),
            rests_on="both scores with their sampling error, without that of selection and seeds",
        )


def _account(facts: Facts, found: SweepFacts) -> str:
    configurations = mark(f"{PATH}.configurations", "integer")
    return (
        f"The settings of {join([literal(each.name) for each in found.models.values()])} were "
        f"selected among {configurations} configurations by their {_metric(found)} on "
        f"{mark(f'{PATH}.held_out', 'integer')} training {examples(facts)} that were held out. No "
        f"test {facts.dataset.example} or test label was used before the selection was final, so "
        "comparisons on the test set are not biased by the number of configurations."
    )


def _metric(found: SweepFacts) -> str:
    return literal(in_sentence(found.metric))


def _selected(found: SweepFacts, slug: str, model: ModelSweep) -> str:
    path = f"{PATH}.models.{slug}"
    values = _list_values(path, model)
    text = (
        f"Of {mark(f'{path}.trials.#', 'integer')} configurations of {literal(model.name)}, the "
        f"one with {values} had the best {_metric(found)} on the held-out set, "
        f"{mark(f'{path}.best.0.score', found.format)}."
    )
    if model.failed:
        failed = capitalise(count_word(model.failed))
        has = plural(model.failed, "has", "have")
        text += f" {failed} could not be trained (the loss may have diverged) and {has} no score."
    if len(model.best) == 1:
        return text
    if model.best[1].score == model.best[0].score:
        text += " Of those with equal scores, the first one tried was selected."
    if not model.alike:
        return (
            f"{text} It is better than each of the others by more than the sampling error of the "
            "held-out set."
        )
    return (
        f"{text} Of the others, {mark(f'{path}.alike', 'words')} "
        f"{'is' if model.alike == 1 else 'are'} not shown to be worse on these examples, so the "
        "choice among them may be chance."
    )


def _list_values(path: str, model: ModelSweep) -> str:
    marks = (
        value_mark(f"{path}.best.0.configuration.{place}", value)
        for place, value in enumerate(model.best[0].configuration)
    )
    names = (literal(_in_prose(setting)) for setting in model.settings)
    return join(f"{name} {value}" for name, value in zip(names, marks, strict=True))


def _in_prose(setting: Setting) -> str:
    """Return what sentences call a setting: an option keeps its capitals."""
    title = setting.title
    return title if setting.path.startswith("options.") else in_sentence(title)


def value_mark(path: str, value: JsonValue) -> str:
    """Return a value as a claim may hold it: a mark where it is a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return mark(path, "plain")
    return literal(write_value(value))


def write_value(value: JsonValue) -> str:
    """Return a value that is no number as text."""
    if isinstance(value, list):
        return " × ".join(map(write_value, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mattered(slug: str, model: ModelSweep) -> str:
    path = f"{PATH}.models.{slug}.settings"
    known = [
        (setting.share, place, _in_prose(setting))
        for place, setting in enumerate(model.settings)
        if setting.share is not None
    ]
    if not known:
        return "Too few scores, or too similar ones, to attribute their differences to settings."
    known.sort(key=lambda each: -each[0])
    others = [
        f"{literal(name)} for {mark(f'{path}.{place}.share', 'percent_short')}"
        for _, place, name in known[1:]
    ]
    share, place, first = known[0]
    lead = f"The {literal(first)}"
    if len(known) > 1:
        lead += " mattered most: it" if share >= MATTERS else " mattered most, but not much: it"
    amount = mark(f"{path}.{place}.share", "percent_short")
    return f"{lead} accounts for {join([f'{amount} of the variance of the scores', *others])}."


def _optimism(facts: Facts, found: SweepFacts, slug: str, model: ModelSweep) -> str:
    """Compare the scores on the held-out set and on the test set, and state what may explain it."""
    path = f"{PATH}.models.{slug}"
    signed = found.difference_format
    unit = " points" if signed == "points" else ""
    ends = " to ".join(mark(f"{path}.optimism.{end}", signed) for end in ("low", "high"))
    held_out_seeds, test_seeds = _seeds_of_both(facts, found, slug)
    return (
        "The score of the selected configuration is "
        f"{mark(f'{path}.best.0.score', found.format)} on the held-out set{held_out_seeds}, and "
        f"{mark(f'{path}.test', found.format)} on the test set{test_seeds}, a difference of "
        f"{mark(f'{path}.optimism.value', signed)}{unit} ({INTERVAL} {ends}). "
        f"{_explain_difference(found, path, model, other_seeds=bool(test_seeds))}"
    )


def _seeds_of_both(facts: Facts, found: SweepFacts, slug: str) -> tuple[str, str]:
    """Return the seeds of both scores in brackets; nothing where their numbers are the same."""
    if slug not in facts.models or len(facts.models[slug].runs) <= found.seeds:
        return "", ""
    paths = (f"{PATH}.seeds", f"models.{slug}.runs.#")
    first, second = (mark(path, "words") for path in paths)
    return f" ({first} {plural(found.seeds, 'seed')})", f" (mean of {second} seeds)"


def _explain_difference(
    found: SweepFacts, path: str, model: ModelSweep, *, other_seeds: bool
) -> str:
    best = f"the best of {mark(f'{path}.trials.#', 'integer')} scores"
    if (model.optimism.value > 0) != found.higher_is_better:
        return f"{capitalise(best)} tends to be optimistic, which does not show here."
    if not (model.optimism.low > 0 or model.optimism.high < 0):
        return f"{capitalise(best)} may be optimistic; the interval does not show it."
    seeds = ", and from the choice of seeds" if other_seeds else ""
    return f"The difference may come from the selection, as {best} tends to be optimistic{seeds}."
