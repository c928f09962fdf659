"""Statements of a note that the results contradict: numbers and orders in the author's own words.

The reading is narrow on purpose: a sentence counts only where it names models of this experiment,
one metric, and a number or an order between them, with nothing that could change its sense (a
hedge, a negation, somebody else's result, one seed). All other sentences are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.analysis.facts import Facts
from reportgen.analysis.notes.orders import order_contradictions
from reportgen.analysis.notes.words import Mention, Sentence, find_mentions, split_sentences
from reportgen.formatting import integer, percent, score

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
    r"(?P<percent>\s*(?:%|percent\b|per\s+cent\b))?(?![\w])"
)
_METRICS: dict[str, re.Pattern[str]] = {
    "train_accuracy": re.compile(r"\btrain(?:ing)?[- ](?:set )?accuracy\b", re.IGNORECASE),
    "accuracy": re.compile(r"\b(?:test[- ])?accuracy\b|\bcorrectly\b", re.IGNORECASE),
    "macro_f1": re.compile(r"\bmacro[- ](?:averaged? )?f1(?:[- ]score)?\b", re.IGNORECASE),
    "parameters": re.compile(r"\bparameters\b", re.IGNORECASE),
}
_OTHER_METRICS = re.compile(
    r"\b(?:precision|recall|class|classes|error|errors|calibration|confidence|interval|loss|f1|"
    r"micro|weighted|seconds|minutes|time|epochs?|point|points|gap)\b",
    re.IGNORECASE,
)


def contradictions(text: str, facts: Facts) -> list[tuple[int, str]]:
    """Return line and message of every statement in a note that the results contradict.

    What the note quotes from the results is blanked out in `text`.
    """
    found = []
    for sentence in split_sentences(text):
        if sentence.is_uncertain:
            continue
        mentions = find_mentions(sentence.text, facts)
        if mentions is None:
            continue
        messages = (
            *_number_contradictions(sentence, mentions, facts),
            *order_contradictions(sentence, mentions, facts),
        )
        start = f"the note says “{sentence.shown}”, but "
        found += [(sentence.line, start + message) for message in messages]
    return found


@dataclass(frozen=True)
class _Stated:
    """A number as the note states it."""

    start: int
    value: float
    half_unit: float
    is_share: bool
    """Whether it can be an accuracy: a percentage, or a decimal fraction up to 1."""


def _number_contradictions(
    sentence: Sentence, mentions: list[Mention], facts: Facts
) -> Iterator[str]:
    metric = _metric(sentence.text)
    if metric is None:
        return
    stated = [n for n in _numbers(sentence.text) if n.is_share != (metric == "parameters")]
    for slug, number in _attribute(mentions, stated):
        model = facts.models[slug]
        true = {
            "accuracy": model.accuracy.mean,
            "train_accuracy": model.overfitting.train_accuracy.mean,
            "macro_f1": model.macro_f1.mean,
            "parameters": float(model.summary.parameters),
        }[metric]
        if abs(number.value - true) > number.half_unit * (1 + 1e-9) + 1e-12:
            shown = {"macro_f1": score, "parameters": integer}.get(metric, percent)(true)
            call = f'{{{{ {metric}("{slug}") }}}}'
            title = metric.replace("_", " ").replace("f1", "F1").replace("train ", "training ")
            yield (
                f"in the results the {title} of {model.name} is {shown}; "
                f"write {call} to quote it, or change the sentence"
            )


def _metric(text: str) -> str | None:
    """Return the one metric that a sentence is about; None where that is not plain."""
    found, rest = [], text
    for metric, pattern in _METRICS.items():
        rest, count = pattern.subn(" ", rest)
        if count:
            found.append(metric)
    return found[0] if len(found) == 1 and not _OTHER_METRICS.search(rest) else None


def _numbers(text: str) -> list[_Stated]:
    numbers = []
    for match in _NUMBER.finditer(text):
        digits = match["digits"].replace(",", "")
        scale = 0.01 if match["percent"] else 1.0
        decimals = len(digits.partition(".")[2])
        value = float(digits) * scale
        is_share = bool(match["percent"]) or (decimals >= 2 and value <= 1)
        half_unit = 0.5 * scale * 10.0**-decimals if decimals or match["percent"] else 0.0
        numbers.append(_Stated(match.start(), value, half_unit, is_share))
    return numbers


def _attribute(mentions: list[Mention], numbers: list[_Stated]) -> Iterator[tuple[str, _Stated]]:
    """Yield model and number where they alternate: `A 99 %, B 97 %` or `99 % for A, 97 % for B`."""
    if len(mentions) != len(numbers) or not numbers:
        return
    model_first = mentions[0].start < numbers[0].start
    starts = [
        start
        for mention, number in zip(mentions, numbers, strict=True)
        for start in (
            (mention.start, number.start) if model_first else (number.start, mention.start)
        )
    ]
    if starts == sorted(starts):
        for mention, number in zip(mentions, numbers, strict=True):
            yield mention.slug, number
