"""Compiled templates are kept, and never served where they are not what would be compiled now."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from reportgen.report.stash import Stash
from reportgen.report.templates import make_environment, render

Render = Callable[[str], str]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that were compiled so far."""
    names: list[str] = []
    compile_template = Environment.compile

    def watch(self: Environment, source: Any, name: str, *rest: Any) -> Any:
        names.append(name)
        return compile_template(self, source, name, *rest)

    monkeypatch.setattr(Environment, "compile", watch)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return names


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled templates of a user who has none yet."""
    monkeypatch.setattr("reportgen.report.bytecode.user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache" / "templates"


@pytest.fixture
def render_own() -> Render:
    """Return a function that renders a template of the user's own, each time as a new build."""

    def call(source: str) -> str:
        stash = Stash()
        # What another document has set aside before must not matter.
        for _ in range(len(source)):
            stash.hold("<b>of this document</b>")
        environment = make_environment({"mine.j2": source}, stash.protect, {})
        environment.filters["inline"] = stash.hold
        return stash.fill(render(environment, "mine.j2", {"name": "a_b"}))

    return call


def test_a_template_is_compiled_once(cache: Path, compiled: list[str], render_own: Render) -> None:
    """The second build renders the same without compiling anything."""
    first, second = render_own("Hello {{ name }}"), render_own("Hello {{ name }}")
    assert first == second == "Hello a_b"
    assert compiled == ["mine.j2"]
    assert len(list(cache.iterdir())) == 1


def test_an_edited_template_is_compiled_anew(
    cache: Path, compiled: list[str], render_own: Render
) -> None:
    """Each text is rendered as it stands now, and takes the place of the one before."""
    sources = ["One {{ name }}", "Two {{ name }}", "One {{ name }}"]
    assert [render_own(source) for source in sources] == ["One a_b", "Two a_b", "One a_b"]
    assert compiled == ["mine.j2"] * 3
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "source", ['{{ "a_b" }}', '{{ "a_b" | inline }}', '{% set x = "a_b" | inline %}{{ x }}']
)
def test_nothing_of_one_document_is_kept_for_another(
    cache: Path, render_own: Render, source: str
) -> None:
    """What a template prints is set aside when it is rendered, and not when it is compiled."""
    assert render_own(source) == render_own(source) == "a_b"
    assert render_own(f"longer {source}") == "longer a_b"


@pytest.mark.parametrize("place", [0, 40, -1], ids=["seal", "code", "end"])
def test_a_damaged_file_is_never_run(
    cache: Path, compiled: list[str], render_own: Render, place: int
) -> None:
    """One flipped bit, wherever it is, and the template is compiled anew and kept again."""
    render_own("Hello {{ name }}")
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    damaged = bytearray(whole)
    damaged[place] ^= 1
    kept.write_bytes(damaged)
    assert render_own("Hello {{ name }}") == "Hello a_b"
    assert compiled == ["mine.j2"] * 2
    assert kept.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_folder_that_others_can_write_to_is_not_used(
    cache: Path, compiled: list[str], render_own: Render
) -> None:
    """Whoever can put a file there could have any code run."""
    render_own("Hello {{ name }}")
    cache.chmod(0o777)
    render_own("Hello {{ name }}")
    assert compiled == ["mine.j2"] * 2


def test_without_a_cache_folder_templates_are_compiled(
    cache: Path, compiled: list[str], render_own: Render
) -> None:
    """A home that cannot be written to costs time and nothing else."""
    cache.parent.write_text("a file where the folder should be")
    assert render_own("Hello {{ name }}") == render_own("Hello {{ name }}") == "Hello a_b"
    assert compiled == ["mine.j2"] * 2
