"""A report tells exactly what happened, by day, template, channel and link."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.messages.post import HELLO, Post
from tests.reports.deeds import GOAL, LINK, buy, count, hear_of, messages_of, report, send
from tests.shop import Shop
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId
from tidings.channels import actions as channels
from tidings.messages.model import What
from tidings.reports import actions
from tidings.reports.model import (
    CampaignLine,
    CampaignsAsked,
    Counts,
    Dimension,
    LinkClicks,
    Rates,
)

FOUR = ("ada", "bob", "cyd", "dan")
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ALL = CampaignId(2**62)


async def eventful(post: Post) -> CampaignId:
    """Send a campaign of which everything happens, to four people."""
    await post.add_template("hello")
    ada, bob, cyd, _ = await post.people(*FOUR, email_opt_in=1)
    await post.shop.send(post.shop.change("dan", {"email_opt_in": 0}))
    post.server.unknown.add("cyd@people.test")
    campaign = await send(post, goal=GOAL)
    messages = await messages_of(post, campaign)
    assert cyd in messages
    for what in (What.DELIVERED, What.OPENED, What.OPENED, What.CLICKED, What.CLICKED):
        await hear_of(post, messages[ada], what)
    await hear_of(post, messages[ada], is_machine=True)
    for what in (What.OPENED, What.COMPLAINED, What.UNSUBSCRIBED, What.BOUNCED):
        await hear_of(post, messages[bob], what)
    await buy(post, "ada", "ada", "bob", price=2.5)
    await count(post)
    return campaign


EXPECTED = Counts(
    intended=4,
    skipped={"opted_out": 1},
    sent=2,
    failed={"recipient": 1},
    delivered=1,
    opened=3,
    unique_opened=2,
    clicked=2,
    unique_clicked=1,
    bounced=1,
    complained=1,
    unsubscribed=1,
    scanned=1,
    converted=3,
    revenue=7.5,
)


async def test_a_report_has_every_number(post: Post) -> None:
    """What the whole says, its only day, template and link say too."""
    campaign = await eventful(post)

    told = await report(post, campaign)

    assert told.line.counts == EXPECTED
    assert (told.line.channel, told.line.campaign.name) == ("mail", "Sale")
    assert told.line.counts.waiting == 0
    assert told.rates == Rates(
        delivered=0.5,
        opened=1.0,
        clicked=0.5,
        bounced=0.5,
        complained=0.5,
        unsubscribed=0.5,
        converted=1.5,
    )
    assert told.days == [(clock.now().date(), EXPECTED)]
    assert told.templates == [("hello", EXPECTED)]
    assert told.links == [LinkClicks(LINK, 2)]


async def test_a_draft_has_a_report_of_nothing(post: Post) -> None:
    """It is in the list, too; rates of nothing are none."""
    await post.add_template("hello")
    async with post.shop.database.transaction() as tx:
        draft = await campaigns.create(
            tx,
            post.brand_id,
            {"name": "Draft", "channel": "mail", "template": "hello", "audience": "all"},
        )

    told = await report(post, draft)

    assert told.line.counts == Counts()
    assert told.rates == Rates(None, None, None, None, None, None, None)
    assert (told.days, told.templates, told.links) == ([], [], [])
    assert await listed(post) == [("Draft", Counts())]


async def test_variants_are_told_apart(post: Post) -> None:
    """That is what they are sent for."""
    for key in ("one", "two"):
        await post.add_template(key, HELLO)
    people = await post.people(*(f"user{number}" for number in range(20)))
    campaign = await post.campaign(
        template=None, variants=[{"template": "one"}, {"template": "two", "share": 3}]
    )
    await post.work()

    told = await report(post, campaign)

    [(one, of_one), (two, of_two)] = told.templates
    assert (one, two) == ("one", "two")
    assert 0 < of_one.intended < of_two.intended
    assert of_one.intended + of_two.intended == told.line.counts.intended == len(people)


async def listed(
    post: Post,
    *,
    since: datetime = EVER[0],
    until: datetime = EVER[1],
    channel: str | None = None,
    before: CampaignId = ALL,
    at_most: int = 100,
) -> list[tuple[str, Counts]]:
    """List campaigns by name, with their counts."""
    asked = CampaignsAsked(since, until, channel, before, at_most)
    async with post.shop.database.transaction() as tx:
        lines: list[CampaignLine] = list(await actions.list_campaigns(tx, post.brand_id, asked))
    return [(one.campaign.name, one.counts) for one in lines]


async def test_campaigns_are_listed_by_time_and_channel_and_by_page(post: Post) -> None:
    """The latest first, each with its own numbers."""
    await post.add_template("hello")
    await post.people("ada")
    first = await send(post, "First")
    between = clock.now()
    await post.people("bob")
    second = await send(post, "Second")
    one, two = Counts(intended=1, sent=1), Counts(intended=2, sent=2)

    assert await listed(post) == [("Second", two), ("First", one)]
    assert await listed(post, until=between) == [("First", one)]
    assert await listed(post, since=between) == [("Second", two)]
    assert await listed(post, channel="mail", at_most=1) == [("Second", two)]
    assert await listed(post, before=second) == [("First", one)]
    assert await listed(post, before=first) == []
    assert await listed(post, channel="sms") == []


async def test_a_brand_is_reported_by_channel_template_and_day(post: Post) -> None:
    """Campaigns and calls together; of a time, when days are named."""
    template = await post.add_template("hello")
    ada, bob = await post.people("ada", "bob")
    await post.campaign()
    await post.work()
    await post.call(template, ada, bob)
    today = clock.now().date()

    async def reported(by: Dimension, *, since: date = date.min) -> list[tuple[str, Counts]]:
        async with post.shop.database.transaction() as tx:
            return await actions.report_brand(tx, post.brand_id, by=by, since=since)

    four = Counts(intended=4)
    assert await reported(Dimension.CHANNEL) == [("mail", four)]
    assert await reported(Dimension.TEMPLATE) == [("hello", four)]
    assert await reported(Dimension.DAY) == [(today.isoformat(), four)]
    assert await reported(Dimension.DAY, since=today + timedelta(days=1)) == []


async def test_a_channel_that_is_gone_has_numbers_and_no_name(post: Post) -> None:
    """What was sent by it was sent."""
    await post.add_template("hello")
    await post.people("ada")
    campaign = await send(post)
    async with post.shop.database.transaction() as tx:
        await channels.remove(tx, post.brand_id, "mail")

    line = (await report(post, campaign)).line

    assert (line.channel, line.counts) == ("", Counts(intended=1, sent=1))


async def test_days_are_those_of_the_brands_calendar(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half past six in the evening of UTC is tomorrow in Mumbai."""
    async with post.shop.database.transaction() as tx:
        await tx.execute(
            "UPDATE brands SET time_zone = 'Asia/Kolkata' WHERE brand_id = $1", post.brand_id
        )
        brand = await brands.find_brand(tx, post.brand_id)
    assert brand.time_zone == ZoneInfo("Asia/Kolkata")
    await post.add_template("hello")
    await post.people("ada")
    evening = datetime(2026, 3, 29, 18, 31, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: evening)
    campaign = await post.campaign()
    await post.work()

    told = await report(post, campaign)

    assert told.days == [(date(2026, 3, 30), Counts(intended=1))]


async def test_another_brand_sees_nothing_of_it(post: Post, other_shop: Shop) -> None:
    """As if there were no such campaign."""
    campaign = await eventful(post)
    asked = CampaignsAsked(*EVER, None, ALL, 100)

    async with other_shop.database.transaction() as tx:
        with pytest.raises(Refused) as refused:
            await actions.report_campaign(tx, other_shop.brand_id, campaign)
        assert await actions.list_campaigns(tx, other_shop.brand_id, asked) == []
        for by in Dimension:
            assert await actions.report_brand(tx, other_shop.brand_id, by=by) == []
    assert refused.value.code is Code.NOT_FOUND
