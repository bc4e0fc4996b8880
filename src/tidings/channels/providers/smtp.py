"""Mail over SMTP: connections that are kept open, one mail after the other on each."""

import ssl
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTP

from tidings.base import clock
from tidings.channels import mime
from tidings.channels.dkim import Signer
from tidings.channels.keys import read_rsa_key
from tidings.channels.kinds import Smtp
from tidings.channels.message import Email
from tidings.channels.outcome import Outcome, Reason, Rejected
from tidings.channels.providers.conversation import Conversation, Stage
from tidings.channels.providers.smtp_answers import outcome_of_answer, outcome_of_error

# Whatever else is raised is a bug, and is not told as an outcome.
_FAILURES = (aiosmtplib.SMTPException, OSError, TimeoutError)


@dataclass(slots=True)
class _Kept:
    """A connection, how many mails went over it, and when the last one did."""

    conversation: Conversation
    mails: int = 0
    used_at: float = 0.0


class SmtpProvider:
    """Hands mails to one server.

    As many connections are open as mails were handed over at one time; the one used last is used
    next, so that those beyond the need grow old and are closed.
    """

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._idle: list[_Kept] = []
        self._tls = tls_context(settings)
        self._signer = (
            Signer(settings.dkim_domain, settings.dkim_selector, read_rsa_key(settings.dkim_key))
            if settings.dkim_key
            else None
        )

    async def send(self, message: Email) -> Outcome:
        """Hand a mail to the server."""
        content = mime.build(message, at=clock.now())
        if self._signer is not None:
            content = self._signer.sign(content)
        kept = self._ready_one()
        if kept is not None:
            outcome = await self._send_over(kept, message, content)
            # It may have been closed while nobody looked. Before MAIL is answered nothing of this
            # mail is with the server, so it is no second try.
            if kept.conversation.is_ready or kept.conversation.stage is not Stage.MAIL:
                return outcome
        client = self._client()
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except _FAILURES as error:
            client.close()
            return outcome_of_error(error, stage=Stage.CONNECT)
        anew = Conversation(client, timeout_seconds=self._settings.timeout_seconds)
        return await self._send_over(_Kept(anew), message, content)

    async def close(self) -> None:
        """Take leave of the server."""
        while self._idle:
            await self._idle.pop().conversation.leave()

    async def _send_over(self, kept: _Kept, message: Email, content: bytes) -> Outcome:
        settings = self._settings
        # What is tried by hand has no return path of its own.
        path = message.return_path or settings.return_path or settings.bounce_address
        sender = mime.wire_address(path or message.sender.email)
        recipient = mime.wire_address(message.recipient.email)
        conversation = kept.conversation
        if not conversation.offers_smtputf8 and not (sender + recipient).isascii():
            await self._keep(kept)
            said = "the server does not take addresses with letters beyond ASCII (SMTPUTF8)"
            return Rejected(Reason.UNSUPPORTED, said=said)
        try:
            answer = await conversation.hand_over(sender, recipient, content)
        except _FAILURES as error:
            conversation.close()
            return outcome_of_error(error, stage=conversation.stage)
        except BaseException:
            # Cancelled in the middle: what the server says next would be taken for another answer.
            conversation.close()
            raise
        kept.mails += 1
        await self._keep(kept)
        return outcome_of_answer(answer, stage=conversation.stage)

    def _ready_one(self) -> _Kept | None:
        oldest = clock.monotonic() - self._settings.idle_seconds
        while self._idle:
            kept = self._idle.pop()
            if kept.conversation.is_ready and kept.used_at >= oldest:
                return kept
            # Not with QUIT, whose answer somebody's mail would have to wait for.
            kept.conversation.close()
        return None

    async def _keep(self, kept: _Kept) -> None:
        if not kept.conversation.is_ready:
            kept.conversation.close()
        elif kept.mails >= self._settings.messages_per_connection:
            await kept.conversation.leave()
        else:
            kept.used_at = clock.monotonic()
            self._idle.append(kept)

    def _client(self) -> SMTP:
        settings = self._settings
        return SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            username=settings.username or None,
            password=settings.password or None,
            local_hostname=settings.hello_name or None,
            timeout=settings.timeout_seconds,
        )


def tls_context(settings: Smtp) -> ssl.SSLContext:
    """Return whom to trust, and whether to ask.

    Errors: ssl.SSLError when the authorities are no certificates.
    """
    context = ssl.create_default_context(cadata=settings.ca or None)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
