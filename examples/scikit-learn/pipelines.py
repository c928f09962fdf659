"""Estimators of scikit-learn, put together as anywhere else."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler


def logistic_regression(C: float = 1.0) -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return logistic regression on standardised features."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000))
