"""What is done with messages: put into lanes, held back, looked at, forgotten."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels.model import ChannelId
from tidings.messages import book, store, store_lanes, store_sent
from tidings.messages.model import (
    UNRELEASED,
    Count,
    Lane,
    LaneId,
    LaneOptions,
    Message,
    MessageId,
    NewMessage,
    Source,
    TemplateAt,
    What,
)
from tidings.messages.preparing import MERGED
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.templates.model import TemplateId

NOT_YET = LaneId(0)
"""Stands for the id of a lane that is not there yet."""

FORGOTTEN = "forgotten"
"""Why a message was skipped whose person was forgotten before it was sent."""

LaneAt = tuple[BrandId, LaneId]
"""A lane of a brand."""


async def open_lane(
    tx: Tx,
    channel: tuple[BrandId, ChannelId],
    *,
    source: tuple[Source, int],
    medium: Medium,
    options: LaneOptions,
    per_minute: int | None = None,
) -> Lane:
    """Return the lane of a source in a channel of a medium, made if it is not there."""
    brand_id, channel_id = channel
    wanted = Lane(NOT_YET, brand_id, channel_id, *source, options, per_minute, medium)
    made = await store_lanes.insert_lane(tx, wanted)
    if made is not None:
        return made
    there = await store_lanes.select_lanes_of(tx, brand_id, *source)
    return next(lane for lane in there if lane.channel_id == channel_id)


async def set_open(tx: Tx, brand_id: BrandId, lane_id: LaneId, *, is_open: bool) -> None:
    """Let messages of a lane begin, or not; those in hand are sent in any case."""
    await store_lanes.set_open(tx, brand_id, lane_id, is_open=is_open)


async def fill(
    tx: Tx,
    lane: LaneAt,
    template: TemplateAt | None,
    people: Sequence[tuple[ProfileRef, datetime]],
) -> int:
    """Put a message for each of these people into a lane, due at a time of each; return how many.

    Who has one there already gets no other.
    """
    if not people:
        return 0
    added = await store.fill(tx, lane, template, people, at=clock.now())
    brand_id, lane_id = lane
    template_id = template and template.template_id
    counted = Counter({Count(template_id, What.INTENDED): added})
    await book.count(tx, brand_id, {lane_id: counted})
    return added


async def enqueue(tx: Tx, lane: LaneAt, new: Sequence[NewMessage]) -> list[MessageId | None]:
    """Put messages into a lane; return where each lies, None for who has one like it already."""
    brand_id, lane_id = lane
    if not new:
        return []
    places = await store.insert_messages(tx, brand_id, lane_id, new, at=clock.now())
    counts: Counter[Count] = Counter()
    found: list[MessageId | None] = []
    for one in new:
        # The first of two that are alike is the one that is there.
        place = places.pop((one.person, one.dedupe_key), None)
        found.append(place)
        if place is not None:
            template_id = one.template and one.template.template_id
            counts[Count(template_id, What.INTENDED)] += 1
    if counts:
        await book.count(tx, brand_id, {lane_id: counts})
    return found


async def hold_back(tx: Tx, lane: LaneAt, people: Sequence[ProfileRef]) -> int:
    """Put a message for each of these people into a lane that waits until it is released.

    It is counted as one of no template until then. Who has one there already gets no other.
    """
    return await fill(tx, lane, None, [(one, UNRELEASED) for one in people])


async def release(tx: Tx, lane: LaneAt, template: TemplateAt, *, slots: Sequence[Slot]) -> None:
    """Have what was held back sent now, made of this template, in some slots.

    Who was sent one meanwhile as somebody else, who then became them, gets no other.
    """
    brand_id, lane_id = lane
    now = clock.now()
    skipped = await store.skip_received(tx, lane, slots=slots, reason=MERGED, at=now)
    if skipped:
        counts = Counter({Count(None, What.SKIPPED, MERGED): skipped})
        await book.count(tx, brand_id, {lane_id: counts})
    zone = (await brands.find_brand(tx, brand_id)).clock_zone
    by_day: Counter[date] = Counter()
    released = await store.release(tx, lane, template, slots=slots, at=now)
    for made_at, number in released.items():
        by_day[made_at.astimezone(zone).date()] += number
    # On the day on which they were made, as all that are intended; whoever folds days that are over
    # goes through them in the same order.
    for day, number in sorted(by_day.items()):
        moved = {
            Count(None, What.INTENDED): -number,
            Count(template.template_id, What.INTENDED): number,
        }
        await store_sent.add_counts(tx, lane, day, moved, shard=0)


async def skip_queued(tx: Tx, lane: LaneAt, *, slots: Sequence[Slot], reason: str) -> None:
    """Skip what waits in a lane, in some slots: it never will be sent."""
    skipped = await store.skip_queued(tx, lane, slots=slots, reason=reason, at=clock.now())
    counts = Counter(
        {Count(template_id, What.SKIPPED, reason): n for template_id, n in skipped.items()}
    )
    if counts:
        brand_id, lane_id = lane
        await book.count(tx, brand_id, {lane_id: counts})


async def is_empty(tx: Tx, brand_id: BrandId, lane_id: LaneId) -> bool:
    """Say whether nothing of a lane waits or is in hand."""
    return await store.is_empty(tx, brand_id, lane_id)


async def is_settled(
    tx: Tx, brand_id: BrandId, lane_id: LaneId, *, due_before: datetime = UNRELEASED
) -> bool:
    """Say whether nothing of a lane is in hand, or waits for a time before that.

    What was held back does not count.
    """
    return await store.is_settled(tx, brand_id, lane_id, due_before=due_before)


async def find(tx: Tx, brand_id: BrandId, message_id: MessageId) -> Message:
    """Return a message.

    Errors: `not_found` when the brand has none there.
    """
    found = await find_many(tx, brand_id, [message_id])
    if message_id not in found:
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no such message.")
    return found[message_id]


async def find_many(
    tx: Tx, brand_id: BrandId, message_ids: Sequence[MessageId]
) -> Mapping[MessageId, Message]:
    """Return those of these messages that the brand has."""
    return await store.select_messages(tx, brand_id, message_ids) if message_ids else {}


async def counts(
    tx: Tx, brand_id: BrandId, lane_ids: Collection[LaneId]
) -> Mapping[LaneId, Mapping[tuple[What, str], int]]:
    """Return how many messages of each of these lanes did what so far.

    Shape:  by what is counted and its detail: the reason of what failed or was skipped, the target
            of a click, else "". A lane of which nothing was counted has no entry.
    """
    return await store_sent.select_counts(tx, brand_id, lane_ids) if lane_ids else {}


async def counts_by_template(
    tx: Tx, brand_id: BrandId, lane_ids: Collection[LaneId]
) -> Mapping[LaneId, Mapping[TemplateId | None, Mapping[What, int]]]:
    """Return the same by template, whatever the detail; None is the template of those held back."""
    return await store.select_template_counts(tx, brand_id, lane_ids) if lane_ids else {}


async def count_conversions(tx: Tx, lane: LaneAt, day: date, counts: Mapping[Count, int]) -> None:
    """Count what people did because of messages of a lane, as of the day on which they did it."""
    # One job counts them, so nobody waits for another.
    await store_sent.add_counts(tx, lane, day, counts, shard=0)


async def forget(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Skip what was to be sent to these people, and delete what was said to them.

    That they were sent something stays counted.
    """
    skipped = await store.forget(tx, brand_id, people, at=clock.now())
    counts: dict[LaneId, Counter[Count]] = {}
    for lane_id, template_id in skipped:
        what = Count(template_id, What.SKIPPED, FORGOTTEN)
        counts.setdefault(lane_id, Counter())[what] += 1
    await book.count(tx, brand_id, counts)
