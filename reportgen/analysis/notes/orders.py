"""Orders that a note states between models: `A beats B`, `A is better than B by 1.8 points`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from reportgen.analysis.claims.comparison import pair_text, verdict_text
from reportgen.analysis.facts import Facts, PairFacts
from reportgen.analysis.notes.words import Mention, Sentence
from reportgen.analysis.numbers import plain_claim
from reportgen.analysis.phrases import pair_of

_ADVERB = (
    r"(?:(?:clearly|significantly|slightly|far|much|consistently|considerably|also|still|easily|"
    r"substantially|markedly|a\s+(?:little|lot|bit))\s+)*"
)
_NOUN = r"(?:['’]s?)?(?:\s+(?:model|network|architecture|classifier|accuracy))?"
_VERBS = {
    1: rf"(?:beats|outperforms|surpasses|exceeds|defeats|"
    rf"(?:is|was|performs|performed|does|did|works|worked)\s+{_ADVERB}(?:better|higher|more\s+accurate)\s+than|"
    rf"(?:has|had|reaches|achieves)\s+(?:an?\s+)?{_ADVERB}(?:higher|better)\s+(?:test\s+)?accuracy\s+than)",
    -1: rf"(?:loses\s+to|(?:is|was)\s+(?:beaten|outperformed|surpassed)\s+by|"
    rf"(?:is|was|performs|performed|does|did)\s+{_ADVERB}(?:worse|lower|less\s+accurate)\s+than|"
    rf"(?:has|had|reaches|achieves)\s+(?:an?\s+)?{_ADVERB}(?:lower|worse)\s+(?:test\s+)?accuracy\s+than)",
}
_BETWEEN = {
    sign: re.compile(
        rf"{_NOUN}\s+{_ADVERB}{verb}\s+{_ADVERB}(?:the\s+|that\s+of\s+(?:the\s+)?)?", re.I
    )
    for sign, verb in _VERBS.items()
}
_BY = re.compile(
    r"\s+by\s+(\d+(?:\.\d+)?)\s*(?:(?:percentage\s+)?points?|pp|%|percent)\b", re.IGNORECASE
)
_SAME = re.compile(
    r"\s+(?:are|perform|do)\s+(?:equally\s+(?:accurate|good|well)|equivalent|the\s+same|identical)",
    re.I,
)
_NO_DIFFERENCE = re.compile(
    r"\bno\s+difference\s+(?:in\s+accuracy\s+)?between\s+(?:the\s+)?$", re.I
)
_BEST = re.compile(
    rf"{_NOUN}\s+(?:is|was)\s+the\s+(?:best|most\s+accurate)\b|{_NOUN}\s+performs\s+best\b", re.I
)
_OTHER_GROUNDS = re.compile(
    r"\b(?:train\w*|speed|fast\w*|slow\w*|cheap\w*|cost\w*|parameters?|memory|calibrat\w*|precision|"
    r"recall|class|classes|robust\w*|digits?|loss|time|f1|epochs?|confidence)\b",
    re.IGNORECASE,
)


def order_contradictions(
    sentence: Sentence, mentions: list[Mention], facts: Facts
) -> Iterator[str]:
    """Yield what the results say instead, for every order in a sentence that they contradict."""
    text = sentence.text
    if _OTHER_GROUNDS.search(text):
        return
    for one, other in pairwise(mentions):
        if one.slug != other.slug:
            yield from _pair_contradictions(text, one, other, facts)
    for mention in mentions:
        if _BEST.match(text[mention.end :]) and mention.slug not in facts.verdict.leaders:
            yield f"the results say: {plain_claim(verdict_text(facts), facts)}"


def _pair_contradictions(text: str, one: Mention, other: Mention, facts: Facts) -> Iterator[str]:
    between, after = text[one.end : other.start], text[other.end :]
    key, pair = pair_of(facts, one.slug, other.slug)
    results = f"the results say: {plain_claim(pair_text(facts, key), facts)}"
    for sign, pattern in _BETWEEN.items():
        if pattern.fullmatch(between):
            better, worse = (one, other) if sign > 0 else (other, one)
            by = _BY.match(after)
            wrong_size = by is not None and _contradicts_size(pair, by[1])
            if wrong_size or _contradicts_order(facts, pair, better.slug, worse.slug):
                yield results
    together = re.fullmatch(r"\s+and\s+(?:the\s+)?", between)
    says_same = _SAME.match(after) or _NO_DIFFERENCE.search(text[: one.start])
    if together and says_same and pair.verdict == "better":
        yield results


def _contradicts_order(facts: Facts, pair: PairFacts, better: str, worse: str) -> bool:
    """Whether the results speak against `better`; an open question does not."""
    if pair.identical or facts.models[better].accuracy.mean <= facts.models[worse].accuracy.mean:
        return True
    around_zero = pair.difference.low <= 0 <= pair.difference.high
    return pair.verdict == "equivalent" and around_zero


def _contradicts_size(pair: PairFacts, stated: str) -> bool:
    half_unit = 0.5 * 10.0 ** -len(stated.partition(".")[2])
    return abs(float(stated) - 100 * abs(pair.difference.value)) > half_unit * (1 + 1e-9)
