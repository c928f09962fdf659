"""Metrics of the user's own: measured once, carried by the evidence, never run again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import hamming_loss

from reportgen.analysis.custom_metrics import measure_custom_metrics
from reportgen.config.metrics import find_metric_plugins
from reportgen.errors import PluginFailed
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode, encode
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, make_build, with_analysis

DISTANCE = """
import numpy as np
from reportgen.metrics import metric

@metric("Distance", direction="lower", bounds=(0.0, None))
def distance(predictions):
    return float(np.abs(predictions.labels - predictions.predicted).mean())
"""


def make_evidence(*references: str) -> Evidence:
    """Return the evidence of two models, with these metrics asked for."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:2], seeds=2, n=300)
    return with_analysis(evidence, metrics=["accuracy", *references])


def measure(folder: Path, *references: str) -> Evidence:
    """Return the evidence with the metrics of files in `folder`."""
    return measure_custom_metrics(
        make_evidence(*references), find_metric_plugins(references, folder)
    )


def test_a_decorated_function(tmp_path: Path) -> None:
    """Its values are those of the function, and its direction and title are kept."""
    (tmp_path / "mine.py").write_text(DISTANCE)
    evidence = measure(tmp_path, "mine.py:distance")
    found = analyse(evidence).metrics["distance"]
    assert (found.title, found.higher_is_better) == ("Distance", False)
    for slug, metric in found.models.items():
        expected = [
            np.abs(evidence.test_labels - evidence.runs[slug, seed]["test"].classes).mean()
            for seed in range(2)
        ]
        assert metric.summary.values == pytest.approx(expected)
        assert metric.interval.low < metric.summary.mean < metric.interval.high


def test_a_function_of_scikit_learn() -> None:
    """A function of true and predicted classes needs no decorator."""
    evidence = measure(Path(), "sklearn.metrics:hamming_loss")
    found = analyse(evidence).metrics["hamming_loss"]
    for slug, metric in found.models.items():
        expected = [
            hamming_loss(evidence.test_labels, evidence.runs[slug, seed]["test"].classes)
            for seed in range(2)
        ]
        assert metric.summary.values == pytest.approx(expected)


def test_intervals_of_a_mean_are_those_of_its_closed_form(tmp_path: Path) -> None:
    """Accuracy, written as a plug-in, has nearly the intervals of the shipped accuracy."""
    (tmp_path / "mine.py").write_text("def share(y, p): return (y == p).mean()\n")
    facts = analyse(measure(tmp_path, "mine.py:share"))
    for key, pair in facts.metrics["accuracy"].pairs.items():
        found = facts.metrics["share"].pairs[key]
        assert found.value == pytest.approx(pair.value)
        assert found.high - found.low == pytest.approx(pair.high - pair.low, rel=0.2)


def test_the_evidence_carries_what_was_measured(tmp_path: Path) -> None:
    """Decoded evidence gives the same facts after the file of the metric is gone."""
    path = tmp_path / "mine.py"
    path.write_text(DISTANCE)
    evidence = measure(tmp_path, "mine.py:distance")
    path.unlink()
    assert analyse(decode(encode(evidence))) == analyse(evidence)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def bad(y, p): raise RuntimeError('no')\n", "computing it failed: RuntimeError: no"),
        ("def bad(y, p): return float('nan')\n", "returned nan for a run of cnn"),
        ("def bad(y, p): return 'x'\n", "ValueError"),
        (
            "from reportgen.metrics import metric\n@metric('Bad')\ndef bad(p): return 3.0\n",
            "returned 3.0 for a run of cnn, beyond its bounds",
        ),
        (
            "def bad(y, p): return 0.5 if len(y) == 300 else float('nan')\n",
            "returned no finite number where a part of the test examples was left out",
        ),
        ("def bad(y): return 0.0\n", "TypeError"),
        ("bad = 3\n", "is int; give a function with the decorator"),
        ("import nothing_of_this_name\ndef bad(y, p): return 0.0\n", "importing it failed"),
        ("def bad(y, p): return y[10**9]\n", "IndexError"),
    ],
)
def test_wrong_metrics(tmp_path: Path, code: str, message: str) -> None:
    """What goes wrong in the user's code is a sentence that names the metric."""
    (tmp_path / "mine.py").write_text(code)
    with pytest.raises(PluginFailed, match=r"mine\.py:bad.*" + message.replace("(", r"\(")):
        measure(tmp_path, "mine.py:bad")


@pytest.mark.parametrize(
    ("name", "message"),
    [("accuracy", "like another metric"), ("a.b/c", "give it a name of letters")],
)
def test_names_that_are_ambiguous(tmp_path: Path, name: str, message: str) -> None:
    """A metric cannot take the name of a shipped one, nor one that no path can hold."""
    (tmp_path / "mine.py").write_text(
        DISTANCE.replace('"Distance",', f'"Distance", name={name!r},')
    )
    with pytest.raises(PluginFailed, match=message):
        measure(tmp_path, "mine.py:distance")


def test_two_metrics_of_one_name(tmp_path: Path) -> None:
    """Two files with a function of the same name are refused: one would hide the other."""
    for file in ("one.py", "two.py"):
        (tmp_path / file).write_text(DISTANCE)
    with pytest.raises(PluginFailed, match=r"two\.py:distance is named distance, like another"):
        measure(tmp_path, "one.py:distance", "two.py:distance")
