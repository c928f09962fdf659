"""The audit of the course paper's figures, and agreement between tables."""

from __future__ import annotations

import pytest

from reportgen.audit.assembly import audit_tables
from reportgen.audit.files import read_published
from reportgen.audit.records import Audit
from reportgen.audit.sentences import table_text
from reportgen.config.published import Published, PublishedTable
from reportgen.resources import resource_folder

pytestmark = pytest.mark.slow

CNN = "CNN: accuracy and F1"
MLP = "MLP: accuracy and F1"


@pytest.fixture(scope="module")
def paper() -> Published:
    """Return the figures that the course paper prints, as the shipped experiment quotes them."""
    return read_published(resource_folder("experiments") / "paper.toml")


@pytest.fixture(scope="module")
def audit(paper: Published) -> Audit:
    """Return the audit of the course paper."""
    return audit_tables(paper)


def figures_of(audit: Audit, table: str, metric: str) -> list[tuple[bool | None, bool | None]]:
    """Return on which splits each figure of a table is possible."""
    return [
        (figure.possible_on_test, figure.possible_on_train)
        for figure in audit.figures
        if figure.table == table and figure.metric == metric
    ]


def test_no_f1_of_the_papers_cnn_can_come_from_the_test_images(audit: Audit) -> None:
    """None of the ten can come from the 10,000 test images; all can from the 60,000 others."""
    assert figures_of(audit, CNN, "f1") == [(False, True)] * 10
    table = next(table for table in audit.tables if table.name == CNN)
    assert (table.test, table.train) == ("impossible", "possible")
    assert table.conclusion == "consistent with the other split"
    assert "whatever the model predicted" in table.reason


def test_every_f1_of_the_papers_mlp_can_come_from_the_test_images(audit: Audit) -> None:
    """All ten can, and with accuracy and macro F1 the whole table can."""
    assert [test for test, _ in figures_of(audit, MLP, "f1")] == [True] * 10
    table = next(table for table in audit.tables if table.name == MLP)
    assert (table.test, table.conclusion, table.reason) == ("possible", "consistent", "")


def test_the_papers_two_tables_about_the_mlp_disagree(audit: Audit) -> None:
    """The MLP's F1 values and its classification report cannot be one evaluation."""
    (agreement,) = audit.agreements
    assert agreement.describes == "mlp"
    assert agreement.agree is False
    assert "0.9842 and 0.97" in agreement.reason
    # Five classes print F1 values that no value rounds to.
    assert "the F1 values of classes ‘0’, ‘5’, ‘6’, ‘8’ and ‘9’ are not" in agreement.reason
    assert set(agreement.contradicting_classes) >= {0, 5, 6, 8, 9}


def test_an_impossible_table_states_what_that_rests_on_and_what_it_fits(audit: Audit) -> None:
    """Five runs on the test images average to the paper's CNN figures too."""
    table = next(table for table in audit.tables if table.name == CNN)
    assert [(each.kind, each.fits) for each in table.explanations] == [
        ("other split", True),
        ("average", True),
    ]
    text = table_text(audit, table)
    assert "one evaluation on the 10,000 test images, rounded to nearest" in text
    assert "an average of several evaluations, such as five, on the test images" in text


@pytest.mark.parametrize(
    ("declared", "judgement"),
    [
        ({}, "impossible"),
        ({"rounding": "truncated"}, "possible"),
        ({"rounding": "any"}, "possible"),
        ({"runs": 3}, "possible"),
        ({"runs": "unknown"}, "possible"),
    ],
)
def test_a_table_is_judged_under_what_is_declared(
    declared: dict[str, object], judgement: str
) -> None:
    """0.66 of three examples is 2 / 3 cut off, or an average; no rounding to nearest gives it."""
    table = {"name": "a", "decimals": 2, "accuracy": 0.66, **declared}
    if "runs" in declared:
        table["accuracy"] = 0.56
    published = Published.model_validate(
        {"source": "p", "test_support": (1, 2), "tables": (table,)}
    )
    audited = audit_tables(published).tables[0]
    assert audited.test == judgement


@pytest.mark.parametrize(
    ("accuracy", "recall", "kinds"),
    [
        # 2 of 3 is cut off; of ten examples of one class, no whole number is 0.85.
        (0.66, (0.66, 0.66), {"truncated"}),
        (0.75, (0.7, 0.85), {"slip"}),
    ],
)
def test_explanations_are_those_that_fit(
    accuracy: float, recall: tuple[float, float], kinds: set[str]
) -> None:
    """What is named as fitting was found, so that counts exist for it."""
    support = (3, 3) if accuracy < 0.7 else (10, 10)
    published = Published.model_validate(
        {
            "source": "p",
            "test_support": support,
            "tables": ({"name": "a", "decimals": 2, "accuracy": accuracy, "recall": recall},),
        }
    )
    table = audit_tables(published).tables[0]
    assert table.test == "impossible"
    assert kinds <= {each.kind for each in table.explanations if each.fits}


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
