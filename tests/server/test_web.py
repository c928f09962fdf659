"""The server: for this machine alone, one page and its stream of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from reportgen.errors import UsageError
from reportgen.server.board import Board
from reportgen.server.web import Server, serving
from tests.server.fakes import page


@pytest.fixture
def board() -> Board:
    """A board with a report."""
    board = Board()
    board.show(page("<p>one</p>"))
    return board


@pytest.fixture
def url(board: Board, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the board is served, by a server that ends at once."""
    serve = Server.serve_forever
    monkeypatch.setattr(Server, "serve_forever", lambda server, _: serve(server, 0.01))
    with serving(board, 0) as url:
        yield url


def get(url: str, path: str = "/", host: str | None = None, method: str = "GET") -> HTTPResponse:
    """Return the answer to one request."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, path, headers={"Host": host} if host else {})
    return connection.getresponse()


def read_event(response: HTTPResponse) -> dict[str, object]:
    """Return the next event of a stream."""
    line = b""
    while not line.startswith(b"data: "):
        line = response.readline()
    found = json.loads(line.removeprefix(b"data: "))
    assert isinstance(found, dict)
    return found


def test_page_has_the_report_and_strict_headers(url: str) -> None:
    """The page is never kept, never guessed at, and has its policy."""
    response = get(url)
    assert response.status == 200
    assert b"<p>one</p>" in response.read()
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Cache-Control") == "no-store"
    assert response.getheader("X-Content-Type-Options") == "nosniff"
    assert "default-src 'none'" in (response.getheader("Content-Security-Policy") or "")


def test_only_loopback_is_listened_on(url: str) -> None:
    """The address is that of this machine, with a port of its own."""
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1"
    assert parts.port


@pytest.mark.parametrize("path", ["/", "/events"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil:80"])
def test_other_hosts_are_refused(url: str, path: str, host: str) -> None:
    """A name that somebody pointed at this machine does not get the report (DNS rebinding)."""
    response = get(url, path, host)
    assert response.status == 421
    assert b"one" not in response.read()


def test_localhost_is_this_machine(url: str) -> None:
    """The name that users type works too."""
    assert get(url, host=f"localhost:{urlsplit(url).port}").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/../etc/passwd", 404), ("GET", "/report.pdf", 404), ("POST", "/", 501)],
)
def test_nothing_else_is_served(url: str, method: str, path: str, status: int) -> None:
    """Neither files nor methods beside the page and its events."""
    assert get(url, path, method=method).status == status


def test_events_tell_the_present_and_every_change(url: str, board: Board) -> None:
    """A window hears at once how things are, and then what happens."""
    response = get(url, "/events")
    assert response.getheader("Content-Type") == "text/event-stream"
    assert read_event(response) == {
        "document": 1,
        "problem": None,
        "activity": None,
        "fraction": None,
    }
    board.say("Training", 0.25)
    event = read_event(response)
    assert (event["activity"], event["fraction"]) == ("Training", 0.25)
    board.fail("line 1\nline 2")
    assert read_event(response)["problem"] == "line 1\nline 2"
    board.show("<p>two</p>")
    assert read_event(response)["document"] == 2


def test_streams_end_with_the_server(board: Board) -> None:
    """Open windows do not keep the server from ending."""
    with serving(board, 0) as url:
        response = get(url, "/events")
        read_event(response)
    assert b"data" not in response.read()


def test_taken_port_is_a_usage_error(url: str) -> None:
    """The error names the port, and what to do."""
    port = urlsplit(url).port
    assert port is not None
    with (
        pytest.raises(UsageError, match=f"port {port} cannot be used: .*in use") as caught,
        serving(Board(), port),
    ):
        pass
    assert "--port" in str(caught.value)


def test_a_bug_in_an_answer_is_not_silent(
    url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What fails while a page is made is printed on the terminal; a closed window is not."""

    def fail(*_: object) -> None:
        raise LookupError("the page cannot be made")

    monkeypatch.setattr("reportgen.server.web.make_page", fail)
    with pytest.raises(RemoteDisconnected):
        get(url)
    assert "the page cannot be made" in capfd.readouterr().err
