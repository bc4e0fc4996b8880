"""A mail server on loopback that speaks the real protocol and answers as it is told."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Self, cast

import dkim
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.mails import read_mail, wrong_with_mail

Reply = str | Callable[["MailServer"], Awaitable[str]]

OK = "250 2.0.0 OK"


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it came over the wire, dots undoubled."""

    sender: str
    recipient: str
    content: bytes
    options: list[str]
    is_encrypted: bool
    account: str | None

    @property
    def parsed(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        return read_mail(self.content)


@dataclass(eq=False)
class MailServer:
    """Keeps what it gets; answers each command as `answers` says for its name, else well.

    Every mail is read by the standard library's reader, and at the end none may have been wrong.

    Shape:  answers - for `connect`, `mail`, `rcpt`, `data`: a line, or what makes one; unknown -
            the mailboxes that it does not have; refusals - how often each of them was asked for;
            dkim_record - of whoever signs, if anybody does.
    Units:  thinks_seconds - before each answer.
    """

    tls: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    smtputf8: bool = True
    pipelining: bool = True
    password: str | None = None
    answers: dict[str, Reply] = field(default_factory=dict[str, Reply])
    thinks_seconds: float = 0.0
    unknown: set[str] = field(default_factory=set[str])
    dkim_record: bytes = b""
    wrong: list[str] = field(default_factory=list[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    mails: list[Received] = field(default_factory=list[Received])
    connections: int = 0
    sessions: list[SMTP] = field(default_factory=list[SMTP])
    silence: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            self._session,
            "127.0.0.1",
            self.port,
            ssl=self.tls if self.is_tls_from_the_start else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.silence.set()
        if self._server is not None:
            self._server.close()
        self.hang_up()
        await asyncio.sleep(0)
        assert self.wrong == [], self.wrong

    def hang_up(self) -> None:
        """End every connection without a word."""
        for session in self.sessions:
            if session.transport is not None:
                cast("asyncio.Transport", session.transport).abort()
        self.sessions.clear()

    def _session(self) -> SMTP:
        self.connections += 1
        account: Mapping[str, Any] = {}
        if self.password is not None:
            account = {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": self.tls is not None and not self.is_tls_from_the_start,
            }
        session = SMTP(
            _Handler(self),
            hostname="mail.test",
            enable_SMTPUTF8=self.smtputf8,
            tls_context=None if self.is_tls_from_the_start else self.tls,
            require_starttls=self.tls is not None and not self.is_tls_from_the_start,
            **account,
        )
        self.sessions.append(session)
        return session

    def _authenticate(self, *args: Any) -> AuthResult:
        login = args[-1]
        assert isinstance(login, LoginPassword)
        given = (login.login or b"").decode(), (login.password or b"").decode()
        return AuthResult(success=given == ("ada", self.password), auth_data=login, handled=False)

    def keep(self, received: Received) -> None:
        """Keep a mail, and what is wrong with it."""
        self.mails.append(received)
        self.wrong += wrong_with_mail(received.content)
        is_signed = b"\r\nDKIM-Signature:" in b"\r\n" + received.content
        if is_signed and not dkim.verify(received.content, dnsfunc=self._record_of_dkim):
            self.wrong.append("the signature is not valid")

    def _record_of_dkim(self, _name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG002
        return self.dkim_record

    async def answer(self, command: str) -> str | None:
        """Return what is to be said to a command, None for what is usual."""
        if self.thinks_seconds:
            await asyncio.sleep(self.thinks_seconds)
        answer = self.answers.get(command)
        return answer if answer is None or isinstance(answer, str) else await answer(self)


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        offered = ["250-PIPELINING"] if self._server.pipelining else []
        return [*responses[:-1], *offered, responses[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's signature
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._server.answer("mail")
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or OK

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's signature
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        answer = await self._server.answer("rcpt")
        if address in self._server.unknown:
            self._server.refusals[address] += 1
            return "550 5.1.1 No such mailbox"
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or OK

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        login = cast("LoginPassword | None", session.auth_data)
        received = Received(
            sender=envelope.mail_from or "",
            recipient=",".join(envelope.rcpt_tos),
            content=cast("bytes", envelope.original_content),
            options=envelope.mail_options,
            is_encrypted=session.ssl is not None,
            account=login.login.decode() if login else None,
        )
        answer = await self._server.answer("data")
        if answer is None:
            self._server.keep(received)
        return answer or f"250 2.0.0 OK: queued as {len(self._server.mails):04X}"


async def hang_up(server: MailServer) -> str:
    """End the connection where an answer should be."""
    server.hang_up()
    return OK


async def keep_silent(server: MailServer) -> str:
    """Say nothing until the test is over."""
    await server.silence.wait()
    return OK
