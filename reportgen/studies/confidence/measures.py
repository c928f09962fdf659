"""Measures of confidence of every model, each with its interval and its differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reportgen.analysis.contrasts import combine, contrast, measure
from reportgen.analysis.facts import PairFacts
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.metric_facts import (
    MetricEstimates,
    describe_metrics,
    estimate_runs,
    read_runs,
)
from reportgen.analysis.prediction_arrays import Floats, find_deterministic
from reportgen.analysis.significance import adjust_holm
from reportgen.analysis.summaries import average_curve, summarise
from reportgen.metrics import Predictions, shipped_metrics
from reportgen.studies.confidence.calibration import (
    adaptive_calibration_error,
    debiased_calibration_error,
    expected_calibration_error,
    reliability_bins,
    sweep_calibration_error,
)
from reportgen.studies.confidence.curves import (
    RECALLS,
    measure_recalls,
    risk_at,
    risk_coverage_area,
)
from reportgen.studies.confidence.detection import measure_foreign
from reportgen.studies.confidence.held_out import scale, set_metrics
from reportgen.studies.confidence.records import (
    ConfidenceFacts,
    MeasuredPair,
    PrecisionRecall,
    RecallCurve,
    TemperatureScaling,
)
from reportgen.studies.estimating import adjust
from reportgen.studies.study import CannotStudy, StudyInputs

SHOWN_CLASSES = 11
"""Of how many classes, the hardest, curves of precision and recall are kept."""
UNSEEN = 0.002
"""How far a curve may be from the measured precision: less than the width of a line."""
FEWEST = 20
"""Test examples, of which half are held out."""

Runs = dict[str, list[Predictions]]
"""Slug → what each of its runs predicts on the test set."""
Recalls = dict[str, list[tuple[Floats, Floats]]]
"""Slug → what `measure_recalls` returns for each run."""
Estimated = dict[str, MetricEstimates]
"""By the name of the measure."""


def measure_confidence(given: StudyInputs) -> ConfidenceFacts:
    """Return the numbers of the study.

    Raises CannotStudy where no model gives probabilities, or too few examples can be held out.
    """
    arrays = given.inputs.predictions
    known = zip(arrays.slugs, arrays.confidence, strict=True)
    slugs = [slug for slug, confidence in known if confidence is not None]
    if not slugs:
        raise CannotStudy(
            "it needs class probabilities, and every model gives predicted classes alone"
        )
    extended = given.settings.extended
    if extended and len(given.evidence.test_labels) < FEWEST:
        raise CannotStudy(
            f"it needs at least {FEWEST} test examples, to hold half of them out; with "
            "extended = false it needs none"
        )
    shipped = shipped_metrics()
    fixed = find_deterministic(given.evidence)
    basic = expected_calibration_error, shipped["brier_score"]
    recalls: Recalls = {slug: [] for slug in slugs}
    # Reading the probabilities takes time and memory: once, and one run after the other.
    read = _measuring(read_runs(given.evidence, slugs), recalls)
    estimated = estimate_runs(basic, read, fixed, arrays.clusters)
    precision = _describe_precision(recalls)
    if not extended:
        return _describe(given, estimated, precision)
    runs: Runs = {slug: [] for slug in slugs}
    for slug, run in read_runs(given.evidence, slugs):
        runs[slug].append(run)
    log_loss, coverage = shipped["log_loss"], given.settings.coverage
    errors = adaptive_calibration_error, debiased_calibration_error, sweep_calibration_error
    further = *errors, log_loss, risk_coverage_area, *set_metrics(coverage)
    estimated |= estimate_runs(further, _each(runs), fixed, arrays.clusters)
    scaled = {slug: [scale(run) for run in own] for slug, own in runs.items()}
    softened = {slug: [run for run, _ in own] for slug, own in scaled.items()}
    after = [
        replace(each, name=f"scaled_{each.name}", title=f"{each.title}, scaled")
        for each in (log_loss, expected_calibration_error)
    ]
    estimated |= estimate_runs(after, _each(softened), fixed, arrays.clusters)
    temperatures = {slug: [each for _, each in own] for slug, own in scaled.items()}
    update = {
        "coverage": coverage,
        "risks": {slug: average_curve(list(map(risk_at, own))) for slug, own in runs.items()},
        "scaling": _describe_scaling(runs, softened, temperatures, given.inputs),
        "foreign": measure_foreign(given),
    }
    return _describe(given, estimated, precision).model_copy(update=update)


def _each(runs: Runs) -> Iterator[tuple[str, Predictions]]:
    return ((slug, run) for slug, own in runs.items() for run in own)


def _describe(
    given: StudyInputs,
    estimated: Estimated,
    precision: dict[str, PrecisionRecall],
) -> ConfidenceFacts:
    facts, level = given.facts, given.inputs.level
    arrays = given.inputs.predictions
    stacked = zip(arrays.slugs, arrays.confidence, arrays.correct, strict=True)
    return ConfidenceFacts(
        measures=describe_metrics(estimated.values(), facts.models, facts.pairs, level),
        pairs={
            name: _judge_pairs(estimates, facts.pairs, level)
            for name, estimates in estimated.items()
        },
        bins={
            slug: reliability_bins(confidence, correct, level, arrays.clusters)
            for slug, confidence, correct in stacked
            if confidence is not None
        },
        precision_recall=precision,
    )


def _measuring(
    runs: Iterable[tuple[str, Predictions]], recalls: Recalls
) -> Iterator[tuple[str, Predictions]]:
    """Yield the runs, and keep the curves of each."""
    for slug, run in runs:
        recalls[slug].append(measure_recalls(run))
        yield slug, run


def _describe_precision(recalls: Recalls) -> dict[str, PrecisionRecall]:
    """Return the curves of each model."""
    # Of each model, average precisions [runs, 1 + classes] and curves [1 + classes, 200].
    averages = {slug: np.array([each for each, _ in own]) for slug, own in recalls.items()}
    curves = {slug: np.mean([each for _, each in own], axis=0) for slug, own in recalls.items()}
    mean = np.mean([own.mean(axis=0) for own in averages.values()], axis=0)[1:]
    hardest = [int(at) for at in np.argsort(mean, kind="stable") if not np.isnan(mean[at])]
    return {
        slug: PrecisionRecall(
            average=summarise(averages[slug][:, 0].tolist()),
            classes=tuple(
                None if np.isnan(values).any() else summarise(values)
                for values in averages[slug].T[1:]
            ),
            pooled=_recall_curve(curves[slug][0]),
            curves={
                str(index): _recall_curve(curves[slug][index + 1])
                for index in hardest[:SHOWN_CLASSES]
            },
        )
        for slug in recalls
    }


def _recall_curve(precision: Floats) -> RecallCurve:
    curve = RecallCurve(recall=tuple(RECALLS.tolist()), precision=tuple(precision.tolist()))
    return curve.thin(UNSEEN)


def _judge_pairs(
    estimates: MetricEstimates, pairs: Mapping[str, PairFacts], level: float
) -> dict[str, MeasuredPair]:
    """Return the verdict on each pair of models that the measure can be computed of.

    A pair is decided where its difference survives Holm's correction over the pairs.
    """
    known = {
        key: pair for key, pair in pairs.items() if {pair.first, pair.second} <= {*estimates.slugs}
    }
    found = {key: estimates.contrast(pair) for key, pair in known.items() if not pair.identical}
    p_values = {key: found[key].p_value if key in found else 1.0 for key in known}
    adjusted = dict(zip(known, adjust_holm(list(p_values.values())), strict=True))
    judged = {}
    for key, pair in known.items():
        better = adjusted[key] < 1 - level
        first_wins = key in found and (found[key].value > 0) == estimates.metric.higher_is_better
        judged[key] = MeasuredPair(
            p_value=p_values[key],
            p_adjusted=adjusted[key],
            verdict="better" if better else "undecided",
            winner=(pair.first if first_wins else pair.second) if better else None,
        )
    return judged


def _describe_scaling(
    before: Runs, after: Runs, temperatures: Mapping[str, Sequence[float]], inputs: AnalysisInputs
) -> dict[str, TemperatureScaling]:
    """Return what scaling changes: the differences of each run with it and without it."""
    level, clusters = inputs.level, inputs.predictions.clusters
    metric = shipped_metrics()["log_loss"]
    found = {}
    for slug in before:
        values, influence = (
            [np.array([of(run) for run in runs[slug]]) for runs in (after, before)]
            for of in (metric.compute, metric.influence_values)
        )
        gains = measure(values[0] - values[1], influence[0] - influence[1], clusters)
        found[slug] = contrast(combine([gains]), (1.0,))
    return {
        slug: TemperatureScaling(
            temperature=summarise(temperatures[slug]),
            gain=found[slug].interval(level, None),
            p_adjusted=p_adjusted,
            judgement="undecided"
            if p_adjusted >= 1 - level
            else "lowers"
            if found[slug].value < 0
            else "raises",
        )
        for slug, p_adjusted in adjust(found).items()
    }
