"""Two models that are the same network: the report never speaks of a difference."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.command import reportgen_here
from tests.end_to_end.conftest import Built

EXPERIMENT = """
title = "One network under two names"

[data]
name = "digits"
train_limit = 300
test_limit = 200

[training]
epochs = 1
seeds = [0, 1]

[analysis]

[[models]]
name = "First"
architecture = "mlp"

[[models]]
name = "Second"
architecture = "mlp"
"""


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the experiment with twins."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "paper.toml").write_text(EXPERIMENT, encoding="utf-8")
    ended = reportgen_here(folder, "build", "paper.toml", "--format", "html")
    assert ended.code == 0, ended.err
    return Built(folder, ended)


def test_equal_runs_are_trained_once(twins: Built) -> None:
    """Two models with two seeds each are two runs, with one key for each seed."""
    assert "2 runs to train" in twins.ended.err
    keys = [[run["key"] for run in model["runs"]] for model in twins.results["models"]]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2


def test_no_sentence_sees_a_difference(twins: Built) -> None:
    """No claim calls one of them better; the pair is identical, and nobody leads alone."""
    results = twins.results
    (pair,) = results["pairs"].values()
    assert pair["identical"]
    assert pair["winner"] is None
    assert set(results["verdict"]["leaders"]) == {"first", "second"}
    difference = pair["difference"]
    assert (difference["value"], difference["low"], difference["high"]) == (0, 0, 0)
    better = re.compile(r"\b(better|worse|outperform\w*|ahead|wins?|superior)\b")
    said = {name: claim["text"] for name, claim in results["claims"].items()}
    affirmed = {name: text for name, text in said.items() if better.search(text)}
    denied = re.compile(r"\b(no|not|neither|nor|cannot)\b")
    assert {name: text for name, text in affirmed.items() if not denied.search(text)} == {}


@pytest.mark.parametrize("place", ["cover", "abstract", "results", "conclusion"])
def test_every_part_says_that_they_are_the_same(twins: Built, place: str) -> None:
    """Cover, abstract, results and conclusion say that the two are the same network."""
    tag = "header" if place == "cover" else "section"
    pattern = rf'<{tag} class="(?:section )?{place}">.*?</{tag}>'
    found = re.search(pattern, twins.html, re.DOTALL)
    assert found is not None
    text = " ".join(re.sub(r"<[^>]*>", "", found[0]).split())
    assert re.search(r"same network|no difference|identical", text), text[:500]


def test_the_command_line_says_so(twins: Built) -> None:
    """The verdict on the terminal is the one on the cover."""
    assert re.search(r"same network|no difference|identical", twins.ended.out)
