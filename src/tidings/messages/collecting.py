"""Collecting the mails that came back into mailboxes: looked into again and again by one worker."""

import asyncio

from tidings.base import clock, log
from tidings.channels import actions as channels
from tidings.channels.keyring import Keyring
from tidings.channels.kinds import Smtp
from tidings.channels.model import Channel
from tidings.channels.providers.mailbox import Mailbox, MailboxError
from tidings.messages import hearing
from tidings.messages.bounce import read_mail
from tidings.messages.links import LINKS_PURPOSE
from tidings.messages.notice import Notice
from tidings.messages.return_path import ReturnPaths
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work.loop import take_turns

_REST_SECONDS = 5.0
_PROVIDER = "smtp"


class Collector:
    """Reads the mailboxes of all channels when it is rung.

    A round of the periodic jobs is run by one worker, in a transaction, in which nobody may speak
    to the outside: so a round only rings. Two workers that look at the same time, because one took
    long, do no harm: what is heard twice counts once.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._rung = asyncio.Event()
        self._is_asked = False
        self._stop = asyncio.Event()

    async def ring(self, _tx: Tx) -> None:
        """Ask for a look, soon."""
        self._is_asked = True
        self._rung.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look when rung, until told to stop; the mail in hand is finished first."""
        self._stop = stop
        await take_turns(self._turn, name="mailboxes", stop=stop, rung=self._rung)

    async def look(self) -> None:
        """Read what is new in every mailbox, side by side: one that is dead keeps none waiting."""
        async with self._database.transaction() as tx:
            found = await channels.list_of_provider(tx, self._keyring, _PROVIDER)
        with_mailbox = [
            (one, one.settings)
            for one in found
            if isinstance(one.settings, Smtp) and one.settings.imap_host
        ]
        looks = [self._look_into(channel, settings) for channel, settings in with_mailbox]
        for failed in await asyncio.gather(*looks, return_exceptions=True):
            if failed is not None:
                raise failed

    async def _turn(self) -> float:
        self._rung.clear()
        if self._is_asked:
            self._is_asked = False
            await self.look()
        return _REST_SECONDS

    async def _look_into(self, channel: Channel, settings: Smtp) -> None:
        try:
            paths = self._return_paths(channel, settings)
            async with Mailbox(settings) as mailbox:
                for uid in await mailbox.unread():
                    if self._stop.is_set():
                        return
                    notices = _read(await mailbox.read(uid), paths)
                    # Put away last: who is killed before that reads the same again.
                    async with self._database.transaction() as tx:
                        await hearing.keep(tx, channel, notices)
                    await mailbox.put_away(uid)
        except MailboxError as error:
            log.error(log.Action.MAILBOX_UNUSABLE, cause=error.__cause__, number=channel.channel_id)

    def _return_paths(self, channel: Channel, settings: Smtp) -> ReturnPaths | None:
        if not settings.bounce_address:
            return None
        return ReturnPaths(channel.brand_id, self._keyring.derived(LINKS_PURPOSE))


def _read(raw: bytes, return_paths: ReturnPaths | None) -> list[Notice]:
    try:
        return read_mail(raw, now=clock.now(), return_paths=return_paths)
    except Exception as error:
        # A bug about this one mail must not keep all the others from being read.
        log.error(log.Action.MAILBOX_UNUSABLE, cause=error)
        return []
