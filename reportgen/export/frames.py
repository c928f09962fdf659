"""The tables of a report as data frames, full precision, shares in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from reportgen.analysis.facts import Facts
from reportgen.errors import UsageError
from reportgen.wording import join

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]


def make_table(facts: Facts, name: str) -> pandas.DataFrame:
    """Return the table called `name`; raises UsageError where there is none."""
    import pandas

    rows = TABLES.get(name)
    if rows is None:
        raise UsageError(f"there is no table {name!r}; the tables are {join(list(TABLES))}")
    return pandas.DataFrame(list(rows(facts)))


def _accuracy(facts: Facts) -> Iterator[Row]:
    """One row for each model, the most accurate first."""
    for slug in facts.verdict.ranking:
        model = facts.models[slug]
        yield {
            "model": model.name,
            "accuracy": model.accuracy.mean,
            "sd": model.accuracy.sd,
            "low": model.accuracy_interval.low,
            "high": model.accuracy_interval.high,
            "macro_f1": model.macro_f1.mean,
            "seeds": len(model.runs),
        }


def _classes(facts: Facts) -> Iterator[Row]:
    """One row for each model and class, means over seeds."""
    for model in facts.models.values():
        for scores in model.per_class:
            yield {
                "model": model.name,
                "class": scores.name,
                "precision": scores.precision.mean,
                "recall": scores.recall.mean,
                "f1": scores.f1.mean,
                "support": scores.support,
            }


def _confusion(facts: Facts) -> Iterator[Row]:
    """One row for each cell, counts summed over seeds."""
    names = facts.dataset.classes
    for model in facts.models.values():
        for true, row in enumerate(model.confusion_counts):
            for predicted, count in enumerate(row):
                yield {
                    "model": model.name,
                    "true": names[true],
                    "predicted": names[predicted],
                    "count": count,
                }


def _metrics(facts: Facts) -> Iterator[Row]:
    """One row for each metric, the user's own included, and model it can be computed for."""
    for name, metric in facts.metrics.items():
        for slug, found in metric.models.items():
            yield {
                "metric": name,
                "model": facts.models[slug].name,
                "mean": found.summary.mean,
                "sd": found.summary.sd,
                "low": found.interval.low,
                "high": found.interval.high,
                "seeds": len(found.summary.values),
                "higher_is_better": metric.higher_is_better,
            }


def _pairs(facts: Facts) -> Iterator[Row]:
    """One row for each pair: first minus second in accuracy."""
    for pair in facts.pairs.values():
        yield {
            "first": facts.models[pair.first].name,
            "second": facts.models[pair.second].name,
            "difference": pair.difference.value,
            "low": pair.difference.low,
            "high": pair.difference.high,
            "p_value": pair.p_value,
            "p_adjusted": pair.p_adjusted,
            "verdict": pair.verdict,
        }


def _runs(facts: Facts) -> Iterator[Row]:
    """One row for each run."""
    for model in facts.models.values():
        for run in model.runs:
            yield {
                "model": model.name,
                "seed": run.seed,
                "accuracy": run.accuracy,
                "macro_f1": run.macro_f1,
                "key": run.key,
            }


TABLES: dict[str, Callable[[Facts], Iterator[Row]]] = {
    "accuracy": _accuracy,
    "classes": _classes,
    "confusion": _confusion,
    "metrics": _metrics,
    "pairs": _pairs,
    "runs": _runs,
}
