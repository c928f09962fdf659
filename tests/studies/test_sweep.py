"""The section of a sweep: its numbers against brute force, and what verification finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame
from scipy import stats
from statsmodels.api import OLS

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.config.keys import digest
from reportgen.config.plan import fit_for_validation
from reportgen.config.schema import Experiment
from reportgen.data.subsets import draw_held_out
from reportgen.figures.drawing import draw_svg
from reportgen.formatting import percent
from reportgen.report.exports import results_document
from reportgen.report.html import render_html
from reportgen.results.evidence import Evidence, SweepRecord, SweptModel, Trial
from reportgen.results.results_json import run_keys
from reportgen.studies import analyse
from reportgen.studies.comparing import Estimate
from reportgen.studies.presentation import plan_figures
from reportgen.studies.sweep.claims import sweep_claims
from reportgen.studies.sweep.measures import explained_share, title_of
from reportgen.studies.sweep.records import SweepFacts
from reportgen.studies.sweep.selection import select
from reportgen.verification.consistency import check_evidence
from tests.report.samples import stub_svg, view_of
from tests.studies.conftest import found_in, written_and_read
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, FakeModel, make_build, make_dataset

RATES = (0.001, 0.01, 0.1)
DROPOUTS = (0.0, 0.5)
ERRORS = (0.3, 0.32, 0.1, 0.12, 0.9, 0.9)
"""Share of errors of each configuration: the rate matters, dropout hardly."""
FRACTION = 0.2


def make_evidence(errors: Sequence[float | None] = ERRORS, seeds: int = 2) -> Evidence:
    """Return evidence of one network with two seeds, and of a sweep of it with one."""
    model = next(model for model in PAPER_MODELS if model.slug == "mlp")
    return add_sweep(make_build([model], seeds)[2], model, errors)


def make_clustered() -> Evidence:
    """Return evidence of a sweep that held out whole groups."""
    model = next(model for model in PAPER_MODELS if model.slug == "mlp")
    plain = make_build([model], 2)[2]
    lengths = len(plain.test_labels), len(plain.train_labels)
    test, train = (np.arange(length, dtype=np.int32) // 8 for length in lengths)
    return add_sweep(replace(plain, clusters=test, train_clusters=train), model, ERRORS)


def add_sweep(evidence: Evidence, model: FakeModel, errors: Sequence[float | None]) -> Evidence:
    """Return evidence whose model was selected by a sweep over learning rate and dropout."""
    configurations = [
        {"training.learning_rate": rate, "dropout": dropout}
        for rate, dropout in product(RATES, DROPOUTS)
    ]
    train, groups = evidence.train_labels, evidence.train_clusters
    labels = train[draw_held_out(train, FRACTION, 0, groups)]
    random = np.random.default_rng(2)
    rows = [
        (labels + (random.random(len(labels)) < error)) % 10
        for error in errors
        if error is not None
    ]
    run = evidence.header.runs[0].record.ingredients
    assert run.spec.training is not None
    trials = []
    for values, error in zip(configurations, errors, strict=True):
        training = run.spec.training.model_copy(
            update={
                "learning_rate": values["training.learning_rate"],
                "validation_fraction": FRACTION,
            }
        )
        options = {**run.spec.options, "dropout": values["dropout"]}
        spec = run.spec.model_copy(update={"training": training, "options": options})
        fitted = run.model_copy(update={"spec": spec, "data_sha256": "inner"})
        key = digest(fit_for_validation(fitted, len(labels)))
        trials.append(Trial(values=dict(values), keys=(key,), failed=error is None))
    record = SweepRecord(
        data_sha256="inner", models=(SweptModel(model=model.slug, trials=tuple(trials)),)
    )
    known = [2.0 if error is None else error for error in errors]
    chosen = configurations[known.index(min(known))]
    experiment: dict[str, Any] = {
        **evidence.header.experiment,
        "sweep": {"values": {"models.mlp.dropout": DROPOUTS, "training.learning_rate": RATES}},
    }
    experiment["training"] = {**experiment["training"], "validation_fraction": FRACTION}
    experiment["models"] = [
        {
            **experiment["models"][0],
            "dropout": chosen["dropout"],
            "training": {"learning_rate": chosen["training.learning_rate"]},
        }
    ]
    experiment = Experiment.model_validate(experiment).model_dump(mode="json")
    evidence = evidence.with_header(experiment=experiment, sweep=record)
    return replace(evidence, swept={model.slug: np.array(rows, dtype=np.int32)})


def findings(evidence: Evidence) -> list[str]:
    """Return what verification finds wrong with the sweep."""
    return [each.printed for each in check_evidence(evidence) if each.where == "the sweep"]


def test_scores_are_shares_of_right_answers(evidence: Evidence, facts: Facts) -> None:
    """On the held-out examples; the best are ranked, and behind the first by paired differences."""
    found = found_in(facts, SweepFacts)
    labels = evidence.train_labels[draw_held_out(evidence.train_labels, FRACTION, 0)]
    right = evidence.swept["mlp"] == labels
    model = found.models["mlp"]
    assert [each.score for each in model.trials] == pytest.approx(list(right.mean(axis=1)))
    assert [each.place for each in model.best] == list(
        np.argsort(-right.mean(axis=1), kind="stable")
    )
    assert model.best[0].behind is None
    for each in model.best[1:]:
        difference = right[each.place].astype(float) - right[model.best[0].place]
        assert each.behind is not None
        assert each.behind.value == pytest.approx(difference.mean())
        error = difference.std() / np.sqrt(len(labels))
        assert each.behind.high - each.behind.value == pytest.approx(1.959964 * error)
    assert (found.held_out, found.fitted) == (len(labels), len(evidence.train_labels) - len(labels))
    assert (found.configurations, found.runs, found.seeds) == (6, 6, 1)


def test_what_explains_the_difference_follows_from_it(evidence: Evidence, facts: Facts) -> None:
    """One seed and the mean of two are named as such; a cause only where a difference is shown."""
    found = found_in(facts, SweepFacts)

    def text(low: float, value: float, high: float, seeds: int = 1) -> str:
        optimism = Estimate(low=low, value=value, high=high)
        model = found.models["mlp"].model_copy(update={"optimism": optimism})
        changed = found.model_copy(update={"models": {"mlp": model}, "seeds": seeds})
        claims = {claim.id: claim.text for claim in sweep_claims(facts, changed)}
        return re.sub(r"\[\[[^|]*\|[a-z_]*\]\]", "#", claims["sweep.optimism.mlp"])

    shown = text(0.01, 0.02, 0.03)
    assert "is # on the held-out set (# seed), and # on the test set (mean of # seeds)" in shown
    cause = "The difference may come from the selection, as the best of # scores tends to be"
    assert shown.endswith(f"{cause} optimistic, and from the choice of seeds.")
    alike = text(0.01, 0.02, 0.03, seeds=2)
    assert "seed" not in alike
    assert alike.endswith(f"{cause} optimistic.")
    assert text(-0.01, 0.02, 0.03).endswith("may be optimistic; the interval does not show it.")
    assert text(-0.03, -0.02, -0.01).endswith("optimistic, which does not show here.")


def test_optimism_is_the_score_less_that_on_the_test_set(evidence: Evidence, facts: Facts) -> None:
    """The test score is the accuracy of the report, the error that of both sets together."""
    model = found_in(facts, SweepFacts).models["mlp"]
    assert model.test == pytest.approx(facts.models["mlp"].accuracy.mean)
    assert model.optimism.value == pytest.approx(model.best[0].score - model.test)
    tested = [evidence.runs["mlp", seed]["test"].classes == evidence.test_labels for seed in (0, 1)]
    variances = [
        np.mean(tested, axis=0).var() / len(evidence.test_labels),
        model.best[0].score * (1 - model.best[0].score) / found_in(facts, SweepFacts).held_out,
    ]
    reach = model.optimism.high - model.optimism.value
    assert reach == pytest.approx(1.959964 * np.sqrt(sum(variances)))


@at_most(15)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20).map(lambda tenths: tenths / 20)),
        min_size=5,
        max_size=40,
    )
)
def test_the_explained_share_is_an_adjusted_r_squared(pairs: list[tuple[int, float]]) -> None:
    """As statsmodels has it; at least 0."""
    groups, scores = ([*column] for column in zip(*pairs, strict=True))
    share = explained_share(groups, scores)
    if len(set(groups)) < 2 or len(set(groups)) == len(groups) or len(set(scores)) == 1:
        assert share is None
    else:
        frame = DataFrame({"score": scores, "group": groups})
        expected = smf.ols("score ~ C(group)", frame).fit().rsquared_adj
        assert share == pytest.approx(max(0.0, expected), abs=1e-9)


@at_most(40)
@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=20), st.booleans())
def test_the_first_of_the_best_is_selected(scores: list[float | None], higher: bool) -> None:
    """In either direction; none where no configuration has a score."""
    place = select(scores, higher)
    known = [each for each in scores if each is not None]
    if not known:
        assert place is None
    else:
        assert place == scores.index(max(known) if higher else min(known))


def test_the_section_states_what_mattered(facts: Facts) -> None:
    """The settings by name, the selected values, and that the test set took no part."""
    model = found_in(facts, SweepFacts).models["mlp"]
    rate, dropout = model.settings
    assert (rate.title, rate.scale, dropout.scale) == ("Learning rate", "log", "linear")
    assert rate.share is not None and rate.share > 0.8
    assert dropout.share == 0.0
    text = {name: plain_claim(claim.text, facts) for name, claim in facts.claims.items()}
    assert "No test image or test label was used before" in text["sweep"]
    assert "learning rate 0.01 and dropout 0 had the best accuracy" in text["sweep.selected.mlp"]
    assert text["sweep.mattered.mlp"].startswith("The learning rate mattered most: it accounts for")
    assert facts.claims["sweep"].concluding
    (figure,) = (each for each in plan_figures(facts, None) if each.kind == "sweep")
    assert [panel["scale"] for panel in figure.data["panels"]] == ["log", "linear"]
    assert figure.data["selected"] == 2


def test_the_section_is_printed(evidence: Evidence, facts: Facts) -> None:
    """With the table of the best, the figure, and the keys of all runs in results.json."""
    view = view_of(make_dataset(), evidence, stub_svg)
    _, _, section = render_html(view).partition('id="sweep"')
    best = found_in(facts, SweepFacts).models["mlp"].best
    assert [f">{percent(each.score)}<" in section for each in best] == [True] * 6
    assert section.index('id="sweep-mlp"') < section.index('id="table-sweep-mlp"')
    (figure,) = (each for each in plan_figures(facts, None) if each.kind == "sweep")
    svg = draw_svg(figure)
    assert "Learning rate" in svg and "Dropout" in svg
    assert evidence.header.sweep is not None
    keys = {key for trial in evidence.header.sweep.models[0].trials for key in trial.keys}
    assert keys < run_keys(results_document(evidence, facts, ()))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("training.learning_rate", "Learning rate"),
        ("training.augmentation.noise", "Augmentation noise"),
        ("dropout", "Dropout"),
        ("options.C", "C"),
        ("options.n_neighbors", "n_neighbors"),
    ],
)
def test_a_setting_is_called_by_its_name(path: str, title: str) -> None:
    """An option as the code of the model calls it."""
    assert title_of(path) == title


def test_a_failed_configuration_has_no_score() -> None:
    """It is counted, and the predictions of the others stay in their places."""
    evidence = make_evidence((0.3, None, 0.1, 0.12, None, 0.9))
    model = found_in(analyse(evidence), SweepFacts).models["mlp"]
    assert [each.score is None for each in model.trials] == [False, True, False, False, True, False]
    assert (model.failed, model.best[0].place, len(model.best)) == (2, 2, 4)
    one = analyse(make_evidence((None, None, 0.1, None, None, None)))
    text = plain_claim(one.claims["sweep.selected.mlp"].text, one)
    assert text.endswith(
        "Five could not be trained (the loss may have diverged) and have no score."
    )
    assert findings(evidence) == []


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Every prediction of every configuration, and nothing contradicts anything."""
    again = written_and_read(evidence)
    np.testing.assert_array_equal(again.swept["mlp"], evidence.swept["mlp"])
    assert findings(again) == []


def test_groups_are_the_sample_of_held_out_examples() -> None:
    """Intervals are those of a regression with standard errors robust to clusters."""
    evidence = make_clustered()
    found = found_in(analyse(evidence), SweepFacts).models["mlp"]
    clusters = evidence.train_clusters
    assert clusters is not None
    rows = draw_held_out(evidence.train_labels, FRACTION, 0, clusters)
    right = (evidence.swept["mlp"] == evidence.train_labels[rows]).astype(float)
    best, second = found.best[0].place, found.best[1]
    fitted = OLS(right[second.place] - right[best], np.ones(len(rows))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters[rows]}
    )
    assert second.behind is not None
    reach = second.behind.high - second.behind.value
    degrees = len(np.unique(clusters[rows])) - 1
    assert reach == pytest.approx(stats.t.ppf(0.975, degrees) * fitted.bse[0], rel=1e-9)
    again = written_and_read(evidence)
    np.testing.assert_array_equal(again.train_clusters, clusters)
    assert findings(again) == []
    assert findings(replace(evidence, train_clusters=None)) != []
    assert findings(replace(evidence, train_clusters=clusters[::-1])) != []


def altered(evidence: Evidence, **changes: Any) -> Evidence:
    """Return evidence of which the first configuration of the sweep is another one."""
    assert evidence.header.sweep is not None
    (swept,) = evidence.header.sweep.models
    trials = (swept.trials[0].model_copy(update=changes), *swept.trials[1:])
    models = (swept.model_copy(update={"trials": trials}),)
    sweep = evidence.header.sweep.model_copy(update={"models": models})
    return evidence.with_header(sweep=sweep)


def test_verification_finds_what_was_altered(evidence: Evidence) -> None:
    """Scores that select another configuration, keys, values, and a sweep that is left out."""
    better = evidence.swept["mlp"].copy()
    labels = evidence.train_labels[draw_held_out(evidence.train_labels, FRACTION, 0)]
    better[1] = labels
    found = findings(replace(evidence, swept={"mlp": better}))
    assert any("not those that have the best score" in text for text in found)
    assert any("key of a run" in text for text in findings(altered(evidence, keys=("0" * 64,))))
    values = {"training.learning_rate": 0.002, "dropout": 0.0}
    assert any("configurations of" in text for text in findings(altered(evidence, values=values)))
    assert findings(replace(evidence.with_header(sweep=None), swept={})) != []
    shorter = {"mlp": evidence.swept["mlp"][:, 1:]}
    assert any("another number" in text for text in findings(replace(evidence, swept=shorter)))
