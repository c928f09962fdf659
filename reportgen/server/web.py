"""The web server, for browsers on this machine only."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from reportgen.errors import UsageError
from reportgen.server.board import Board, Snapshot
from reportgen.server.page import live_script, make_page

ADDRESS = "127.0.0.1"
HEARTBEAT = 10.0
"""Seconds of silence after which a window is sent an empty line, to see whether it is there."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """A server of one board, on the loopback address."""

    # A stream of events stays open as long as its window: the end of the server waits for none.
    daemon_threads = True
    block_on_close = False

    def __init__(self, board: Board, port: int) -> None:
        self.board = board
        self.script = live_script()
        try:
            super().__init__((ADDRESS, port), Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                f"port {port} cannot be used: {reason}.\n"
                "  Choose another one with --port, or leave out --port to use any free one."
            ) from error

    @property
    def url(self) -> str:
        """Where the report is shown."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a window that was closed; anything else is a bug and gets its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request of a browser."""

    server: Server
    server_version = "reportgen"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the page, or with the stream of what happens to it."""
        if not self._is_for_us():
            # Another site's name that was pointed at this machine (DNS rebinding).
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path.partition("?")[0] == "/":
            self._send_page()
        elif self.path == "/events":
            self._send_events()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Print nothing: the terminal is for the build."""

    def _is_for_us(self) -> bool:
        port = self.server.server_port
        return self.headers.get("Host") in (f"{ADDRESS}:{port}", f"localhost:{port}")

    def _begin(self, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        for name, value in HEADERS.items():
            self.send_header(name, value)

    def _send_page(self) -> None:
        page = make_page(self.server.board.snapshot, self.server.script)
        content = page.html.encode()
        self._begin("text/html; charset=utf-8")
        for policy in page.policies:
            self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_events(self) -> None:
        self._begin("text/event-stream")
        self.end_headers()
        board, change = self.server.board, -1
        while not board.closed:
            snapshot = board.wait(change, HEARTBEAT)
            self.wfile.write(b":\n\n" if snapshot is None else _event(snapshot))
            self.wfile.flush()
            change = snapshot.change if snapshot else change


def _event(snapshot: Snapshot) -> bytes:
    """Return a snapshot, without its document, as a server-sent event."""
    state: dict[str, Any] = {
        "document": snapshot.document,
        "problem": snapshot.problem,
        "activity": snapshot.activity,
        "fraction": snapshot.fraction,
    }
    return f"data: {json.dumps(state)}\n\n".encode()


@contextmanager
def serving(board: Board, port: int) -> Iterator[str]:
    """Serve `board` while the block runs; yield the address. Port 0 takes a free one.

    Raises UsageError where the port is not available.
    """
    with Server(board, port) as server:
        # Seconds after which it notices `shutdown`; the default is half a second.
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            board.close()
            server.shutdown()
            thread.join()
