"""Published figures beside our own: each class beside itself, whatever the paper's order."""

from __future__ import annotations

import pytest

from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.claims.audit import marked
from reportgen.analysis.facts import AuditFacts, Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.analysis.published import audit_published
from reportgen.audit.assembly import audit_tables
from reportgen.audit.files import read_published
from reportgen.audit.sentences import finding
from reportgen.config.published import Published, PublishedTable
from reportgen.resources import resource_folder
from tests.support.factories import PAPER_MODELS, make_experiment
from tests.support.facts import make_facts

FACTS = make_facts(PAPER_MODELS)
SUPPORT = (1000,) * 10
ENDS = ("cnn", "mlp")
"""Of the models that the paper prints an accuracy of, the best and the worst."""


def publish(classes: tuple[str, ...]) -> Published:
    """Return one table of F1 values, 0.90 for the first class it names, then 0.91, and so on."""
    values = tuple(0.90 + index / 100 for index in range(len(classes)))
    table = PublishedTable(name="Table 1", model="cnn", decimals=2, f1=values)
    return Published.model_validate(
        {
            "source": "a paper",
            "dataset": FACTS.dataset.name,
            "classes": classes,
            "test_support": SUPPORT[: len(classes)],
            "tables": (table,),
        }
    )


@pytest.fixture(scope="module")
def paper() -> Published:
    """Return the figures that the course paper prints, as the shipped experiment quotes them."""
    return read_published(resource_folder("experiments") / "paper.toml")


@pytest.fixture(scope="module")
def audit(paper: Published) -> AuditFacts:
    """Return the audit of these figures, beside those measured here."""
    found = audit_published(paper, FACTS)
    assert found is not None
    return found


@pytest.mark.parametrize("shift", [0, 1, 7])
def test_a_class_is_compared_with_itself_in_any_order(shift: int) -> None:
    """The paper may start with another class: name, its figure and ours stay together."""
    ours = FACTS.dataset.classes
    audit = audit_published(publish((*ours[shift:], *ours[:shift])), FACTS)
    assert audit is not None
    assert [figure.class_index for figure in audit.comparison] == [
        *range(shift, len(ours)),
        *range(shift),
    ]
    for figure in audit.comparison:
        assert figure.class_index is not None
        assert figure.reproduced == FACTS.models["cnn"].per_class[figure.class_index].f1


@pytest.mark.parametrize("changes", [{"name": "kmnist"}, {"stand_in_for": "kmnist"}])
def test_figures_about_other_data_are_not_compared(changes: dict[str, str]) -> None:
    """Figures of another data set are audited, but stand beside nothing; so on a stand-in."""
    dataset = FACTS.dataset.model_copy(update=changes)
    facts = FACTS.model_copy(update={"dataset": dataset})
    audit = audit_published(publish(FACTS.dataset.classes), facts)
    assert audit is not None
    assert audit.comparison == ()
    assert len(audit.tables) == 1


def test_published_figures_stand_beside_our_own(audit: AuditFacts) -> None:
    """Each comes with the mean of ours, and where the audit points there, ours in training."""
    accuracy = next(f for f in audit.comparison if f.model == "cnn" and f.metric == "accuracy")
    cnn = FACTS.models["cnn"]
    assert cnn.overfitting is not None
    assert accuracy.reproduced == cnn.accuracy
    assert accuracy.reproduced_on_train == cnn.overfitting.train_accuracy
    assert accuracy.difference == pytest.approx(cnn.accuracy.mean - 0.9990)
    mlp = next(f for f in audit.comparison if f.model == "mlp" and f.metric == "f1")
    assert mlp.reproduced_on_train is None


def test_tables_that_contradict_each_other_are_named(paper: Published, audit: AuditFacts) -> None:
    """On page one and in the conclusion; where one table of the two is left out, nothing is."""
    said = claims_about(audit)
    pair = "“MLP: accuracy and F1” and “MLP: classification report”"
    assert said["published"].endswith(f"The tables {pair} cannot describe the same evaluation.")
    assert said["contradictions"] == (
        f"{pair}, both about MLP, cannot both describe the same evaluation."
    )
    alone = paper.model_copy(update={"tables": paper.tables[:3]})
    said = claims_about(audit_published(alone, FACTS))
    assert "contradict" not in said["published"]
    assert "contradictions" not in said
    only = paper.model_copy(update={"tables": paper.tables[2:]})
    assert claims_about(audit_published(only, FACTS))["published"].endswith(
        f"The tables {pair} cannot describe the same evaluation."
    )


@pytest.mark.parametrize(
    ("winner", "order"),
    [
        ("cnn", ", which confirms the order."),
        ("mlp", ", which reverses the order."),
        (None, ", and their order is not settled."),
    ],
)
def test_the_order_of_published_accuracies_is_judged(
    audit: AuditFacts, winner: str | None, order: str
) -> None:
    """The highest and the lowest accuracy that the paper prints, beside those measured here."""
    pair = FACTS.pairs["cnn--mlp"].model_copy(update={"winner": winner})
    facts = FACTS.model_copy(update={"pairs": {**FACTS.pairs, "cnn--mlp": pair}})
    measured = [f"{FACTS.models[slug].accuracy.mean:.2%}".replace("%", "\u202f%") for slug in ENDS]
    start = (
        "The course paper prints an accuracy of 99.90\u202f% for CNN and of 97.17\u202f% for MLP; "
        f"here they are {measured[0]} and {measured[1]}"
    )
    possible = [table.model_copy(update={"conclusion": "consistent"}) for table in audit.tables]
    plausible = audit.model_copy(update={"tables": tuple(possible), "agreements": ()})
    assert f"{start}{order}" in claims_about(plausible, facts)["published"]
    # Values that cannot be what they are said to be are neither confirmed nor refuted.
    assert f"{start}{order if winner is None else '.'}" in claims_about(audit, facts)["published"]


def claims_about(audit: AuditFacts | None, facts: Facts = FACTS) -> dict[str, str]:
    """Return the claims of a report with this audit."""
    facts = facts.model_copy(update={"audit": audit})
    claims = make_claims(facts, make_experiment())
    return {name: plain_claim(claim.text, facts) for name, claim in claims.items()}


def test_nothing_published_is_nothing_audited() -> None:
    """Without published tables there is no audit."""
    assert audit_published(None, FACTS) is None


def test_a_value_agrees_where_a_seed_would_be_printed_alike() -> None:
    """Agreement is that of rounding: some value between the seeds' ends is printed like it."""
    audit = audit_published(publish(FACTS.dataset.classes), FACTS)
    assert audit is not None
    agreed = 0
    for figure in audit.comparison:
        low, high = figure.reproduced.minimum, figure.reproduced.maximum
        steps = [low + (high - low) * step / 100 for step in range(101)]
        assert figure.agrees == any(f"{value:.2f}" == figure.printed for value in steps)
        agreed += figure.agrees
    assert 0 < agreed < len(audit.comparison)


def test_numbers_of_examples_in_the_audits_sentences_are_marked() -> None:
    """They are looked up in the facts, as every number of a claim is."""
    published = Published(
        source="p",
        dataset="mnist",
        test_support=(500, 600),
        train_support=(50_000, 60_000),
        tables=(PublishedTable(name="a", decimals=4, accuracy=0.9999, f1=(0.9999, 0.9999)),),
    )
    audit = AuditFacts(**dict(audit_tables(published)), comparison=())
    text = marked(finding(audit), audit)
    assert "one evaluation on the [[audit.test_total|integer]] test images" in text
    assert "the [[audit.train_total|integer]] training images" in text
    assert "1,100" not in text
