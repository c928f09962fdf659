"""A metric of your own: what the errors cost, where some errors are worse than others."""

import numpy as np

from reportgen.metrics import Predictions, metric


@metric("Cost of errors", direction="lower", bounds=(0.0, None), format="score")
def cost_of_errors(predictions: Predictions) -> float:
    """Return the mean cost of a prediction: how far the digit is off, 0 where it is right."""
    return float(np.abs(predictions.labels - predictions.predicted).mean())
