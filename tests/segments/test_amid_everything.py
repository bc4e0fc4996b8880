"""Whatever happens to people and segments at once, members are who meets the definition."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.events.people import claim
from tests.segments.house import ago
from tests.segments.world import found
from tests.shop import Shop
from tests.support import wait_until
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef
from tidings.segments import actions as segments
from tidings.segments.compile import compile_members
from tidings.segments.editions import read_editions
from tidings.segments.jobs import Jobs
from tidings.segments.model import SegmentId
from tidings.segments.saved import State
from tidings.work import queue
from tidings.work.worker import Worker

DEEDS = 120
AT_ONCE = 6
CITIES = ("Pune", "Mumbai")
BOUGHT = {"event": {"name": "Bought", "in_last": "30 days"}}
DEFINITIONS: tuple[dict[str, Any], ...] = (
    {"attribute": "city", "equals": "Pune"},
    BOUGHT,
    {"all": [{"not": BOUGHT}, {"attribute": "city", "is_set": True}]},
    {"event": {"name": "Bought", "sum": {"attribute": "price", "at_least": 3}}},
    {"created": {"in_last": "1 days"}},
    {"any": [{"last_seen": {"in_last": "2 days"}}, {"attribute": "city", "equals": "Mumbai"}]},
)


class Life:
    """A brand in which anything happens to anybody at any time."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self._processes = [shop, shop.another_process()]
        self._shop = shop
        self._dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
        self._segments: list[SegmentId] = []

    async def live(self) -> list[SegmentId]:
        """Let it all happen, a few deeds at a time; return the segments there are at the end."""
        shop = self._shop
        await shop.send(shop.event("first", "Bought", {"price": 1}), self._move("first"))
        async with self._processes[1]:
            for _ in range(DEEDS // AT_ONCE):
                await asyncio.gather(*(self._deed()() for _ in range(AT_ONCE)))
        return self._segments

    def _deed(self) -> Callable[[], Awaitable[None]]:
        deeds = (self._buy, self._change, self._merge, self._forget, self._publish, self._edit)
        return self._dice.choices(deeds, weights=(8, 8, 4, 2, 2, 2))[0]

    def _somebody(self) -> str:
        return f"user {self._dice.randrange(30)}"

    def _move(self, whom: str) -> Any:
        return self._shop.change(whom, {"city": self._dice.choice(CITIES)})

    async def _buy(self) -> None:
        when = ago(days=self._dice.choice([0, 3, 40]))
        bought = self._shop.event(self._somebody(), "Bought", {"price": 1}, at=when)
        await self._dice.choice(self._processes).send(bought)

    async def _change(self) -> None:
        await self._dice.choice(self._processes).send(self._move(self._somebody()))

    async def _merge(self) -> None:
        shop, number = self._dice.choice(self._processes), self._dice.randrange(1_000)
        browser, user = shop.anonymous(f"browser {number}"), shop.user(self._somebody())
        await shop.send(shop.event(browser, "Bought", {"price": 2}, at=ago(days=1)))
        # Nothing but the merge itself speaks of the two.
        await shop.send(shop.change(user, {}), claims=[claim(user, browser)])

    async def _forget(self) -> None:
        async with self._shop.database.transaction() as tx:
            user = self._shop.user(self._somebody())
            await privacy.forget(tx, self._shop.brand_id, [user])

    async def _publish(self) -> None:
        name = f"segment {self._dice.random()}"
        definition = self._dice.choice(DEFINITIONS)
        async with self._shop.database.transaction() as tx:
            which = await segments.create(tx, self._shop.brand_id, name, definition)
            await segments.publish(tx, self._shop.brand_id, which)
        self._segments.append(which)

    async def _edit(self) -> None:
        if not self._segments:
            return
        which, named = self._dice.choice(self._segments), self._dice.choice(self._segments)
        definition = self._dice.choice([*DEFINITIONS, {"not": {"segment": named}}])
        try:
            async with self._shop.database.transaction() as tx:
                await segments.update(tx, self._shop.brand_id, which, definition)
                await segments.publish(tx, self._shop.brand_id, which)
        except Refused as refused:
            # It would name itself, or one that nobody has built yet.
            if refused.code is not Code.INVALID:
                raise


@asynccontextmanager
async def workers(shop: Shop, count: int) -> AsyncGenerator[None]:
    """Follow segments, as so many worker processes do."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as together:
        for _ in range(count):
            together.create_task(Worker(shop.database, Jobs().handlers()).run(stop))
        yield
        stop.set()


async def is_idle(shop: Shop) -> bool:
    """Say whether nothing waits to be done."""
    async with shop.database.transaction() as tx:
        assert await queue.list_dead(tx) == []
        return await queue.list_waiting(tx) == []


async def members_of(shop: Shop, which: SegmentId) -> list[ProfileRef]:
    """Return who is in a segment, which has come to rest."""
    async with shop.database.transaction() as tx:
        segment = await segments.find(tx, shop.brand_id, which)
        assert segment.state is State.PUBLISHED
        return [one.person for one in await segments.members(tx, shop.brand_id, segment)]


@pytest.mark.parametrize("seed", range(3))
async def test_members_are_who_meets_the_definition_whatever_happens_at_once(
    shop: Shop, seed: int
) -> None:
    """Two web processes, two workers, people who merge and are forgotten, segments that change.

    Asked for everybody at the end, the definitions have exactly the people who were found one by
    one meanwhile; that what they have then is right is proven elsewhere.
    """
    async with shop.database.transaction() as tx:
        await brands.change_merging(tx, shop.brand_id, merging=True)

    async with workers(shop, 2):
        published = await Life(shop, seed).live()
        await wait_until(lambda: is_idle(shop), within_seconds=60)

    async with shop.database.transaction() as tx:
        editions = await read_editions(tx, shop.brand_id)
    scope = editions.scope(clock.now())
    meant = {
        which: await found(shop.database, compile_members(editions.definitions[which], scope))
        for which in published
    }
    assert len(published) > 3
    assert {which: await members_of(shop, which) for which in published} == meant
