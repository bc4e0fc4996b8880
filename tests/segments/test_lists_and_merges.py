"""Places on custom lists when people are merged or forgotten, during an import and after it."""

from collections.abc import Sequence

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
from tidings.profiles.model import ProfileRef
from tidings.segments import actions as segments
from tidings.segments import lists
from tidings.segments.follow import ENTERED, LEFT
from tidings.segments.inheritance import INHERIT
from tidings.segments.jobs import Jobs
from tidings.segments.saved import State
from tidings.storage.tx import Tx
from tidings.work.model import Task
from tidings.work.worker import Worker


async def turn(shop: Shop) -> None:
    """Do what is due now, and nothing that comes of it."""
    await Worker(shop.database, Jobs({ENTERED, LEFT}).handlers()).turn()


async def hasten(shop: Shop) -> None:
    """Let nothing wait any longer."""
    async with shop.database.transaction() as tx:
        await tx.execute("UPDATE tasks SET run_at = now()")


async def work_without_heirs(shop: Shop) -> None:
    """Do what is due, but fail to give anybody a place: that is tried again later."""

    async def fail(_tx: Tx, _tasks: Sequence[Task]) -> None:
        raise RuntimeError("not now")

    worker = Worker(shop.database, {**Jobs().handlers(), INHERIT: fail})
    while await worker.turn() == 0.0:
        pass


async def by_version(shop: Shop) -> list[tuple[int, ProfileRef]]:
    """Return who is in which version."""
    async with shop.database.transaction() as tx:
        rows = await tx.fetch("SELECT version, slot, profile_id FROM memberships ORDER BY 1, 2, 3")
    return [(row["version"], ProfileRef(row["slot"], row["profile_id"])) for row in rows]


@pytest.fixture
async def house(shop: Shop) -> House:
    """A shop with some people of no interest."""
    await shop.send(*(shop.event(user, "Seen") for user in ("ada", "bob", "cyd", "dan")))
    return House(shop)


async def test_whoever_absorbs_a_member_has_their_place(shop: Shop, house: House) -> None:
    """Since as long ago; and whoever names the list sees the one go and the other come."""
    ada, bob, cyd, dan = await house.whom("ada", "bob", "cyd", "dan")
    segment_id = await imported(house, "bob", "cyd")
    outer = await house.publish("Outer", {"segment": segment_id})
    without = await house.publish("Without", {"not": {"segment": segment_id}})
    async with shop.database.transaction() as tx:
        since = await tx.fetchval("SELECT max(entered_at) FROM memberships WHERE segment_id = 1")
    house.take_heard()

    await merge(shop, "ada", "bob")
    await house.work()

    assert await house.members(segment_id) == sorted([ada, cyd])
    assert await house.members(outer) == sorted([ada, cyd])
    assert await house.members(without) == [dan]
    heard = house.take_heard()
    for one in (segment_id, outer):
        assert [(name, who) for name, which, who in heard if which == one] == [
            (ENTERED, ada),
            (LEFT, bob),
        ]
    async with shop.database.transaction() as tx:
        entered = await tx.fetch(
            "SELECT entered_at FROM memberships WHERE segment_id = 1 AND profile_id = $1",
            ada.profile_id,
        )
    assert [row["entered_at"] for row in entered] == [since]


async def test_whoever_is_on_the_list_and_absorbs_a_member_is_on_it_once(
    shop: Shop, house: House
) -> None:
    """They neither leave nor enter."""
    ada, bob = await house.whom("ada", "bob")
    segment_id = await imported(house, "ada", "bob")
    house.take_heard()

    await merge(shop, "ada", "bob")
    await house.work()

    assert await house.members(segment_id) == [ada]
    assert house.take_heard() == [(LEFT, segment_id, bob)]
    assert await places(shop) == 1


async def test_a_place_goes_through_merges_that_nobody_has_looked_at(
    shop: Shop, house: House
) -> None:
    """And those that come while it is on its way, in a task or between two."""
    [ada] = await house.whom("ada")
    segment_id = await imported(house, "dan")
    await merge(shop, "cyd", "dan")
    await merge(shop, "bob", "cyd")
    await turn(shop)
    assert INHERIT in await waiting(shop)

    await merge(shop, "ada", "bob")
    await house.work()

    assert await house.members(segment_id) == [ada]


async def test_a_place_whose_task_was_left_for_somebody_gone_finds_the_heir(
    shop: Shop, house: House
) -> None:
    """A merge that was under way when the heir was looked for moved the tasks there were before."""
    [ada] = await house.whom("ada")
    segment_id = await imported(house, "cyd")
    await merge(shop, "bob", "cyd")
    await turn(shop)
    async with shop.database.transaction() as tx:
        await tx.execute("CREATE TABLE kept AS SELECT * FROM tasks WHERE name = $1", INHERIT)
        await tx.execute("DELETE FROM tasks WHERE name = $1", INHERIT)
    await merge(shop, "ada", "bob")
    async with shop.database.transaction() as tx:
        await tx.execute("INSERT INTO tasks OVERRIDING SYSTEM VALUE SELECT * FROM kept")

    await house.work()

    assert await house.members(segment_id) == [ada]


@pytest.mark.parametrize("turns", [0, 1])
async def test_a_place_of_whoever_is_forgotten_goes_to_nobody(
    shop: Shop, house: House, turns: int
) -> None:
    """Neither before it was taken from the one they had absorbed, nor after."""
    segment_id = await imported(house, "bob")
    await merge(shop, "ada", "bob")
    for _ in range(turns):
        await turn(shop)

    await forget(shop, "ada")
    await house.work()

    assert await house.members(segment_id) == []
    assert (await places(shop), await waiting(shop)) == (0, [])


async def test_a_place_on_a_list_that_is_gone_goes_to_nobody(shop: Shop, house: House) -> None:
    """Its task comes too late for the members to be cleared away."""
    segment_id = await imported(house, "bob")
    await merge(shop, "ada", "bob")
    await work_without_heirs(shop)
    async with shop.database.transaction() as tx:
        await segments.delete(tx, shop.brand_id, segment_id)
    await house.work()
    assert await waiting(shop) == [INHERIT]

    await hasten(shop)
    await house.work()

    assert (await places(shop), await waiting(shop)) == (0, [])


async def test_whoever_is_merged_between_finding_and_storing_has_a_place_as_who_they_are(
    shop: Shop, house: House
) -> None:
    """The merge is done and looked at before the row is there."""
    [ada] = await house.whom("ada")
    begun = await begin(house)

    async with shop.database.transaction() as tx:
        await lists.add(tx, shop.brand_id, begun.which, [[shop.user("bob")]])
        await merge(shop, "ada", "bob")
        await house.work()
    segment_id = await finish(house, begun)
    await wait_until(lambda: is_published(house, begun))

    assert await house.members(segment_id) == [ada]
    assert house.take_heard() == [(ENTERED, segment_id, ada)]


async def is_published(house: House, begun: lists.Import) -> bool:
    """Do what is due, and say whether the import is done."""
    await house.work()
    one = await house.segment(begun.which.segment_id)
    return (one.state, one.live_version) == (State.PUBLISHED, begun.which.version)


async def test_whoever_is_merged_during_an_import_stays_on_the_list(
    shop: Shop, house: House
) -> None:
    """Theirs is their place on the new one before it counts: else they left and came back."""
    ada, bob = await house.whom("ada", "bob")
    segment_id = await imported(house, "ada", "bob")
    begun = await begin(house)
    await add(house, begun, [[shop.user("bob")]])
    await merge(shop, "ada", "bob")
    await house.work()
    # Only the import touches what is being imported: nobody has to wait for it.
    assert await by_version(shop) == [(1, ada), (2, bob)]
    house.take_heard()

    await finish(house, begun)
    await work_without_heirs(shop)
    assert await house.state(segment_id) is State.UPDATING
    await hasten(shop)
    await wait_until(lambda: is_published(house, begun))

    assert house.take_heard() == []
    assert await by_version(shop) == [(2, ada)]
