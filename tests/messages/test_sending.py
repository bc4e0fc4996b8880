"""Messages are sent once, to whom may be sent to, and what became of them is known."""

import asyncio

import pytest

from tests.messages.post import Post
from tests.support import wait_until
from tidings.channels import actions as channels
from tidings.channels.keyring import Keyring
from tidings.messages import actions as messages
from tidings.messages.model import MessageId, Status


async def test_a_message_goes_to_its_person_and_is_counted_and_recorded(post: Post) -> None:
    """The whole way: queued, taken in hand, sent, noted, told."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada)
    before = await post.message(message_id)

    async with post.sending():
        await wait_until(lambda: bool(post.server.mails))
    await post.work()

    assert before.status is Status.QUEUED
    after = await post.message(message_id)
    assert after.status is Status.SENT
    [mail] = post.server.mails
    assert (mail.sender, mail.recipient) == ("news@shop.test", "ada@people.test")
    assert mail.parsed["subject"] == "Hello ada"
    assert await post.counted() == {"intended": 1, "sent": 1}
    [event] = await post.shop.events()
    assert (event.name, event.ref) == ("Email Sent", ada)


async def test_a_campaign_goes_to_everybody_once_and_finishes(post: Post) -> None:
    """Two processes send it side by side."""
    await post.add_template("hello")
    names = [f"user{number}" for number in range(300)]
    await post.people(*names)
    campaign = await post.campaign()
    await post.work()

    async with post.sending(processes=2):
        await wait_until(lambda: len(post.server.mails) >= len(names), within_seconds=30)
    await post.work()

    assert post.recipients() == sorted(f"{name}@people.test" for name in names)
    assert await post.counted() == {"intended": 300, "sent": 300}
    assert await post.state(campaign) == "finished"


async def test_what_cannot_be_sent_without_its_key_waits_until_it_is_back(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator who lost a key finds it in the log, and every message where it was."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada)
    stop = asyncio.Event()
    without = asyncio.create_task(post.sender(keyring=Keyring([b"x" * 32])).run(stop))
    await wait_until(lambda: "channel.unusable" in caplog.text)
    stop.set()
    await without
    assert (await post.message(message_id)).status is Status.QUEUED

    async with post.sending():
        await wait_until(lambda: bool(post.server.mails))


async def test_messages_of_a_removed_channel_fail_and_say_why(post: Post) -> None:
    """Otherwise they would wait for ever."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada)
    async with post.shop.database.transaction() as tx:
        await channels.remove(tx, post.brand_id, "mail")

    async def has_failed() -> bool:
        return (await post.message(message_id)).status is Status.FAILED

    async with post.sending():
        await wait_until(has_failed)

    assert (await post.message(message_id)).reason == "no_channel"
    assert await post.counted() == {"intended": 1, "failed:no_channel": 1}


async def test_a_journal_that_cannot_be_written_stops_no_message(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk must not keep what was sent from being noted, nor the others from being sent."""
    await post.add_template("hello")
    await post.people("ada", "bob")
    await post.campaign()
    await post.work()

    async with post.sending():
        (post.data_dir / "sent").rmdir()
        await wait_until(lambda: len(post.server.mails) == 2)

    assert "journal.failed" in caplog.text
    assert await post.counted() == {"intended": 2, "sent": 2}


async def test_a_secret_is_given_to_the_template_and_kept_nowhere(post: Post) -> None:
    """A code to sign in with must not lie in the database when it was sent."""
    text = {"subject": "Code", "html": "<p>{{ data._code }} {{ data.shop }}</p>"}
    template = await post.add_template("code", text)
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada, data={"_code": "314159", "shop": "Pune"})

    async def is_sent() -> bool:
        return (await post.message(message_id)).status is Status.SENT

    async with post.sending():
        await wait_until(is_sent)

    assert b"314159 Pune" in post.server.mails[0].content
    assert (await post.message(message_id)).data == {"_code": None, "shop": "Pune"}
    async with post.shop.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM message_contents") == 0


async def test_a_secret_of_a_message_that_is_cancelled_goes_with_it(post: Post) -> None:
    """It waits no more, so nobody needs the code any more."""
    template = await post.add_template("code")
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada, data={"_code": "314159", "shop": "Pune"})
    lane_id = (await post.message(message_id)).lane.lane_id

    async with post.shop.database.transaction() as tx:
        lane = post.brand_id, lane_id
        await messages.skip_queued(tx, lane, slots=[ada.slot], reason="cancelled")

    cancelled = await post.message(message_id)
    assert (cancelled.status, cancelled.data) == (Status.SKIPPED, {"_code": None, "shop": "Pune"})


async def test_of_a_message_that_was_not_made_is_kept_where_it_went_wrong(post: Post) -> None:
    """And nothing of the person, for whom the preview tells the rest; their id is known to it."""
    text = {
        "subject": "For {{ user_id }}\n{% for one in data.bought %}{% endfor %}",
        "html": "<p>x</p>",
    }
    template = await post.add_template("hello", text)
    ada, bob = await post.people("ada", "bob")
    [of_ada] = await post.call(template, ada, data={"bought": 5})
    [of_bob] = await post.call(template, bob, data={"bought": ["a hat"]})

    async with post.sending():
        await wait_until(lambda: _is_over(post, of_ada))
        await wait_until(lambda: _is_over(post, of_bob))

    failed = await post.message(of_ada)
    assert (failed.reason, failed.code) == ("failed", "subject, line 2")
    assert [mail.parsed["Subject"] for mail in post.server.mails] == ["For bob"]


async def _is_over(post: Post, message_id: MessageId | None) -> bool:
    return (await post.message(message_id)).ended_at is not None
