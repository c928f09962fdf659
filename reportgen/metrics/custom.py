"""Metrics of the user's own: a function made with `@metric`, or one in scikit-learn's manner."""

from __future__ import annotations

from reportgen.errors import PluginFailed
from reportgen.metrics.metric import Metric, Predictions
from reportgen.plugins import Plugin
from reportgen.plugins.loading import load_object


def load_metric(plugin: Plugin) -> Metric:
    """Import a metric: what `@metric` made, or a function of true and predicted classes.

    Raises PluginFailed: it cannot be imported, or is neither of the two.
    """
    found = load_object(plugin)
    if isinstance(found, Metric):
        return found
    if not callable(found):
        raise PluginFailed(
            f"{plugin.reference}: is {type(found).__name__}; give a function with the decorator "
            "reportgen.metrics.metric, or a function of true and predicted classes"
        )
    name = plugin.name.rpartition(".")[2]

    def compute(predictions: Predictions) -> float:
        return float(found(predictions.labels, predictions.predicted))

    return Metric(name, name.replace("_", " ").capitalize(), compute, bounds=(None, None))
