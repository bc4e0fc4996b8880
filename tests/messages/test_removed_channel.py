"""A message of a channel that was removed is still one of its medium."""

import pytest

from tests.messages.post import KEYRING, Post
from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What


@pytest.fixture
async def sent(post: Post) -> MessageId:
    """Send ada a text through a channel that is removed after that."""
    [ada] = await post.people("ada", mobile="+12025550123", sms_opt_in=1)
    settings = {"url": "https://x.test", "body": "x"}
    async with post.shop.database.transaction() as tx:
        wanted = Wanted("texts", "http", settings, medium=Medium.SMS)
        texts = await channels.add(tx, KEYRING, post.brand_id, wanted)
    [message_id] = await post.through(texts).call(await post.add_template("hello"), ada)
    assert message_id is not None
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE messages SET status = 'sent', ended_at = $1", clock.now())
        await channels.remove(tx, post.brand_id, "texts")
    return message_id


async def heard(post: Post, message_id: MessageId, feedback: Feedback) -> list[str]:
    """Hear what came back; return what is recorded of it."""
    async with post.shop.database.transaction() as tx:
        assert await hear(tx, post.brand_id, message_id, feedback)
    await post.work()
    return [event.name for event in await post.shop.events()]


async def test_a_click_is_told_as_what_it_is(post: Post, sent: MessageId) -> None:
    """It was told of no medium, so segments did not see it."""
    clicked = Feedback(What.CLICKED, clock.now(), detail="https://shop.test/")
    assert await heard(post, sent, clicked) == ["Sms Clicked"]


async def test_who_unsubscribes_wants_no_more_of_its_medium(post: Post, sent: MessageId) -> None:
    """The person meant texts, and gets their mails."""
    assert await heard(post, sent, Feedback(What.UNSUBSCRIBED, clock.now())) == []

    attributes, _ = await post.shop.attributes("ada")
    assert (attributes["sms_opt_in"], attributes.get("email_opt_in")) == (0, None)


async def test_what_came_back_for_good_suppresses_the_number(post: Post, sent: MessageId) -> None:
    """There is no such number, whoever we asked to write to it."""
    await heard(post, sent, Feedback(What.BOUNCED, clock.now(), detail="30005"))

    attributes, _ = await post.shop.attributes("ada")
    assert attributes["sms_opt_in"] == 2
