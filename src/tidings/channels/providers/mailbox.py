"""A mailbox to which mails come back, read over IMAP.

The standard library's client is asked in threads: it waits for answers, and one mailbox is asked
one thing at a time.
"""

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self, TypeVar, cast

from tidings.base import limits
from tidings.channels.kinds import Smtp
from tidings.channels.providers.smtp import tls_context

# What a server says no to, what breaks, and what it says in no protocol.
_FAILURES = (imaplib.IMAP4.error, OSError, ssl.SSLError, ValueError)


T = TypeVar("T")


class MailboxError(Exception):
    """A mailbox that cannot be read; the cause says why."""


class Uid(NamedTuple):
    """What a server calls a mail of one folder."""

    text: str


class Mailbox:
    """One folder of one account; a `with` block of its own for each look.

    Errors: `MailboxError` from everything.
    """

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._client: imaplib.IMAP4 | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._ask(self._open)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    async def unread(self) -> list[Uid]:
        """Return what nobody has read yet, the oldest first, as much as a look is for."""
        return await self._ask(self._search)

    async def read(self, uid: Uid) -> bytes:
        """Return a mail, or its beginning, and leave it unread."""
        return await self._ask(lambda: self._fetch(uid))

    async def put_away(self, uid: Uid) -> None:
        """Mark a mail as read, and move it if there is a folder for that."""
        await self._ask(lambda: self._put_away(uid))

    async def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(_leave, client)

    async def _ask(self, do: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(do)
        except _FAILURES as error:
            raise MailboxError from error

    def _open(self) -> None:
        settings = self._settings
        where = settings.imap_host, settings.imap_port
        seconds = settings.timeout_seconds
        if settings.imap_security == "tls":
            context = tls_context(settings)
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL(*where, ssl_context=context, timeout=seconds)
        else:
            client = imaplib.IMAP4(*where, timeout=seconds)
        self._client = client
        if settings.imap_security == "starttls":
            client.starttls(tls_context(settings))
        client.login(settings.imap_username, settings.imap_password)
        _done(client.select(_quoted(settings.imap_folder)))

    def _search(self) -> list[Uid]:
        found = _done(self._opened.uid("SEARCH", "UNSEEN"))
        numbers = b" ".join(one for one in found if isinstance(one, bytes)).split()
        return [Uid(number.decode("ascii")) for number in numbers][: limits.MAX_MAILS_PER_LOOK]

    def _fetch(self, uid: Uid) -> bytes:
        part = f"(BODY.PEEK[]<0.{limits.MAX_RETURNED_MAIL_BYTES}>)"
        for one in _done(self._opened.uid("FETCH", uid.text, part)):
            if isinstance(one, tuple):
                return cast("tuple[bytes, bytes]", one)[1]
        return b""  # somebody deleted it meanwhile

    def _put_away(self, uid: Uid) -> None:
        client, folder = self._opened, self._settings.imap_moved_to
        _done(client.uid("STORE", uid.text, "+FLAGS.SILENT", r"(\Seen)"))
        if not folder:
            return
        if "MOVE" in client.capabilities:
            _done(client.uid("MOVE", uid.text, _quoted(folder)))
            return
        _done(client.uid("COPY", uid.text, _quoted(folder)))
        _done(client.uid("STORE", uid.text, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in client.capabilities:
            # Without it, everything would go that anybody has marked as deleted.
            _done(client.uid("EXPUNGE", uid.text))

    @property
    def _opened(self) -> imaplib.IMAP4:
        if self._client is None:
            raise AssertionError("opened before")
        return self._client


def _done(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    word, said = answer
    if word != "OK":
        raise imaplib.IMAP4.error("the server said no")
    return said


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except _FAILURES:
        client.shutdown()
