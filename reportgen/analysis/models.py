"""Everything about one model, over its seeds."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.analysis.calibration import calibrate
from reportgen.analysis.contrasts import Estimates
from reportgen.analysis.facts import ClassSummary, Interval, ModelFacts, RunMetrics
from reportgen.analysis.intervals import Bootstrap, percentile_interval, wilson_interval
from reportgen.analysis.metrics import divide
from reportgen.analysis.outcomes import Outcomes
from reportgen.analysis.overfitting import measure_overfitting
from reportgen.analysis.runs import Measured, describe_run
from reportgen.analysis.summaries import draw_together, summarise, summarise_costs
from reportgen.config.schema import Model
from reportgen.results.evidence import RunRecord


def describe_model(
    outcomes: Outcomes,
    measured: Measured,
    bootstrap: Bootstrap,
    gaps: Estimates,
    settings: Model,
    records: Sequence[RunRecord],
    names: Sequence[str],
    level: float,
) -> ModelFacts:
    """Return a model's facts; `records` in the order of the seeds, `names` of the classes."""
    at = outcomes.slugs.index(settings.slug)
    runs = tuple(
        describe_run(outcomes, measured, at, seed, record) for seed, record in enumerate(records)
    )
    counts = measured.matrices[at].sum(axis=0)
    classes = _describe_classes(bootstrap, at, runs, names, level)
    f1 = [summary.f1.mean for summary in classes]
    return ModelFacts(
        name=settings.name,
        slug=settings.slug,
        architecture=settings.architecture,
        dropout=settings.dropout,
        summary=records[0].summary,
        runs=runs,
        accuracy=summarise([run.accuracy for run in runs]),
        accuracy_interval=_accuracy_interval(outcomes, bootstrap, at, runs, level),
        macro_precision=summarise([run.macro_precision for run in runs]),
        macro_recall=summarise([run.macro_recall for run in runs]),
        macro_f1=summarise([run.macro_f1 for run in runs]),
        macro_f1_interval=percentile_interval(bootstrap.macro_f1[:, at].mean(axis=1), level),
        micro_f1=summarise([run.micro_f1 for run in runs]),
        weighted_precision=summarise([run.weighted_precision for run in runs]),
        weighted_recall=summarise([run.weighted_recall for run in runs]),
        weighted_f1=summarise([run.weighted_f1 for run in runs]),
        per_class=classes,
        confusion_counts=tuple(map(tuple, counts.tolist())),
        confusion_shares=tuple(
            map(tuple, divide(counts, counts.sum(axis=1, keepdims=True)).tolist())
        ),
        hardest_class=f1.index(min(f1)),
        train_macro_f1=summarise([run.train_macro_f1 for run in runs]),
        train_f1=tuple(
            summarise([run.train_f1[index] for run in runs]) for index in range(len(names))
        ),
        calibration=calibrate(outcomes, at, level),
        overfitting=measure_overfitting(outcomes, at, gaps, level),
        costs=summarise_costs(records),
        curves=draw_together(records),
    )


def _accuracy_interval(
    outcomes: Outcomes, bootstrap: Bootstrap, at: int, runs: Sequence[RunMetrics], level: float
) -> Interval:
    if len(runs) == 1:
        return wilson_interval(runs[0].correct, len(outcomes.labels), level)
    return percentile_interval(bootstrap.accuracy[:, at].mean(axis=1), level)


def _describe_classes(
    bootstrap: Bootstrap, at: int, runs: Sequence[RunMetrics], names: Sequence[str], level: float
) -> tuple[ClassSummary, ...]:
    return tuple(
        ClassSummary(
            name=name,
            precision=summarise([run.per_class[index].precision for run in runs]),
            recall=summarise([run.per_class[index].recall for run in runs]),
            f1=summarise([run.per_class[index].f1 for run in runs]),
            f1_interval=percentile_interval(bootstrap.f1[:, at, :, index].mean(axis=1), level),
            support=runs[0].per_class[index].support,
        )
        for index, name in enumerate(names)
    )
