"""Noting what became of messages: their rows, how many there are of each, and who hears of it.

All of it in one transaction, so that a message counts exactly once, whoever dies when.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, ProfileId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels import actions as channels
from tidings.channels.model import ChannelId
from tidings.channels.outcome import Reason
from tidings.events.happening import Happened, OneHappened, tell
from tidings.messages import store, store_lanes, store_sent
from tidings.messages.counted_links import with_few_links
from tidings.messages.model import (
    Count,
    Ended,
    Lane,
    LaneId,
    MessageId,
    Noted,
    Packed,
    Source,
    Status,
    What,
)
from tidings.messages.naming import event_name, public_id
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

UNDELIVERABLE = "messages.undeliverable"
"""The name of the tasks whose payload is a list of `Undeliverable`."""

_SHARDS = 16  # so many may count the same at one time without waiting

_WHAT = {Status.SENT: What.SENT, Status.FAILED: What.FAILED, Status.SKIPPED: What.SKIPPED}

_encode = msgspec.json.Encoder().encode


class Undeliverable(msgspec.Struct):
    """That somebody of the task's slot has an address that does not exist, as the provider said."""

    person: ProfileId
    medium: Medium


async def note(tx: Tx, brand_id: BrandId, claimer: str, ended: Sequence[Ended]) -> set[MessageId]:
    """Note what became of messages that a process has in hand; return those that it had."""
    if not ended:
        return set()
    noted = await store.end_messages(tx, brand_id, claimer, ended)
    over = [one for one in noted if one.ended.status is not Status.QUEUED]
    if over:
        lanes = await store_lanes.select_lanes(tx, brand_id, {one.lane_id for one in over})
        counts: dict[LaneId, Counter[Count]] = {}
        for one in over:
            what = _WHAT[one.ended.status]
            detail = "" if what is What.SENT else one.ended.reason or ""
            counts.setdefault(one.lane_id, Counter())[Count(one.template_id, what, detail)] += 1
        await count(tx, brand_id, counts)
        await tell(tx, brand_id, await _happened(tx, brand_id, lanes, over))
        await _leave_undeliverable(tx, brand_id, lanes, over)
    return {one.ended.message_id for one in noted}


async def count(tx: Tx, brand_id: BrandId, counts: Mapping[LaneId, Mapping[Count, int]]) -> None:
    """Count messages of lanes, as of the brand's today."""
    brand = await brands.find_brand(tx, brand_id)
    now = clock.now()
    day = now.astimezone(brand.clock_zone).date()
    for lane_id, of_lane in sorted(counts.items()):
        shard = now.microsecond % _SHARDS
        few = await with_few_links(tx, (brand_id, lane_id), day, of_lane)
        await store_sent.add_counts(tx, (brand_id, lane_id), day, few, shard=shard)


def said_of(lane: Lane, keys: Mapping[ChannelId, str], message_id: MessageId) -> dict[str, str]:
    """Return the attributes that every event of a message has.

    Shape:  keys - of the brand's channels; one that was removed has none.
    """
    said = {"message_id": public_id(message_id), "channel": keys.get(lane.channel_id, "")}
    if lane.source is not Source.CALL:
        said[f"{lane.source}_id"] = str(lane.source_id)
    return said


async def _happened(
    tx: Tx, brand_id: BrandId, lanes: Mapping[LaneId, Lane], over: Sequence[Noted]
) -> dict[Slot, Happened]:
    keys = await channel_keys(tx, brand_id)
    happened: dict[Slot, Happened] = {}
    for one in over:
        lane = lanes[one.lane_id]
        name = event_name(lane.medium, _WHAT[one.ended.status])
        if name is None:
            continue
        attributes = said_of(lane, keys, one.ended.message_id)
        if one.ended.reason is not None:
            attributes["reason"] = one.ended.reason
        told = OneHappened(one.person.profile_id, name, one.ended.at, attributes)
        happened.setdefault(one.person.slot, []).append(told)
    return happened


async def _leave_undeliverable(
    tx: Tx, brand_id: BrandId, lanes: Mapping[LaneId, Lane], over: Sequence[Noted]
) -> None:
    """Leave it to who holds their slots to see to those whose address does not exist."""
    rejected = [one for one in over if one.ended.reason == Reason.RECIPIENT]
    if not rejected:
        return
    people: dict[Slot, list[Undeliverable]] = {}
    for one in rejected:
        slot, person = one.person
        medium = lanes[one.lane_id].medium
        people.setdefault(slot, []).append(Undeliverable(person, medium))
    now = clock.now()
    tasks = [
        NewTask(slot=slot, name=UNDELIVERABLE, brand_id=brand_id, run_at=now, payload=_encode(each))
        for slot, each in sorted(people.items())
    ]
    await queue.enqueue(tx, tasks)


async def keep(tx: Tx, brand_id: BrandId, contents: Mapping[MessageId, Packed]) -> None:
    """Keep what was sent for as long as the brand wants it."""
    days = await brands.content_days(tx, brand_id) if contents else 0
    if days > 0:
        until = clock.now() + timedelta(days=days)
        await store_sent.insert_contents(tx, brand_id, contents, kept_until=until)


async def channel_keys(tx: Tx, brand_id: BrandId) -> dict[ChannelId, str]:
    """Return the key of every channel of a brand."""
    return {one.channel_id: one.key for one in await channels.list_channels(tx, brand_id)}
