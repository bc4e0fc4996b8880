"""Sockets that send what no HTTP client would."""

import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

_READ_SECONDS = 10


class Answer(NamedTuple):
    """What came back until the other side closed, or until one whole answer was there."""

    status: int
    head: str
    body: str
    is_closed: bool


class Connection:
    """One connection to a web process."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection(
            (address.hostname or "", address.port or 0), timeout=_READ_SECONDS
        )
        self._seen = b""

    def wait_at_most(self, seconds: float) -> None:
        """Give up after a time: with a `TimeoutError`."""
        self._socket.settimeout(seconds)

    def send(self, *pieces: bytes) -> None:
        """Send bytes as they are."""
        for piece in pieces:
            self._socket.sendall(piece)

    def send_head(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Send the head of a request, whole."""
        lines = [f"{method} {path} HTTP/1.1", "host: x"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def answer(self) -> Answer:
        """Wait for one whole answer."""
        while not self._is_whole():
            piece = self._socket.recv(65_536)
            if not piece:
                break
            self._seen += piece
        return self._parsed()

    def drip(self, pieces: Iterable[bytes], *, pause_seconds: float) -> Answer:
        """Send piece after piece with pauses, until an answer comes; then read it to its end."""
        for piece in pieces:
            self._socket.settimeout(pause_seconds)
            try:
                self._socket.sendall(piece)
                seen = self._socket.recv(65_536)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            self._seen += seen
            break
        self._socket.settimeout(_READ_SECONDS)
        self.read_to_end()
        return self._parsed()._replace(is_closed=True)

    def read_to_end(self) -> None:
        """Read until the other side closes; it must, within the time limit of the socket."""
        try:
            while piece := self._socket.recv(65_536):
                self._seen += piece
        except ConnectionError:
            pass

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _is_whole(self) -> bool:
        head, end, body = self._seen.partition(b"\r\n\r\n")
        return bool(end) and len(body) >= _length(head)

    def _parsed(self) -> Answer:
        head, _, body = self._seen.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        text = head.decode().lower()
        return Answer(status, text, body.decode(), "connection: close" in text)


@contextmanager
def connection(url: str) -> Generator[Connection]:
    """Open a connection for a block."""
    opened = Connection(url)
    try:
        yield opened
    finally:
        opened.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.removeprefix(b"content-length:"))
    return 0
