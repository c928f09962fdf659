"""The download: quick to give up, checked when it comes, and plain about torchvision."""

from __future__ import annotations

import ast
import gzip
import importlib.util
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reportgen.config.schema import Data
from reportgen.data.catalogue import CATALOGUE
from reportgen.data.download import TimeLimits, explain_import_failure, reachable_mirrors
from reportgen.data.sources import VARIABLE, SearchOptions, find_source
from reportgen.errors import DataUnavailable
from tests.data.generated import Generated, generate

MNIST = Data(name="mnist")


@pytest.fixture(autouse=True)
def _no_named_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


class QuietHandler(SimpleHTTPRequestHandler):
    """A web server for one folder that logs nothing."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder` on this machine; yield its address."""
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def closed_address() -> str:
    """Return the address of a port where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def setting(generated: Generated, *mirrors: str) -> SearchOptions:
    """Return the setting that downloads the generated files from these mirrors."""
    facts = replace(generated.facts, mirrors=mirrors)
    return SearchOptions({facts.name: facts}, TimeLimits(connect=2.0, total=300.0))


def test_unreachable_mirror_is_given_up_before_torchvision_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed port ends the search; no process is started, nothing is left in the cache."""

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    mirror = closed_address()
    with pytest.raises(DataUnavailable, match=f"tried {mirror}: .*refused"):
        find_source(MNIST, None, tmp_path / "cache", lambda _: None, setting(generate(), mirror))
    assert not (tmp_path / "cache").exists()


def test_silent_mirror_is_given_up_in_time(tmp_path: Path) -> None:
    """A mirror that takes the connection and says nothing counts as unreachable."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mirror = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        facts = replace(generate().facts, mirrors=(mirror,))
        reachable, refusals = reachable_mirrors(facts, 0.2)
    assert reachable == ()
    assert len(refusals) == 1
    assert refusals[0].startswith(mirror)


def test_page_in_place_of_the_file_is_no_mirror(tmp_path: Path) -> None:
    """A log-in page that answers to every address is not taken for a mirror."""
    generated = generate()
    (tmp_path / f"{generated.facts.files[-1].name}.gz").write_text("<html>Log in</html>")
    with serving(tmp_path) as mirror:
        facts = replace(generated.facts, mirrors=(mirror,))
        assert reachable_mirrors(facts, 5.0) == (
            (),
            (f"{mirror}: answers, but not with the file",),
        )


def test_download_is_kept_in_the_cache(tmp_path: Path) -> None:
    """The download comes from the mirror that answers; the next search finds the cache."""
    generated = generate()
    web = tmp_path / "web"
    web.mkdir()
    for file, content in zip(generated.facts.files, generated.contents, strict=True):
        (web / f"{file.name}.gz").write_bytes(gzip.compress(content, mtime=0))
    with serving(web) as mirror:
        said: list[str] = []
        chosen = setting(generated, closed_address(), mirror)
        source = find_source(MNIST, None, tmp_path / "cache", said.append, chosen)
    assert "Downloading MNIST" in said
    raw = tmp_path / "cache" / "MNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(
        file.name for file in generated.facts.files
    )
    again = find_source(MNIST, None, tmp_path / "cache", said.append, generated.setting)
    assert again == source


def run_child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let the download run this shell program in place of torchvision."""
    run = subprocess.run

    def replaced(command: object, **options: object) -> subprocess.CompletedProcess[str]:
        return run(["sh", "-c", program], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", replaced)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("echo >&2 'RuntimeError: operator torchvision::nms does not exist'; exit 3", "family"),
        ("echo >&2 'ImportError: undefined symbol: _ZN3c10'; exit 3", "--force-reinstall"),
        ("echo >&2 \"No module named 'torchvision'\"; exit 3", "pip install torchvision"),
        ("echo >&2 'RuntimeError: File not found or corrupted.'; exit 4", "corrupted"),
        ("exit 9", "without a word"),
        ("sleep 60", "longer than 0.5 s"),
    ],
)
def test_failed_download_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    """Whatever becomes of the process, its reason and what to do reach the user."""
    generated = generate()
    (tmp_path / "web").mkdir()
    name = f"{generated.facts.files[-1].name}.gz"
    (tmp_path / "web" / name).write_bytes(gzip.compress(b""))
    run_child(monkeypatch, program)
    with serving(tmp_path / "web") as mirror:
        chosen = replace(setting(generated, mirror), limits=TimeLimits(2.0, 0.5))
        with pytest.raises(DataUnavailable, match=said):
            find_source(MNIST, None, tmp_path / "cache", lambda _: None, chosen)
    assert list((tmp_path / "cache" / "MNIST" / "raw").iterdir()) == []


def test_mismatch_names_both_versions_and_the_mending() -> None:
    """Two build families are told apart from a package that is not there."""
    message = explain_import_failure("RuntimeError: operator torchvision::nms does not exist")
    assert "same build family" in message
    assert "pip install --force-reinstall torch torchvision" in message
    assert "pip install torchvision" in explain_import_failure("No module named 'torchvision'")


def test_catalogue_agrees_with_torchvision() -> None:
    """Mirrors and checksums are those that torchvision would use; its source is read, not run."""
    found = importlib.util.find_spec("torchvision")
    assert found is not None and found.origin is not None
    source = Path(found.origin).with_name("datasets") / "mnist.py"
    classes = {
        node.name: node
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    for facts in CATALOGUE.values():
        theirs = {
            target.id: ast.literal_eval(node.value)
            for node in classes[facts.folder].body
            if isinstance(node, ast.Assign)
            and isinstance(target := node.targets[0], ast.Name)
            and target.id in ("mirrors", "resources")
        }
        assert theirs == {
            "mirrors": list(facts.mirrors),
            "resources": [(f"{file.name}.gz", file.gzip_md5) for file in facts.files],
        }
