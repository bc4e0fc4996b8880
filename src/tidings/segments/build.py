"""Building a version of a segment: slot by slot beside the old one, then switched at once.

A part is a task of its slot, so whoever builds it holds the slot: nobody else changes the
memberships of its people meanwhile, and what happens to them is looked at before or after. A killed
worker has built a part or has not.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.schema import actions as schema
from tidings.schema.model import Watched
from tidings.segments import inheritance, store, store_members
from tidings.segments.calendar import today
from tidings.segments.editions import BrandEditions, Followed, Listed, read_editions
from tidings.segments.follow import Follower
from tidings.segments.interest import Interest
from tidings.segments.model import SegmentId
from tidings.segments.saved import EditionId, State, Version
from tidings.storage import locks
from tidings.storage.slots import ALL_SLOTS, SLOT_COUNT, Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

BUILD = "segments.build"
SWITCH = "segments.switch"
CLEAR = "segments.clear"

_UNTIL_INHERITED = timedelta(seconds=1)

_NONE = Version(0)
"""The version whose members nobody is: the first is 1."""


class Part(msgspec.Struct):
    """The payload of `BUILD`, `SWITCH` and `CLEAR`: of which version."""

    segment: SegmentId
    version: Version

    @property
    def edition_id(self) -> EditionId:
        """Return which version that is."""
        return EditionId(self.segment, self.version)


_encode = msgspec.json.Encoder().encode
read_part = msgspec.json.Decoder(Part).decode


async def begin(
    tx: Tx, editions: BrandEditions, segment_id: SegmentId, *, definition: bytes, interest: Interest
) -> None:
    """Begin to build a version of a segment; one that is being built already is given up.

    The caller holds `segments_lock` alone. From the commit on, everything that concerns the
    version is told, so that no part misses what happens while the others are built.
    """
    which = await begin_version(tx, editions, segment_id, definition=definition, interest=interest)
    await build_again(tx, editions.brand_id, which, at=clock.now())


async def begin_version(
    tx: Tx,
    editions: BrandEditions,
    segment_id: SegmentId,
    *,
    definition: bytes | None,
    interest: Interest,
) -> EditionId:
    """Begin a version of which no part is built until the caller says so (`build_again`).

    Shape:  definition - None for a custom list, whose members are to be imported first.
    """
    now = clock.now()
    brand_id, live = editions.brand_id, editions.live.get(segment_id)
    await give_up(tx, brand_id, segment_id, but=live)
    which = await store.insert_version(
        tx, brand_id, segment_id, definition, at=now, day=today(now, editions.zone)
    )
    await schema.watch(tx, brand_id, listener(which), watched_for(interest))
    state = State.PROCESSING if live is None else State.UPDATING
    await store.update_state(tx, brand_id, segment_id, state)
    return which


async def build_again(tx: Tx, brand_id: BrandId, which: EditionId, *, at: datetime) -> None:
    """Have every part of a version built, again if it was before."""
    await _in_every_slot(tx, brand_id, BUILD, Part(*which), at=at)


async def give_up(tx: Tx, brand_id: BrandId, segment_id: SegmentId, *, but: Version | None) -> None:
    """Follow no version of a segment any more but one, and have their members deleted."""
    now = clock.now()
    for version in await store.delete_versions(tx, brand_id, segment_id, but=but):
        which = EditionId(segment_id, version)
        await schema.watch(tx, brand_id, listener(which), None)
        await _in_every_slot(tx, brand_id, CLEAR, Part(*which), at=now)


async def _in_every_slot(tx: Tx, brand_id: BrandId, name: str, part: Part, *, at: datetime) -> None:
    payload = _encode(part)
    await queue.enqueue(
        tx,
        [
            NewTask(slot=slot, name=name, brand_id=brand_id, run_at=at, payload=payload)
            for slot in ALL_SLOTS
        ],
    )


async def build(
    tx: Tx, follower: Follower, editions: BrandEditions, which: EditionId, *, slots: Sequence[Slot]
) -> None:
    """Build a version in some slots, or look through it again; the last part has it switched.

    The caller holds `segments_lock` shared.
    """
    one = editions.find(which)
    if one is None:
        return
    now = clock.now()
    if isinstance(one, Followed):
        await follower.follow(tx, editions, one, now=now, slots=slots)
    else:
        await inheritance.leave_slots(tx, editions.brand_id, which, slots=slots)
    if one.edition.is_live:
        return
    left = await store.count_built(tx, editions.brand_id, which, slots=len(slots))
    if left == 0:
        await _have_switched(tx, editions.brand_id, which, at=now)


async def _have_switched(tx: Tx, brand_id: BrandId, which: EditionId, *, at: datetime) -> None:
    task = NewTask(
        slot=switch_slot(brand_id),
        name=SWITCH,
        brand_id=brand_id,
        run_at=at,
        payload=_encode(Part(*which)),
    )
    await queue.enqueue(tx, [task])


def switch_slot(brand_id: BrandId) -> Slot:
    """Return in which slot the versions of a brand are switched.

    One slot a brand: two workers that waited for each other's end, each holding the segments still,
    would wait for ever.
    """
    return Slot(brand_id % SLOT_COUNT)


async def switch(tx: Tx, follower: Follower, brand_id: BrandId, which: EditionId) -> None:
    """Let the members of a version that is built be the segment's, all at once.

    Announces whoever is in the one and was not in the other. Segments that name this one have
    other members now, and are looked through.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    before = await read_editions(tx, brand_id)
    new = before.find(which)
    if new is None or new.edition.is_live:
        return
    if new.edition.slots_left > 0:
        # It was broken while it was built, and is not any more.
        if isinstance(new, Followed):
            await _begin_again(tx, before, new)
        return
    now = clock.now()
    if isinstance(new, Listed) and await inheritance.is_under_way(tx, brand_id, which):
        # Whoever is on the old list, and waits for a place on the new one, would leave and enter.
        await _have_switched(tx, brand_id, which, at=now + _UNTIL_INHERITED)
        return
    segment_id = which.segment_id
    if follower.is_heard:
        old = before.live.get(segment_id, _NONE)
        changes = await store_members.select_differences(
            tx, brand_id, segment_id, old=old, new=which.version
        )
        await follower.announce(tx, brand_id, segment_id, changes, at=now)
    await store.set_live(tx, brand_id, which)
    await give_up(tx, brand_id, segment_id, but=which.version)
    await schema.watch(tx, brand_id, listener(which), watched_for(new.interest))
    await look_through_dependents(tx, brand_id, segment_id, at=now)


async def look_through_dependents(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, *, at: datetime
) -> None:
    """Have the segments that name one looked through, since it has other members now."""
    after = await read_editions(tx, brand_id)
    for one in after.followed:
        if segment_id not in one.interest.segments | one.interest.lists:
            continue
        which = one.edition.edition_id
        if one.edition.is_live:
            await schema.watch(tx, brand_id, listener(which), watched_for(one.interest))
            await build_again(tx, brand_id, which, at=at)
        else:
            await _begin_again(tx, after, one)


async def _begin_again(tx: Tx, editions: BrandEditions, one: Followed) -> None:
    segment_id = one.edition.edition_id.segment_id
    which = await begin_version(
        tx, editions, segment_id, definition=one.edition.definition, interest=one.interest
    )
    await build_again(tx, editions.brand_id, which, at=clock.now())


def listener(which: EditionId) -> str:
    """Return the name under which a version listens to ingest."""
    return f"segment {which.segment_id} version {which.version}"


def watched_for(interest: Interest) -> Watched:
    """Return what ingest must tell for a version to be kept up to date."""
    return Watched(interest.names, interest.any_event, interest.attributes, interest.births)


def grouped(parts: Iterable[tuple[Slot, Part]]) -> dict[EditionId, list[Slot]]:
    """Return the slots in which each version is to be built."""
    slots: dict[EditionId, list[Slot]] = {}
    for slot, part in parts:
        slots.setdefault(part.edition_id, []).append(slot)
    return slots
