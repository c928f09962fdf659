"""Claims about the data: shared examples, the most frequent class, classes without tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import balanced_accuracy_score, f1_score

from reportgen.analysis.claims.warnings import warning_claims
from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.figures.plan.scores import plan_class_scores
from reportgen.metrics.accuracy import balanced_accuracy
from reportgen.metrics.f1 import macro_f1
from reportgen.metrics.metric import Predictions
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, make_build
from tests.support.facts import text_of


def facts_of(shared: int = 0, train: list[int] | None = None, without: int = 0) -> Facts:
    """Return the facts of a build with these training counts, and classes without test examples."""
    evidence = make_build(PAPER_MODELS[:1], 1, n=200)[2]
    dataset = evidence.header.dataset
    labels = evidence.train_labels
    if train is not None:
        labels = np.repeat(np.arange(len(train)), train).astype(np.int32)
    test = np.where(evidence.test_labels < without, 9, evidence.test_labels).astype(np.int32)
    changed = dataset.model_copy(update={"shared": shared})
    evidence = evidence.with_header(dataset=changed)
    return analyse(replace(evidence, labels={"test": test, "train": labels}))


@pytest.mark.parametrize(
    ("shared", "sentence"),
    [
        (0, "No test image also occurs in the training set (compared byte by byte)."),
        (
            1,
            "1 test image also occurs in the training set, byte for byte: 0.50\u202f% of the ",
        ),
        (30, "30 test images also occur in the training set, byte for byte: 15.00\u202f% of the"),
    ],
)
def test_shared_examples_are_stated(shared: int, sentence: str) -> None:
    """The count and the share of test examples that are training examples are in the report."""
    assert text_of(facts_of(shared), "shared_examples").startswith(sentence)


def test_the_most_frequent_class_is_a_yardstick() -> None:
    """The share is the accuracy of scikit-learn's classifier that always gives that class."""
    counts = [20, 20, 20, 200, 20, 20, 20, 20, 20, 1640]
    labels = np.repeat(np.arange(10), counts)
    facts = facts_of(train=counts, without=3)
    test = np.repeat(np.arange(10), facts.test_counts)
    dummy = DummyClassifier(strategy="most_frequent").fit(labels[:, None], labels)
    assert facts.majority_share == pytest.approx(dummy.score(test[:, None], test))
    text = text_of(facts, "majority_class")
    assert text.startswith("The classes are unbalanced: always answering ‘9’")


def test_balanced_classes_are_not_called_unbalanced() -> None:
    """Where no class is the most frequent, none is called so; else there is only the share."""
    assert text_of(facts_of(), "majority_class") == (
        "Always answering with the same class, such as ‘0’, would be right for "
        "10.00\u202f% of the test set."
    )
    assert text_of(facts_of(train=[209, *[199] * 9]), "majority_class") == (
        "Always answering ‘0’, the most frequent class of the training set, would be right "
        "for 10.00\u202f% of the test set."
    )


def test_classes_without_test_examples_are_named() -> None:
    """A class that is trained on and never tested is named; else there is no such claim."""
    assert "untested_classes" not in facts_of().claims
    assert text_of(facts_of(without=2), "untested_classes") == (
        "No test image belongs to ‘0’ or ‘1’: how well they are recognised is unknown. Macro "
        "averages, such as macro F1, count their scores as 0; balanced accuracy leaves them out."
    )
    assert text_of(facts_of(without=8), "untested_classes").startswith(
        "No test image belongs to eight of the ten classes"
    )


def test_a_class_that_was_not_tested_is_the_hardest_for_no_model() -> None:
    """It is left out of what is said of the scores of classes, and named as a warning."""
    facts = facts_of(without=1)
    model = next(iter(facts.models.values()))
    assert (model.per_class[0].f1.mean, model.hardest_class > 0) == (0, True)
    assert "class ‘0’" not in text_of(facts, "per_class")
    assert text_of(facts, "warning.untested").startswith("No test image belongs to ‘0’: how well")
    figure = next(plan_class_scores(facts))
    assert "‘0’" not in figure.title
    assert [row["name"] for row in figure.data["groups"][1]].count("0") == 0
    assert "each class with test images, the hardest first" in figure.caption


def test_macro_f1_counts_a_class_that_was_not_tested_as_zero() -> None:
    """As scikit-learn does for given labels; its balanced accuracy leaves such a class out."""
    labels, predicted = np.array([[1, 1, 2, 2], [1, 2, 2, 1]], dtype=np.int32)
    scores = {"labels": [0, 1, 2], "average": "macro", "zero_division": 0}
    given = Predictions(labels, predicted, None, 3)
    assert macro_f1.compute(given) == pytest.approx(f1_score(labels, predicted, **scores))
    balanced = balanced_accuracy_score(labels, predicted)
    assert balanced_accuracy.compute(given) == pytest.approx(balanced)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((10,) * 10, None),
        ((0, *(20,) * 9), None),
        (
            (9, *(20,) * 9),
            "Fewer than ten test images belong to ‘0’: the scores of this class are known only "
            "roughly.",
        ),
        (
            (9, *(20,) * 8, 1),
            "Fewer than ten test images belong to each of ‘0’ and ‘9’: the scores of these classes "
            "are known only roughly.",
        ),
        (
            (*(5,) * 6, *(20,) * 4),
            "Fewer than ten test images belong to each of six of the ten classes: the scores of "
            "these classes are known only roughly.",
        ),
        (
            (5,) * 10,
            "Fewer than ten test images belong to each class: the scores of these classes are "
            "known only roughly.",
        ),
    ],
)
def test_classes_with_few_test_examples_are_warned_of(
    counts: tuple[int, ...], sentence: str | None
) -> None:
    """Where a class has fewer than ten test examples, a warning on the first page names it."""
    facts = facts_of().model_copy(update={"test_counts": counts})
    warning = {claim.id: claim for claim in warning_claims(facts)}.get("warning.rare")
    assert (plain_claim(warning.text, facts) if warning else None) == sentence
