"""A client that is told to wait, waits; against a server that says what a test wants it to."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tidings.base.errors import Code, Refused
from tidings.cli.posting import Client

Answer = Callable[..., str]


@pytest.fixture
def answering() -> Generator[Answer]:
    """Start servers that answer these statuses, one after the other."""
    servers: list[ThreadingHTTPServer] = []

    def start(*statuses: int) -> str:
        left = list(statuses)

        class Scripted(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(left.pop(0))
                self.send_header("retry-after", "0")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"no")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_it_asks_again_when_it_is_told_to_wait(answering: Answer) -> None:
    """A full minute, a busy server and a key that is still on its way are no failures."""
    with closing(Client(answering(429, 503, 401, 200))) as client:
        client.post("/api/event", [])
    assert client.was_heard


def test_it_says_what_the_server_will_not_take(answering: Answer) -> None:
    """Asking again would get the same answer."""
    with (
        closing(Client(answering(400))) as client,
        pytest.raises(Refused, match="answered 400 to /api/event: no") as refused,
    ):
        client.post("/api/event", [])
    assert (refused.value.code, client.was_heard) == (Code.INVALID, False)


def test_a_stopped_client_waits_no_more(answering: Answer) -> None:
    """Ctrl-C during a full minute must not hang until the next one."""
    with closing(Client(answering(503))) as client:
        client.stop()
        with pytest.raises(Refused) as refused:
            client.post("/api/event", [])
    assert refused.value.code is Code.UNAVAILABLE


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "http://a:99999"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """In one line, before anything is made for it."""
    with pytest.raises(Refused, match="is no URL such as"):
        Client(url)
