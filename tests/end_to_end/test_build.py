"""The first build on a machine without data: it says what it did and prints the truth."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html import unescape

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from reportgen.cli.entry import run as run_command
from tests.end_to_end.conftest import Built

STAND_IN = "MNIST was not found on this machine and could not be downloaded"
MODELS = ["CNN", "CNN + dropout", "MLP", "MLP + dropout"]


def test_the_build_ends_with_both_documents(built: Built) -> None:
    """Without data and without a network, exit code 0 and every file of a build."""
    assert built.ended.code == 0, built.ended.err
    names = {path.name for path in built.report.iterdir()}
    assert {"report.html", "report.pdf", "results.json", "predictions.npz", "figures"} <= names
    assert (built.report / "report.pdf").read_bytes().startswith(b"%PDF")
    assert built.ended.out.splitlines()[-2:] == [
        "output/paper/report.html",
        "output/paper/report.pdf",
    ]


def test_the_stand_in_is_said_everywhere(built: Built) -> None:
    """Terminal, cover, abstract and results.json say that another data set stands in."""
    assert f"Warning: {STAND_IN}" in built.ended.err
    cover = re.search(r'<header class="cover">.*?</header>', built.html, re.DOTALL)
    assert cover is not None
    assert "Stand-in data." in cover[0]
    assert built.html.count(STAND_IN) >= 1
    assert built.results["data"]["stand_in_for"] == "mnist"
    assert built.results["data"]["name"] == "digits"


def test_a_stand_in_is_not_compared_with_published_figures(built: Built) -> None:
    """Figures published for MNIST are not set beside figures measured on something else."""
    assert not (built.results["audit"] or {}).get("comparison")
    assert 'id="table-published-1"' not in built.html
    assert not (built.report / "figures" / "published.svg").exists()


def test_the_networks_are_those_of_the_paper(built: Built) -> None:
    """On the stand-in too the networks have the paper's parameters: 421,642 and 101,770."""
    found = {model["name"]: model["parameters"] for model in built.results["models"]}
    assert found == dict(zip(MODELS, [421_642, 421_642, 101_770, 101_770], strict=True))


def test_results_equal_scikit_learn(built: Built) -> None:
    """Every score of results.json is what scikit-learn computes from predictions.npz."""
    archive = np.load(built.report / "predictions.npz", allow_pickle=False)
    labels = archive["labels"]
    runs = [(model, run) for model in built.results["models"] for run in model["runs"]]
    assert len(runs) == 8
    for model, run in runs:
        predicted = archive[f"{model['slug']}/{run['seed']}"].argmax(axis=1)
        assert run["accuracy"] == pytest.approx(accuracy_score(labels, predicted), abs=1e-12)
        assert run["confusion_matrix"] == confusion_matrix(labels, predicted).tolist()
        for average in ("macro", "micro", "weighted"):
            expected = f1_score(labels, predicted, average=average, zero_division=0)
            assert run[f"{average}_f1"] == pytest.approx(expected, abs=1e-12)
        for average in ("macro", "weighted"):
            precision, recall, _, _ = precision_recall_fscore_support(
                labels, predicted, average=average, zero_division=0
            )
            assert run[f"{average}_precision"] == pytest.approx(precision, abs=1e-12)
            assert run[f"{average}_recall"] == pytest.approx(recall, abs=1e-12)
        columns = precision_recall_fscore_support(labels, predicted, zero_division=0)
        for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
            found = [entry[name] for entry in run["per_class"]]
            assert found == pytest.approx(column.tolist(), abs=1e-12)


def test_means_are_those_of_the_runs(built: Built) -> None:
    """The figures of a model are mean and standard deviation of those of its runs."""
    for model in built.results["models"]:
        for name in ("accuracy", "macro_f1"):
            values = [run[name] for run in model["runs"]]
            assert model[name]["mean"] == pytest.approx(np.mean(values), abs=1e-12)
            assert model[name]["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-12)


def test_html_prints_the_results(built: Built) -> None:
    """Accuracy and F1 of every run stand in the report to the printed digit."""
    printed = dict(printed_numbers(built.html))
    for model in built.results["models"]:
        for position, run in enumerate(model["runs"]):
            path = f"models.{model['slug']}.runs.{position}"
            assert printed[f"{path}.accuracy"] == f"{100 * run['accuracy']:.2f}%"
            assert printed[f"{path}.macro_f1"] == f"{run['macro_f1']:.4f}"
        for position, entry in enumerate(model["runs"][0]["per_class"]):
            path = f"models.{model['slug']}.per_class.{position}"
            assert printed[f"{path}.support"] == str(entry["support"])
            for name in ("precision", "recall"):
                values = [run["per_class"][position][name] for run in model["runs"]]
                assert printed[f"{path}.{name}.mean"] == f"{np.mean(values):.4f}"


def test_pdf_prints_the_numbers_of_the_html(built: Built) -> None:
    """Every number of the HTML is in the PDF as often, to the printed digit.

    Of the HTML alone are the tables that open below figures, supplementary ones, and the cells of
    matrices of shares, of which the PDF draws two.
    """
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext, which reads the text of the PDF, is not installed")
    command = ["pdftotext", str(built.report / "report.pdf"), "-"]
    text = squeeze(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    html = re.sub(r'<details class="numbers">.*?</details>', "", built.html, flags=re.DOTALL)
    html = re.sub(
        r"<figure\b[^>]*>(?:(?!<figure\b).)*?</figure>", keep_printed, html, flags=re.DOTALL
    )
    printed = [text for path, text in printed_numbers(html) if "confusion_shares" not in path]
    wanted = Counter(printed)
    assert len(wanted) > 100
    missing = {number for number, count in wanted.items() if text.count(number) < count}
    assert missing == set()


def keep_printed(figure: re.Match[str]) -> str:
    """Return a figure or table where the PDF has it, too."""
    return "" if '"label">Supplementary' in figure[0] else figure[0]


def printed_numbers(html: str) -> list[tuple[str, str]]:
    """Return path and text, without white space, of every number that a report prints."""
    found = re.findall(r'<data [^>]*data-path="([^"]*)"[^>]*>([^<]*)</data>', html)
    return [(path, squeeze(unescape(text))) for path, text in found]


def squeeze(text: str) -> str:
    """Return `text` without white space, which a layout may change."""
    return re.sub(r"\s+", "", text)


def text_of(html: str) -> str:
    """Return what a reader of `html` reads, and not what its scripts and styles hold."""
    html = re.sub(r"<(script|style|pre)\b.*?</\1>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", html))


@pytest.mark.parametrize("name", ["report.html", "report.pdf"])
def test_a_document_is_the_same_when_it_is_rendered_again(
    built: Built, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No false alarm: drawn and rendered again in another process, the same bytes come out."""
    assert run_command(["verify", str(built.report / name)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("This proves:")
    assert printed.out.rstrip().endswith("the document is identical byte for byte.")
