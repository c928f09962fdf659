"""The five examples of docs/extending.md are short, and are one experiment that runs as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reportgen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"
SECTIONS = ("A network", "A metric", "A figure", "A data source", "A study")
BLOCK = re.compile(r"^```(python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read_blocks(section: str) -> dict[str, str]:
    """Return the blocks of code below a heading, by language."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2]
    return dict(BLOCK.findall(text.partition("\n## ")[0]))


@pytest.mark.parametrize("section", SECTIONS)
def test_an_example_is_one_short_file(section: str) -> None:
    """One file of less than 30 lines, named in its first line, and the settings that name it."""
    blocks = read_blocks(section)
    lines = blocks["python"].splitlines()
    assert len(lines) < 30
    file = lines[0].removeprefix("# ")
    assert f'"{file}:' in blocks["toml"]


@pytest.mark.slow
def test_the_examples_are_an_experiment(tmp_path: Path) -> None:
    """Network, metric, figure, data and study are in the report, which verifies."""
    settings = ['title = "All of one\'s own"\n']
    for section in SECTIONS:
        blocks = read_blocks(section)
        file = blocks["python"].splitlines()[0].removeprefix("# ")
        (tmp_path / file).write_text(blocks["python"])
        settings.append(blocks["toml"])
    (tmp_path / "own.toml").write_text("\n".join(settings))
    short = {"training.epochs": 1, "training.seeds": [0]}
    output = tmp_path / "output"
    report = reportgen.build(tmp_path / "own.toml", set=short, output=output, formats=["html"])
    facts = report.facts
    assert facts.models["shallow"].architecture == "mynet.py:Shallow"
    assert facts.dataset.example == "example"
    assert facts.dataset.classes == ("0", "1", "2")
    assert facts.metrics["cost_of_errors"].models.keys() == facts.models.keys()
    assert len(facts.studies["recall"]["MLP"]) == 3
    errors = round((1 - facts.models["mlp"].accuracy.mean) * facts.dataset.test)
    assert facts.studies["wrong"]["mlp"] == errors
    html = (output / "own" / "report.html").read_text(encoding="utf-8")
    for part in ('id="study-recall--recall"', 'id="study-wrong"', "Cost of errors", "mynet.py"):
        assert part in html
    verified = reportgen.verify(output / "own" / "report.html")
    assert not verified.findings
    assert not verified.is_partial
