"""Clicks are told apart by so many links, and counted all the same beyond them."""

import pytest

from tests.messages.post import Post
from tests.messages.sent import send_one
from tests.reports.deeds import messages_of, report, send
from tidings.base import clock, limits
from tidings.messages.feedback import Feedback, hear_all
from tidings.messages.model import MessageId, What


@pytest.fixture(autouse=True)
def tell_three_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell so few links apart that a test can count them."""
    monkeypatch.setattr(limits, "MAX_COUNTED_LINKS", 3)


def link(number: int) -> str:
    """Return what only one person's mail leads to."""
    return f"https://shop.test/?who={number}"


async def click(post: Post, message_id: MessageId, *numbers: int) -> None:
    """Hear of clicks, all in one transaction."""
    heard = [(message_id, Feedback(What.CLICKED, clock.now(), detail=link(one))) for one in numbers]
    async with post.shop.database.transaction() as tx:
        await hear_all(tx, post.brand_id, heard)


async def clicked(post: Post) -> dict[str, int]:
    """Return how many clicks were counted, by link, and of how many messages."""
    return {what: n for what, n in (await post.counted()).items() if "clicked" in what}


async def test_clicks_of_more_links_than_are_told_apart_are_counted_together(post: Post) -> None:
    """Or each person of a million would have a row of their own, and more in every report."""
    message_id = await send_one(post)

    await click(post, message_id, 1)
    await click(post, message_id, 1, 2, 5, 3, 4)
    await click(post, message_id, 2, 6, 7, 7)

    assert await clicked(post) == {
        f"clicked:{link(1)}": 2,
        f"clicked:{link(2)}": 2,
        f"clicked:{link(3)}": 1,
        "clicked:other links": 5,
        "unique_clicked": 1,
    }


async def test_each_template_has_links_of_its_own(post: Post) -> None:
    """What a report tells of one does not hang on what was clicked in another."""
    await click(post, await send_one(post), 1, 2, 3)

    await click(post, await send_one(post, "bob"), 4)

    assert (await clicked(post))[f"clicked:{link(4)}"] == 1


async def test_a_report_tells_of_the_others_as_of_a_link(post: Post) -> None:
    """And all of them together are the clicks of the campaign."""
    await post.add_template("hello")
    await post.people("ada")
    campaign = await send(post)
    [message_id] = (await messages_of(post, campaign)).values()

    await click(post, message_id, 1, 2, 3, 4, 5, 5, 5)

    found = await report(post, campaign)
    assert [(one.link, one.clicked) for one in found.links] == [
        ("other links", 4),
        *((link(one), 1) for one in (1, 2, 3)),
    ]
    assert (found.line.counts.clicked, found.line.counts.unique_clicked) == (7, 1)
