"""Imports, merges, forgetting and workers at once: a list has whom its rows lead to in the end."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager

import pytest

from tests.segments.house import House
from tests.segments.importing import (
    add,
    begin,
    finish,
    forget,
    imported,
    merge,
    places,
    waiting,
)
from tests.shop import Shop
from tests.support import wait_until
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.profiles.model import ProfileRef
from tidings.segments.jobs import Jobs
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work.worker import Worker

USERS = [f"user {number}" for number in range(60)]


@asynccontextmanager
async def workers(url: str) -> AsyncGenerator[None]:
    """Let two workers work for a block."""
    stop = asyncio.Event()
    async with Database(url, size=8) as database:
        at_work = [
            asyncio.create_task(Worker(database, Jobs().handlers()).run(stop)) for _ in range(2)
        ]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*at_work)


async def until_done(act: Awaitable[None]) -> None:
    """Do something that somebody else may be quicker than; they had their way then."""
    try:
        await act
    except ClaimsChanged:
        return


@pytest.mark.parametrize("seed", range(3))
async def test_a_list_has_whom_its_rows_lead_to_whatever_happens_meanwhile(
    shop: Shop, seed: int
) -> None:
    """People are merged and forgotten beside two imports and two workers."""
    dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
    house = House(shop)
    await shop.send(*(shop.event(user, "Seen") for user in USERS))
    outer = {"segment": await imported(house, *USERS[:40])}
    names = await house.publish("Outer", outer)
    rows = [[shop.user(user)] for user in dice.sample(USERS, 40)]

    async def live() -> None:
        for _ in range(40):
            one, two = dice.sample(USERS, 2)
            act = forget(shop, one) if dice.random() < 0.2 else merge(shop, one, two)
            await until_done(act)

    async with workers(shop.database.url):
        living = asyncio.create_task(live())
        begun = await begin(house)
        for start in range(0, len(rows), 4):
            await add(house, begun, rows[start : start + 4])
        segment_id = await finish(house, begun)
        await living
        await wait_until(lambda: is_idle(shop), within_seconds=30)

    async with shop.database.transaction() as tx:
        expected = await whom(tx, shop, [row[0].value for row in rows])
    assert expected, "nobody is left to look for"
    assert await house.members(segment_id) == expected
    assert await house.members(names) == expected
    assert await places(shop) == 2 * len(expected)


async def is_idle(shop: Shop) -> bool:
    """Say whether the queue is empty."""
    return await waiting(shop) == []


async def whom(tx: Tx, shop: Shop, users: list[str]) -> list[ProfileRef]:
    """Return who some users are by now, those that were forgotten left out."""
    refs = await identity.find_many(tx, {shop.user(user) for user in users})
    return sorted(set(refs.values()))
