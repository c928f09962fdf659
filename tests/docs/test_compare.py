"""The metrics of docs/compare.md are those of scikit-learn, with intervals like Wilson's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.metrics import recall_score
from statsmodels.stats.proportion import proportion_confint

import reportgen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compare.md"


def test_sensitivity_and_specificity_at_a_threshold(tmp_path: Path) -> None:
    """The example runs as written, and its report verifies."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## Sensitivity and specificity\n")[2]
    code, settings = re.findall(r"```(?:python|toml)\n(.*?)```", section, re.DOTALL)[:2]
    random = np.random.default_rng(3)
    labels = (random.random(1000) < 0.2).astype(int)
    risk = 1 / (1 + np.exp(3 - 2 * labels - random.normal(size=1000)))
    pandas.DataFrame({"label": labels, "risk": risk}).to_csv(tmp_path / "all.csv", index=False)
    (tmp_path / "screening.py").write_text(code)
    (tmp_path / "own.toml").write_text(
        'title = "T"\n[data]\nlabels = "all.csv#label"\n[[models]]\nname = "Risk"\n'
        f'predictions = "all.csv#risk"\nkind = "probabilities"\n{settings}'
    )
    report = reportgen.build(tmp_path / "own.toml", output=tmp_path / "out", formats=["html"])
    assert report.facts.primary == "sensitivity"
    for place, name in ((1, "sensitivity"), (0, "specificity")):
        found, of_class = report.facts.metrics[name].models["risk"], labels == place
        hits = int((labels == (risk >= 0.1))[of_class].sum())
        expected = recall_score(labels, risk >= 0.1, pos_label=place)
        assert found.summary.mean == pytest.approx(expected, abs=1e-12)
        wilson = proportion_confint(hits, of_class.sum(), method="wilson")
        # The jackknife leaves out five examples at a time.
        assert (found.interval.low, found.interval.high) == pytest.approx(wilson, abs=0.015)
    assert not reportgen.verify(tmp_path / "out" / "own" / "report.html").findings
