"""Members follow the data: what was built, what happens to people, what time changes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.events.merging import merge_two
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef
from tidings.segments import actions as segments
from tidings.segments.follow import ENTERED, LEFT, Moved
from tidings.segments.jobs import Jobs
from tidings.segments.model import SegmentId
from tidings.segments.saved import State
from tidings.segments.sweep import Sweep
from tidings.storage.tx import Tx
from tidings.work.model import Task
from tidings.work.worker import Worker

BUYERS = {"event": {"name": "Bought", "in_last": "30 days"}}
IDLE = {"event": {"name": "Bought", "performed": False}}


class House:
    """A shop with its worker, which hears every announcement."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.heard: list[tuple[str, SegmentId, ProfileRef]] = []
        listeners = {ENTERED: self._hear, LEFT: self._hear}
        handlers = {**Jobs(listeners).handlers(), **listeners}
        self._worker = Worker(shop.database, handlers)

    async def _hear(self, _tx: Tx, tasks: Sequence[Task]) -> None:
        for task in tasks:
            assert task.profile_id is not None
            moved = msgspec.json.decode(task.payload, type=Moved)
            self.heard.append((task.name, moved.segment, ProfileRef(task.slot, task.profile_id)))

    async def work(self) -> None:
        """Do everything that is due."""
        while await self._worker.turn() == 0.0:
            pass

    async def sweep(self) -> None:
        """Look for what time changed, and do what is due then."""
        async with self.shop.database.transaction() as tx:
            await Sweep().run(tx)
        await self.work()

    async def publish(self, name: str, definition: object) -> SegmentId:
        """Create a segment and build it."""
        async with self.shop.database.transaction() as tx:
            segment_id = await segments.create(tx, self.shop.brand_id, name, definition)
            await segments.publish(tx, self.shop.brand_id, segment_id)
        await self.work()
        return segment_id

    async def edit(self, segment_id: SegmentId, definition: object) -> None:
        """Give a segment another definition and build that."""
        async with self.shop.database.transaction() as tx:
            await segments.update(tx, self.shop.brand_id, segment_id, definition=definition)
            await segments.publish(tx, self.shop.brand_id, segment_id)
        await self.work()

    async def whom(self, *user_ids: str) -> list[ProfileRef]:
        """Return where users lie."""
        async with self.shop.database.transaction() as tx:
            refs = await identity.find_many(tx, {self.shop.user(one) for one in user_ids})
        return [refs[self.shop.user(one)] for one in user_ids]

    async def members(self, segment_id: SegmentId) -> list[ProfileRef]:
        """Return who is in a segment, by where they lie."""
        async with self.shop.database.transaction() as tx:
            segment = await segments.find(tx, self.shop.brand_id, segment_id)
            page = await segments.members(tx, self.shop.brand_id, segment)
        return [member.person for member in page]

    async def state(self, segment_id: SegmentId) -> State:
        """Return how far a segment is."""
        async with self.shop.database.transaction() as tx:
            return (await segments.find(tx, self.shop.brand_id, segment_id)).state

    def take_heard(self) -> list[tuple[str, SegmentId, ProfileRef]]:
        """Return what was announced since this was asked last, in an order of its own."""
        heard, self.heard = sorted(self.heard), []
        return heard


def ago(**time: float) -> datetime:
    """Return an instant before now."""
    return datetime.now(UTC) - timedelta(**time)


async def test_a_new_segment_has_whom_its_definition_has(shop: Shop) -> None:
    """Those who met it before it was published, each announced once."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=1)), shop.event("bob", at=ago(days=31)))
    [ada] = await house.whom("ada")

    buyers = await house.publish("Buyers", BUYERS)

    assert await house.state(buyers) is State.PUBLISHED
    assert await house.members(buyers) == [ada]
    assert house.take_heard() == [(ENTERED, buyers, ada)]


async def test_an_event_makes_a_member_and_announces_it_once(shop: Shop) -> None:
    """Also of somebody who was there before, and however often they do it again."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=40)), shop.event("cyd", "Viewed"))
    buyers = await house.publish("Buyers", BUYERS)
    assert await house.members(buyers) == []

    await shop.send(shop.event("ada", at=ago(hours=1)), shop.event("bob", at=ago(hours=1)))
    await house.work()
    await shop.send(shop.event("ada", at=ago(hours=0)), shop.event("cyd", "Viewed"))
    await house.work()

    both = sorted(await house.whom("ada", "bob"))
    assert await house.members(buyers) == both
    assert house.take_heard() == [(ENTERED, buyers, ref) for ref in both]


async def test_nothing_is_written_for_what_nobody_watches(shop: Shop) -> None:
    """Ingest pays for what a published segment names, and for no more."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("ada", "Viewed"))
    await house.publish("Buyers", BUYERS)

    await shop.send(shop.event("ada", "Viewed"), shop.change("ada", {"city": "Pune"}))

    async with shop.database.transaction() as tx:
        assert (
            await tx.fetchval("SELECT count(*) FROM tasks WHERE brand_id = $1", shop.brand_id) == 0
        )


async def test_whoever_is_new_may_be_a_member_for_what_they_never_did(shop: Shop) -> None:
    """And leaves by doing it."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    idle = await house.publish("Idle", IDLE)

    await shop.send(shop.event("bob", "Viewed"))
    await house.work()
    [bob] = await house.whom("bob")
    assert await house.members(idle) == [bob]
    await shop.send(shop.event("bob"))
    await house.work()

    assert await house.members(idle) == []
    assert house.take_heard() == [(ENTERED, idle, bob), (LEFT, idle, bob)]


async def test_an_attribute_makes_a_member_and_unmakes_one(shop: Shop) -> None:
    """By a change, by an operation, and by its removal."""
    house = House(shop)
    await shop.send(shop.change("ada", {"city": "Pune"}), shop.change("bob", {"city": "Delhi"}))
    locals_ = await house.publish("Locals", {"attribute": "city", "equals": "Pune"})

    await shop.send(shop.change("ada", {}, removed=["city"]))
    await shop.send(shop.operations("bob", {"$set": {"city": "Pune"}}))
    await house.work()

    ada, bob = await house.whom("ada", "bob")
    assert await house.members(locals_) == [bob]
    assert house.take_heard() == sorted(
        [(ENTERED, locals_, ada), (LEFT, locals_, ada), (ENTERED, locals_, bob)]
    )


async def test_a_window_that_slides_on_is_noticed_without_an_event(shop: Shop) -> None:
    """Whoever bought a moment less than 30 days ago leaves when the moment has passed."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=30, seconds=-1)))
    buyers = await house.publish("Buyers", BUYERS)
    [ada] = await house.whom("ada")
    assert await house.members(buyers) == [ada]

    while await house.members(buyers):
        await house.sweep()

    assert house.take_heard() == [(ENTERED, buyers, ada), (LEFT, buyers, ada)]


async def test_an_edit_is_built_beside_and_switched_at_once(shop: Shop) -> None:
    """Who is in both definitions neither leaves nor enters."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob"), shop.event("bob"), shop.event("cyd"))
    await shop.send(shop.event("cyd", "Viewed"), shop.event("dan", "Viewed"))
    segment_id = await house.publish("Some", {"event": {"name": "Bought"}})
    ada, bob, cyd, dan = await house.whom("ada", "bob", "cyd", "dan")
    assert await house.members(segment_id) == sorted([ada, bob, cyd])
    house.take_heard()

    async with shop.database.transaction() as tx:
        await segments.update(
            tx, shop.brand_id, segment_id, definition={"event": {"name": "Viewed"}}
        )
        await segments.publish(tx, shop.brand_id, segment_id)
    assert await house.state(segment_id) is State.UPDATING
    assert await house.members(segment_id) == sorted([ada, bob, cyd])
    await house.work()

    assert await house.members(segment_id) == sorted([cyd, dan])
    assert house.take_heard() == sorted(
        [(LEFT, segment_id, ada), (LEFT, segment_id, bob), (ENTERED, segment_id, dan)]
    )
    async with shop.database.transaction() as tx:
        versions = await tx.fetch("SELECT DISTINCT version FROM memberships")
    assert [row["version"] for row in versions] == [2]


async def test_a_segment_follows_the_one_it_names(shop: Shop) -> None:
    """Its members change with the other's definition; that one cannot go, nor name it back."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob", "Viewed"))
    inner = await house.publish("Inner", {"event": {"name": "Bought"}})
    outer = await house.publish("Outer", {"not": {"segment": inner}})
    ada, bob = await house.whom("ada", "bob")
    assert await house.members(outer) == [bob]

    await house.edit(inner, {"event": {"name": "Viewed"}})

    assert await house.members(outer) == [ada]
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused, match=f"Segment {outer} names segment {inner}"):
            await segments.delete(tx, shop.brand_id, inner)
        with pytest.raises(Refused, match=f"{inner} names {outer} names {inner}"):
            await segments.update(tx, shop.brand_id, inner, definition={"segment": outer})


async def test_the_forgotten_and_the_merged_are_in_no_segment(shop: Shop) -> None:
    """What one of two did counts for the one they become."""
    house = House(shop)
    both: list[Identifier] = [shop.user("ada"), shop.user("bob")]
    await shop.send(
        shop.event("ada"), shop.event("bob"), shop.event("bob"), shop.event("cyd", "Viewed")
    )
    twice = await house.publish("Twice", {"event": {"name": "Bought", "at_least": 2}})
    ada, bob = await house.whom("ada", "bob")
    assert await house.members(twice) == [bob]

    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, both)
        await merge_two(tx, shop.brand_id, ada, bob, by=None)
    await house.work()
    assert await house.members(twice) == [ada]
    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user("ada")])

    assert await house.members(twice) == []


async def test_a_deleted_segment_leaves_nothing(shop: Shop) -> None:
    """No member, no watch, no version."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    buyers = await house.publish("Buyers", {"event": {"name": "Bought"}})

    async with shop.database.transaction() as tx:
        await segments.delete(tx, shop.brand_id, buyers)
    await house.work()

    async with shop.database.transaction() as tx:
        left = [
            await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - of our own making
            for table in ("memberships", "watches", "segment_versions", "segments", "tasks")
        ]
    assert left == [0, 0, 0, 0, 0]
