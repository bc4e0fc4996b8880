"""One request and its answer, past ASGI's messages where those cost more than they give.

An ASGI answer is two messages, each checked header by header and written by itself; for a small
answer that is most of the cost of sending it, and the second write wakes the client once more.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_NAME = "tidings.exchange"


class Outbox:
    """What leaves at the end of this turn of the event loop, for all connections of a process.

    Many calls are answered in one turn, when their commit is done. Written one by one, each answer
    would wake the client at once, which sends its next call at once, and so on: calls would come
    singly that share a commit now, a tenth of all throughput (bench/README.md).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def post(self, transport: asyncio.Transport, data: bytes) -> None:
        """Send later in this turn."""
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append((transport, data))

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class Exchange:
    """What the server knows of a request under way, and a short way to answer it."""

    __slots__ = ("_cycle", "_outbox")

    def __init__(self, cycle: RequestResponseCycle, outbox: Outbox) -> None:
        self._cycle = cycle
        self._outbox = outbox

    @property
    def is_client_gone(self) -> bool:
        """Say whether the connection is closed, so that no answer can be read any more."""
        return self._cycle.disconnected

    def answer(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, closing: bool
    ) -> bool:
        """Send a whole answer in one write; False when the long way must be taken, and nothing is.

        Shape:  headers - ours alone, checked nowhere; without the length; closing - whether the
                connection ends with it.
        """
        cycle = self._cycle
        if cycle.disconnected or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        cycle.keep_alive = cycle.keep_alive and not closing
        pieces = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            pieces += (name, b": ", value, b"\r\n")
        pieces.append(b"content-length: %d\r\n" % len(body))
        pieces.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        pieces.append(body)
        # What follows is what the cycle does itself at the end of an answer.
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        if cycle.keep_alive:
            self._outbox.post(cycle.transport, b"".join(pieces))
        else:
            cycle.transport.write(b"".join(pieces))
            cycle.transport.close()
        cycle.message_event.set()
        cycle.on_response()
        return True


def offer_exchange(scope: Scope, exchange: Exchange) -> None:
    """Put the exchange where the application finds it."""
    scope["extensions"] = {_NAME: exchange}


def exchange_of(scope: Scope) -> Exchange | None:
    """Return the exchange of a request, None under another server."""
    extensions = cast("dict[str, Any] | None", scope.get("extensions"))
    return None if extensions is None else extensions.get(_NAME)
