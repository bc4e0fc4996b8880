"""What the room of messages does on the queue, and by the clock."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.events.recording import Happening, Recorder
from tidings.identity.heirs import heirs_of
from tidings.messages import book, store_sent
from tidings.messages.book import HAPPENED, UNDELIVERABLE, Happened
from tidings.messages.hearing import NOTICED, hear_kept
from tidings.messages.undeliverable import mark
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.segments.editions import segments_lock
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work.model import Handler, Task

_read = msgspec.json.Decoder(Happened).decode


class Jobs:
    """The handlers of one worker process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def handlers(self) -> Mapping[str, Handler]:
        """Return who does which tasks."""
        return {HAPPENED: self.record, NOTICED: hear_kept, UNDELIVERABLE: mark}

    async def record(self, tx: Tx, tasks: Sequence[Task]) -> None:
        """Record what happened to people, or pass it on to whom they have become."""
        told: dict[BrandId, list[tuple[ProfileRef, book.OneHappened]]] = {}
        for task in tasks:
            told.setdefault(task.brand_id, []).extend(
                (ProfileRef(task.slot, one.person), one) for one in _read(task.payload)
            )
        for brand_id, happened in sorted(told.items()):
            # Whoever publishes a segment holds these and then the types: so do we, in that order.
            await locks.hold_shared(tx, [segments_lock(brand_id)])
            people = sorted({person for person, _ in happened})
            there = await profiles.origins(tx, [(brand_id, person) for person in people])
            await self._recorder.record(
                tx,
                brand_id,
                [
                    Happening(person, one.name, one.at, dict(one.attributes))
                    for person, one in happened
                    if person in there and one.name != book.NO_EVENT
                ],
                {
                    person: one.changed
                    for person, one in happened
                    if one.changed and person in there
                },
            )
            gone = [pair for pair in happened if pair[0] not in there]
            await _pass_on(tx, brand_id, gone)


async def forget_old_contents(tx: Tx) -> None:
    """Delete what was sent and need not be kept any more."""
    await store_sent.delete_old_contents(tx, clock.now())


async def fold_counts(tx: Tx) -> None:
    """Keep in one row what many counted side by side, on days that are over everywhere.

    A report adds up the days of months: it would read sixteen times as many rows.
    """
    # What is today somewhere is today, tomorrow or yesterday in UTC.
    await store_sent.fold_counts(tx, clock.now().date() - timedelta(days=1))


async def _pass_on(
    tx: Tx, brand_id: BrandId, gone: Sequence[tuple[ProfileRef, book.OneHappened]]
) -> None:
    heirs = await heirs_of(tx, brand_id, sorted({person for person, _ in gone}))
    passed: dict[Slot, Happened] = {}
    for person, one in gone:
        # Who was forgotten has no heir, and nothing is recorded of them.
        if person in heirs:
            heir = heirs[person]
            renamed = msgspec.structs.replace(one, person=heir.profile_id)
            passed.setdefault(heir.slot, []).append(renamed)
    await book.tell(tx, brand_id, passed)
