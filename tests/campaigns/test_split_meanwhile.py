"""What happens to people, and to the clock, while they wait for the winner of a test."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.campaigns.splits import (
    PEOPLE,
    SPLIT,
    begin,
    check_balance,
    crowd,
    decide,
    find,
    finish,
    held_back,
    let_pass,
    send_test,
    subjects,
)
from tests.events.people import merge
from tests.messages.post import KEYRING, Post
from tests.reports.deeds import report
from tests.support import wait_until
from tidings.base import clock
from tidings.base.errors import Refused
from tidings.brands import actions as brands
from tidings.campaigns.choose import is_tested
from tidings.campaigns.model import State
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.consent import actions as consent
from tidings.identity.model import Identifier
from tidings.messages import jobs as messages
from tidings.privacy import actions as privacy
from tidings.reports import actions as reports
from tidings.reports.model import Dimension
from tidings.segments import actions as segments

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
VISITORS = 60


async def be_quiet(post: Post) -> None:
    """Let it be quiet hours at the brand, from an hour ago until an hour from now."""
    begins, ends = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    quiet = {day: [f"{begins:%H:%M}-{ends:%H:%M}"] for day in DAYS}
    async with post.shop.database.transaction() as tx:
        await consent.change_rules(tx, post.brand_id, {"quiet_hours": quiet})


async def test_what_quiet_hours_hold_is_waited_for_a_day_and_no_longer(post: Post) -> None:
    """Else one person whose provider is away would keep everybody else's message."""
    await crowd(post)
    campaign = await begin(post)
    await be_quiet(post)
    tested = PEOPLE - await held_back(post, campaign)

    async def are_held() -> bool:
        async with post.shop.database.transaction() as tx:
            held: int = await tx.fetchval(
                "SELECT count(*) FROM messages WHERE reason = 'quiet_hours' AND status = 'queued'"
            )
        return held == tested

    async with post.sending():
        await wait_until(are_held, within_seconds=20)
    await let_pass(post, campaign, "23 hours")
    await decide(post)
    assert (await find(post, campaign))[0].tested_at is None
    await let_pass(post, campaign, "1 hour")
    await decide(post)
    assert (await find(post, campaign))[0].tested_at is not None


async def test_those_who_become_one_meanwhile_get_one_message(post: Post) -> None:
    """Whether both wait for the winner, or one of them got the test, either of the two."""
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
    await crowd(post, VISITORS)
    visitors = [post.shop.anonymous(f"visitor{number}") for number in range(VISITORS)]
    await post.shop.send(
        *(post.shop.change(one, {"email": f"{one.value}@people.test"}) for one in visitors)
    )
    campaign = await begin(post)
    await send_test(post, campaign)
    got = set(post.recipients())
    kinds: Counter[tuple[bool, bool]] = Counter()
    for number, visitor in enumerate(visitors):
        user = f"user{number}"
        is_sent = f"{user}@people.test" in got, f"{visitor.value}@people.test" in got
        if is_sent == (True, True):
            continue  # they got one each before they were one
        kinds[is_sent] += 1
        await merge(post.shop, post.shop.user(user), visitor)
    assert set(kinds) == {(False, False), (False, True), (True, False)}
    await let_pass(post, campaign)
    await decide(post)
    await finish(post, campaign)

    assert len(post.recipients()) == 2 * VISITORS - sum(kinds.values())
    _, progress, _ = await find(post, campaign)
    assert progress.skipped == {"merged": sum(kinds.values())}
    await check_balance(post, campaign)


async def test_who_is_forgotten_meanwhile_gets_nothing(post: Post) -> None:
    """And stays counted as skipped, of no template."""
    people = await crowd(post)
    campaign = await begin(post)
    await send_test(post, campaign)
    sent = len(post.recipients())
    waiting = [
        number
        for number, one in enumerate(people)
        if not is_tested(campaign, one.profile_id, SPLIT["test"]["share"])
    ]
    gone: list[Identifier] = [post.shop.user(f"user{number}") for number in waiting[:3]]
    async with post.shop.database.transaction() as tx:
        await privacy.forget(tx, post.brand_id, gone)
    await post.work()
    await let_pass(post, campaign)
    await decide(post)
    await finish(post, campaign)

    _, progress, _ = await find(post, campaign)
    assert (progress.sent, progress.skipped) == (PEOPLE - 3, {"forgotten": 3})
    assert subjects(post).total() - sent == len(waiting) - 3
    await check_balance(post, campaign)
    assert dict((await report(post, campaign)).templates)[""].skipped == {"forgotten": 3}


async def test_a_campaign_that_fails_half_way_keeps_nobody_waiting(post: Post) -> None:
    """Its segment is gone: nobody decides such a test."""
    await crowd(post)
    async with post.shop.database.transaction() as tx:
        everybody = await segments.create(
            tx, post.brand_id, "All", {"attribute": "first_name", "is_set": True}
        )
        await segments.publish(tx, post.brand_id, everybody)
    await post.work()
    campaign = await post.campaign(**SPLIT, segments=[everybody])
    worker = post.worker()
    while (await find(post, campaign))[1].intended == 0:
        await worker.turn()
    async with post.shop.database.transaction() as tx:
        await segments.delete(tx, post.brand_id, everybody)
    await post.work()

    found, progress, _ = await find(post, campaign)
    assert found.state is State.ERROR
    assert 0 < progress.intended < PEOPLE
    assert progress.skipped == {"cancelled": progress.intended}
    await check_balance(post, campaign)


async def test_what_is_intended_counts_on_the_day_on_which_it_was_made(post: Post) -> None:
    """Though its template is known a day later, and earlier days are folded meanwhile."""
    await crowd(post)
    campaign = await begin(post)
    await send_test(post, campaign)
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE messages SET created_at = created_at - interval '3 days'")
        await tx.execute("UPDATE message_counts SET day = day - 3")
        await messages.fold_counts(tx)
    await let_pass(post, campaign)
    await decide(post)
    await finish(post, campaign)
    async with post.shop.database.transaction() as tx:
        await messages.fold_counts(tx)

    told = await report(post, campaign)
    today = clock.now().date()
    made_on = today - timedelta(days=3)
    assert [(day, one.intended) for day, one in told.days] == [(made_on, PEOPLE), (today, 0)]
    async with post.shop.database.transaction() as tx:
        of_that_day = await reports.report_brand(
            tx, post.brand_id, by=Dimension.TEMPLATE, until=made_on
        )
    assert [(key, one.intended) for key, one in of_that_day] == [
        (key, one.intended) for key, one in told.templates
    ]
    assert [key for key, _ in told.templates] == ["long", "short"]
    await check_balance(post, campaign)


@pytest.mark.parametrize("winner", ["opens", "clicks", "goal"])
async def test_a_test_is_refused_of_which_nothing_comes_back(post: Post, winner: str) -> None:
    """Of an SMS nobody hears whether it was read."""
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "x", "sender": "+12025550123"}
    async with post.shop.database.transaction() as tx:
        await channels.add(tx, KEYRING, post.brand_id, Wanted("sms", "twilio", account))
    goal = {"event": "Bought", "within": "1 day"}
    asked = {**SPLIT, "test": SPLIT["test"] | {"winner": winner}, "goal": goal}

    with pytest.raises(Refused) as caught:
        await post.campaign(channel="sms", **asked)

    [first, *_] = caught.value.mistakes
    assert (first.field, first.message) == (
        "test.winner",
        f"cannot be {winner} in a channel for sms: nothing tells that",
    )
