"""The verdict and the first figure are about the primary metric: means, direction, words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss

from reportgen.analysis.claims.setting import setting_claims
from reportgen.analysis.facts import Facts
from reportgen.analysis.phrases import pair_of
from reportgen.errors import ConfigurationError
from reportgen.figures.drawing import draw_svg
from reportgen.figures.plan import plan_figures
from reportgen.figures.spec import FigureSpec
from reportgen.results.evidence import Evidence, KeptEvaluation
from reportgen.studies import analyse
from reportgen.wording import in_sentence
from tests.support.factories import PAPER_MODELS, make_build, make_experiment, with_analysis
from tests.support.facts import text_of, with_operations


def make_evidence(primary: str) -> Evidence:
    """Return the evidence of three models, to be compared by this metric."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:3], seeds=3, n=600)
    return with_analysis(evidence, primary=primary, margin=0.1)


def means(evidence: Evidence, primary: str) -> dict[str, float]:
    """Return each model's mean over seeds, computed by scikit-learn."""
    found: dict[str, list[float]] = {}
    for (slug, _), sets in evidence.runs.items():
        kept, labels = sets["test"], evidence.test_labels
        value = (
            f1_score(labels, kept.classes, average="macro")
            if primary == "macro_f1"
            else log_loss(labels, kept.probabilities)
        )
        found.setdefault(slug, []).append(value)
    return {slug: float(np.mean(values)) for slug, values in found.items()}


@pytest.mark.filterwarnings("ignore:The y_prob values do not sum to one")
@pytest.mark.parametrize(("primary", "sign"), [("macro_f1", -1), ("log_loss", 1)])
def test_ranking_and_winners_follow_the_metric(primary: str, sign: int) -> None:
    """Models rank by the metric in its direction, and a winner has the better mean."""
    evidence = make_evidence(primary)
    facts, expected = analyse(evidence), means(evidence, primary)
    assert list(facts.verdict.ranking) == sorted(expected, key=lambda slug: sign * expected[slug])
    for pair in facts.pairs.values():
        difference = expected[pair.first] - expected[pair.second]
        assert pair.difference.value == pytest.approx(difference, abs=1e-9)
        if pair.winner is not None:
            better = pair.first if sign * difference < 0 else pair.second
            assert pair.winner == better


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        *(("Log loss", "log loss"), ("Macro F1", "macro F1"), ("AUROC", "AUROC")),
        *((kept, kept) for kept in ("Brier score", "Matthews correlation", "Cohen's kappa")),
    ],
)
def test_names_and_abbreviations_keep_their_capitals(title: str, noun: str) -> None:
    """Nobody's name is written in small letters amid a sentence."""
    assert in_sentence(title) == noun


def test_the_cheapest_model_is_called_the_best_in_the_metric() -> None:
    """It need not be the most accurate."""
    facts = analyse(make_evidence("macro_f1"))
    best, *others = facts.verdict.ranking
    verdict = facts.verdict.model_copy(update={"leaders": (best,)})
    changed = with_operations(
        facts.model_copy(update={"verdict": verdict}), {best: 10, **dict.fromkeys(others, 20)}
    )
    (text,) = (
        each.text for each in setting_claims(changed, make_experiment()) if each.id == "cost"
    )
    assert (
        f"No model needs less computation than {facts.models[best].name}, the best in macro F1."
        in text
    )


@pytest.mark.parametrize("primary", ["macro_f1", "log_loss"])
def test_a_lead_lies_within_its_interval(primary: str) -> None:
    """Also where the better value is the lower one: a lead is how far that is ahead."""
    facts = analyse(make_evidence(primary))
    lead = re.search(r", ([\d.]+) \(95\u202f% interval (.*) to (.*)\)", text_of(facts, "certainty"))
    assert lead is not None
    size, low, high = (float(each.replace("\N{MINUS SIGN}", "-")) for each in lead.groups())
    assert low < size < high


@pytest.mark.filterwarnings("ignore:The y_prob values do not sum to one")
@pytest.mark.parametrize("primary", ["macro_f1", "log_loss"])
def test_the_first_figure_is_about_the_metric(primary: str) -> None:
    """Means are those of scikit-learn, the best model is on top, and no errors are counted."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:3], seeds=2, n=300)
    facts = analyse(with_analysis(evidence, primary=primary))
    spec = plan_figures(facts, dataset)[0]
    assert spec.kind == "primary-metric"
    expected = means(evidence, primary)
    points = [row["points"][0] for row in spec.data["groups"][0]]
    best_first = sorted(expected, key=expected.__getitem__, reverse=primary == "macro_f1")
    assert [point["model"]["slug"] for point in points] == best_first
    for point in points:
        assert point["span"][0] == pytest.approx(expected[point["model"]["slug"]], abs=1e-9)
    assert_tested_differences(facts, spec)
    assert ("lower is better" in spec.caption) == (primary == "log_loss")
    draw_svg(spec)


def assert_tested_differences(facts: Facts, spec: FigureSpec) -> None:
    """Whiskers reach the line of the best model just where its interval to the other holds 0."""
    scale = facts.dataset.test if facts.primary == "accuracy" else 1
    best, *others = [row["points"][0] for row in spec.data["groups"][0]]
    line = spec.data["line"]
    assert best["span"] == [line, line, line]
    for point in others:
        mean, low, high = point["span"]
        difference = pair_of(facts, best["model"]["slug"], point["model"]["slug"])[1].difference
        assert low < mean < high
        assert high - low == pytest.approx(scale * (difference.high - difference.low))
        assert (low <= line <= high) == (difference.low <= 0 <= difference.high)


def test_errors_are_drawn_with_the_differences_that_are_tested() -> None:
    """A pair whose interval holds 0 and a pair whose interval does not."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS, seeds=3, n=600)
    facts = analyse(evidence)
    spec = plan_figures(facts, dataset)[0]
    assert spec.kind == "misclassified"
    assert_tested_differences(facts, spec)
    reached = [
        low <= spec.data["line"]
        for row in spec.data["groups"][0][1:]
        for _, low, _ in [row["points"][0]["span"]]
    ]
    assert any(reached) and not all(reached)


def test_sentences_name_the_metric() -> None:
    """No sentence of the comparison speaks of accuracy where another metric is compared."""
    facts = analyse(make_evidence("macro_f1"))
    for claim in ("verdict", "ranking", *(f"pair.{key}" for key in facts.pairs)):
        text = text_of(facts, claim)
        assert "macro F1" in text
        assert "accura" not in text
        assert "points" not in text


def test_a_metric_of_probabilities_needs_them() -> None:
    """Labels alone cannot be compared by log loss; the message names the models."""
    evidence = make_evidence("log_loss")
    runs = {
        pair: {name: KeptEvaluation(kept.classes) for name, kept in sets.items()}
        for pair, sets in evidence.runs.items()
    }
    labels_alone = replace(evidence, runs=runs)
    with pytest.raises(ConfigurationError, match=r"needs class probabilities.*cnn, cnn-dropout"):
        analyse(labels_alone)
