"""Published figures beside our own: each class beside itself, whatever the paper's order."""

from __future__ import annotations

import pytest

from reportgen.analysis.audit.assembly import audit_published
from reportgen.config.schema import Published, PublishedTable
from tests.analysis.fake_facts import make_facts
from tests.support.factories import PAPER_MODELS

FACTS = make_facts(PAPER_MODELS)
SUPPORT = (1000,) * 10


def publish(classes: tuple[str, ...], dataset: str = FACTS.dataset.name) -> Published:
    """Return one table of F1 values, 0.90 for the first class it names, then 0.91, and so on."""
    values = tuple(0.90 + index / 100 for index in range(len(classes)))
    table = PublishedTable(name="Table 1", model="cnn", decimals=2, f1=values)
    return Published.model_validate(
        {
            "source": "a paper",
            "dataset": dataset,
            "classes": classes,
            "test_support": SUPPORT[: len(classes)],
            "tables": (table,),
        }
    )


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


def test_figures_about_other_data_are_not_compared() -> None:
    """Figures of another data set are audited, but stand beside nothing."""
    audit = audit_published(publish(FACTS.dataset.classes, "kmnist"), FACTS)
    assert audit is not None
    assert audit.comparison == ()
