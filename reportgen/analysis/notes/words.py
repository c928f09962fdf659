"""Reading a note: its sentences, what makes one uncertain, and the models that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.analysis.facts import Facts

_UNCERTAIN = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|over|above|below|under|least|most|"
    r"up to|"
    r"more than|less than|fewer than|between|from|paper|published|reported|literature|authors?|"
    r"earlier|previous|previously|others?|elsewhere|prior|expect\w*|hypothes\w*|hope\w*|suppose\w*|"
    r"assum\w*|claim\w*|if|whether|unless|may|might|could|would|should|can|cannot|not|no|never|"
    r"neither|nor|without|except|although|though|seeds?|run|runs|best|worst|highest|lowest|"
    r"maximum|minimum|usually|often|sometimes|generally|typically|chance|target|goal|baseline|"
    r"fashion|imagenet|cifar|noise|noisy|validation|was trained on|same)\b|n[’']t\b|[?~≈<>≤≥±]",
    re.IGNORECASE,
)
_ORDER_WORDS = re.compile(
    r"\b(?:(?:better|worse|higher|lower|more accurate|less accurate)\s+than|"
    r"no\s+difference\s+between|"
    r"no\s+difference\s+in\s+accuracy\s+between|"
    r"the\s+same|the\s+(?:best|most\s+accurate)|performs\s+best|above|below)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s+[^a-z\s])|\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#|>|\|))|;")
_MARKUP = re.compile(r"[*_`]{1,3}")
_GENERIC = re.compile(
    r"(?:\b(?:an?|any|every|each|another|other|no|deeper|larger|smaller)\s+)$", re.I
)
_QUALIFIED = re.compile(r"^(?:\s*(?:\+|with\b|plus\b|without\b|and\s+dropout\b)|[-–/])", re.I)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a note."""

    line: int
    """Line of the note on which it begins, from 1."""
    text: str
    """Without marks of emphasis and line breaks."""

    @property
    def is_uncertain(self) -> bool:
        """Whether something in it may change the sense of what it says about numbers."""
        return bool(_UNCERTAIN.search(_ORDER_WORDS.sub(" ", self.text)))

    @property
    def shown(self) -> str:
        """The sentence, as it is quoted in a message."""
        text = self.text.replace("\ufffc", "").strip().rstrip(".")
        return text if len(text) <= 160 else text[:159] + "…"


@dataclass(frozen=True)
class Mention:
    """A model's name in a sentence."""

    slug: str
    start: int
    end: int


def split_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a note in Markdown; fenced code is left out."""
    text = re.sub(r"^(```|~~~).*?^\1", _blank, text, flags=re.MULTILINE | re.DOTALL)
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        part = text[start:end]
        clean = " ".join(_MARKUP.sub("", part).split())
        if clean:
            offset = start + len(part) - len(part.lstrip())
            yield Sentence(text.count("\n", 0, offset) + 1, clean)
        start = end


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def find_mentions(text: str, facts: Facts) -> list[Mention] | None:
    """Return the models that a sentence names, in order; None where a name is ambiguous.

    `CNN with dropout` may mean a model of another name than `CNN`, and `a CNN` any network.
    """
    called = _names(facts)
    if not called:
        return None
    longest_first = sorted(called, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    mentions = []
    for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?!\w)", text):
        if _GENERIC.search(text[: match.start()]) or _QUALIFIED.match(text[match.end() :]):
            return None
        mentions.append(Mention(called[match[0]], match.start(), match.end()))
    return mentions


def _names(facts: Facts) -> dict[str, str]:
    """Return every way in which a note may name a model, and its slug."""
    called: dict[str, str] = {}
    for slug, model in facts.models.items():
        for text in (model.name, slug, *_spoken(model.name)):
            if len(text) > 1:
                called.setdefault(text, slug)
    return called


def _spoken(model_name: str) -> Iterator[str]:
    for separator in (" + ", "+"):
        if separator in model_name:
            for word in ("with", "plus", "and"):
                yield f" {word} ".join(part.strip() for part in model_name.split(separator))
