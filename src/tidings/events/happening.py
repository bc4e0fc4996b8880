"""Having it recorded what we know ourselves of people, by who holds their slots.

It is told within the transaction in which it happened, as tasks: so each is recorded once, whoever
dies when. `events.jobs` records it.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, ProfileId
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

HAPPENED = "messages.happened"
"""The name of the tasks, whose payload is `Happened`; it is older than this room's part in them."""

NO_EVENT = ""
"""Stands for the event where nothing is recorded, only told that attributes were changed."""

_encode = msgspec.json.Encoder().encode


class OneHappened(msgspec.Struct, omit_defaults=True):
    """That something happened to somebody of the task's slot.

    Shape:  name - of the system event, or `NO_EVENT`; changed - attributes that the person has
            another value of since then.
    """

    person: ProfileId
    name: str
    at: datetime
    attributes: dict[str, str]
    changed: list[str] = []


Happened = list[OneHappened]


async def tell(tx: Tx, brand_id: BrandId, happened: Mapping[Slot, Happened]) -> None:
    """Have it recorded what happened to people, by who holds their slots."""
    now = clock.now()
    await queue.enqueue(
        tx,
        [
            NewTask(slot=slot, name=HAPPENED, brand_id=brand_id, run_at=now, payload=_encode(each))
            for slot, each in sorted(happened.items())
        ],
    )
