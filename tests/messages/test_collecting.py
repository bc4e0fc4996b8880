"""Mails that come back into a mailbox are read there, and heard."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

import pytest

from tests.messages import returned_mails as mails
from tests.messages.imapserver import CAPABILITIES, ImapServer
from tests.messages.post import KEYRING, Post
from tests.messages.sent import send_one
from tests.support import wait_until
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.messages.collecting import Collector
from tidings.messages.naming import public_id


@pytest.fixture
async def imap() -> AsyncGenerator[ImapServer]:
    """Start a mailbox."""
    async with ImapServer() as server:
        yield server


async def give_mailbox(post: Post, imap: ImapServer, **changes: object) -> None:
    """Tell the channel in which mailbox its mails come back."""
    settings: dict[str, object] = {
        "imap_host": "127.0.0.1",
        "imap_port": imap.port,
        "imap_security": "none",
        "imap_username": "ada",
        "imap_password": "lovelace",
        **changes,
    }
    async with post.shop.database.transaction() as tx:
        await channels.update(tx, KEYRING, post.brand_id, post.channel.key, settings=settings)


def collector(post: Post) -> Collector:
    """Make what reads mailboxes in one process."""
    return Collector(post.shop.database, KEYRING)


async def bounce_of_ada(post: Post) -> str:
    """Send ada a mail, and return what comes back."""
    message_id = await send_one(post)
    return mails.dsn("5.1.1").replace(mails.OWN, f"{public_id(message_id)}@shop.test")


async def names(post: Post) -> list[str]:
    """Return what happened, by name."""
    await post.work()
    return [event.name for event in await post.shop.events()]


async def test_a_bounce_is_read_heard_and_marked(post: Post, imap: ImapServer) -> None:
    """And read once: what is marked is not asked for again."""
    uid = imap.put(await bounce_of_ada(post))
    await give_mailbox(post, imap)

    for _ in range(2):
        await collector(post).look()

    assert await names(post) == ["Email Sent", "Email Bounced"]
    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == 2
    assert imap.flags[uid] == {"\\Seen"}
    assert [line for line in imap.asked if "FETCH" in line] == [
        f"UID FETCH {uid} (BODY.PEEK[]<0.10000000>)"
    ]


async def test_other_mails_are_marked_and_say_nothing(post: Post, imap: ImapServer) -> None:
    """The mailbox is for this alone; what nobody marks would be read every minute."""
    await bounce_of_ada(post)
    uids = [imap.put(mail) for mail in mails.OTHERS.values()]
    await give_mailbox(post, imap)

    await collector(post).look()

    assert await names(post) == ["Email Sent"]
    assert [imap.flags[uid] for uid in uids] == [{"\\Seen"}] * len(uids)


@pytest.mark.parametrize("capabilities", [CAPABILITIES, "IMAP4rev1 UIDPLUS"])
async def test_what_was_read_is_moved_where_it_is_wanted(
    post: Post, imap: ImapServer, capabilities: str
) -> None:
    """Also by servers that cannot move: they copy and delete this one."""
    imap.capabilities = capabilities
    uid = imap.put(await bounce_of_ada(post))
    await give_mailbox(post, imap, imap_moved_to="Done")

    await collector(post).look()

    assert (list(imap.folders["INBOX"]), list(imap.folders["Done"])) == ([], [uid])


async def test_a_server_that_cannot_delete_one_mail_deletes_none(
    post: Post, imap: ImapServer
) -> None:
    """All that anybody has marked would go with it."""
    imap.capabilities = "IMAP4rev1"
    uid = imap.put(await bounce_of_ada(post))
    await give_mailbox(post, imap, imap_moved_to="Done")

    await collector(post).look()

    assert imap.flags[uid] == {"\\Seen", "\\Deleted"}
    assert not [line for line in imap.asked if "EXPUNGE" in line]


class Broken(NamedTuple):
    """Why a mailbox cannot be read: what its server refuses, what is wrong in the settings."""

    settings: dict[str, object]
    refused: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "broken",
    [
        Broken({"imap_password": "byron"}),
        Broken({"imap_folder": "Nowhere"}, frozenset({"SELECT"})),
        Broken({}, frozenset({"UID SEARCH"})),
        Broken({"imap_port": 1}),
        Broken({"imap_security": "tls"}),
    ],
)
async def test_a_mailbox_that_cannot_be_read_is_told_in_the_log_and_keeps_no_other_waiting(
    post: Post, imap: ImapServer, caplog: pytest.LogCaptureFixture, broken: Broken
) -> None:
    """Somebody changed the password, and the mailboxes of all others are read."""
    bounce = await bounce_of_ada(post)
    await give_mailbox(post, imap, **broken.settings)
    imap.refused = set(broken.refused)
    async with ImapServer() as good:
        good.put(bounce)
        async with post.shop.database.transaction() as tx:
            wanted = Wanted("other", "smtp", {"host": "127.0.0.1", "security": "none"})
            other = await channels.add(tx, KEYRING, post.brand_id, wanted)
        await give_mailbox(post.through(other), good)
        with caplog.at_level("ERROR", logger="tidings"):
            await collector(post).look()

    assert [record.message for record in caplog.records] == ["mailbox.unusable"]
    assert await names(post) == ["Email Sent", "Email Bounced"]


async def test_it_looks_when_it_is_rung(post: Post, imap: ImapServer) -> None:
    """A round of the clock rings in one process, outside of whose transaction it looks."""
    uid = imap.put(await bounce_of_ada(post))
    await give_mailbox(post, imap)
    reading, stop = collector(post), asyncio.Event()
    running = asyncio.create_task(reading.run(stop))

    async with post.shop.database.transaction() as tx:
        await reading.ring(tx)
    await wait_until(lambda: imap.flags[uid] == {"\\Seen"})
    stop.set()
    await running
