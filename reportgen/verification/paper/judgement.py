"""Whether a printed number follows from the evidence, contradicts it, or cannot be traced.

A number follows where it is printed like one that the evidence gives of the models and quantities
that its sentence names. It contradicts only where a reader can check why:

- it stands beside a model and a quantity of the report, is printed as a value of that quantity is,
  and none that the evidence gives of these models and quantities is printed like it; sentences that
  cite other work, or name another model, are left out;
- in a column of a table whose other rows all hold one quantity, it is not that of its row.

Everything else cannot be traced.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from operator import attrgetter
from typing import Literal

from reportgen.verification.paper.known import Fact, Known
from reportgen.verification.paper.printed import Printed, find_numbers, rounding_of
from reportgen.verification.paper.text import Passage

Outcome = Literal["follows", "contradicts", "untraced"]


@dataclass(frozen=True)
class Judged:
    """One number of a paper."""

    outcome: Outcome
    printed: str
    where: str
    """Page or file, and the words around it."""
    reason: str
    """The path of the fact and how it is rounded, or what contradicts."""


def judge(passages: Sequence[Passage], known: Known) -> Iterator[Judged]:
    """Judge every number in the passages of a paper, in their order."""
    for row, group in groupby(passages, key=lambda passage: passage.row):
        if row is None:
            for passage in group:
                yield from _judge_sentence(passage, known)
        else:
            yield from _judge_table(list(group), known)


_OTHER_WORK = re.compile(
    r"\[\s?\d+|et al\.|\((?:19|20)\d\d[a-z]?\)|, (?:19|20)\d\d\b|published|reported by|literature|"
    r"prior work|previous(?:ly)?|state[- ]of[- ]the[- ]art|human|paper prints",
    re.IGNORECASE,
)
_OTHER_EXAMPLES = re.compile(
    r"\b(?:on|of) (?:the )?(?:training|held[- ]out|validation|corrupted|noisy|foreign)\b|"
    r"\bsample of\b|\bcorruptions?\b|\bgroups?\b|\bgets? (?:right|wrong)\b|\bmost frequent class\b",
    re.IGNORECASE,
)
"""Words of a sentence that may be about other examples than all those of the test set, or about
no model."""
_INSTEAD = re.compile(r"(?:instead of|than|against|over|from|to)\s*$", re.IGNORECASE)
_DETAILS = re.compile(
    r"\b(?:class|seed|run|epoch|bin|digit|each|every)|confiden|[‘'“]", re.IGNORECASE
)
"""Words of a sentence that is about one class, run or epoch."""
_NAME = re.compile(r"(?<![\w-])(?:[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}\w*|\w*[A-Za-z]-?\d\w*)(?:-\w+)*")
_COMMON = frozenset(("F1", "AUROC", "AUC", "ECE", "CI", "SD", "MCC", "GPU", "CPU", "MNIST", "PDF"))
_NO_SHARES = frozenset(("p_value", "train_seconds", "seconds_per_1000", "peak_memory_bytes"))
"""Quantities that are no shares or scores."""


def _judge_sentence(passage: Passage, known: Known) -> Iterator[Judged]:
    text = passage.text
    models, quantities = known.find_models(text), known.find_quantities(text)
    slugs = frozenset(slug for _, _, slug in models)
    named = frozenset(name for _, _, name in quantities if name)
    numbers = list(find_numbers(text))
    # Lines of a table that were read as prose have few words, or only blanks, between numbers.
    is_prose = len(re.findall(r"[A-Za-z]{2,}", text)) >= 3 * len(numbers)
    beside = [pair for pair in pairwise(numbers) if not text[pair[0].end : pair[1].start].strip()]
    cells = set(chain.from_iterable(beside)) if is_prose else set(numbers)
    for printed in numbers:
        where = f"{passage.where}: “{_around(text, printed)}”"
        found = _trace(text, printed, slugs, named, known)
        # 95.0 % beside an accuracy is no number of the experiment file.
        if not found and not (printed.decimals and _nearest(quantities, printed, text)):
            found = _match(printed, known.settings.near(printed))
        if found:
            yield Judged("follows", printed.text, where, found)
        elif printed not in cells and (
            reason := _contradiction(passage, printed, models, quantities, known)
        ):
            yield Judged("contradicts", printed.text, where, reason)
        else:
            found = _trace_quantity(printed, slugs, known)
            yield Judged("follows" if found else "untraced", printed.text, where, found)


def _trace(
    text: str, printed: Printed, slugs: frozenset[str], named: frozenset[str], known: Known
) -> str:
    """Return the path and rounding of a fact that is printed so; empty where there is none."""
    details = bool(_DETAILS.search(text))
    facts = [fact for fact in known.facts.near(printed) if details or not fact.is_detail]
    about: list[Fact] = []
    if slugs and named:
        about = [fact for fact in facts if _is_about(fact, slugs, named)]
    elif named and not _OTHER_WORK.search(text):
        about = [fact for fact in facts if fact.quantity in named and not fact.is_detail]
    # Few digits are those of a setting, as the level of an interval, sooner than of a result.
    general = _match(printed, known.settings.near(printed)) if printed.significant < 3 else ""
    return general or _match(printed, about)


def _trace_quantity(printed: Printed, slugs: frozenset[str], known: Known) -> str:
    """Return a mean of the named models that is printed so, whatever it is of."""
    if printed.significant < 3:
        return ""
    near = known.facts.near(printed)
    means = (fact for fact in near if not fact.is_detail and _MEAN.search(fact.path))
    return _match(printed, (fact for fact in means if fact.models and fact.models <= slugs))


_MEAN = re.compile(r"\.(?:mean|value|parameters|multiply_adds)$")


def _is_about(fact: Fact, slugs: frozenset[str], named: frozenset[str]) -> bool:
    if not fact.models:
        # An effect that a study finds is a difference, of no single pair of models.
        return fact.path.startswith("studies.") and "difference" in named
    if not fact.models <= slugs:
        return False
    return fact.quantity in named or (fact.quantity == "train_accuracy" and "accuracy" in named)


def _match(printed: Printed, facts: Iterable[Fact]) -> str:
    """Return the plainest fact that is printed so: of a whole model before one of its parts."""
    found = []
    for fact in facts:
        rounding = rounding_of(printed, fact.value, fact.is_difference)
        cut = rounding.startswith("cut")
        # Bounds of intervals are many: one of them, cut off, is soon printed like any number.
        if rounding and (not cut or _MEAN.search(fact.path)):
            found.append((cut, fact.rank, f"{fact.path}, {rounding}"))
    return min(found)[2] if found else ""


def _contradiction(
    passage: Passage,
    printed: Printed,
    models: Sequence[tuple[int, int, str]],
    quantities: Sequence[tuple[int, int, str]],
    known: Known,
) -> str:
    """Return why a number contradicts the evidence; empty where nothing shows that it does."""
    text = passage.text
    quantity = _nearest(quantities, printed, text)
    model = _nearest(models, printed, text)
    if not quantity or not model or _OTHER_WORK.search(text) or _OTHER_EXAMPLES.search(text):
        return ""
    if _INSTEAD.search(text[: printed.start]):
        # Of another model, which the sentence may have named first or not at all.
        near = known.facts.near(printed)
        alike = [fact for fact in near if fact.quantity == quantity and not fact.is_detail]
        if _match(printed, alike):
            return ""
    known_words = {known.dataset, *(text[low:high] for low, high, _ in (*models, *quantities))}
    others = [name for name in _NAME.findall(text) if not any(name in word for word in known_words)]
    if any(name not in _COMMON for name in others) or not _fits(printed, quantity):
        return ""
    slugs = frozenset({model} if quantity != "difference" else {slug for _, _, slug in models})
    facts = [fact for fact in known.facts if _is_about(fact, slugs, frozenset({quantity}))]
    means = [fact for fact in facts if _MEAN.search(fact.path)]
    plain = sorted(means, key=attrgetter("rank"))
    if not plain or (quantity == "difference" and len(slugs) != 2):
        return ""
    names = " and ".join(known.names[slug] for slug in sorted(slugs))
    word = next(text[low:high] for low, high, name in quantities if name == quantity)
    return (
        f"is printed next to “{names}” and “{word}”, for which the evidence has "
        f"{_show(plain[0], printed)} ({plain[0].path}) and no value printed like this one"
    )


def _fits(printed: Printed, quantity: str) -> bool:
    """Return whether a number is printed like a value of the quantity."""
    if quantity in ("parameters", "multiply_adds", "errors"):
        is_count = not printed.unit and not printed.decimals
        return printed.significant >= 2 and (is_count or printed.unit == "million")
    if quantity in ("difference", "gap"):
        return printed.unit == "points" and printed.decimals >= 1
    if quantity in _NO_SHARES:
        return False
    if printed.unit:
        return printed.unit == "%" and printed.decimals >= 1
    return printed.decimals >= 2 and printed.value <= 1


def _nearest(mentions: Sequence[tuple[int, int, str]], printed: Printed, text: str) -> str:
    """Return what is named just behind a number, as in `79 errors`, else last before it."""
    before = [each for each in mentions if each[1] <= printed.start]
    behind = [each for each in mentions if each[0] >= printed.end]
    between = text[printed.end : behind[0][0]] if behind else ""
    if behind and (len(re.findall(r"\w+", between)) <= 2 if not before else not between.strip()):
        return behind[0][2]
    return before[-1][2] if before else ""


def _show(fact: Fact, printed: Printed) -> str:
    """Print a fact as the number beside it is printed."""
    scale = 100 if printed.unit in ("%", "points") or printed.value > 1 >= abs(fact.value) else 1
    sign = "+" if printed.sign else ""
    unit = f" {printed.unit}" if printed.unit else ""
    return f"{fact.value * scale:{sign},.{printed.decimals}f}{unit}"


def _around(text: str, printed: Printed) -> str:
    start, end = max(0, printed.start - 50), min(len(text), printed.end + 20)
    return " ".join(text[start:end].split())


@dataclass(frozen=True)
class _Row:
    """A line of a table: its numbers, and what it is about."""

    passage: Passage
    numbers: tuple[Printed, ...]
    slugs: frozenset[str]
    """The models that it names."""
    part: str
    """Beginning of the paths of the class that it is about, where it names no model."""
    known: Known

    def is_about(self, fact: Fact) -> bool:
        """Return whether the row is about what a fact is."""
        if self.slugs:
            return fact.models == self.slugs
        return bool(self.part) and fact.path.startswith(self.part)

    def fitting(self, printed: Printed) -> list[Fact]:
        """Return the facts that are printed so, the plainest first."""
        found = [
            fact
            for fact in self.known.facts.near(printed)
            if self.is_about(fact) and rounding_of(printed, fact.value, fact.is_difference)
        ]
        return sorted(found, key=attrgetter("rank"))


def _judge_table(passages: Sequence[Passage], known: Known) -> Iterator[Judged]:
    """Judge the rows of a table, column by column."""
    rows = [_read_row(passage, known) for passage in passages]
    columns: dict[tuple[int, int], Counter[str]] = {}
    times = Counter((row.slugs, row.part) for row in rows if row.slugs or row.part)
    # Two rows about the same, as those of a model's runs, do not show what each should hold.
    for row in rows if max(times.values(), default=0) < 2 else ():
        for place, printed in enumerate(row.numbers):
            if _is_telling(printed):
                counts = columns.setdefault((len(row.numbers), place), Counter())
                counts.update({fact.pattern for fact in row.fitting(printed) if fact.is_tabular})
    for row in rows:
        for place, printed in enumerate(row.numbers):
            counts = columns.get((len(row.numbers), place), Counter())
            yield _judge_cell(row, printed, counts, known)


def _judge_cell(row: _Row, printed: Printed, counts: Counter[str], known: Known) -> Judged:
    where = f"{row.passage.where}: “{' '.join(row.passage.text.split())[:80]}”"
    fitting = row.fitting(printed)
    common = _common(counts, {fact.pattern for fact in fitting} if _is_telling(printed) else set())
    best = [fact for fact in fitting if fact.pattern in common] or ([] if common else fitting)
    if best:
        rounding = rounding_of(printed, best[0].value, best[0].is_difference)
        return Judged("follows", printed.text, where, f"{best[0].path}, {rounding}")
    facts = filter(row.is_about, known.facts) if common else ()
    expected = next((fact for fact in facts if fact.pattern in common), None)
    if expected and _is_telling(printed):
        reason = (
            f"the other rows of this column contain {expected.pattern}, which is "
            f"{_show(expected, printed)} in this row"
        )
        return Judged("contradicts", printed.text, where, reason)
    found = _match(printed, (*fitting, *known.settings.near(printed)))
    return Judged("follows" if found else "untraced", printed.text, where, found)


def _is_telling(printed: Printed) -> bool:
    """Say whether a number has so many digits that two rows agree on it by no accident."""
    return printed.significant >= 3 or printed.decimals >= 2


def _common(counts: Counter[str], own: set[str]) -> set[str]:
    """Return what most other rows of a column hold, and at least two."""
    others = counts.copy()
    others.subtract(own)
    most = max(others.values(), default=0)
    return {pattern for pattern, count in others.items() if count == most} if most >= 2 else set()


def _read_row(passage: Passage, known: Known) -> _Row:
    """Read a row: it is about the models that it names, or a class of the one in its heading."""
    models = known.find_models(passage.text)
    slugs = frozenset(slug for _, _, slug in models)
    end = models[-1][1] if models else 0
    part = ""
    above = {slug for _, _, slug in known.find_models(passage.heading)}
    # Where several models are named above, each column may be about another one.
    if not models and len(above) == 1:
        label = re.match(r"\s*(\S+(?: \S+)*?)(?=\t|\s+[-+\d.]|$)", passage.text)
        name = label[1].strip() if label else ""
        if name in known.classes:
            end = passage.text.index(name) + len(name)
            part = f"models.{above.pop()}.per_class.{known.classes.index(name)}."
    numbers = tuple(
        each
        for each in find_numbers(passage.text)
        if each.start >= end and not passage.text[: each.start].rstrip().endswith(("<", ">"))
    )
    return _Row(passage, numbers, slugs, part, known)
