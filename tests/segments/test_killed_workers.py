"""Workers that are killed at any moment change no result and announce nothing twice."""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.segments.house import House
from tests.shop import Shop
from tests.support import wait_until
from tidings.segments.follow import ENTERED, LEFT

pytestmark = pytest.mark.processes

PEOPLE = 40
ROUNDS = 12
LONGEST_LIFE_SECONDS = 0.4  # from the start of Python to long after the first claims


class Workers:
    """Two worker processes, of which one after the other is killed and started anew."""

    def __init__(self, url: str, dice: random.Random) -> None:
        self._url = url
        self._dice = dice
        self._processes = [self._start(), self._start()]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.segments.hearing_worker", self._url]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    async def kill_one(self) -> None:
        """Let them work for a moment, kill one, and start another in its place."""
        await asyncio.sleep(self._dice.uniform(0, LONGEST_LIFE_SECONDS))
        which = self._dice.randrange(2)
        self._processes[which].kill()
        self._processes[which].wait()
        self._processes[which] = self._start()

    def end(self) -> None:
        """Kill both."""
        for process in self._processes:
            process.kill()
            process.wait()


@contextmanager
def working(url: str, dice: random.Random) -> Generator[Workers]:
    """Run the workers for a block."""
    workers = Workers(url, dice)
    try:
        yield workers
    finally:
        workers.end()


async def is_idle(shop: Shop) -> bool:
    """Say whether the queue is empty."""
    async with shop.database.transaction() as tx:
        return await tx.fetchval("SELECT count(*) FROM tasks") == 0


async def test_killed_workers_change_no_result_and_announce_nothing_twice(shop: Shop) -> None:
    """People come and go, and a segment is built amid it; each move is heard once, in turn."""
    dice = random.Random(7)  # noqa: S311 - the same deeds in every run
    house = House(shop)
    users = [f"user {number}" for number in range(PEOPLE)]
    await shop.send(*(shop.change(user, {"city": "Delhi"}) for user in users))
    async with shop.database.transaction() as tx:
        await tx.execute(
            "CREATE TABLE heard (number bigint GENERATED ALWAYS AS IDENTITY, name text,"
            " segment_id bigint, profile_id bigint)"
        )
    city = {"attribute": "city", "equals": "Pune"}

    with working(shop.database.url, dice) as workers:
        locals_ = await house.begin("Locals", city)
        cities = dict.fromkeys(users, "Delhi")
        for number in range(ROUNDS):
            if number == ROUNDS // 2:
                # Whatever the machine has time for, some have entered by now and will leave.
                await wait_until(lambda: is_idle(shop), within_seconds=60)
            moving = dice.sample(users, PEOPLE // 2)
            cities |= {user: dice.choice(["Pune", "Delhi"]) for user in moving}
            await shop.send(*(shop.change(user, {"city": cities[user]}) for user in moving))
            await workers.kill_one()
        await wait_until(lambda: is_idle(shop), within_seconds=60)

    expected = sorted(await house.whom(*(user for user in users if cities[user] == "Pune")))
    assert await house.members(locals_) == expected
    async with shop.database.transaction() as tx:
        rows = await tx.fetch("SELECT name, profile_id FROM heard ORDER BY number")
    in_turn: dict[int, list[str]] = {}
    for row in rows:
        in_turn.setdefault(row["profile_id"], []).append(row["name"])
    assert all(
        names == [ENTERED, LEFT] * (len(names) // 2) + [ENTERED] * (len(names) % 2)
        for names in in_turn.values()
    ), in_turn
    inside = {profile_id for profile_id, names in in_turn.items() if names[-1] == ENTERED}
    assert inside == {ref.profile_id for ref in expected}
    assert Counter(row["name"] for row in rows)[LEFT] > 0, "nobody came and went"
