"""Which conclusions turned between two builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reportgen.diff.records import ConclusionChange

Results = Mapping[str, Any]

VERDICT = "Verdict"
"""Subject of the report's one sentence."""


class Conclusion(NamedTuple):
    """What a build concludes about one subject."""

    subject: str
    meaning: object
    """Equal for equal conclusions, however they are worded."""
    text: str


def turned_conclusions(old: Results, new: Results) -> tuple[ConclusionChange, ...]:
    """Return every conclusion that both builds draw, and draw differently."""
    before, after = dict(_conclusions(old)), dict(_conclusions(new))
    return tuple(
        ConclusionChange(subject=now.subject, old=before[key].text, new=now.text)
        for key, now in after.items()
        if key in before and before[key].meaning != now.meaning
    )


def _conclusions(results: Results) -> Iterator[tuple[object, Conclusion]]:
    """Yield each conclusion with a key that names its subject alike in all builds."""
    yield from _verdict(results)
    yield from _pairs(results)
    yield from _design(results)
    yield from _audit(results)


def _verdict(results: Results) -> Iterator[tuple[object, Conclusion]]:
    verdict = results.get("verdict")
    if verdict:
        meaning = verdict["kind"], sorted(verdict["leaders"])
        leaders = f"{verdict['kind']}: {', '.join(verdict['leaders'])}"
        text = results.get("claims", {}).get("verdict", {}).get("text") or leaders
        yield VERDICT, Conclusion(VERDICT, meaning, text)


def _pairs(results: Results) -> Iterator[tuple[object, Conclusion]]:
    names = {model["slug"]: model["name"] for model in results.get("models", ())}
    for pair in (results.get("pairs") or {}).values():
        models, winner = (pair["first"], pair["second"]), pair.get("winner")
        subject = " and ".join(names.get(model, model) for model in models)
        text = f"{names.get(winner, winner)} is better" if winner else pair["verdict"]
        yield frozenset(models), Conclusion(subject, (pair["verdict"], winner), text)


def _design(results: Results) -> Iterator[tuple[object, Conclusion]]:
    design = (results.get("studies") or {}).get("design")
    if not design:
        return
    first, second = design["first_architecture"], design["second_architecture"]
    subjects = {
        "architecture": f"Effect on accuracy of {first} instead of {second}",
        "dropout": "Effect on accuracy of dropout",
        "dropout_first": f"Effect on accuracy of dropout in {first}",
        "dropout_second": f"Effect on accuracy of dropout in {second}",
        "interaction": "Interaction of architecture and dropout",
    }
    for name, subject in subjects.items():
        judgement = design[name]["judgement"]
        yield subject, Conclusion(subject, judgement, judgement)


def _audit(results: Results) -> Iterator[tuple[object, Conclusion]]:
    for table in (results.get("audit") or {}).get("tables", ()):
        subject = f"Audit of {table['name']}"
        yield subject, Conclusion(subject, table["conclusion"], table["conclusion"])
