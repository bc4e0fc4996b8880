"""Nothing is done again that was done, nor for people to whom nothing happened."""

from typing import Any

import msgspec

from tests.segments.house import House, ago
from tests.shop import Shop
from tidings.events.telling import PEOPLE_CHANGED, PeopleChanged
from tidings.segments import actions as segments
from tidings.work import queue

DEFINITIONS = {
    "Buyers": {"event": {"name": "Bought", "in_last": "30 days"}},
    "Idle": {"event": {"name": "Bought", "performed": False}},
    "New": {"created": {"in_last": "7 days"}},
    "Born": {"attribute": "birth_date", "anniversary_within_days": 7},
}
PEOPLE = [f"person {number}" for number in range(30)]

TASKS_SO_FAR = "SELECT last_value FROM pg_sequences WHERE sequencename = 'tasks_task_id_seq'"
WRITTEN = "SELECT xmin::text, slot, profile_id, segment_id FROM memberships ORDER BY 2, 3, 4"


async def select(shop: Shop, statement: str) -> list[tuple[Any, ...]]:
    """Look into the database."""
    async with shop.database.transaction() as tx:
        return [tuple(row) for row in await tx.fetch(statement)]


async def test_an_idle_queue_stays_empty_and_nothing_is_written(shop: Shop) -> None:
    """A membership that was written once had itself looked at again, round and round."""
    house = House(shop)
    await shop.send(*(shop.event(name, at=ago(days=1)) for name in PEOPLE))
    named = await house.publish("Buyers", DEFINITIONS["Buyers"])
    for name in ("Idle", "New", "Born"):
        await house.publish(name, DEFINITIONS[name])
    await house.publish("Others", {"not": {"segment": named}})
    await shop.send(shop.change("person 1", {"birth_date": "1990-01-31"}), shop.change("new", {}))
    await house.sweep()
    before = await select(shop, TASKS_SO_FAR), await select(shop, WRITTEN)

    for _ in range(3):
        await house.sweep()

    assert before == (await select(shop, TASKS_SO_FAR), await select(shop, WRITTEN))
    async with shop.database.transaction() as tx:
        assert await queue.list_waiting(tx) == []


async def test_what_one_person_does_touches_nobody_else(shop: Shop) -> None:
    """A segment that is made anew for everybody takes minutes once a brand has grown."""
    house = House(shop)
    await shop.send(*(shop.change(name, {"score": 1}) for name in PEOPLE), shop.event("zoe"))
    idle = await house.publish("Idle", DEFINITIONS["Idle"])
    before = await select(shop, WRITTEN)
    [mover] = await house.whom("person 7")

    await shop.send(shop.event("person 7"))
    async with shop.database.transaction() as tx:
        told = await queue.list_waiting(tx)
        shown = await segments.find(tx, shop.brand_id, idle)
    await house.work()

    [task] = told
    changed = msgspec.json.decode(task.payload, type=PeopleChanged)
    assert (task.name, task.slot, changed.people) == (PEOPLE_CHANGED, mover.slot, [])
    assert list(changed.did.values()) == [[mover.profile_id]]
    assert shown.fresh_at == changed.told_at
    gone = [row for row in before if row[1:3] == (mover.slot, mover.profile_id)]
    assert len(gone) == 1
    assert await select(shop, WRITTEN) == [row for row in before if row not in gone]
