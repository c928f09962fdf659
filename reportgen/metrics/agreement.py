"""Agreement of predictions and labels beyond chance: Matthews correlation and Cohen's kappa."""

from __future__ import annotations

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, metric
from reportgen.metrics.rates import class_shares, predicted_shares


def _expected_agreement(predictions: Predictions) -> tuple[float, Floats]:
    """Return Σₖ TₖPₖ, the agreement of independent raters, and its influence values, `[n]`."""
    true, chosen = class_shares(predictions), predicted_shares(predictions)
    expected = float(true @ chosen)
    influence = true[predictions.predicted] + chosen[predictions.labels] - 2 * expected
    return expected, np.asarray(influence)


def _matthews_influence(predictions: Predictions) -> Floats:
    true, chosen = class_shares(predictions), predicted_shares(predictions)
    expected, expected_influence = _expected_agreement(predictions)
    observed = predictions.correct.mean()
    true_spread, chosen_spread = 1 - true @ true, 1 - chosen @ chosen
    if true_spread * chosen_spread == 0:
        return np.zeros(len(predictions.labels))
    scale = np.sqrt(true_spread * chosen_spread)
    covariance = (predictions.correct - observed) - expected_influence
    true_influence = -2 * (true[predictions.labels] - true @ true)
    chosen_influence = -2 * (chosen[predictions.predicted] - chosen @ chosen)
    spread = true_influence / true_spread + chosen_influence / chosen_spread
    return np.asarray(covariance / scale - (observed - expected) / scale * spread / 2)


@metric(
    "Matthews correlation",
    influence=_matthews_influence,
    bounds=(-1.0, 1.0),
    source="Gorodkin 2004, Comput. Biol. Chem. 28, 367-374",
)
def matthews_correlation(predictions: Predictions) -> float:
    """Return the correlation of labels and predictions; 0 where either never varies.

    (c − Σₖ TₖPₖ) / √((1 − Σₖ Tₖ²)(1 − Σₖ Pₖ²)), where c is the share predicted right, Tₖ and Pₖ
    the shares of class k among labels and predictions.
    """
    true, chosen = class_shares(predictions), predicted_shares(predictions)
    spread = (1 - true @ true) * (1 - chosen @ chosen)
    if spread <= 0:
        return 0.0
    return float((predictions.correct.mean() - true @ chosen) / np.sqrt(spread))


def _kappa_influence(predictions: Predictions) -> Floats:
    expected, influence = _expected_agreement(predictions)
    if expected == 1:
        return np.zeros(len(predictions.labels))
    observed = predictions.correct.mean()
    rest = 1 - expected
    return np.asarray(
        (predictions.correct - observed) / rest - influence * (1 - observed) / rest**2
    )


@metric(
    "Cohen's kappa",
    influence=_kappa_influence,
    bounds=(-1.0, 1.0),
    source="Cohen 1960, Educ. Psychol. Meas. 20, 37-46",
)
def cohen_kappa(predictions: Predictions) -> float:
    """Return (observed − expected agreement) / (1 − expected agreement); 0 where that is 0 / 0."""
    expected, _ = _expected_agreement(predictions)
    if expected == 1:
        return 0.0
    return float((predictions.correct.mean() - expected) / (1 - expected))
