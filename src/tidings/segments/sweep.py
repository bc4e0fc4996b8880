"""What time alone changes: windows that slide on, and the brand's midnight.

Nobody is asked person by person. What leaves a window between two looks are the events, or the
people, of an age between two bounds, and an index has them by their time.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, NameId, ProfileId
from tidings.schema import actions as schema
from tidings.segments import store
from tidings.segments.build import BUILD, SWITCH, Part, build_again, read_part, switch_slot
from tidings.segments.calendar import today
from tidings.segments.editions import BrandEditions, Editions, Followed
from tidings.segments.interest import Aging
from tidings.segments.saved import Edition, EditionId, State
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

EVERY = timedelta(seconds=20)
"""How often it is looked: a third of the minute within which a window must be noticed."""

LAPSED = "segments.lapsed"

_OVERLAP = timedelta(seconds=5)
"""How far two looks overlap: clocks of machines that share a database differ by less (our choice).

A worker whose clock is behind finds people still inside a window that this one has passed.
"""

_PART_FAILED = (
    "A part of it failed for good: see `tidings task dead`. Retry that, or publish it again."
)

_PEOPLE_PER_TASK = 1_000  # so that a task is small, and what is much is shared by claims


class Lapsed(msgspec.Struct):
    """The payload of `LAPSED`: for whom time changed something, and in which version."""

    part: Part
    told_at: datetime
    people: list[ProfileId]


_encode = msgspec.json.Encoder().encode


class Sweep:
    """The periodic look of one worker process at all brands."""

    def __init__(self) -> None:
        self._editions = Editions()

    async def run(self, tx: Tx) -> None:
        """Find for whom time changed something, and have them looked at."""
        for brand_id in await store.select_brands(tx):
            await locks.hold_shared(tx, [locks.segments_lock(brand_id)])
            editions = await self._editions.of(tx, brand_id)
            now = clock.now()
            # What was looked after changes without the version by which `Editions` remembers.
            kept = {one.edition_id: one for one in await store.select_editions(tx, brand_id)}
            wrong = {**await _failed(tx, brand_id), **editions.broken}
            await _mend(tx, editions, kept, wrong, now=now)
            for one in editions.followed:
                await _sweep(tx, editions, one, kept[one.edition.edition_id], now=now)


async def _failed(tx: Tx, brand_id: BrandId) -> dict[EditionId, str]:
    """Return the versions of which a part could not be built or switched."""
    dead = await queue.dead_payloads(tx, brand_id, [BUILD, SWITCH])
    return {read_part(payload).edition_id: _PART_FAILED for payload in dead}


async def _mend(
    tx: Tx,
    editions: BrandEditions,
    kept: Mapping[EditionId, Edition],
    wrong: Mapping[EditionId, str],
    *,
    now: datetime,
) -> None:
    """Say what is wrong with which segments; those that are mended are looked through, or built."""
    brand_id = editions.brand_id
    for which, why in wrong.items():
        if which in kept and kept[which].state is not State.ERROR:
            await store.update_state(tx, brand_id, which.segment_id, State.ERROR, error=why)
    still_wrong = {which.segment_id for which in wrong.keys() & kept.keys()}
    for one in editions.followed:
        which = one.edition.edition_id
        if kept[which].state is not State.ERROR or which.segment_id in still_wrong:
            continue
        if one.edition.is_live:
            await store.update_state(tx, brand_id, which.segment_id, State.PUBLISHED)
            await build_again(tx, brand_id, which, at=now)
        else:
            await queue.enqueue(
                tx, [_task((brand_id, switch_slot(brand_id)), SWITCH, Part(*which), at=now)]
            )


async def _sweep(
    tx: Tx, editions: BrandEditions, one: Followed, kept: Edition, *, now: datetime
) -> None:
    brand_id, which = editions.brand_id, kept.edition_id
    day = today(now, editions.zone)
    is_new_day = one.interest.is_daily and kept.is_live and day != kept.swept_day
    if is_new_day:
        await build_again(tx, brand_id, which, at=now)
    people = await _lapsed(tx, brand_id, one, since=kept.swept_until - _OVERLAP, until=now)
    await queue.enqueue(
        tx,
        [
            _task((brand_id, slot), LAPSED, Lapsed(Part(*which), now, some), at=now)
            for slot, found in sorted(people.items())
            for some in _chunks(sorted(found))
        ],
    )
    if one.interest.lapses or is_new_day:
        await store.mark_swept(
            tx, brand_id, which, at=now, day=day if is_new_day else kept.swept_day
        )


async def _lapsed(
    tx: Tx, brand_id: BrandId, one: Followed, *, since: datetime, until: datetime
) -> dict[Slot, set[ProfileId]]:
    """Return who has something that grew too old for a window between two instants."""
    people: dict[Slot, set[ProfileId]] = {}
    for duration, aging in sorted(_by_duration(one).items()):
        begin, end = since - duration, until - duration
        found: list[Mapping[Slot, list[ProfileId]]] = []
        names = [what for what in aging if not isinstance(what, Aging)]
        if Aging.ANY_EVENT in aging:
            names = list((await schema.read_names(tx, brand_id)).values())
        if names:
            found.append(
                await store.select_lapsed_events(tx, brand_id, names, since=begin, until=end)
            )
        if Aging.PERSON in aging:
            found.append(await store.select_lapsed_people(tx, brand_id, since=begin, until=end))
        for of_slots in found:
            for slot, ids in of_slots.items():
                people.setdefault(slot, set()).update(ids)
    return people


def _by_duration(one: Followed) -> dict[timedelta, set[NameId | Aging]]:
    aging: dict[timedelta, set[NameId | Aging]] = {}
    for lapse in one.interest.lapses:
        aging.setdefault(lapse.duration, set()).add(lapse.what)
    return aging


def _chunks(people: list[ProfileId]) -> Iterable[list[ProfileId]]:
    return (
        people[start : start + _PEOPLE_PER_TASK]
        for start in range(0, len(people), _PEOPLE_PER_TASK)
    )


def _task(
    place: tuple[BrandId, Slot], name: str, payload: Lapsed | Part, *, at: datetime
) -> NewTask:
    brand_id, slot = place
    return NewTask(slot=slot, name=name, brand_id=brand_id, run_at=at, payload=_encode(payload))
