"""Downloads: checked against the published MD5, and given up within the time limits."""

from __future__ import annotations

import ast
import gzip
import importlib.util
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reportgen.config.schema import Data
from reportgen.data import download as room
from reportgen.data.catalogue import CATALOGUE
from reportgen.data.download import DownloadFailed, download
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
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
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
    return SearchOptions({facts.name: facts})


def publish(generated: Generated, web: Path) -> Generated:
    """Write compressed files into a folder; return the data set with their MD5."""
    web.mkdir()
    for file, content in zip(generated.facts.files, generated.contents, strict=True):
        (web / f"{file.name}.gz").write_bytes(gzip.compress(content, mtime=0))
    return generated


def test_the_proxy_is_that_of_the_environment_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download after one that went through a proxy does not go through it."""
    web = tmp_path / "web"
    with serving(web) as address:
        options = setting(publish(generate(), web), address)
        monkeypatch.setenv("http_proxy", closed_address())
        with pytest.raises(DataUnavailable, match="refused"):
            find_source(MNIST, None, tmp_path / "cache", lambda _: None, options)
        monkeypatch.delenv("http_proxy")
        source = find_source(MNIST, None, tmp_path / "cache", lambda _: None, options)
    assert source.digest


def test_unreachable_mirror_ends_the_search(tmp_path: Path) -> None:
    """A closed port is reported with its address; nothing is left in the cache."""
    mirror = closed_address()
    with pytest.raises(DataUnavailable, match=f"tried {mirror}: .*refused"):
        find_source(MNIST, None, tmp_path / "cache", lambda _: None, setting(generate(), mirror))
    assert not (tmp_path / "cache").exists()


def test_silent_mirror_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that accepts the connection and sends nothing counts as unreachable."""
    monkeypatch.setattr(room, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mirror = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        facts = replace(generate().facts, mirrors=(mirror,))
        with pytest.raises(DownloadFailed) as caught:
            download(facts, Path("never-written"))
    assert [detail.startswith(mirror) for detail in caught.value.details] == [True]


def test_slow_mirror_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that does not arrive within the time limit is not taken."""
    monkeypatch.setattr(room, "TOTAL_SECONDS", 0.0)
    generated = publish(generate(), tmp_path / "web")
    with serving(tmp_path / "web") as mirror:
        facts = replace(generated.facts, mirrors=(mirror,))
        with pytest.raises(DownloadFailed, match="longer than 0 s"):
            download(facts, tmp_path / "cache")


def test_page_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """A log-in page that answers to every address is not taken for the file."""
    generated = publish(generate(), tmp_path / "web")
    name = f"{generated.facts.files[-1].name}.gz"
    (tmp_path / "web" / name).write_text("<html>Log in</html>")
    with serving(tmp_path / "web") as mirror:
        facts = replace(generated.facts, mirrors=(mirror,))
        with pytest.raises(DownloadFailed, match=f"{mirror}: {name} is a different file: its MD5"):
            download(facts, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_download_is_kept_in_the_cache(tmp_path: Path) -> None:
    """The download comes from the mirror that answers; the next search finds the cache."""
    generated = publish(generate(), tmp_path / "web")
    with serving(tmp_path / "web") as mirror:
        messages: list[str] = []
        chosen = setting(generated, closed_address(), mirror)
        source = find_source(MNIST, None, tmp_path / "cache", messages.append, chosen)
    assert "Downloading MNIST" in messages
    raw = tmp_path / "cache" / "MNIST" / "raw"
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == {
        file.name: content
        for file, content in zip(generated.facts.files, generated.contents, strict=True)
    }
    again = find_source(MNIST, None, tmp_path / "cache", messages.append, generated.setting)
    assert again == source


def test_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the place of the cache folder is named in the message."""
    generated = publish(generate(), tmp_path / "web")
    (tmp_path / "cache").write_text("a file")
    with serving(tmp_path / "web") as mirror:
        facts = replace(generated.facts, mirrors=(mirror,))
        with pytest.raises(DownloadFailed, match=str(tmp_path / "cache")):
            download(facts, tmp_path / "cache")


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
