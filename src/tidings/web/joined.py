"""Sending less often: what is written together leaves together."""

import asyncio
from typing import Any


class JoinedWrites:
    """A transport that sends all that is written in one turn of the event loop at once.

    uvicorn writes an answer's head and its body one after the other, and each write would be a
    system call that wakes the client; for small answers that is most of the cost of sending.
    """

    __slots__ = ("_loop", "_pieces", "_transport")

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401 - as uvicorn has it
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send later in this turn."""
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(data)

    def close(self) -> None:
        """Send what was written, then close."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transport can
        return getattr(self._transport, name)

    def _send(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces))
