"""Metrics: one module each, found by being in this folder. `find_metric` finds them by name.

To add one to the package, put a module with a `@metric` function into this folder; to add one of
your own, name it in the experiment file: `metrics = ["accuracy", "mine.py:my_metric"]`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from reportgen.metrics.metric import Metric, Predictions, metric

__all__ = ["Metric", "Predictions", "metric", "shipped_metrics"]


@cache
def shipped_metrics() -> dict[str, Metric]:
    """Return the metrics that come with reportgen, by name."""
    modules = (import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
    found = (value for module in modules for value in vars(module).values())
    return {each.name: each for each in found if isinstance(each, Metric)}
