"""What comes back of a message is noted once, counted, told, and heeded at once."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from tests.messages.post import Post
from tests.shop import Shop
from tests.support import wait_until
from tidings.base import clock
from tidings.consent import actions as consent
from tidings.consent.model import SuppressionReason
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What


@pytest.fixture
async def sent(post: Post) -> MessageId:
    """Send ada a message."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada", email_opt_in=1)
    [message_id] = await post.call(template, ada)
    assert message_id is not None

    async def is_noted() -> bool:
        return (await post.message(message_id)).ended_at is not None

    async with post.sending():
        await wait_until(is_noted)
    await post.work()
    return message_id


async def heard(post: Post, message_id: MessageId, *feedback: Feedback) -> list[bool]:
    """Hear what came back, each in a transaction of its own; say of which there is a message."""
    known: list[bool] = []
    for one in feedback:
        async with post.shop.database.transaction() as tx:
            known.append(await hear(tx, post.brand_id, message_id, one))
    return known


async def events(post: Post) -> list[str]:
    """Return the names of what happened to people, after it was recorded."""
    await post.work()
    return [event.name for event in await post.shop.events()]


async def test_openings_and_clicks_count_again_and_their_people_once(
    post: Post, sent: MessageId
) -> None:
    """Twice opened by one person is one person."""
    at = clock.now()
    opened = Feedback(What.OPENED, at)
    clicked = Feedback(What.CLICKED, at, detail="https://shop.test/sale")
    await heard(post, sent, opened, opened, clicked, clicked, clicked)

    counted = await post.counted()
    assert counted == {
        "intended": 1,
        "sent": 1,
        "opened": 2,
        "unique_opened": 1,
        "clicked:https://shop.test/sale": 3,
        "unique_clicked": 1,
    }
    assert (await post.message(sent)).heard.opened_at == at
    assert await events(post) == ["Email Sent", *["Email Opened"] * 2, *["Email Clicked"] * 3]


async def test_what_a_scanner_did_is_marked_and_counts_for_nobody(
    post: Post, sent: MessageId
) -> None:
    """It opens everything and follows every link."""
    await heard(
        post,
        sent,
        *(Feedback(what, clock.now(), is_machine=True) for what in (What.OPENED, What.CLICKED)),
    )

    assert await post.counted() == {"intended": 1, "sent": 1, "scanned": 2}
    assert (await post.message(sent)).heard.opened_at is None
    assert await events(post) == ["Email Sent"]


class Case(NamedTuple):
    """What comes back, and what follows: opt-in, suppression, count and event."""

    what: What
    detail: str
    opt_in: int
    suppressed: list[SuppressionReason]
    counted: str
    event: list[str]


HARD, SPAM = SuppressionReason.HARD_BOUNCE, SuppressionReason.COMPLAINT
CASES = [
    Case(What.UNSUBSCRIBED, "", 0, [], "unsubscribed", ["Email Unsubscribe"]),
    Case(What.BOUNCED, "5.1.1", 2, [HARD], "bounced", ["Email Bounced"]),
    Case(What.COMPLAINED, "", 1, [SPAM], "complained", []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.counted)
async def test_no_and_undeliverable_are_heeded_before_anything_else_is_sent(
    post: Post, sent: MessageId, case: Case
) -> None:
    """In the transaction that notes it: no worker has to come by. The same again is nothing."""
    feedback = Feedback(case.what, clock.now(), case.detail)
    await heard(post, sent, feedback, feedback)

    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == case.opt_in
    async with post.shop.database.transaction() as tx:
        found = await consent.list_suppressions(tx, post.brand_id)
    assert [(one.address, one.reason) for one in found] == [
        ("ada@people.test", reason) for reason in case.suppressed
    ]
    assert await post.counted() == {"intended": 1, "sent": 1, case.counted: 1}
    assert await events(post) == ["Email Sent", *case.event]


async def test_a_message_that_was_not_sent_brings_nothing_back(post: Post) -> None:
    """Nor one of another brand, or none at all."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    [waiting] = await post.call(template, ada, due_at=clock.now() + timedelta(days=1))
    assert waiting is not None
    opened = Feedback(What.OPENED, clock.now())

    known = await heard(post, waiting, opened)
    known += await heard(post, MessageId(waiting.slot, waiting.number + 1), opened)

    assert known == [False, False]
    assert await post.counted() == {"intended": 1}


async def test_another_brand_hears_nothing_of_a_message(
    post: Post, sent: MessageId, other_shop: Shop
) -> None:
    """Whoever has its number and another brand's link changes nothing."""

    async with post.shop.database.transaction() as tx:
        known = await hear(tx, other_shop.brand_id, sent, Feedback(What.UNSUBSCRIBED, clock.now()))

    assert not known
    assert (await post.message(sent)).heard.unsubscribed_at is None
