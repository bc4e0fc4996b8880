"""Notices wait until their message is there, and are given up when it never comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.messages.post import Post
from tests.messages.sent import send_one
from tidings.base import clock, limits
from tidings.messages import hearing
from tidings.messages.model import What
from tidings.messages.naming import public_id
from tidings.messages.notice import Notice
from tidings.work import queue
from tidings.work.model import Task

AT = datetime(2026, 3, 29, 12, tzinfo=UTC)


def delivery(**names: Any) -> Notice:
    """Make a notice that something arrived."""
    return Notice(what=What.DELIVERED, at=AT, **names)


async def keep(post: Post, *notices: Notice) -> int:
    """Keep notices of the channel's provider."""
    async with post.shop.database.transaction() as tx:
        return await hearing.keep(tx, post.channel, notices)


async def waiting(post: Post) -> list[Task]:
    """Return the notices that wait."""
    async with post.shop.database.transaction() as tx:
        return [one for one in await queue.list_waiting(tx) if one.name == hearing.NOTICED]


async def make_due(post: Post) -> list[float]:
    """Let what waits be due; return how long each would have waited still."""
    now = clock.now()
    left = [(task.run_at - now).total_seconds() for task in await waiting(post)]
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE tasks SET run_at = now()")
    return left


async def test_a_notice_that_comes_before_its_message_is_noted_is_heard_later(post: Post) -> None:
    """Some providers tell within a second, by a name that we have not written down yet."""
    await keep(post, delivery(provider_message_id="0001"))
    await post.work()
    before = await waiting(post)
    message_id = await send_one(post)
    [left] = await make_due(post)
    await post.work()

    assert len(before) == 1
    assert 0 < left <= limits.FIRST_NOTICE_RETRY_SECONDS
    assert (await post.message(message_id)).heard.delivered_at == AT
    assert await waiting(post) == []


async def test_a_notice_of_no_message_of_ours_is_given_up(post: Post) -> None:
    """An account may send for others, too."""
    await keep(post, delivery(provider_message_id="somebody else's"))
    waits: list[int] = []
    await post.work()
    while await waiting(post):
        [left] = await make_due(post)
        waits.append(round(left))
        await post.work()

    assert waits == [10, 50, 250]


@pytest.mark.parametrize(
    ("names", "is_kept"),
    [
        ({"provider_message_id": "0001"}, 1),
        ({"message_id": "<07000000000000000000002a@shop.test>"}, 1),
        ({"message_id": "07000000000000000000002A"}, 1),
        ({"message_id": "1234@shop.test"}, 0),
        ({"message_id": "ff" * 12}, 0),
        ({}, 0),
    ],
)
async def test_a_notice_that_names_no_message_is_not_kept(
    post: Post, names: dict[str, Any], is_kept: int
) -> None:
    """Nobody could ever find out what it is about."""
    assert await keep(post, delivery(**names)) == len(await waiting(post)) == is_kept


async def test_what_strangers_write_can_be_stored(post: Post) -> None:
    """NUL and half of a character, and far too much of it."""
    odd = Notice(
        what=What.BOUNCED,
        at=AT,
        provider_message_id="a\0b\ud800" * 1_000,
        code="\0\udfff" + "x" * 5_000,
        recipient="\0@x",
    )
    await keep(post, odd)
    await post.work()

    [task] = await waiting(post)
    assert b"\\u0000" not in task.payload
    assert len(task.payload) < 5_000


async def test_what_waits_names_nobody(post: Post) -> None:
    """Who is forgotten meanwhile must not stand in the queue."""
    named = Notice(what=What.BOUNCED, at=AT, provider_message_id="x", recipient="ada@people.test")
    await keep(post, named)

    [task] = await waiting(post)
    assert b"ada" not in task.payload


async def test_our_own_name_counts_before_the_providers(post: Post) -> None:
    """Two messages may have one name there, if the channel was moved to another account."""
    first, second = await send_one(post, "ada"), await send_one(post, "bob")

    await keep(post, delivery(message_id=public_id(first), provider_message_id="0002"))
    await post.work()

    assert (await post.message(first)).heard.delivered_at == AT
    assert (await post.message(second)).heard.delivered_at is None


async def test_many_notices_are_heard_in_their_order(post: Post) -> None:
    """Of one message: what came first is what is noted."""
    message_id = await send_one(post)
    later = [
        Notice(what=What.DELIVERED, at=AT + timedelta(seconds=n), message_id=public_id(message_id))
        for n in range(50)
    ]

    await keep(post, *later)
    await post.work()

    assert (await post.message(message_id)).heard.delivered_at == AT
    assert await post.counted() == {"intended": 1, "sent": 1, "delivered": 1}
