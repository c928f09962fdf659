"""The template set: what the user's own folder replaces, and what is wrong with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from reportgen.errors import ConfigurationError, ReportgenError
from reportgen.report import sandbox
from reportgen.report.templates import make_environment, read_asset, read_templates, render


def test_a_file_of_the_users_folder_stands_first(tmp_path: Path) -> None:
    """One style sheet is replaced; the others are those that ship."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "theme.css").write_text(":root { color: green }", encoding="utf-8")
    own = read_templates(tmp_path)
    assert read_asset(own, "css/theme.css") == ":root { color: green }"
    assert read_asset(own, "css/layout.css") == read_asset({}, "css/layout.css")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """`report.templates` that is no folder is a mistake in the experiment file."""
    with pytest.raises(ConfigurationError, match=r"report\.templates: expected a folder"):
        read_templates(tmp_path / "nowhere")


def test_a_style_sheet_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A file that is not UTF-8 is the user's mistake, not a bug: it is named."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "theme.css").write_bytes("/* Größe */".encode("latin-1"))
    with pytest.raises(ReportgenError, match=r"theme\.css cannot be read.*save it as UTF-8"):
        read_templates(tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A style sheet that is a link to another file of the machine is not read."""
    (tmp_path / "secret.css").write_text("secret", encoding="utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "theme.css").symlink_to(tmp_path / "secret.css")
    with pytest.raises(ReportgenError, match="is a link to a file elsewhere"):
        read_templates(tmp_path / "own")


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    """A folder within the user's own that is a link to elsewhere is named, and not left out."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sections").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportgenError, match="sections is a link to a file elsewhere"):
        read_templates(tmp_path / "own")


def test_a_link_to_itself_is_a_sentence(tmp_path: Path) -> None:
    """A link that leads nowhere but to itself is no bug of ours."""
    (tmp_path / "theme.css").symlink_to(tmp_path / "theme.css")
    with pytest.raises(ReportgenError, match=r"theme\.css cannot be read"):
        read_templates(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A file name that is not UTF-8 is named as far as it can be printed."""
    (tmp_path / os.fsdecode(b"gr\xf6\xdfe.css")).write_text("", encoding="utf-8")
    with pytest.raises(ReportgenError, match="must be UTF-8; rename it") as caught:
        read_templates(tmp_path)
    assert str(caught.value).encode()


def test_a_folder_of_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that holds more than templates do is a mistake, and is not read whole."""
    monkeypatch.setattr("reportgen.report.templates.MOST_FILES", 2)
    for name in ("a.css", "b.css", "c.css"):
        (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(ReportgenError, match="more than 2 templates"):
        read_templates(tmp_path)


def render_text(text: str) -> str:
    """Render a template."""
    return render(make_environment({"a.j2": text}), "a.j2", {})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which compiled templates are kept."""
    monkeypatch.setattr(sandbox, "user_cache_path", lambda name: tmp_path / name)
    return tmp_path / "reportgen" / "templates"


@pytest.mark.usefixtures("cache")
def test_a_later_document_does_not_compile_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was compiled for one document is run for the next; another text is compiled."""
    assert render_text("{{ 1 + 1 }}") == "2"
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.Sandbox, "compile", None)
        assert render_text("{{ 1 + 1 }}") == "2"
    assert render_text("{{ 1 + 2 }}") == "3"


def test_a_damaged_file_is_compiled_again(cache: Path) -> None:
    """A file that was cut off, or that is something else, costs no report."""
    assert render_text("{{ 1 + 1 }}") == "2"
    [file] = cache.iterdir()
    whole = file.read_bytes()
    for content in (b"", whole[:-20], b"something else"):
        file.write_bytes(content)
        assert render_text("{{ 1 + 1 }}") == "2"
        assert file.read_bytes() == whole


def test_no_folder_to_keep_anything_in(cache: Path) -> None:
    """Where nothing can be written, a template is compiled each time."""
    cache.parent.write_text("a file", encoding="utf-8")
    assert render_text("{{ 1 + 1 }}") == "2"


def test_code_of_another_compiler_is_not_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that another version compiled may lack what this one charges for."""
    assert render_text("{{ 1 + 1 }}") == "2"
    [file] = cache.iterdir()
    older = file.read_bytes()
    monkeypatch.setattr(sandbox, "version", lambda _: "0")
    assert render_text("{{ 1 + 1 }}") == "2"
    assert file.read_bytes() != older


def test_what_a_mac_keeps_beside_a_file_is_no_template(tmp_path: Path) -> None:
    """On file systems of others, attributes of a file are in a second one, which is no text."""
    (tmp_path / "theme.css").write_text("body{}")
    (tmp_path / "._theme.css").write_bytes(b"\x00\x05\x16\x07\xff")
    assert read_templates(tmp_path) == {"theme.css": "body{}"}
