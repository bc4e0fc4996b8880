"""What follows for people whose messages do not reach them."""

import pytest

from tests.messages.post import Post
from tests.messages.sent import send_one, send_to
from tests.support import wait_until
from tidings.base import clock, limits
from tidings.consent import actions as consent
from tidings.consent.address import address_key
from tidings.messages.feedback import Feedback, hear, hear_all
from tidings.messages.model import MessageId, Status, What


async def suppressed(post: Post) -> list[tuple[str | None, str]]:
    """Return which addresses get nothing any more, and why."""
    async with post.shop.database.transaction() as tx:
        found = await consent.list_suppressions(tx, post.brand_id)
    return [(one.address, one.reason.value) for one in found]


async def soft_bounce(post: Post, message_id: MessageId, *, is_rejected: bool = False) -> None:
    """Hear that a mailbox could not take a message."""
    feedback = Feedback(
        What.BOUNCED, clock.now(), "4.2.2", is_lasting=False, is_rejected=is_rejected
    )
    async with post.shop.database.transaction() as tx:
        assert await hear(tx, post.brand_id, message_id, feedback)


async def delivered(post: Post, message_id: MessageId) -> None:
    """Hear that a message arrived."""
    async with post.shop.database.transaction() as tx:
        assert await hear(tx, post.brand_id, message_id, Feedback(What.DELIVERED, clock.now()))


async def send_several(post: Post, count: int) -> list[MessageId]:
    """Send ada so many mails."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada", email_opt_in=1)
    return await send_to(post, template, ada, count)


async def test_after_five_soft_bounces_in_a_row_nothing_more_is_sent(post: Post) -> None:
    """Each may pass; all of them together do not."""
    sent = await send_several(post, limits.SOFT_BOUNCES)

    for message_id in sent[:-1]:
        await soft_bounce(post, message_id)
    before = await suppressed(post)
    await soft_bounce(post, sent[-1])

    assert before == []
    assert await suppressed(post) == [("ada@people.test", "soft_bounces")]
    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == 1


async def test_one_that_arrives_begins_the_row_anew(post: Post) -> None:
    """The mailbox was full, and is so no more."""
    sent = await send_several(post, limits.SOFT_BOUNCES + 2)

    await soft_bounce(post, sent[0])
    await soft_bounce(post, sent[1])
    await delivered(post, sent[2])
    for message_id in sent[3:]:
        await soft_bounce(post, message_id)

    assert await suppressed(post) == []


async def test_one_of_which_nothing_is_heard_begins_the_row_anew(post: Post) -> None:
    """Mail servers do not tell of what arrives."""
    sent = await send_several(post, limits.SOFT_BOUNCES + 1)

    for message_id in [*sent[:3], *sent[4:]]:
        await soft_bounce(post, message_id)

    assert await suppressed(post) == []


async def test_one_that_came_back_for_now_and_then_arrived_is_no_bounce(post: Post) -> None:
    """Some providers tell of a try that failed, and then of one that did not."""
    sent = await send_several(post, limits.SOFT_BOUNCES)

    await soft_bounce(post, sent[0])
    await delivered(post, sent[0])
    for message_id in sent[1:]:
        await soft_bounce(post, message_id)

    assert await suppressed(post) == []


async def test_what_the_provider_would_not_try_is_no_word_about_the_mailbox(post: Post) -> None:
    """A text that it takes for spam would end all mails to everybody."""
    sent = await send_several(post, limits.SOFT_BOUNCES)

    for message_id in sent:
        await soft_bounce(post, message_id, is_rejected=True)

    assert await suppressed(post) == []


async def test_a_bounce_of_an_old_address_does_not_touch_the_new_one(post: Post) -> None:
    """Who noticed that mails do not arrive has changed it meanwhile."""
    message_id = await send_one(post)
    old = address_key(post.brand_id, "ada@people.test")
    await post.shop.send(post.shop.change("ada", {"email": "ada@new.test"}))

    feedback = Feedback(What.BOUNCED, clock.now(), "5.1.1", recipient=old)
    async with post.shop.database.transaction() as tx:
        await hear(tx, post.brand_id, message_id, feedback)
    await post.work()

    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == 1
    assert await suppressed(post) == []
    assert [event.name for event in await post.shop.events()] == ["Email Sent", "Email Bounced"]


async def test_a_bounce_of_the_address_that_somebody_has_counts_however_it_is_written(
    post: Post,
) -> None:
    """Providers tell it in the letters of the wire."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada", email="Ada@Žofie.test", email_opt_in=1)
    [message_id] = await send_to(post, template, ada)
    told = address_key(post.brand_id, "ada@xn--ofie-kbb.test")

    async with post.shop.database.transaction() as tx:
        await hear(
            tx, post.brand_id, message_id, Feedback(What.BOUNCED, clock.now(), recipient=told)
        )

    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == 2


Follows = tuple[int, list[tuple[str, str]]]

GONE: Follows = (2, [("ada@people.test", "hard_bounce")])
NOTHING: Follows = (1, [])


@pytest.mark.parametrize(
    ("answer", "follows"), [("550 5.1.1 unknown", GONE), ("554 5.7.1 no", NOTHING)]
)
async def test_who_does_not_exist_as_the_server_says_at_once_gets_nothing_more(
    post: Post, answer: str, follows: Follows
) -> None:
    """The same as if the mail had come back."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada", email_opt_in=1)
    post.server.answers["rcpt"] = answer
    [message_id] = await post.call(template, ada)

    async def is_over() -> bool:
        return (await post.message(message_id)).status is Status.FAILED

    async with post.sending():
        await wait_until(is_over)
    await post.work()

    attributes, _ = await post.shop.attributes("ada")
    assert (attributes["email_opt_in"], await suppressed(post)) == follows
    assert [event.name for event in await post.shop.events()] == ["Email Rejected"]


async def test_many_are_heard_at_once_as_each_alone(post: Post) -> None:
    """And what is of no message is told apart."""
    sent = await send_several(post, 3)
    nobody = MessageId(sent[0].slot, 1)
    arrived = Feedback(What.DELIVERED, clock.now())

    async with post.shop.database.transaction() as tx:
        there = await hear_all(
            tx, post.brand_id, [(one, arrived) for one in [*sent, nobody, sent[0]]]
        )

    assert there == set(sent)
    assert await post.counted() == {"intended": 3, "sent": 3, "delivered": 3}
