"""Intended is skipped and sent and failed and waiting, always."""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import pytest

from tests.campaigns.splits import SPLIT
from tests.events.people import claim
from tests.messages.post import Post
from tests.reports.deeds import counts, report
from tests.support import wait_until
from tidings.base.errors import Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId
from tidings.messages import actions as messages
from tidings.privacy import actions as privacy
from tidings.storage.tx import Tx

PEOPLE = 80
DEEDS = 30

Deed = Callable[[], Awaitable[None]]


async def pick(tx: Tx, brand_id: BrandId, campaign: CampaignId) -> None:
    """Let the second variant of a test win."""
    await campaigns.pick_winner(tx, brand_id, campaign, variant=2)


class Chance:
    """What may happen to a brand's people and campaigns, by dice."""

    def __init__(self, post: Post, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
        self.going: list[CampaignId] = []
        self._post = post
        self._names = [f"user{number}" for number in range(PEOPLE)]

    def pick(self) -> Deed:
        """Draw what happens next."""
        return self.dice.choice(
            [self.start, self.deliver, self.fail, self.work, self.forget, self.merge, self.cancel]
            + [partial(self.change, act) for act in (campaigns.pause, campaigns.resume, pick)]
        )

    async def start(self) -> None:
        """Start a campaign, every second time with a test."""
        name, split = f"Sale {len(self.going)}", SPLIT if self.dice.random() < 0.5 else {}
        self.going.append(await self._post.campaign(name=name, **split))

    async def work(self) -> None:
        """Do what is due on the queue."""
        await self._post.work()

    async def deliver(self) -> None:
        """Let a process send for as long as it takes to deliver a few more."""
        before = len(self._post.server.mails)
        async with self._post.sending(processes=2):
            # Everything may be paused or sent by now.
            with suppress(AssertionError):
                await wait_until(
                    lambda: len(self._post.server.mails) > before + 5, within_seconds=0.5
                )

    async def fail(self) -> None:
        """Let a mailbox be gone from now on."""
        self._post.server.unknown.add(f"{self.dice.choice(self._names)}@people.test")

    async def forget(self) -> None:
        """Forget somebody, and what was to be sent to them."""
        post = self._post
        asked = post.shop.user(self.dice.choice(self._names))
        profile = await post.shop.profile(asked)
        if profile is None:
            return
        async with post.shop.database.transaction() as tx:
            if self.dice.random() < 0.5:
                await messages.forget(tx, post.brand_id, [profile.ref])
            await privacy.forget(tx, post.brand_id, [asked])

    async def merge(self) -> None:
        """Let a visitor who is sent everything, too, become a user."""
        post = self._post
        visitor = post.shop.anonymous(f"v{self.dice.randrange(10)}")
        await post.shop.send(post.shop.change(visitor, {"email": f"{visitor.value}@people.test"}))
        await post.work()
        user = post.shop.user(self.dice.choice(self._names))
        # A visitor who has become another user already stays that one.
        await post.shop.send(post.shop.event(user), claims=[claim(user, visitor)])

    async def cancel(self) -> None:
        """Cancel a campaign, one time in five."""
        if self.dice.random() < 0.2:
            await self.change(campaigns.cancel)

    async def change(self, act: Callable[..., Awaitable[None]]) -> None:
        """Do something to a campaign, if it can be done."""
        if not self.going:
            return
        campaign = self.dice.choice(self.going)
        # What is over can be neither paused nor cancelled.
        with suppress(Refused):
            async with self._post.shop.database.transaction() as tx:
                await act(tx, self._post.brand_id, campaign)


async def rows_by_status(post: Post, campaign: CampaignId) -> dict[str, int]:
    """Count the rows of a campaign's messages themselves."""
    async with post.shop.database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT status, count(*) AS count FROM messages JOIN lanes USING (lane_id)"
            " WHERE source = 'campaign' AND source_id = $1 GROUP BY status",
            campaign,
        )
    return {row["status"]: row["count"] for row in rows}


async def check(post: Post, going: Sequence[CampaignId]) -> None:
    """Hold every report against the rows."""
    for campaign in going:
        told = await report(post, campaign)
        of_all = told.line.counts
        rows = await rows_by_status(post, campaign)
        assert {
            "waiting": of_all.waiting,
            "sent": of_all.sent,
            "failed": of_all.all_failed,
            "skipped": of_all.all_skipped,
        } == {
            "waiting": rows.get("queued", 0) + rows.get("sending", 0),
            **{status: rows.get(status, 0) for status in ("sent", "failed", "skipped")},
        }
        for parts in (told.days, told.templates):
            assert sum(part.intended for _, part in parts) == of_all.intended
            assert sum(part.waiting for _, part in parts) == of_all.waiting


@pytest.mark.parametrize("seed", range(4))
async def test_the_numbers_balance_and_are_those_of_the_rows(post: Post, seed: int) -> None:
    """Whatever was sent, failed, skipped, cancelled, forgotten, merged, paused and resumed."""
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
    for key in ("hello", "short", "long"):
        await post.add_template(key)
    await post.people(*(f"user{number}" for number in range(PEOPLE)))
    post.server.thinks_seconds = 0.005  # so that somebody is in the middle of being sent to
    chance = Chance(post, seed)
    await chance.start()
    await post.work()
    for _ in range(DEEDS):
        await chance.pick()()
        await check(post, chance.going)

    await post.work()
    for campaign in chance.going:
        for act in (campaigns.resume, pick):
            with suppress(Refused):
                async with post.shop.database.transaction() as tx:
                    await act(tx, post.brand_id, campaign)
    await post.work()

    async def is_nothing_left() -> bool:
        return not any([(await counts(post, one)).waiting for one in chance.going])

    async with post.sending():
        await wait_until(is_nothing_left, within_seconds=30)
    await check(post, chance.going)
    ended = [await counts(post, one) for one in chance.going]
    assert [one.intended for one in ended] == [
        one.sent + one.all_failed + one.all_skipped for one in ended
    ]
