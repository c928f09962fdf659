"""Claims about the data beyond its counts: what a report on it should be read with in mind."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import class_name, count_word, counted, example, examples, join

_NAMED = 6
"""Up to this many classes without test examples are named; of more, the number is given."""
_IMBALANCED = 1.5
"""Classes are unbalanced where the largest has so many times the examples of the smallest."""


def data_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `shared_examples`, `majority_class` and `untested_classes`, as far as there are any."""
    if facts.dataset.train:
        yield Claim(
            id="shared_examples",
            text=_shared(facts),
            rests_on="the bytes of every training and test example",
        )
        yield Claim(id="majority_class", text=_majority(facts), rests_on="counts of the labels")
    if not all(facts.test_counts):
        yield Claim(
            id="untested_classes",
            text=f"{untested_text(facts)} {_averages_over_untested(facts)}",
            rests_on="counts of the test labels",
        )


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
    counts = facts.train_counts if facts.dataset.train else facts.test_counts
    most = max(range(len(counts)), key=counts.__getitem__)
    split = "training" if facts.dataset.train else "test"
    share = mark("majority_share", "percent")
    if max(counts) == min(counts):
        return (
            f"Always answering with the same class, such as {class_name(facts, most)}, would be "
            f"right for {share} of the test set."
        )
    if max(counts) < _IMBALANCED * min(counts):
        return (
            f"Always answering {class_name(facts, most)}, the most frequent class of the {split} "
            f"set, would be right for {share} of the test set."
        )
    return (
        f"The classes are unbalanced: always answering {class_name(facts, most)}, the most "
        f"frequent class of the {split} set, would be right for {share} of the test set. "
        "Accuracy should therefore be read together with macro F1."
    )


def untested_text(facts: Facts) -> str:
    """Return which classes no test example belongs to; empty where each has one."""
    untested = [index for index, count in enumerate(facts.test_counts) if count == 0]
    if not untested:
        return ""
    if len(untested) > _NAMED:
        all_of_them = counted(len(facts.test_counts), "class", "classes")
        which = f"{count_word(len(untested))} of the {all_of_them}"
        return (
            f"No test {example(facts)} belongs to {which}: how well they are recognised is unknown."
        )
    which = join([class_name(facts, index) for index in untested], "or")
    them = "it is" if len(untested) == 1 else "they are"
    return f"No test {example(facts)} belongs to {which}: how well {them} recognised is unknown."


def _averages_over_untested(facts: Facts) -> str:
    """State what averages over classes do with classes that have no test examples."""
    single = facts.test_counts.count(0) == 1
    text = f"Macro averages, such as macro F1, count {'its' if single else 'their'} scores as 0"
    if "balanced_accuracy" not in facts.metrics:
        return f"{text}."
    return f"{text}; balanced accuracy leaves {'it' if single else 'them'} out."
