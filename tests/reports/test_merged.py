"""Who was merged has touched what both have, and what both did counts once."""

import pytest

from tests.events.people import merge
from tests.messages.post import Post
from tests.reports.deeds import (
    GOAL,
    ago,
    buy,
    converted,
    count,
    hear_of,
    messages_of,
    send,
)
from tidings.base import clock
from tidings.brands import actions as brands
from tidings.campaigns.model import CampaignId
from tidings.messages.model import MessageId
from tidings.privacy import actions as privacy
from tidings.reports import actions as reports

VISITOR = "v"


@pytest.fixture
async def merging(post: Post) -> Post:
    """Let the brand's people merge, and make two who are one: a user and a visitor."""
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
    await post.add_template("hello")
    await post.people("ada")
    visitor = post.shop.anonymous(VISITOR)
    await post.shop.send(post.shop.change(visitor, {"first_name": "Ada", "email": "v@x.test"}))
    return post


async def sent(post: Post) -> tuple[CampaignId, MessageId, MessageId]:
    """Send a campaign with a goal; return it, and the messages of the user and of the visitor."""
    campaign = await send(post, goal=GOAL)
    messages = await messages_of(post, campaign)
    of_each: list[MessageId] = []
    for one in (post.shop.user("ada"), post.shop.anonymous(VISITOR)):
        profile = await post.shop.profile(one)
        assert profile is not None
        of_each.append(messages[profile.ref])
    return campaign, of_each[0], of_each[1]


async def become_one(post: Post) -> None:
    """Merge the two."""
    await merge(post.shop, post.shop.user("ada"), post.shop.anonymous(VISITOR))


async def test_what_the_absorbed_clicked_leads_to_what_the_heir_buys(merging: Post) -> None:
    """They clicked as a visitor and bought as a user: the commonest way of all."""
    campaign, _, of_visitor = await sent(merging)
    await hear_of(merging, of_visitor)
    await become_one(merging)
    await buy(merging, "ada")

    assert await converted(merging, campaign) == (1, 10)


async def test_what_was_counted_before_a_merge_is_not_counted_again_after_it(
    merging: Post,
) -> None:
    """Their events have moved meanwhile, and two of them came together."""
    post = merging
    campaign, of_user, of_visitor = await sent(post)
    for message in (of_user, of_visitor):
        await hear_of(post, message, at=ago(hours=1))
    now = clock.now()
    events = [
        post.shop.event(whom, "Bought", {"price": 10}, at=now)
        for whom in ("ada", post.shop.anonymous(VISITOR), "ada")
    ]
    await post.shop.committer.submit(post.shop.batch(*events, received_at=now))
    before = await converted(post, campaign)
    await become_one(post)
    after = await converted(post, campaign)
    await count(post, is_late=True)

    assert (before, after) == ((3, 30), (3, 30))
    assert await converted(post, campaign) == (3, 30)


async def test_what_came_at_the_same_time_and_was_not_counted_is_after_the_merge(
    merging: Post,
) -> None:
    """The visitor had clicked nothing; the one whom they have become had."""
    post = merging
    campaign, of_user, _ = await sent(post)
    await hear_of(post, of_user, at=ago(hours=1))
    now = clock.now()
    events = [
        post.shop.event(whom, "Bought", {"price": 10}, at=now)
        for whom in ("ada", post.shop.anonymous(VISITOR))
    ]
    await post.shop.committer.submit(post.shop.batch(*events, received_at=now))
    before = await converted(post, campaign)
    await become_one(post)

    assert (before, await converted(post, campaign)) == ((1, 10), (2, 20))


async def test_what_the_forgotten_did_stays_counted_and_nothing_more_is(merging: Post) -> None:
    """Numbers of a finished report do not change because somebody leaves."""
    post = merging
    campaign, of_user, _ = await sent(post)
    await hear_of(post, of_user)
    await buy(post, "ada")
    before = await converted(post, campaign)
    async with post.shop.database.transaction() as tx:
        await privacy.forget(tx, post.brand_id, [post.shop.user("ada")])
    await buy(post, "ada")

    assert (before, await converted(post, campaign)) == ((1, 10), (1, 10))


async def test_what_the_absorbed_got_their_heir_has_got(merging: Post) -> None:
    """Two mails, of which the second came to the address of the visitor."""
    post = merging
    await sent(post)
    await become_one(post)
    profile = await post.shop.profile("ada")
    assert profile is not None
    async with post.shop.database.transaction() as tx:
        brand = await brands.find_brand(tx, post.brand_id)
        received = await reports.received_by_month(tx, brand, profile.ref)

    now = clock.now()
    assert received == {(now.year, now.month): 2}
