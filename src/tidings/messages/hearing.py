"""Notices on their way: kept as tasks until their message is there, then heard by a worker.

A provider may tell that a mail was delivered before we have noted that it was sent. So whoever
brings a notice is answered once it is kept, and a worker looks for the message, several times.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tidings.base import clock, limits
from tidings.base.ids import BrandId
from tidings.channels.model import Channel, ChannelId, ShutChannel
from tidings.consent.address import address_key, normal_address
from tidings.messages import store_sent
from tidings.messages.feedback import Feedback, hear_all
from tidings.messages.model import MessageId, What
from tidings.messages.notice import Notice, counts_elsewhere, names_message, own_id, storable
from tidings.storage.slots import Slot, slot_of
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask, Task

NOTICED = "messages.noticed"
"""The name of the tasks, each of one notice."""

_FURTHER = 5  # each wait is so many times the one before

_KIND = "provider_message"


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notice that waits to be heard, without the address it may have named.

    Shape:  recipient - by what consent knows an address again; tries - how often its message was
            looked for.
    """

    channel_id: ChannelId
    notice: Notice
    recipient: bytes = b""
    tries: int = 0


_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Waiting).decode


async def keep(tx: Tx, channel: Channel | ShutChannel, notices: Sequence[Notice]) -> int:
    """Keep what a channel's provider says, to be heard soon; return how much of it is for us."""
    kept = [
        storable(one)
        for one in notices
        if names_message(one) and not counts_elsewhere(one, channel.medium)
    ]
    now = clock.now()
    tasks = [_task(channel.brand_id, _waiting(channel, one), run_at=now) for one in kept]
    await queue.enqueue(tx, tasks)
    return len(tasks)


async def hear_kept(tx: Tx, tasks: Sequence[Task]) -> None:
    """Hear notices whose messages are there; look for the others again later, or give up."""
    now = clock.now()
    waiting: list[NewTask] = []
    of_brands: dict[BrandId, list[tuple[MessageId, Waiting]]] = {}
    for task in tasks:
        kept = _read(task.payload)
        message_id = await _find(tx, task.brand_id, kept)
        if message_id is not None:
            of_brands.setdefault(task.brand_id, []).append((message_id, kept))
        else:
            waiting += _again(task.brand_id, kept, now)
    for brand_id, found in sorted(of_brands.items()):
        sent = await hear_all(tx, brand_id, [(one, _feedback(kept)) for one, kept in found])
        for message_id, kept in found:
            if message_id not in sent:
                waiting += _again(brand_id, kept, now)
    await queue.enqueue(tx, waiting)


async def _find(tx: Tx, brand_id: BrandId, kept: Waiting) -> MessageId | None:
    """Return of which message a notice is: our own name counts before the provider's."""
    notice = kept.notice
    message_id = own_id(notice.message_id)
    if message_id is None and notice.provider_message_id:
        return await store_sent.find_by_provider(
            tx, brand_id, kept.channel_id, notice.provider_message_id
        )
    return message_id


def _again(brand_id: BrandId, kept: Waiting, now: datetime) -> list[NewTask]:
    seconds = limits.FIRST_NOTICE_RETRY_SECONDS * _FURTHER**kept.tries
    if seconds > limits.NOTICE_PATIENCE_SECONDS:
        # Of somebody else's message, or of one that was forgotten: providers tell of everything
        # that an account sends.
        return []
    later = msgspec.structs.replace(kept, tries=kept.tries + 1)
    return [_task(brand_id, later, run_at=now + timedelta(seconds=seconds))]


def _waiting(channel: Channel | ShutChannel, notice: Notice) -> Waiting:
    recipient = b""
    if notice.recipient:
        recipient = address_key(channel.brand_id, normal_address(notice.recipient))
    return Waiting(
        channel.channel_id, msgspec.structs.replace(notice, recipient=""), recipient=recipient
    )


def _task(brand_id: BrandId, kept: Waiting, *, run_at: datetime) -> NewTask:
    return NewTask(
        slot=_slot(brand_id, kept.notice),
        name=NOTICED,
        brand_id=brand_id,
        run_at=run_at,
        payload=_encode(kept),
    )


def _slot(brand_id: BrandId, notice: Notice) -> Slot:
    """Return where a notice waits: with its message, if its name says where that is."""
    message_id = own_id(notice.message_id)
    if message_id is not None:
        return message_id.slot
    return slot_of(brand_id, _KIND, notice.provider_message_id)


def _feedback(kept: Waiting) -> Feedback:
    notice = kept.notice
    return Feedback(
        What.BOUNCED if notice.what is What.FAILED else notice.what,
        notice.at,
        notice.link if notice.what is What.CLICKED else notice.code,
        is_machine=notice.is_machine,
        is_lasting=notice.is_lasting,
        is_rejected=notice.what is What.FAILED,
        recipient=kept.recipient,
    )
