"""The 2×2 design: when there is one, and its effects."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from reportgen.analysis.facts import Facts, known
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.numbers import plain_claim
from reportgen.config.schema import Model
from reportgen.studies import analyse
from reportgen.studies.design.claims import _dropout_in, design_claims
from reportgen.studies.design.effects import find_design, measure_design
from reportgen.studies.design.records import DesignFacts
from tests.analysis.test_comparisons import make_inputs
from tests.support.factories import PAPER_MODELS, make_build, with_analysis
from tests.support.facts import text_of, with_models
from tests.support.predictions import draw_correct


def model(architecture: str, dropout: float) -> Model:
    """Return a model of this architecture with this dropout."""
    name = f"{architecture} {dropout}"
    return Model(name=name, slug=f"{architecture}-{round(100 * dropout)}",
                 architecture=architecture, dropout=dropout)  # fmt: skip


DESIGN = [model("cnn", 0.0), model("cnn", 0.5), model("mlp", 0.0), model("mlp", 0.5)]


def test_design_is_found_in_any_order() -> None:
    """The first architecture is the one that stands first; plain models come first."""
    assert find_design(DESIGN) == (DESIGN[0], DESIGN[2], DESIGN[1], DESIGN[3])
    turned = [DESIGN[3], DESIGN[0], DESIGN[2], DESIGN[1]]
    assert find_design(turned) == (DESIGN[2], DESIGN[0], DESIGN[3], DESIGN[1])


def test_architectures_may_have_their_own_dropout() -> None:
    """The factor is with or without, not how much."""
    assert find_design([*DESIGN[:3], model("mlp", 0.2)]) is not None


@pytest.mark.parametrize(
    "models",
    [
        DESIGN[:3],
        [*DESIGN, model("third", 0.0)],
        [model("cnn", 0.2), model("cnn", 0.5), model("mlp", 0.2), model("mlp", 0.5)],
        [model("cnn", 0.0), model("cnn", 0.5), model("cnn", 0.3), model("mlp", 0.0)],
        [DESIGN[0], DESIGN[1], DESIGN[2], DESIGN[2]],
    ],
)
def test_other_sets_of_models_are_no_design(models: list[Model]) -> None:
    """Missing cells, further models, cells filled twice and no plain level make no 2×2 design."""
    assert find_design(models) is None


def measure(inputs: AnalysisInputs, verdict: str = "better") -> DesignFacts:
    """Measure the design of these predictions, with the same verdict on every pair."""
    pairs = {
        f"{one.slug}--{other.slug}": SimpleNamespace(
            first=one.slug, second=other.slug, verdict=verdict
        )
        for one, other in combinations(DESIGN, 2)
    }
    facts = SimpleNamespace(primary="accuracy", pairs=pairs)
    given = SimpleNamespace(inputs=inputs, models=DESIGN, facts=facts)
    return measure_design(given)  # type: ignore[arg-type]


def test_a_pair_has_one_verdict() -> None:
    """Dropout within an architecture is a pair of models: corrected as all pairs are."""
    correct = draw_correct(np.random.default_rng(2), (0.90, 0.95, 0.85, 0.78), 3, 3000)
    design = measure(make_inputs(correct), "undecided")
    assert design.dropout_first.judgement == design.dropout_second.judgement == "undecided"
    assert design.dropout_first.low > 0
    assert design.architecture.judgement == "raises"
    assert "is not significant after correction for all pairs" in _dropout_in(design, 0)


def test_effects_are_contrasts_of_mean_accuracies() -> None:
    """Each effect is the difference of means that its description says."""
    inputs = make_inputs(draw_correct(np.random.default_rng(1), (0.9, 0.95, 0.8, 0.7), 3, 800))
    design = measure(inputs)
    a, b, c, d = (values.mean() for values in inputs.accuracy.by_model)
    assert design.architecture.value == pytest.approx((a + b) / 2 - (c + d) / 2)
    assert design.dropout.value == pytest.approx((b + d) / 2 - (a + c) / 2)
    assert design.dropout_first.value == pytest.approx(b - a)
    assert design.dropout_second.value == pytest.approx(d - c)
    assert design.interaction.value == pytest.approx((b - a) - (d - c))


def test_dropout_that_helps_one_and_hurts_the_other_is_found() -> None:
    """Opposite effects and their interaction are seen, as is the architecture's."""
    correct = draw_correct(np.random.default_rng(2), (0.90, 0.95, 0.85, 0.78), 3, 3000)
    design = measure(make_inputs(correct))
    assert design.architecture.judgement == "raises"
    assert design.dropout_first.judgement == "raises"
    assert design.dropout_second.judgement == "lowers"
    assert design.interaction.judgement == "raises"


def test_architectures_change_places_in_accuracy_whatever_the_metric() -> None:
    """Differences in log loss, which is lower where a model is better, are no points of a lead."""
    errors = (0.05, 0.01, 0.02, 0.06)
    models = [
        replace(model, error=error) for model, error in zip(PAPER_MODELS, errors, strict=True)
    ]
    evidence = make_build(models, 3, n=600)[2]
    start = "Which architecture is more accurate depends on dropout"
    for primary, text in (("accuracy", f"{start}: without it, MLP"), ("log_loss", f"{start}. The")):
        facts = analyse(with_analysis(evidence, primary=primary))
        assert text_of(facts, "architecture_effect").startswith(text)


def test_no_effect_is_equivalent_or_undecided() -> None:
    """Equal models show no effect; with a wide margin they are shown to have none."""
    correct = draw_correct(np.random.default_rng(3), (0.9,) * 4, 3, 2000)
    narrow = measure(make_inputs(correct))
    wide = measure(make_inputs(correct, margin=10.0))
    assert narrow.architecture.judgement == "undecided"
    assert wide.architecture.judgement == "equivalent"


TURNS = {
    name: ("cnn", "mlp") if name.startswith("cnn") else ("mlp", "cnn")
    for name in ("cnn", "cnn-dropout", "mlp", "mlp-dropout")
}


def test_claims_turn_when_results_are_swapped() -> None:
    """With each model's results given to the one of the other architecture, these change places."""
    evidence = make_build(PAPER_MODELS, 3, n=400)[2]
    slugs = {name: name.replace(*turn) for name, turn in TURNS.items()}
    runs = {(model, seed): evidence.runs[slugs[model], seed] for model, seed in evidence.runs}
    before, after = analyse(evidence), analyse(replace(evidence, runs=runs))
    ours, theirs = (each.studies["design"] for each in (before, after))
    for effect in ("architecture", "interaction"):
        assert ours[effect]["value"] == pytest.approx(-theirs[effect]["value"])
        judged = {"raises": "lowers", "lowers": "raises"}
        kept = ours[effect]["judgement"]
        assert theirs[effect]["judgement"] == judged.get(kept, kept)
    assert ours["dropout_first"] == theirs["dropout_second"]
    texts = [plain_claim(each.claims["dropout_effect.cnn"].text, each) for each in (before, after)]
    other = plain_claim(after.claims["dropout_effect.mlp"].text, after)
    assert texts[0] == other.replace("MLP", "CNN") != texts[1]


def test_an_architecture_that_is_better_may_also_be_larger() -> None:
    """Its effect is then not of the kind of layers alone."""
    facts = analyse(make_build(PAPER_MODELS, 3, n=4000)[2])
    design = DesignFacts.model_validate(facts.studies["design"])
    assert design.architecture.judgement == "raises"
    assert "size" not in architecture_of(facts, design)
    smaller = known(facts.models["mlp"].summary)
    larger = smaller.model_copy(update={"parameters": 421_642})
    changed = with_models(facts, {"cnn": {"summary": larger}})
    sizes = f"They also differ in size: 421,642 and {smaller.parameters:,} parameters."
    assert architecture_of(changed, design).endswith(sizes)


def architecture_of(facts: Facts, design: DesignFacts) -> str:
    """Return the claim about the architectures."""
    claims = {claim.id: claim.text for claim in design_claims(facts, design)}
    return plain_claim(claims["architecture_effect"], facts)
