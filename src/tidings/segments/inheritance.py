"""What becomes of a place on a custom list whose owner is not there any more.

Nothing but an import says who is on a list, so nobody can ask again. The place of somebody who was
merged goes to whom they have become; that of the forgotten goes to nobody. Each is taken away by
who holds the slot of its owner, and given by who holds that of the heir: a task of the heir's
carries it there, and goes along when the heir is merged, or forgotten, as all their tasks do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.identity.heirs import heirs_of
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.segments import store_lists
from tidings.segments.editions import BrandEditions
from tidings.segments.follow import Follower
from tidings.segments.model import SegmentId
from tidings.segments.saved import Change, EditionId, Place
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask, Task

INHERIT = "segments.inherit"


class Inheritance(msgspec.Struct):
    """The payload of `INHERIT`: what its person gets."""

    told_at: datetime
    places: list[Place]


_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Inheritance).decode


async def leave(
    tx: Tx, follower: Follower, editions: BrandEditions, people: Sequence[ProfileRef]
) -> None:
    """Take their places from those of some people who are not there any more.

    The caller holds their slots, and asks them again about all segments that are not lists.
    """
    if not editions.listed:
        return
    places = await store_lists.take_places(tx, editions.brand_id, people)
    changes = [
        (one.edition_id, Change(person, is_member=False))
        for person, of_person in places.items()
        for one in of_person
    ]
    await _announce(tx, follower, editions, changes)
    await _pass_on(tx, editions.brand_id, places)


async def leave_slots(
    tx: Tx, brand_id: BrandId, which: EditionId, *, slots: Sequence[Slot]
) -> None:
    """Take their places in a version from all in some slots who are not there any more.

    An import found them without holding anything, be it minutes ago.
    """
    await _pass_on(tx, brand_id, await store_lists.take_places_in(tx, brand_id, which, slots=slots))


async def is_under_way(tx: Tx, brand_id: BrandId, which: EditionId) -> bool:
    """Say whether somebody is still to get a place in a version."""
    about = {"places": [{"segment_id": which.segment_id, "version": which.version}]}
    return await queue.is_waiting(tx, brand_id, INHERIT, _encode(about))


async def inherit(
    tx: Tx, follower: Follower, editions: BrandEditions, tasks: Sequence[Task]
) -> None:
    """Give places to those of the tasks, or to whom these went into meanwhile.

    The caller holds the slots of the tasks.
    """
    brand_id, now = editions.brand_id, clock.now()
    places: dict[ProfileRef, list[Place]] = {}
    for task in tasks:
        if task.profile_id is not None:
            heir = ProfileRef(task.slot, task.profile_id)
            places.setdefault(heir, []).extend(_read(task.payload).places)
    there = await profiles.origins(tx, [(brand_id, heir) for heir in sorted(places)])
    await _pass_on(tx, brand_id, {one: places[one] for one in places if one not in there})
    come = await store_lists.insert_places(tx, brand_id, {one: places[one] for one in there})
    await _announce(
        tx, follower, editions, [(which, Change(one, is_member=True)) for one, which in come]
    )
    for one in editions.followed:
        people = {who for who, which in come if which.segment_id in one.interest.lists}
        if people:
            await follower.follow(tx, editions, one, now=now, people=sorted(people))


async def _pass_on(tx: Tx, brand_id: BrandId, places: Mapping[ProfileRef, Sequence[Place]]) -> None:
    heirs = await heirs_of(tx, brand_id, sorted(places))
    now = clock.now()
    await queue.enqueue(
        tx,
        [
            NewTask(
                slot=heir.slot,
                name=INHERIT,
                brand_id=brand_id,
                run_at=now,
                profile_id=heir.profile_id,
                payload=_encode(Inheritance(now, list(places[person]))),
            )
            for person, heir in sorted(heirs.items())
        ],
    )


async def _announce(
    tx: Tx,
    follower: Follower,
    editions: BrandEditions,
    changes: Sequence[tuple[EditionId, Change]],
) -> None:
    """Tell who entered lists and who left, as far as the versions count."""
    told: dict[SegmentId, list[Change]] = {}
    for which, change in changes:
        if editions.lists.get(which.segment_id) == which.version:
            told.setdefault(which.segment_id, []).append(change)
    now = clock.now()
    for segment_id, of_list in sorted(told.items()):
        await follower.announce(tx, editions.brand_id, segment_id, of_list, at=now)
