"""Reading the body of a request within limits: of its size, and of memory for all bodies."""

import zlib
from typing import Self

from starlette.types import Receive

from tidings.base import limits
from tidings.base.errors import Code, Refused, unavailable

_GZIP_WINDOW = 31  # zlib: the largest window, behind a gzip header


class BodyBudget:
    """The bytes of bodies that this process holds at one time; beyond it, calls are refused.

    Memory must not grow with the number of senders: a 503 costs the sender a second, running out
    of memory costs everybody everything.
    """

    def __init__(self, most_bytes: int = limits.MAX_HELD_BODY_BYTES) -> None:
        self._free_bytes = most_bytes

    def take(self, count: int) -> None:
        """Take bytes out of the budget.

        Errors: `unavailable` when there are not that many.
        """
        if count > self._free_bytes:
            raise unavailable("The server holds too many requests at once. Send again shortly.")
        self._free_bytes -= count

    def give_back(self, count: int) -> None:
        """Put bytes back that were taken."""
        self._free_bytes += count


class HeldBytes:
    """The bytes that one request holds, given back at the end of a `with` block."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.give_back(self._count)

    def add(self, count: int) -> None:
        """Hold so many bytes more.

        Errors: `unavailable` when the process holds too many.
        """
        self._budget.take(count)
        self._count += count


class ClientGone(Exception):
    """The client closed the connection before its request was whole: nobody waits for an answer."""


async def read_body(receive: Receive, held: HeldBytes, *, declared_bytes: int | None) -> bytes:
    """Read a body, as sent.

    Shape:  declared_bytes - the `Content-Length`, None when there is none.
    Errors: `too_large` above `MAX_BODY_BYTES`, before the body is read when its length is
            declared; `unavailable` when the process holds too much; `ClientGone`, also for a
            sender that was cut off for being slow (`web.server`).
    """
    if declared_bytes is not None and declared_bytes > limits.MAX_BODY_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limits.MAX_BODY_BYTES:
            raise _too_large()
        held.add(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unpack(body: bytes, encoding: str, held: HeldBytes) -> bytes:
    """Undo the `Content-Encoding` of a body.

    Shape:  encoding - the header's value, "" for none.
    Errors: `invalid` for another encoding than gzip, and for gzip that is broken or cut short;
            `too_large` when it unpacks to more than `MAX_UNPACKED_BODY_BYTES`.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise Refused(Code.INVALID, f"Content-Encoding {encoding!r} is not understood; use gzip.")
    unpacked = bytearray()
    rest = body
    for _ in range(limits.MAX_GZIP_MEMBERS):
        if not rest:
            break
        member = zlib.decompressobj(_GZIP_WINDOW)
        room = limits.MAX_UNPACKED_BODY_BYTES - len(unpacked)
        try:
            unpacked += member.decompress(rest, room + 1)
        except zlib.error as error:
            raise Refused(Code.INVALID, "The body is not valid gzip.") from error
        if len(unpacked) > limits.MAX_UNPACKED_BODY_BYTES:
            raise _too_large()
        if not member.eof:
            raise Refused(Code.INVALID, "The gzip body is cut short.")
        rest = member.unused_data
    if rest:
        raise Refused(Code.INVALID, f"The gzip body has more than {limits.MAX_GZIP_MEMBERS} parts.")
    held.add(len(unpacked))
    return bytes(unpacked)


def _too_large() -> Refused:
    return Refused(
        Code.TOO_LARGE,
        f"The body is larger than {limits.MAX_BODY_BYTES} bytes "
        f"(unpacked {limits.MAX_UNPACKED_BODY_BYTES}); send fewer records a call.",
    )
