"""What the room of events does on the queue: record what happened; by the clock: make months."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.events import store
from tidings.events.happening import HAPPENED, NO_EVENT, Happened, OneHappened, tell
from tidings.events.recording import Happening, Recorder
from tidings.identity.heirs import heirs_of
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work.model import Handler, Task

# Enough for a worker that was off for a quarter; and a year back, so that a history sent on the
# first day lies in its months and not in the default partition.
MONTHS_AHEAD = 4
MONTHS_BACK = 12

_read_happened = msgspec.json.Decoder(Happened).decode


class Jobs:
    """The handlers of one worker process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def handlers(self) -> Mapping[str, Handler]:
        """Return who does which tasks."""
        return {HAPPENED: self.record}

    async def record(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Record what happened to people, or pass it on to whom they have become."""
        told: dict[BrandId, list[tuple[ProfileRef, OneHappened]]] = {}
        for task in tasks:
            told.setdefault(task.brand_id, []).extend(
                (ProfileRef(task.slot, one.person), one) for one in _read_happened(task.payload)
            )
        for brand_id, happened in sorted(told.items()):
            # Whoever publishes a segment holds these and then the types: so do we, in that order.
            await locks.hold_shared(tx, [locks.segments_lock(brand_id)])
            people = sorted({person for person, _ in happened})
            there = await profiles.origins(tx, [(brand_id, person) for person in people])
            await self._recorder.record(
                tx,
                brand_id,
                [
                    Happening(person, one.name, one.at, dict(one.attributes))
                    for person, one in happened
                    if person in there and one.name != NO_EVENT
                ],
                {
                    person: one.changed
                    for person, one in happened
                    if one.changed and person in there
                },
            )
            gone = [pair for pair in happened if pair[0] not in there]
            await _pass_on(tx, brand_id, gone)


async def make_months(tx: Tx) -> None:
    """Make the partitions of the coming months; in a new database also those of the past year."""
    await locks.hold_alone(tx, [locks.MONTHS])
    this_month = clock.now().date().replace(day=1)
    is_new = not await store.has_months(tx)
    for offset in range(-MONTHS_BACK if is_new else 0, MONTHS_AHEAD + 1):
        await store.make_month(tx, _month(this_month, offset), _month(this_month, offset + 1))


def _month(first_day: date, offset: int) -> date:
    months = first_day.year * 12 + first_day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)


async def _pass_on(
    tx: Tx, brand_id: BrandId, gone: Sequence[tuple[ProfileRef, OneHappened]]
) -> None:
    heirs = await heirs_of(tx, brand_id, sorted({person for person, _ in gone}))
    passed: dict[Slot, Happened] = {}
    for person, one in gone:
        # Who was forgotten has no heir, and nothing is recorded of them.
        if person in heirs:
            heir = heirs[person]
            renamed = msgspec.structs.replace(one, person=heir.profile_id)
            passed.setdefault(heir.slot, []).append(renamed)
    await tell(tx, brand_id, passed)
