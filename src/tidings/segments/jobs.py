"""What segments do on the queue, and by the clock."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.events.telling import PEOPLE_CHANGED, PeopleChanged
from tidings.profiles.model import ProfileRef
from tidings.segments import build, store_members
from tidings.segments.build import BUILD, CLEAR, SWITCH, Cleared, Part
from tidings.segments.editions import BrandEditions, Editions, segments_lock
from tidings.segments.follow import Follower, concerns
from tidings.segments.sweep import LAPSED, Lapsed
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work.model import Task

Handler = Callable[[Tx, Sequence[Task]], Awaitable[None]]
T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class Jobs:
    """The handlers of one worker process.

    Shape:  heard - the names of announcements that anybody listens to.
    """

    def __init__(self, heard: Collection[str] = ()) -> None:
        self._editions = Editions()
        self._follower = Follower(heard)

    def handlers(self) -> Mapping[str, Handler]:
        """Return who does which tasks."""
        return {
            PEOPLE_CHANGED: self.look_at_people,
            LAPSED: self.look_at_lapsed,
            BUILD: self.build_parts,
            SWITCH: self.switch,
            CLEAR: self.clear,
        }

    async def look_at_people(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Ask again of people to whom something happened whether they are in the segments."""
        now = clock.now()
        for brand_id, told in _by_brand(tasks, msgspec.json.Decoder(PeopleChanged).decode):
            editions = await self._held(tx, brand_id)
            for one in editions.followed:
                people = {
                    ProfileRef(slot, profile_id)
                    for slot, changed in told
                    if concerns(one.interest, changed)
                    for profile_id in changed.people
                }
                if people:
                    await self._follower.follow(tx, editions, one, now=now, people=sorted(people))

    async def look_at_lapsed(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Ask again of people for whom time changed something."""
        now = clock.now()
        for brand_id, told in _by_brand(tasks, msgspec.json.Decoder(Lapsed).decode):
            editions = await self._held(tx, brand_id)
            for one in editions.followed:
                people = {
                    ProfileRef(slot, profile_id)
                    for slot, lapsed in told
                    if lapsed.part.edition_id == one.edition.edition_id
                    for profile_id in lapsed.people
                }
                if people:
                    await self._follower.follow(tx, editions, one, now=now, people=sorted(people))

    async def build_parts(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Build versions in the slots of the tasks."""
        for brand_id, parts in _by_brand(tasks, msgspec.json.Decoder(Part).decode):
            editions = await self._held(tx, brand_id)
            for which, slots in build.grouped(parts).items():
                await build.build(tx, self._follower, editions, which, slots=slots)

    async def switch(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Let versions that are built count."""
        for brand_id, parts in _by_brand(tasks, msgspec.json.Decoder(Part).decode):
            for _, part in parts:
                await build.switch(tx, self._follower, brand_id, part.edition_id)

    async def clear(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Delete the members of versions that nobody sees any more."""
        for brand_id, told in _by_brand(tasks, msgspec.json.Decoder(Cleared).decode):
            for slot, cleared in told:
                await store_members.delete_members(
                    tx, brand_id, cleared.segment, version=cleared.version, slots=[slot]
                )

    async def _held(self, tx: Tx, brand_id: BrandId) -> BrandEditions:
        await locks.hold_shared(tx, [segments_lock(brand_id)])
        return await self._editions.of(tx, brand_id)


def _by_brand(
    tasks: Sequence[Task], read: Callable[[bytes], T]
) -> Iterable[tuple[BrandId, list[tuple[Slot, T]]]]:
    told: dict[BrandId, list[tuple[Slot, T]]] = {}
    for task in tasks:
        told.setdefault(task.brand_id, []).append((task.slot, read(task.payload)))
    return sorted(told.items())
