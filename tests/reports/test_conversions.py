"""A goal event counts once, for the message that its person opened or clicked last before it."""

from datetime import timedelta

import pytest

from tests.messages.post import Post
from tests.reports.deeds import (
    GOAL,
    ago,
    buy,
    converted,
    count,
    counts,
    hear_of,
    messages_of,
    report,
    send,
)
from tidings.base import clock
from tidings.campaigns.model import CampaignId
from tidings.main import PERIODIC_JOBS
from tidings.messages.model import MessageId, What
from tidings.profiles.model import ProfileRef
from tidings.work.periodic import PeriodicJobs


@pytest.fixture
async def people(post: Post) -> list[ProfileRef]:
    """Make two people, and what they are sent."""
    await post.add_template("hello")
    return await post.people("ada", "bob")


async def sent_to(
    post: Post, person: ProfileRef, name: str = "Sale", **goal: object
) -> tuple[CampaignId, MessageId]:
    """Send a campaign with a goal, and return its id and the message of one person."""
    campaign = await send(post, name, goal={**GOAL, **goal})
    return campaign, (await messages_of(post, campaign))[person]


async def test_who_clicked_and_then_bought_is_a_conversion_with_its_worth(
    post: Post, people: list[ProfileRef]
) -> None:
    """And who bought without having looked is none, though they got the same mail."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message)
    await buy(post, "ada", "bob", price=12.5)

    assert await converted(post, campaign) == (1, 12.5)


async def test_each_event_counts_once_however_often_it_is_looked_at(
    post: Post, people: list[ProfileRef]
) -> None:
    """Rounds overlap, and another job looks at the same events again."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message)
    await buy(post, "ada", price=10)
    await count(post)
    at = clock.now()
    await buy(post, "ada", "ada", at=at, price=1)
    for _ in range(3):
        await count(post)
        await count(post, is_late=True)

    assert await converted(post, campaign) == (3, 12)


@pytest.mark.parametrize(
    ("clicked_before", "expected"),
    [
        (timedelta(hours=71), (1, 10.0)),
        (timedelta(hours=73), (0, 0.0)),
        (timedelta(minutes=-5), (0, 0.0)),
    ],
)
async def test_the_window_begins_when_the_message_was_clicked(
    post: Post,
    people: list[ProfileRef],
    clicked_before: timedelta,
    expected: tuple[int, float],
) -> None:
    """Not when it came; and what was done before had another reason."""
    campaign, message = await sent_to(post, people[0])
    bought_at = ago(minutes=10)
    await hear_of(post, message, at=bought_at - clicked_before)
    await buy(post, "ada", at=bought_at)

    assert await converted(post, campaign) == expected


async def test_who_comes_back_to_a_mail_begins_the_window_anew(
    post: Post, people: list[ProfileRef]
) -> None:
    """They keep it and click it again a week later; the first click is too long ago by then."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message, at=ago(days=8))
    await hear_of(post, message, at=ago(days=1))
    await buy(post, "ada")

    assert await converted(post, campaign) == (1, 10)


async def test_the_mail_that_was_touched_last_has_it(post: Post, people: list[ProfileRef]) -> None:
    """Of two campaigns with one goal; whichever was sent later."""
    first, first_mail = await sent_to(post, people[0], "First")
    second, second_mail = await sent_to(post, people[0], "Second")
    await hear_of(post, first_mail, at=ago(hours=5))
    await hear_of(post, second_mail, What.OPENED, at=ago(hours=4))
    await buy(post, "ada", at=ago(minutes=50), price=1)
    await hear_of(post, first_mail, What.OPENED, at=ago(minutes=40))
    await buy(post, "ada", at=ago(minutes=30), price=2)

    assert [await converted(post, one) for one in (first, second)] == [(1, 2), (1, 1)]


async def test_a_campaign_whose_window_is_over_leaves_it_to_the_one_before(
    post: Post, people: list[ProfileRef]
) -> None:
    """Last touch is among those that may still have it."""
    long, long_mail = await sent_to(post, people[0], "Long", within="7 days")
    short, short_mail = await sent_to(post, people[0], "Short", within="1 hour")
    await hear_of(post, long_mail, at=ago(days=3))
    await hear_of(post, short_mail, at=ago(hours=2))
    await buy(post, "ada")

    assert [await converted(post, one) for one in (long, short)] == [(1, 10), (0, 0)]


async def test_other_events_and_campaigns_without_the_goal_have_nothing(
    post: Post, people: list[ProfileRef]
) -> None:
    """A click of another campaign is no touch of this goal, even when it came last."""
    bought, bought_mail = await sent_to(post, people[0], "Bought")
    paid, paid_mail = await sent_to(post, people[0], "Paid", event="Paid")
    plain = await send(post, "Plain")
    await hear_of(post, bought_mail, at=ago(hours=3))
    await hear_of(post, paid_mail, at=ago(hours=2))
    await hear_of(post, (await messages_of(post, plain))[people[0]], at=ago(hours=1))
    await buy(post, "ada")
    await buy(post, "ada", name="Viewed")

    assert [await converted(post, one) for one in (bought, paid, plain)] == [
        (1, 10),
        (0, 0),
        (0, 0),
    ]


async def test_what_a_scanner_clicked_leads_to_nothing(
    post: Post, people: list[ProfileRef]
) -> None:
    """It follows every link of every mail, minutes before its person may buy anyway."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message, is_machine=True)
    await buy(post, "ada")

    assert await converted(post, campaign) == (0, 0)


@pytest.mark.parametrize(
    ("price", "worth"), [("12", 0.0), (None, 0.0), (-3.5, -3.5), (1e300, 0.0), ([7], 0.0)]
)
async def test_only_a_number_of_a_size_that_can_be_added_is_worth_something(
    post: Post, people: list[ProfileRef], price: object, worth: float
) -> None:
    """What is not is a conversion all the same; a refund is worth less than nothing."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message)
    await buy(post, "ada", price=price)

    assert await converted(post, campaign) == (1, worth)


async def test_an_event_that_comes_late_counts_on_its_own_day(
    post: Post, people: list[ProfileRef]
) -> None:
    """A till sends its sales days later: the hourly job finds them, and the prompt one does not."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message, at=ago(days=6))
    await buy(post, "ada", at=ago(days=5))
    prompt = await converted(post, campaign)
    await count(post, is_late=True)

    assert prompt == (0, 0)
    of_campaign = await report(post, campaign)
    assert [(day, one.converted) for day, one in of_campaign.days if one.converted] == [
        (ago(days=5).date(), 1)
    ]


async def test_an_event_that_comes_more_than_thirty_days_late_counts_for_nothing(
    post: Post, people: list[ProfileRef]
) -> None:
    """Nobody goes through years of events each hour."""
    campaign, message = await sent_to(post, people[0])
    await hear_of(post, message, at=ago(days=32))
    await buy(post, "ada", at=ago(days=31))
    await count(post, is_late=True)

    assert (await counts(post, campaign)).converted == 0


async def test_a_worker_counts_them_within_a_minute(
    post: Post, people: list[ProfileRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it runs in production: all jobs, each when its time has come."""
    campaign, message = await sent_to(post, people[0])
    jobs = PeriodicJobs(post.shop.database, PERIODIC_JOBS)

    async def run_all() -> None:
        while await jobs.turn() == 0:
            pass

    await run_all()
    await hear_of(post, message)
    await buy(post, "ada")
    in_a_minute = clock.now() + timedelta(seconds=59)
    monkeypatch.setattr(clock, "now", lambda: in_a_minute)
    await run_all()

    assert (await counts(post, campaign)).converted == 1
