"""Claims about the data beyond its counts: what a report on it should be read with in mind."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    applying_claims,
    capitalise,
    class_name,
    example,
    examples,
    plural,
    some_classes,
)

_NAMED = 6
"""Up to this many classes without test examples are named; of more, the number is given."""
_IMBALANCED = 1.5
"""Classes are unbalanced where the largest has so many times the examples of the smallest."""


def data_claims(facts: Facts) -> Iterator[Claim]:
    """Return `shared_examples`, `majority_class` and `untested_classes`, where there are any."""
    shared, majority = (_shared(facts), _majority(facts)) if facts.dataset.train else ("", "")
    found = {
        "shared_examples": (shared, "the bytes of every training and test example"),
        "majority_class": (majority, "counts of the labels"),
        "untested_classes": (_untested(facts), "counts of the test labels"),
    }
    return applying_claims(found)


def _shared(facts: Facts) -> str:
    count = facts.dataset.shared
    if count == 0:
        return f"No test {example(facts)} also occurs in the training set (compared byte by byte)."
    one, many = example(facts), examples(facts)
    verb, them = (f"{one} also occurs", "it") if count == 1 else (f"{many} also occur", "them")
    return (
        f"{mark('dataset.shared', 'integer')} test {verb} in the training set, byte for byte: "
        f"{mark('shared_share', 'percent')} of the test set. A model may have memorised {them}, so "
        f"its results may be better than on new {many}."
    )


def _majority(facts: Facts) -> str:
    counts = facts.train_counts
    most = class_name(facts, counts.index(max(counts)))
    right = f"would be right for {mark('majority_share', 'percent')} of the test set."
    if max(counts) == min(counts):
        return f"Always answering with the same class, such as {most}, {right}"
    text = f"always answering {most}, the most frequent class of the training set, {right}"
    if max(counts) < _IMBALANCED * min(counts):
        return capitalise(text)
    return (
        f"The classes are unbalanced: {text} Accuracy should therefore be read together with macro "
        "F1."
    )


def untested_text(facts: Facts) -> str:
    """Return which classes no test example belongs to; empty where each has one."""
    untested = [index for index, count in enumerate(facts.test_counts) if count == 0]
    if not untested:
        return ""
    which = some_classes(facts, untested, _NAMED, "or")
    them = plural(len(untested), "it is", "they are")
    return f"No test {example(facts)} belongs to {which}: how well {them} recognised is unknown."


def _untested(facts: Facts) -> str:
    """Name the classes without test examples, and state what averages over classes do with them."""
    text, count = untested_text(facts), facts.test_counts.count(0)
    if not text:
        return ""
    text += f" Macro averages, such as macro F1, count {plural(count, 'its', 'their')} scores as 0"
    if "balanced_accuracy" not in facts.metrics:
        return f"{text}."
    return f"{text}; balanced accuracy leaves {plural(count, 'it', 'them')} out."
