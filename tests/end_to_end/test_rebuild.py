"""Further builds: nothing is trained, loaded or drawn without a reason, and bytes stay the same."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from reportgen.pipeline import BuildRequest, Reporter, build
from reportgen.pipeline.remembered import Memory
from reportgen.resources import resource_folder
from tests.end_to_end.command import WITHOUT_NETWORK, reportgen_here
from tests.end_to_end.conftest import BUILD, SETTINGS, Built

SLOW_PACKAGES = {"torch", "torchvision", "matplotlib", "seaborn", "pandas", "sklearn", "scipy"}
"""What a build loads only where there is something to train, draw or compute."""
DOCUMENTS = ("report.html", "report.pdf", "results.json", "predictions.npz")


def test_nothing_changed(built: Built, another: Callable[..., Built]) -> None:
    """The second build trains nothing, loads none of the slow packages, and gives equal bytes."""
    second = another(imports=True)
    assert second.ended.code == 0, second.ended.err[-2000:]
    assert "10 runs, all reused: nothing to train" in second.ended.err
    assert SLOW_PACKAGES & second.ended.modules() == set()
    assert "weasyprint" in second.ended.modules()
    for name in DOCUMENTS:
        assert (second.report / name).read_bytes() == (built.report / name).read_bytes(), name


def test_one_hyperparameter_changed(built: Built, another: Callable[..., Built]) -> None:
    """Another dropout of one model is explained, trains this model's runs, and no other."""
    change = ("--set", "models.mlp.dropout=0.2", "--format", "html")
    explained = another("--explain", *change, command=reportgen_here).ended
    assert explained.code == 0, explained.err
    rows = explained.out.splitlines()
    assert [row.split()[3] for row in rows[:8]] == ["reuse"] * 4 + ["train"] * 2 + ["reuse"] * 2
    assert all("models.mlp.dropout 0 → 0.2" in row for row in rows[4:6])
    ended = another(*change, command=reportgen_here)
    assert ended.ended.code == 0, ended.ended.err
    assert "10 runs: 8 reused, 2 to train" in ended.ended.err
    before, after = (
        {model["slug"]: [run["key"] for run in model["runs"]] for model in build.results["models"]}
        for build in (built, ended)
    )
    assert {slug for slug in after if after[slug] != before[slug]} == {"mlp"}


def test_a_template_changed(another: Callable[..., Built], tmp_path: Path) -> None:
    """A section of the user's own is set without loading torch and without drawing a figure."""
    sections = tmp_path / "templates" / "sections"
    sections.mkdir(parents=True)
    (sections / "40-conclusion.md.j2").write_text("## Our conclusion\n\nWords of our own.\n")
    folder = f"report.templates={sections.parent}"
    rebuilt = another("--set", folder, "--format", "html", imports=True)
    assert rebuilt.ended.code == 0, rebuilt.ended.err[-2000:]
    assert "<p>Words of our own.</p>" in rebuilt.html
    assert (SLOW_PACKAGES | {"weasyprint"}) & rebuilt.ended.modules() == set()


def test_an_edit_in_a_process_that_goes_on(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is kept in memory, an edited report is the same to the byte; nothing is drafted."""
    output, memory = tmp_path / "output", Memory()
    shutil.copytree(built.folder / "output", output)
    monkeypatch.delenv("REPORTGEN_DATA", raising=False)
    for name, value in WITHOUT_NETWORK.items():
        monkeypatch.setenv(name, value)
    experiment = tmp_path / "paper.toml"
    text = (resource_folder("experiments") / "paper.toml").read_text(encoding="utf-8")

    def build_html(notes: str, memory: Memory) -> bytes:
        experiment.write_text(f"{text}\n[notes]\n{notes}\n", encoding="utf-8")
        request = BuildRequest(str(experiment), SETTINGS, output, formats=("html",))
        return (build(request, Mock(spec=Reporter), memory).folder / "report.html").read_bytes()

    edits = [
        "method = 'As it is.'",
        """method = 'Another text <b>with marks</b> and {{ accuracy("cnn") }}, 3 times.'""",
        "method = 'As it is.'\nresults = 'A second note.'",
    ]
    cold = [build_html(notes, Memory()) for notes in edits]
    assert [build_html(notes, memory) for notes in edits] == cold
    with patch("reportgen.report.html.Document", side_effect=AssertionError):
        assert [build_html(notes, memory) for notes in edits[:2]] == cold[:2]


def test_no_stand_in_allowed(tmp_path: Path) -> None:
    """Where the data cannot be had and nothing may stand in, the exit code is 3."""
    ended = reportgen_here(tmp_path, *BUILD, "--set", "data.fallback=none")
    assert ended.code == 3
    assert "Error: MNIST was not found on this machine" in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "output" / "paper").exists()


def test_no_pango(
    built: Built, another: Callable[..., Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Pango the HTML is there, the message says what to install, the code is 1."""
    stub = tmp_path / "stub"
    stub.mkdir()
    error = "cannot load library 'libpango-1.0-0'"
    (stub / "weasyprint.py").write_text(f"raise OSError({error!r})\n")
    monkeypatch.syspath_prepend(stub)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    ended = another(command=reportgen_here)
    assert ended.ended.code == 1
    assert "Pango" in ended.ended.err
    assert "install" in ended.ended.err
    assert "Traceback" not in ended.ended.err
    assert (ended.report / "report.html").read_bytes() == (
        built.report / "report.html"
    ).read_bytes()
