"""What segments do on the queue, and by the clock."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, ProfileId
from tidings.events.telling import PEOPLE_CHANGED, PeopleChanged
from tidings.profiles.model import ProfileRef
from tidings.segments import build, inheritance, store_members
from tidings.segments.build import BUILD, CLEAR, SWITCH, read_part
from tidings.segments.editions import BrandEditions, Editions, Followed
from tidings.segments.follow import Follower, concerned
from tidings.segments.inheritance import INHERIT
from tidings.segments.sweep import LAPSED, Lapsed
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work.model import Handler, Task

T = TypeVar("T")
AnyTold = TypeVar("AnyTold", PeopleChanged, Lapsed)

_read_changed = msgspec.json.Decoder(PeopleChanged).decode
_read_lapsed = msgspec.json.Decoder(Lapsed).decode


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
            INHERIT: self.inherit,
        }

    async def look_at_people(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Ask again of people to whom something happened whether they are in the segments."""
        for brand_id, told in _by_brand(tasks, _read_changed):
            people = {
                ProfileRef(slot, profile_id)
                for slot, each in told
                if each.is_whole
                for profile_id in each.people
            }
            if people:
                editions = await self._held(tx, brand_id)
                await inheritance.leave(tx, self._follower, editions, sorted(people))
        await self._look(
            tx, tasks, _read_changed, lambda one, changed: concerned(one.interest, changed)
        )

    async def look_at_lapsed(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Ask again of people for whom time changed something."""
        await self._look(
            tx,
            tasks,
            _read_lapsed,
            lambda one, lapsed: (
                lapsed.people if lapsed.part.edition_id == one.edition.edition_id else ()
            ),
        )

    async def _look(
        self,
        tx: Tx,
        tasks: Sequence[Task],
        read: Callable[[bytes], AnyTold],
        concerned_by: Callable[[Followed, AnyTold], Iterable[ProfileId]],
    ) -> None:
        now = clock.now()
        for brand_id, told in _by_brand(tasks, read):
            editions = await self._held(tx, brand_id)
            for one in editions.followed:
                people = {
                    ProfileRef(slot, profile_id)
                    for slot, each in told
                    for profile_id in concerned_by(one, each)
                }
                if people:
                    await self._follower.follow(tx, editions, one, now=now, people=sorted(people))

    async def build_parts(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Build versions in the slots of the tasks."""
        for brand_id, parts in _by_brand(tasks, read_part):
            editions = await self._held(tx, brand_id)
            for which, slots in build.grouped(parts).items():
                await build.build(tx, self._follower, editions, which, slots=slots)

    async def switch(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Let versions that are built count."""
        for brand_id, parts in _by_brand(tasks, read_part):
            for _, part in parts:
                await build.switch(tx, self._follower, brand_id, part.edition_id)

    async def clear(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Delete the members of versions that nobody sees any more."""
        for brand_id, parts in _by_brand(tasks, read_part):
            for which, slots in build.grouped(parts).items():
                await store_members.delete_members(tx, brand_id, which, slots=slots)

    async def inherit(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Give people the places on lists of those who went into them."""
        for brand_id in sorted({task.brand_id for task in tasks}):
            editions = await self._held(tx, brand_id)
            given = [task for task in tasks if task.brand_id == brand_id]
            await inheritance.inherit(tx, self._follower, editions, given)

    async def _held(self, tx: Tx, brand_id: BrandId) -> BrandEditions:
        await locks.hold_shared(tx, [locks.segments_lock(brand_id)])
        return await self._editions.of(tx, brand_id)


def _by_brand(
    tasks: Sequence[Task], read: Callable[[bytes], T]
) -> Iterable[tuple[BrandId, list[tuple[Slot, T]]]]:
    told: dict[BrandId, list[tuple[Slot, T]]] = {}
    for task in tasks:
        told.setdefault(task.brand_id, []).append((task.slot, read(task.payload)))
    return sorted(told.items())
