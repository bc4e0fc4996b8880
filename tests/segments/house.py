"""A shop with segments and the worker that follows them, who hears what is announced."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from tests.shop import Shop
from tidings.identity import actions as identity
from tidings.profiles.model import ProfileRef
from tidings.segments import actions as segments
from tidings.segments.follow import ENTERED, LEFT, Moved
from tidings.segments.jobs import Jobs
from tidings.segments.model import SegmentId
from tidings.segments.saved import Segment, State
from tidings.segments.sweep import Sweep
from tidings.storage.tx import Tx
from tidings.work.model import Task
from tidings.work.worker import Worker


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

    async def begin(self, name: str, definition: object) -> SegmentId:
        """Create a segment, for whoever works to build."""
        async with self.shop.database.transaction() as tx:
            segment_id = await segments.create(tx, self.shop.brand_id, name, definition)
            await segments.publish(tx, self.shop.brand_id, segment_id)
        return segment_id

    async def begin_again(self, segment_id: SegmentId) -> None:
        """Publish what was saved last, for whoever works to build."""
        async with self.shop.database.transaction() as tx:
            await segments.publish(tx, self.shop.brand_id, segment_id)

    async def publish(self, name: str, definition: object) -> SegmentId:
        """Create a segment and build it."""
        segment_id = await self.begin(name, definition)
        await self.work()
        return segment_id

    async def edit(self, segment_id: SegmentId, definition: object) -> None:
        """Give a segment another definition and build that."""
        async with self.shop.database.transaction() as tx:
            await segments.update(tx, self.shop.brand_id, segment_id, definition)
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

    async def segment(self, segment_id: SegmentId) -> Segment:
        """Return a segment."""
        async with self.shop.database.transaction() as tx:
            return await segments.find(tx, self.shop.brand_id, segment_id)

    async def state(self, segment_id: SegmentId) -> State:
        """Return how far a segment is."""
        return (await self.segment(segment_id)).state

    def take_heard(self) -> list[tuple[str, SegmentId, ProfileRef]]:
        """Return what was announced since this was asked last, in an order of its own."""
        heard, self.heard = sorted(self.heard), []
        return heard


def ago(**time: float) -> datetime:
    """Return an instant before now."""
    return datetime.now(UTC) - timedelta(**time)
