"""What is said to a mail server over one connection, once it has greeted us and knows who we are.

aiosmtplib connects, encrypts and logs in. It asks one question at a time, though, and a mail takes
four: it cannot pipeline (RFC 2920). That is done here, and halves the waiting on a real network and
the work on any; bench/README.md has the figures.
"""

import asyncio
import contextlib
from collections import deque
from enum import StrEnum
from typing import NamedTuple, cast

from aiosmtplib import SMTP

from tidings.base import limits

_GO_ON = 354
_CLOSING = 421
_QUIT_SECONDS = 2


class Stage(StrEnum):
    """How far a mail had come."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    FINAL = "final"


class Answer(NamedTuple):
    """A code and the words beside it, lines joined by spaces."""

    code: int
    said: str

    @property
    def is_good(self) -> bool:
        """Say whether the server does what it was asked, or waits for the rest."""
        return self.code // 100 in {2, 3}


class Conversation(asyncio.Protocol):
    """One connection, for one mail at a time.

    Shape:  stage - how far the last mail came.
    Errors: every method that waits for an answer raises OSError when the connection is gone, and
            TimeoutError when none comes; then the connection is to be closed.
    """

    def __init__(self, client: SMTP, *, timeout_seconds: float) -> None:
        self.stage = Stage.CONNECT
        self.offers_smtputf8 = client.supports_extension("smtputf8")
        self._offers_size = client.supports_extension("size")
        self._pipelines = client.supports_extension("pipelining")
        self._timeout_seconds = timeout_seconds
        self._transport = cast("asyncio.Transport", client.transport)
        self._unread = b""
        self._lines: list[str] = []
        self._answers: deque[Answer] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._transport.set_protocol(self)

    @property
    def is_ready(self) -> bool:
        """Say whether a mail may begin: what is said unasked is a goodbye."""
        return not self._transport.is_closing() and not self._answers and not self._unread

    async def hand_over(self, sender: str, recipient: str, content: bytes) -> Answer:
        """Hand a mail over; return the last answer, or the first that is not good.

        Shape:  content - lines end with CRLF; dots are doubled here.
        """
        size = f" SIZE={len(content)}" if self._offers_size else ""
        utf8 = "" if (sender + recipient).isascii() else " SMTPUTF8 BODY=8BITMIME"
        declined = await self._ask(
            (Stage.MAIL, f"MAIL FROM:<{sender}>{size}{utf8}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{recipient}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        )
        if declined is not None:
            return declined
        self.stage = Stage.FINAL
        self._write(_with_dots_doubled(content) + b".\r\n")
        return await self._answer()

    async def leave(self) -> None:
        """Say goodbye, and close."""
        with contextlib.suppress(OSError, TimeoutError):
            self._timeout_seconds = _QUIT_SECONDS
            self._write(b"QUIT\r\n")
            await self._answer()
        self.close()

    def close(self) -> None:
        """Close without a word."""
        self._transport.close()

    async def _ask(self, *commands: tuple[Stage, bytes]) -> Answer | None:
        """Ask for each stage, all at once if the server allows it; return the first bad answer."""
        if self._pipelines:
            self._write(b"".join(command for _, command in commands))
        declined: Answer | None = None
        answer: Answer | None = None
        for stage, command in commands:
            if declined is None:
                self.stage = stage
                if not self._pipelines:
                    self._write(command)
            elif not self._pipelines:
                break
            answer = await self._answer()
            if declined is None and not answer.is_good:
                declined = answer
            if answer.code == _CLOSING:
                return declined
        if declined is not None:
            await self._take_back(is_awaited=answer is not None and answer.code == _GO_ON)
        return declined

    async def _take_back(self, *, is_awaited: bool) -> None:
        # Some servers ask for the text of a mail without recipients (RFC 2920 3.1): it is empty.
        # The answer was had in any case, so a connection that fails only now is just closed.
        try:
            if is_awaited:
                self._write(b".\r\n")
                await self._answer()
            self._write(b"RSET\r\n")
            if not (await self._answer()).is_good:
                self.close()
        except (OSError, TimeoutError):
            self.close()

    async def _answer(self) -> Answer:
        if not self._answers:
            if self._transport.is_closing():
                raise ConnectionResetError("the server closed the connection")
            self._waiting = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(self._timeout_seconds):
                await self._waiting
        answer = self._answers.popleft()
        if answer.code == _CLOSING:
            self.close()
        return answer

    def _write(self, said: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionResetError("the server closed the connection")
        self._transport.write(said)

    # --- called by the event loop --------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take in what the server says."""
        *lines, self._unread = (self._unread + data).split(b"\n")
        try:
            for line in lines:
                self._take_line(line.rstrip(b"\r").decode("utf-8", "replace"))
        except ValueError:
            self._fail(ConnectionAbortedError("the server does not speak SMTP"))
        if len(self._unread) + sum(map(len, self._lines)) > limits.MAX_ANSWER_BYTES:
            self._fail(ConnectionAbortedError("the server does not come to an end"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait any longer."""
        self._fail(exc if isinstance(exc, OSError) else None)

    def _take_line(self, line: str) -> None:
        code = int(line[:3])
        self._lines.append(line[4:].strip())
        if line[3:4] != "-":
            self._answers.append(Answer(code, " ".join(self._lines)))
            self._lines = []
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)

    def _fail(self, error: OSError | None) -> None:
        self._transport.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(
                error or ConnectionResetError("the server closed the connection")
            )


def _with_dots_doubled(content: bytes) -> bytes:
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\n.", b"\n..")
