"""Those whose address does not exist, as a provider said when it was handed a message."""

from collections.abc import Sequence

import msgspec

from tidings.base import clock
from tidings.events.happening import NO_EVENT, OneHappened, tell
from tidings.messages.book import Undeliverable
from tidings.messages.heeding import Recipient, mark_undeliverable
from tidings.messages.recipient import hold_recipient
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx
from tidings.work.model import Task

_read = msgspec.json.Decoder(list[Undeliverable]).decode


async def mark(tx: Tx, tasks: Sequence[Task]) -> None:
    """Send these people nothing of the medium any more: the same as after a hard bounce."""
    now = clock.now()
    for task in tasks:
        for one in _read(task.payload):
            person = await hold_recipient(tx, task.brand_id, ProfileRef(task.slot, one.person))
            if person is None:
                continue
            changed = await mark_undeliverable(tx, task.brand_id, Recipient(person, one.medium))
            if changed:
                told = OneHappened(person.ref.profile_id, NO_EVENT, now, {}, changed)
                await tell(tx, task.brand_id, {person.ref.slot: [told]})
