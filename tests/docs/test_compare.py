"""The metrics of docs/compare.md are those of scikit-learn."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.metrics import average_precision_score, f1_score, recall_score
from statsmodels.stats.proportion import proportion_confint

import reportgen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compare.md"


def examples_of(title: str, count: int) -> list[str]:
    """Return the first code blocks of a section."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2]
    return re.findall(r"```(?:python|toml)\n(.*?)```", section, re.DOTALL)[:count]


def test_sensitivity_and_specificity_at_a_threshold(tmp_path: Path) -> None:
    """The example runs as written, and its report verifies."""
    code, settings = examples_of("Sensitivity and specificity", 2)
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


def test_answers_of_language_models(tmp_path: Path) -> None:
    """Refused answers are wrong; answers, and right ones among them, are counted."""
    code, settings = examples_of("Answers of language models", 2)
    random = np.random.default_rng(4)
    labels = random.choice(list("ABCD"), 200)
    answers = np.where(random.random(200) < 0.7, labels, random.choice([*"ABCD", "none"], 200))
    pandas.DataFrame({"label": labels, "model": answers}).to_csv(tmp_path / "all.csv", index=False)
    (tmp_path / "answers.py").write_text(code)
    (tmp_path / "own.toml").write_text(
        'title = "T"\n[data]\nlabels = "all.csv#label"\nclasses = ["A", "B", "C", "D", "none"]\n'
        f'[[models]]\nname = "Model"\npredictions = "all.csv#model"\n{settings}'
    )
    report = reportgen.build(tmp_path / "own.toml", output=tmp_path / "out", formats=["html"])
    given, found = answers != "none", report.facts.metrics
    assert 0 < given.sum() < 200
    assert found["answered"].models["model"].summary.mean == pytest.approx(given.mean())
    right = (answers == labels)[given].mean()
    assert found["accuracy_of_answers"].models["model"].summary.mean == pytest.approx(right)
    recall = recall_score(labels, answers, labels=list("ABCD"), average="macro")
    assert found["balanced_accuracy"].models["model"].summary.mean == pytest.approx(recall)


def test_a_rare_class_is_judged_by_average_precision(tmp_path: Path) -> None:
    """The settings are accepted as written, and of two classes the second is the one ranked."""
    (settings,) = examples_of("A rare class", 1)
    random = np.random.default_rng(5)
    labels = (np.arange(1000) % 50 == 0).astype(int)
    risk = 1 / (1 + np.exp(3 - 2 * labels - random.normal(size=1000)))
    pandas.DataFrame({"label": labels, "risk": risk}).to_csv(tmp_path / "all.csv", index=False)
    (tmp_path / "own.toml").write_text(
        'title = "T"\n[data]\nlabels = "all.csv#label"\n[[models]]\nname = "Risk"\n'
        f'predictions = "all.csv#risk"\nkind = "probabilities"\n{settings}'
    )
    report = reportgen.build(tmp_path / "own.toml", output=tmp_path / "out", formats=["html"])
    assert report.facts.primary == "average_precision"
    expected = {
        "average_precision": average_precision_score(labels, risk),
        "f1_score": f1_score(labels, risk >= 0.5),
    }
    for name, value in expected.items():
        assert report.facts.metrics[name].models["risk"].summary.mean == pytest.approx(value)
