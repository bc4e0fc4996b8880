"""`tidings brand merging` beside a running server, and broken off."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.switching import BUILT, conflicts, is_merging, switch_on, whom
from tests.shop import Shop
from tests.support import wait_until
from tidings.cli import merging
from tidings.events.building import Building
from tidings.identity.model import Claim
from tidings.storage.slots import Slot


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for processes that are not there."""
    monkeypatch.setattr(merging, "MAX_AGE_SECONDS", 0.0)


async def people(shop: Shop, count: int) -> None:
    """Store users with an address each, and a visitor for every third who has that address too."""
    changes = [shop.change(f"u{n}", {"email": f"u{n}@example.com"}) for n in range(count)]
    visitors = [
        shop.change(shop.anonymous(f"v{n}"), {"email": f"U{n}@example.com"})
        for n in range(0, count, 3)
    ]
    await shop.send(*changes, *visitors, *(shop.event(f"u{n}") for n in range(count)))


async def apart(shop: Shop, count: int) -> list[tuple[int, Sequence[Any]]]:
    """Return the users whose address, or whose visitor, does not lead to them."""
    wrong: list[tuple[int, Sequence[Any]]] = []
    for n in range(count):
        own = [shop.user(f"u{n}"), shop.email(f"u{n}@example.com")]
        refs = await whom(shop, *own, *([shop.anonymous(f"v{n}")] * (n % 3 == 0)))
        if len(set(refs)) != 1 or None in refs:
            wrong.append((n, refs))
    return wrong


async def test_broken_off_and_repeated_it_comes_to_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is done twice, and the first one says what to do."""
    await people(shop, 60)
    take, left = Building.take_slot, 100

    async def take_some(building: Building, slot: Slot) -> None:
        if slot == left:
            raise KeyboardInterrupt
        await take(building, slot)

    monkeypatch.setattr(Building, "take_slot", take_some)
    broken = await switch_on(shop)
    monkeypatch.setattr(Building, "take_slot", take)
    assert broken.exit_code == 1
    assert "Merging is on, but not all was done. Give the same command again." in broken.stderr
    assert len(await apart(shop, 60)) in range(1, 60)

    repeated = await switch_on(shop)
    again = await switch_on(shop)

    assert repeated.exit_code == 0
    assert await apart(shop, 60) == []
    assert again.stdout.endswith(BUILT.format(0, 0, 0))
    assert await shop.count_orphans() == 0


async def test_amid_running_ingest_nothing_is_lost_and_nothing_doubled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is met by an address first is found again when their profile's turn comes."""
    count, sent = 60, 0
    await people(shop, count)
    take, slots_done = Building.take_slot, asyncio.Event()
    loop = asyncio.get_running_loop()
    is_over = False

    async def take_slowly(building: Building, slot: Slot) -> None:
        await take(building, slot)
        if slot == 20:
            loop.call_soon_threadsafe(slots_done.set)
        await asyncio.sleep(0.005)

    async def keep_sending(process: Shop, step: int) -> int:
        """Send events as a wire makes them of a brand with merging: by address alone, and both."""
        n, events = 0, 0
        while not is_over:
            n = (n + step) % count
            mail, new = shop.email(f"u{n}@example.com"), shop.anonymous(f"new{n}")
            await process.send(process.event(mail, "Opened"))
            claim = Claim(shop.user(f"u{n}"), (mail, new), 0)
            await process.send(process.event(f"u{n}", "Seen"), claims=[claim])
            events += 2
        return events

    monkeypatch.setattr(Building, "take_slot", take_slowly)
    async with shop.another_process() as another:
        building = asyncio.create_task(switch_on(shop))
        await wait_until(lambda: is_merging(shop))
        sending = [
            asyncio.create_task(keep_sending(process, step))
            for process, step in ((shop, 7), (another, 11))
        ]
        await wait_until(slots_done.is_set, within_seconds=20)
        done = await building
        is_over = True
        sent = sum(await asyncio.gather(*sending))

    assert done.exit_code == 0, done.output
    assert sent > 20
    assert await apart(shop, count) == []
    assert len(await shop.events()) == count + sent
    assert await conflicts(shop) == []
    assert await shop.count_orphans() == 0
