"""Everybody gets one message of a test or its winner, whichever process dies when."""

import asyncio
from collections import Counter

import pytest

from tests.campaigns.splits import (
    SPLIT,
    begin,
    check_balance,
    crowd,
    decide,
    find,
    finish,
    held_back,
    let_pass,
    open_all,
    send_test,
    subjects,
)
from tests.messages.post import Post
from tests.messages.test_once_each import running, wait_until_over
from tests.support import wait_until
from tidings.campaigns import jobs
from tidings.campaigns.model import CampaignId, How
from tidings.storage.pool import Database

PEOPLE = 120


async def decided(post: Post) -> CampaignId:
    """Send a test, whose second variant everybody opens, and let it be time to decide it."""
    await crowd(post, PEOPLE)
    campaign = await begin(post)
    await send_test(post, campaign)
    await open_all(post, campaign, of="long")
    await let_pass(post, campaign)
    return campaign


async def decide_and_die(post: Post) -> None:
    """Look at all tests, and fail before that is committed."""
    async with post.shop.database.transaction() as tx:
        await jobs.decide(tx)
        raise ZeroDivisionError


async def test_a_decision_that_is_broken_off_is_taken_again_as_a_whole(post: Post) -> None:
    """A winner without anybody who sends it, or the other way round, would be one for ever."""
    campaign = await decided(post)
    with pytest.raises(ZeroDivisionError):
        await decide_and_die(post)
    found, _, _ = await find(post, campaign)
    assert (found.winner, found.decided_at) == (None, None)
    async with post.shop.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM tasks WHERE name = 'campaigns.release'") == 0

    await decide(post)
    await decide(post)
    async with post.shop.database.transaction() as tx:
        planned = await tx.fetchval("SELECT count(*) FROM tasks WHERE name = 'campaigns.release'")
    await finish(post, campaign)

    assert planned == 256
    assert len(post.recipients()) == len(set(post.recipients())) == PEOPLE
    await check_balance(post, campaign)


async def test_two_who_decide_at_the_same_time_decide_once(post: Post) -> None:
    """As an operator may while the job does."""
    campaign = await decided(post)

    await asyncio.gather(*(decide(post) for _ in range(4)))

    async with post.shop.database.transaction() as tx:
        planned = await tx.fetchval("SELECT count(*) FROM tasks WHERE name = 'campaigns.release'")
    assert planned == 256
    winner = (await find(post, campaign))[0].winner
    assert winner is not None
    assert (winner.position, winner.how) == (1, How.BEST)


@pytest.mark.processes
async def test_a_process_that_is_killed_while_it_releases_loses_and_repeats_nothing(
    post: Post,
) -> None:
    """It has changed the messages and waits to count them when it dies."""
    campaign = await decided(post)
    await decide(post)
    tested = len(post.recipients())

    with running(post, 1) as processes:
        async with post.shop.database.transaction() as tx:
            await tx.execute("LOCK TABLE message_counts IN EXCLUSIVE MODE")
            # A connection of its own: what waits shows nothing of what it has changed.
            async with Database(post.shop.database.url) as beside:

                async def is_waiting() -> bool:
                    async with beside.transaction() as other:
                        return await other.fetchval(
                            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type ="
                            " 'Lock' AND datname = current_database()"
                            " AND query LIKE '%message_counts%')"
                        )

                await wait_until(is_waiting, within_seconds=30)
            assert await held_back(post, campaign) == PEOPLE - tested
            processes.kill(0)
        await check_balance(post, campaign)
        await wait_until_over(post, campaign)

    assert post.recipients() == sorted(f"user{number}@people.test" for number in range(PEOPLE))
    assert await held_back(post, campaign) == 0
    await check_balance(post, campaign)


@pytest.mark.processes
async def test_killed_again_and_again_a_test_reaches_everybody(post: Post) -> None:
    """From its start to its end; only who is in the middle of being sent to may have it twice."""
    await crowd(post, PEOPLE)
    post.server.thinks_seconds = 0.01  # so that there is always somebody in the middle
    kills = 0

    async def kill_at(count: int) -> None:
        nonlocal kills
        await wait_until(lambda: len(set(post.recipients())) >= count, within_seconds=60)
        processes.kill(kills % 2)
        kills += 1

    with running(post, 2) as processes:
        campaign = await post.campaign(**SPLIT)
        await kill_at(1)
        await kill_at(20)

        async def is_tested() -> bool:
            return (await find(post, campaign))[0].tested_at is not None

        await wait_until(is_tested, within_seconds=60)
        tested = len(set(post.recipients()))
        assert tested < PEOPLE
        await open_all(post, campaign, of="long")
        await let_pass(post, campaign)
        await kill_at(tested)
        await kill_at(tested + 1)
        await kill_at(tested + (PEOPLE - tested) // 2)
        await wait_until_over(post, campaign)

    counted = Counter(post.recipients())
    assert sorted(counted) == sorted(f"user{number}@people.test" for number in range(PEOPLE))
    assert counted.total() - PEOPLE <= kills * post.channel.pace.connections
    assert subjects(post)["long"] > subjects(post)["short"]
    found, progress, _ = await find(post, campaign)
    assert found.winner is not None
    assert found.winner.position == 1
    assert (progress.intended, progress.sent, progress.waiting) == (PEOPLE, PEOPLE, 0)
    await check_balance(post, campaign)
