"""The audit of the course paper's figures, agreement between tables, and the comparison."""

from __future__ import annotations

import pytest

from reportgen.analysis.audit.assembly import audit_published, audit_tables
from reportgen.analysis.audit.files import read_published
from reportgen.analysis.facts import AuditFacts
from reportgen.config.schema import Published, PublishedTable
from reportgen.resources import resource_folder
from tests.analysis.fake_facts import make_facts
from tests.support.factories import PAPER_MODELS

CNN = "CNN: accuracy and F1"
MLP = "MLP: accuracy and F1"


@pytest.fixture(scope="module")
def paper() -> Published:
    """Return the figures that the course paper prints, as the shipped experiment quotes them."""
    return read_published(resource_folder("experiments") / "paper.toml")


@pytest.fixture(scope="module")
def audit(paper: Published) -> AuditFacts:
    """Return the audit of the course paper."""
    return audit_tables(paper)


def figures_of(audit: AuditFacts, table: str, metric: str) -> list[tuple[bool | None, bool | None]]:
    """Return on which splits each figure of a table is possible."""
    return [
        (figure.possible_on_test, figure.possible_on_train)
        for figure in audit.figures
        if figure.table == table and figure.metric == metric
    ]


def test_no_f1_of_the_papers_cnn_can_come_from_the_test_images(audit: AuditFacts) -> None:
    """None of the ten can come from the 10,000 test images; all can from the 60,000 others."""
    assert figures_of(audit, CNN, "f1") == [(False, True)] * 10
    table = next(table for table in audit.tables if table.name == CNN)
    assert (table.test, table.train) == ("impossible", "possible")
    assert table.conclusion == "consistent with the other split"
    assert "whatever the model predicted" in table.reason


def test_every_f1_of_the_papers_mlp_can_come_from_the_test_images(audit: AuditFacts) -> None:
    """All ten can, and with accuracy and macro F1 the whole table can."""
    assert [test for test, _ in figures_of(audit, MLP, "f1")] == [True] * 10
    table = next(table for table in audit.tables if table.name == MLP)
    assert (table.test, table.conclusion, table.reason) == ("possible", "consistent", "")


def test_the_papers_two_tables_about_the_mlp_disagree(audit: AuditFacts) -> None:
    """The MLP's F1 values and its classification report cannot be one evaluation."""
    (agreement,) = audit.agreements
    assert agreement.describes == "mlp"
    assert agreement.agree is False
    assert "0.9842 and 0.97" in agreement.reason


def test_tables_rounded_from_one_evaluation_agree() -> None:
    """The same figures with four and with two decimals agree."""
    published = Published(
        source="p",
        test_support=(50, 70),
        tables=(
            PublishedTable(name="a", model="m", decimals=4, accuracy=0.9, f1=(0.8846, 0.9118)),
            PublishedTable(name="b", model="m", decimals=2, accuracy=0.9, f1=(0.88, 0.91)),
        ),
    )
    assert [agreement.agree for agreement in audit_tables(published).agreements] == [True]


def test_a_split_without_supports_is_unknown() -> None:
    """Where the training supports are not given, nothing is said about them."""
    published = Published(
        source="p",
        test_support=(5, 5),
        tables=(PublishedTable(name="a", decimals=2, accuracy=0.93),),
    )
    audit = audit_tables(published)
    assert (audit.tables[0].test, audit.tables[0].train) == ("impossible", "unknown")
    assert audit.tables[0].conclusion == "impossible"
    assert audit.figures[0].possible_on_train is None


def test_published_figures_stand_beside_our_own(paper: Published) -> None:
    """Each comes with the mean of ours, and where the audit points there, ours in training."""
    facts = make_facts(PAPER_MODELS)
    audit = audit_published(paper, facts)
    assert audit is not None
    accuracy = next(f for f in audit.comparison if f.model == "cnn" and f.metric == "accuracy")
    cnn = facts.models["cnn"]
    assert accuracy.reproduced == cnn.accuracy
    assert accuracy.reproduced_on_train == cnn.overfitting.train_accuracy
    assert accuracy.difference == pytest.approx(cnn.accuracy.mean - 0.9990)
    mlp = next(f for f in audit.comparison if f.model == "mlp" and f.metric == "f1")
    assert mlp.reproduced_on_train is None


def test_another_data_set_leaves_the_comparison_out(paper: Published) -> None:
    """On a stand-in the audit remains, and nothing is set beside our figures."""
    facts = make_facts(PAPER_MODELS)
    stand_in = facts.dataset.model_copy(update={"name": "digits", "stand_in_for": "mnist"})
    audit = audit_published(paper, facts.model_copy(update={"dataset": stand_in}))
    assert audit is not None
    assert audit.comparison == ()
    assert len(audit.tables) == 4


def test_nothing_published_is_nothing_audited() -> None:
    """Without published tables there is no audit."""
    assert audit_published(None, make_facts(PAPER_MODELS)) is None
