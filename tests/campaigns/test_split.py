"""A test of variants: some people get them first, and everybody else the one that does best."""

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.campaigns.splits import (
    PEOPLE,
    SPLIT,
    WAITING,
    begin,
    check_balance,
    crowd,
    decide,
    find,
    finish,
    held_back,
    let_pass,
    open_all,
    rows,
    send_test,
    subjects,
)
from tests.messages.post import Post
from tests.reports.deeds import GOAL, buy, count, hear_of, messages_of
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.campaigns import actions as campaigns
from tidings.campaigns.choose import is_tested
from tidings.campaigns.model import CampaignId, How, State, Trial, Winner
from tidings.storage.tx import Tx

Act = Callable[[Tx, BrandId, CampaignId], Awaitable[None]]


async def test_the_winner_of_the_test_goes_to_everybody_else(post: Post) -> None:
    """Everybody gets exactly one message, and the report adds up at every step."""
    people = await crowd(post)
    campaign = await begin(post)
    tested = sum(is_tested(campaign, one.profile_id, 40) for one in people)
    assert Counter(await rows(post, campaign))[WAITING] == PEOPLE - tested
    await check_balance(post, campaign)

    assert await send_test(post, campaign) == tested
    in_test = subjects(post)
    assert in_test.total() == tested
    await open_all(post, campaign, of="short", but=in_test["short"] - 1)
    opened = await open_all(post, campaign, of="long")
    await check_balance(post, campaign)
    await let_pass(post, campaign)
    await decide(post)
    await finish(post, campaign)

    trials = [Trial(in_test["short"], 1), Trial(in_test["long"], opened)]
    found, progress, standing = await find(post, campaign)
    assert (found.winner, standing.winner) == (Winner(1, How.BEST, trials),) * 2
    assert standing.trials == trials
    assert (standing.decides_at, standing.decided_at) == (None, found.decided_at)
    assert post.recipients() == sorted(f"user{number}@people.test" for number in range(PEOPLE))
    assert subjects(post) == {
        "short": in_test["short"],
        "long": in_test["long"] + PEOPLE - tested,
    }
    assert (progress.intended, progress.sent, progress.waiting) == (PEOPLE, PEOPLE, 0)
    await check_balance(post, campaign)


async def test_it_is_decided_so_long_after_all_of_the_test_was_sent(post: Post) -> None:
    """Not after the first of it was, nor a moment earlier."""
    await crowd(post)
    campaign = await begin(post)
    await let_pass(post, campaign, "2 days")
    await decide(post)
    assert (await find(post, campaign))[0].tested_at is None

    await send_test(post, campaign)
    _, _, before = await find(post, campaign)
    await let_pass(post, campaign, "239 minutes")
    await decide(post)
    found, _, standing = await find(post, campaign)

    assert found.tested_at is not None
    assert before.decides_at is not None
    assert standing.decides_at is not None
    assert (before.decides_at - standing.decides_at).total_seconds() == 239 * 60
    assert found.winner is None
    assert await post.state(campaign) is State.SENDING
    await let_pass(post, campaign, "1 minute")
    await decide(post)
    assert (await find(post, campaign))[0].winner is not None


async def test_of_a_test_in_which_nothing_happens_the_first_variant_is_sent(post: Post) -> None:
    """And the result says that it was a tie."""
    await crowd(post)
    campaign = await begin(post)
    await send_test(post, campaign)
    await let_pass(post, campaign)
    await decide(post)

    winner = (await find(post, campaign))[0].winner
    assert winner is not None
    assert (winner.position, winner.how) == (0, How.TIE)
    await finish(post, campaign)
    assert len(post.recipients()) == PEOPLE


async def test_a_test_may_be_about_the_goal(post: Post) -> None:
    """Conversions are those that reports count."""
    people = await crowd(post)
    split = SPLIT["test"] | {"winner": "goal"}
    campaign = await begin(post, test=split, goal=GOAL)
    await send_test(post, campaign)
    messages = await messages_of(post, campaign)
    await open_all(post, campaign, of="short")
    # Of the second variant one person clicks and buys, which weighs more than all openings.
    buyer = next(
        number
        for number, mail in enumerate(post.server.mails)
        if str(mail.parsed["subject"]) == "long"
    )
    name = post.server.mails[buyer].recipient.partition("@")[0]
    await hear_of(post, messages[people[int(name.removeprefix("user"))]])
    await buy(post, name)
    await count(post)
    await let_pass(post, campaign)
    await decide(post)

    winner = (await find(post, campaign))[0].winner
    assert winner is not None
    assert (winner.position, winner.how) == (1, How.BEST)
    assert [one.converted for one in winner.trials] == [0, 1]


async def test_a_campaign_whose_test_has_everybody_is_over_when_it_is_decided(post: Post) -> None:
    """A small segment may be in it as a whole: there is a result all the same."""
    [person] = await crowd(post, 1)
    asked = SPLIT["test"] | {"share": 99}
    campaign = await begin(post, test=asked)
    # One campaign in a hundred has nobody in its test.
    while not is_tested(campaign, person.profile_id, 99):
        campaign = await begin(post, test=asked, name=f"After {campaign}")
    await send_test(post, campaign)
    assert await post.state(campaign) is State.SENDING
    await let_pass(post, campaign)
    await decide(post)

    assert await post.state(campaign) is State.FINISHED


async def test_a_paused_campaign_decides_when_it_is_resumed(post: Post) -> None:
    """Whoever pauses wants nothing to happen."""
    await crowd(post)
    campaign = await begin(post)
    await send_test(post, campaign)
    await let_pass(post, campaign)
    await change(post, campaigns.pause, campaign)
    await decide(post)
    assert (await find(post, campaign))[0].winner is None

    await change(post, campaigns.resume, campaign)
    await decide(post)
    await change(post, campaigns.pause, campaign)
    await post.work()
    assert await held_back(post, campaign) == 0
    await check_balance(post, campaign)
    await change(post, campaigns.resume, campaign)
    await finish(post, campaign)

    assert len(post.recipients()) == len(set(post.recipients())) == PEOPLE


@pytest.mark.parametrize("stage", ["filled", "tested", "decided", "released"])
async def test_a_cancelled_campaign_sends_nothing_more_at_any_stage(post: Post, stage: str) -> None:
    """What waits for a winner is skipped, as is what waits for its turn."""
    await crowd(post)
    campaign = await begin(post)
    if stage != "filled":
        await send_test(post, campaign)
        await let_pass(post, campaign)
    if stage in {"decided", "released"}:
        await decide(post)
    if stage == "released":
        await post.work()
    sent = len(post.recipients())

    await change(post, campaigns.cancel, campaign)
    await decide(post)
    await post.work()

    _, progress, standing = await find(post, campaign)
    assert progress.skipped == {"cancelled": PEOPLE - sent}
    assert (progress.sent, progress.waiting) == (sent, 0)
    assert (standing.winner is not None) is (stage in {"decided", "released"})
    assert standing.decides_at is None
    await check_balance(post, campaign)


async def test_an_operator_picks_the_winner_before_the_test_is_over(post: Post) -> None:
    """Who is in the test still gets their own variant."""
    people = await crowd(post)
    campaign = await begin(post)
    await pick(post, campaign, 2)
    await finish(post, campaign)

    tested = sum(is_tested(campaign, one.profile_id, 40) for one in people)
    found, _, standing = await find(post, campaign)
    assert found.winner == Winner(1, How.OPERATOR, [Trial(), Trial()])
    assert standing.winner == found.winner
    assert 0 < subjects(post)["short"] < tested
    assert len(post.recipients()) == len(set(post.recipients())) == PEOPLE
    await check_balance(post, campaign)


async def test_who_is_gone_through_after_that_gets_the_winner_at_once(post: Post) -> None:
    """An operator may be faster than the worker that goes through the people, or that tries again.

    What is released by then is not all.
    """
    people = await crowd(post)
    campaign = await post.campaign(**SPLIT)
    worker = post.worker()
    while (await find(post, campaign))[0].state is State.SCHEDULED:
        await worker.turn()
    await worker.turn()
    found, progress, _ = await find(post, campaign)
    assert 0 < (found.slots_left or 0) < 256
    assert progress.intended < PEOPLE

    await pick(post, campaign, 1)
    await put_off_filling(post, "1 hour")
    await post.work()
    assert await held_back(post, campaign) == 0
    await put_off_filling(post, "-1 hour")
    await finish(post, campaign)

    tested = sum(is_tested(campaign, one.profile_id, 40) for one in people)
    assert subjects(post)["short"] >= PEOPLE - tested
    assert len(post.recipients()) == len(set(post.recipients())) == PEOPLE
    await check_balance(post, campaign)


async def test_a_winner_is_refused_that_cannot_be_one(post: Post) -> None:
    """Without a test, before it starts, twice, when it is over, or of no variant."""
    await crowd(post)
    plain = await post.campaign(name="Plain", template="short")
    split = await post.campaign(name="Split", **SPLIT)
    said = [await refused(post, plain, 1), await refused(post, split, 1)]
    await post.work()
    said += [await refused(post, split, 0), await refused(post, split, 3)]
    await pick(post, split, 2)
    said.append(await refused(post, split, 1))
    await change(post, campaigns.cancel, split)
    said.append(await refused(post, split, 1))

    assert said == [
        (Code.CONFLICT, f"Campaign {plain} has no test."),
        (Code.CONFLICT, f"Campaign {split} is scheduled and cannot be given a winner."),
        (Code.INVALID, "variant must be from 1 to 2."),
        (Code.INVALID, "variant must be from 1 to 2."),
        (Code.CONFLICT, f"Campaign {split} has its winner: variant 2."),
        (Code.CONFLICT, f"Campaign {split} is cancelled and cannot be given a winner."),
    ]


async def change(post: Post, act: Act, campaign: CampaignId) -> None:
    """Pause, resume or cancel a campaign."""
    async with post.shop.database.transaction() as tx:
        await act(tx, post.brand_id, campaign)


async def put_off_filling(post: Post, time: str) -> None:
    """Let whoever goes through people do so later by a time."""
    async with post.shop.database.transaction() as tx:
        await tx.execute(
            "UPDATE tasks SET run_at = run_at + $1::text::interval WHERE name = 'campaigns.fill'",
            time,
        )


async def pick(post: Post, campaign: CampaignId, variant: int) -> None:
    """Pick a winner by hand."""
    async with post.shop.database.transaction() as tx:
        await campaigns.pick_winner(tx, post.brand_id, campaign, variant=variant)


async def refused(post: Post, campaign: CampaignId, variant: int) -> tuple[Code, str]:
    """Pick a winner that cannot be picked, and return why."""
    with pytest.raises(Refused) as caught:
        await pick(post, campaign, variant)
    return caught.value.code, caught.value.message
