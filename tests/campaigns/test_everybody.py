"""Nobody is left out because many were created at the same moment."""

import pytest

from tests.messages.post import Post
from tests.support import wait_until
from tidings.campaigns.model import State

PEOPLE = 10_000
AT_A_TIME = 1_000

pytestmark = pytest.mark.processes


async def test_ten_thousand_people_of_one_millisecond_are_all_sent_to(post: Post) -> None:
    """Who goes through people by the time of their creation loses some who share it."""
    names = [f"user{number}" for number in range(PEOPLE)]
    await post.add_template("hello")
    for start in range(0, PEOPLE, AT_A_TIME):
        # All of them are received, and so created, at one instant.
        await post.people(*names[start : start + AT_A_TIME])
    async with post.shop.database.transaction() as tx:
        moments = await tx.fetchval("SELECT count(DISTINCT created_at) FROM profiles")
    campaign = await post.campaign()
    await post.work()

    async def is_over() -> bool:
        return await post.state(campaign) is State.FINISHED

    async with post.sending(processes=2):
        await wait_until(is_over, within_seconds=180)

    assert moments == 1
    assert post.recipients() == sorted(f"{name}@people.test" for name in names)
    assert await post.counted() == {"intended": PEOPLE, "sent": PEOPLE}
