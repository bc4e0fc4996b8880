"""Keeping segments up to date: who may have entered or left is asked for, and told.

Everything here runs while a worker holds the slots of the people it is about, so that each person's
memberships change one after the other; and while nobody changes which versions there are.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from tidings.base.ids import BrandId, ProfileId
from tidings.events.telling import PeopleChanged
from tidings.profiles.model import ProfileRef
from tidings.segments import store_members
from tidings.segments.compile_change import compile_change
from tidings.segments.editions import BrandEditions, Followed
from tidings.segments.interest import Interest
from tidings.segments.model import SegmentId
from tidings.segments.saved import Change
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

ENTERED = "segment.entered"
LEFT = "segment.left"


class Moved(msgspec.Struct):
    """That somebody entered a segment or left it: the payload of `ENTERED` and `LEFT`."""

    segment: SegmentId


_encode = msgspec.json.Encoder().encode


def concerned(interest: Interest, changed: PeopleChanged) -> set[ProfileId]:
    """Return of whom what happened can change whether they are in a segment."""
    people: set[ProfileId] = set()
    if (
        changed.is_whole
        or (changed.births and interest.births)
        or not interest.attributes.isdisjoint(changed.attributes)
    ):
        people.update(changed.people)
    for name_id, doers in changed.did.items():
        if interest.any_event or name_id in interest.names:
            people.update(doers)
    return people


class Follower:
    """Brings members up to date, and announces who entered and who left.

    Shape:  heard - the names of the announcements that anybody listens to; others are not made.
    """

    def __init__(self, heard: Collection[str]) -> None:
        self._heard = frozenset(heard)

    @property
    def is_heard(self) -> bool:
        """Say whether anybody listens to any announcement."""
        return bool(self._heard)

    async def follow(
        self,
        tx: Tx,
        editions: BrandEditions,
        one: Followed,
        *,
        now: datetime,
        people: Sequence[ProfileRef] | None = None,
        slots: Sequence[Slot] | None = None,
    ) -> None:
        """Bring one version up to date for some people, or for everybody in some slots."""
        which = one.edition.edition_id
        scope = editions.scope(now, people=people, slots=slots)
        statement = compile_change(
            one.node, scope, segment_id=which.segment_id, version=which.version
        )
        changes = await store_members.change_members(tx, statement)
        if one.edition.is_live:
            await self.announce(tx, editions.brand_id, which.segment_id, changes, at=now)

    async def announce(
        self,
        tx: Tx,
        brand_id: BrandId,
        segment_id: SegmentId,
        changes: Sequence[Change],
        *,
        at: datetime,
    ) -> None:
        """Tell, when this transaction commits, who entered a segment and who left."""
        payload = _encode(Moved(segment_id))
        told = [(ENTERED if change.is_member else LEFT, change.person) for change in changes]
        await queue.enqueue(
            tx,
            [
                NewTask(
                    slot=person.slot,
                    name=name,
                    brand_id=brand_id,
                    run_at=at,
                    profile_id=person.profile_id,
                    payload=payload,
                )
                for name, person in sorted(told)
                if name in self._heard
            ],
        )
