"""Exact tests and Holm's correction against statsmodels and SciPy."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from reportgen.analysis.significance import adjust_holm, exact_mcnemar
from tests.support.examples import at_most


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_equals_statsmodels_and_scipy(b: int, c: int) -> None:
    """The exact p-value is that of both libraries."""
    ours = exact_mcnemar(b, c)
    assert ours == pytest.approx(mcnemar([[50, b], [c, 7]], exact=True).pvalue, abs=1e-9)
    if b + c:
        assert ours == pytest.approx(binomtest(b, b + c).pvalue, abs=1e-9)


def test_mcnemar_without_discordant_examples_is_one() -> None:
    """Where the models never disagree there is nothing to test."""
    assert exact_mcnemar(0, 0) == 1.0


@at_most(40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    """Adjusted p-values are statsmodels', ties and ones included."""
    with patch("gc.collect"):  # which multipletests calls each time: it takes longer than all else
        theirs = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(adjust_holm(p_values), theirs, atol=1e-9)


def test_holm_of_no_p_values_is_empty() -> None:
    """A report on one model has no pairs."""
    assert adjust_holm([]) == []
