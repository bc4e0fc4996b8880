"""What was sent, when, and how much of it: rows in, models out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime, timedelta
from typing import cast

from tidings.base.ids import BrandId, ProfileId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId
from tidings.messages.model import Count, Heard, LaneId, MessageId, Packed, SentMessage, What
from tidings.messages.store_lanes import lane_of
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx
from tidings.templates.model import TemplateId

SQL = Queries(__file__)

# Longer than the contents that need them, so that they are written once a day and not each time.
_WORDS_STAY = timedelta(days=2)

NO_TEMPLATE = TemplateId(0)
"""Stands for the template of messages without one where they are counted."""


async def select_recent(
    tx: Tx,
    brand_id: BrandId,
    people: Collection[ProfileRef],
    *,
    besides: Sequence[MessageId],
    since: datetime,
    now: datetime,
) -> dict[ProfileRef, list[tuple[Medium, datetime]]]:
    """Return what some people were sent of late, or are being sent, besides these messages.

    What those were sent who went into them counts as theirs.
    """
    asked = list(people)
    rows = await tx.fetch(
        SQL["select_recent"],
        brand_id,
        [ref.slot for ref in asked],
        [ref.profile_id for ref in asked],
        since,
        [one.number for one in besides],
        now,
    )
    recent: dict[ProfileRef, list[tuple[Medium, datetime]]] = {}
    for row in rows:
        position: int = row["position"]
        recent.setdefault(asked[position - 1], []).append((Medium(row["medium"]), row["at"]))
    return recent


async def insert_contents(
    tx: Tx, brand_id: BrandId, contents: Mapping[MessageId, Packed], *, kept_until: datetime
) -> None:
    """Keep what was sent, and the words that it needs."""
    words = {one.words for one in contents.values() if one.words is not None}
    if words:
        ordered = sorted(words)
        await tx.execute(
            SQL["insert_words"],
            brand_id,
            [one.key for one in ordered],
            [one.text for one in ordered],
            kept_until,
            _WORDS_STAY,
        )
    ids = sorted(contents)
    await tx.execute(
        SQL["insert_contents"],
        brand_id,
        kept_until,
        [one.slot for one in ids],
        [one.number for one in ids],
        [contents[one].content for one in ids],
        [words and words.key for words in (contents[one].words for one in ids)],
    )


async def select_content(
    tx: Tx, brand_id: BrandId, message_id: MessageId
) -> tuple[bytes, bytes | None] | None:
    """Return what was sent, as it was kept, and its words; None when it is not kept."""
    row = await tx.fetchrow(SQL["select_content"], brand_id, *message_id)
    return None if row is None else (row["content"], row["words"])


async def delete_old_contents(tx: Tx, now: datetime) -> None:
    """Delete what was to be kept until now."""
    await tx.execute(SQL["delete_old_contents"], now)
    await tx.execute(SQL["delete_old_words"], now)


async def add_counts(
    tx: Tx, lane: tuple[BrandId, LaneId], day: date, counts: Mapping[Count, int], *, shard: int
) -> None:
    """Count messages of a lane."""
    rows = sorted(
        (count.template_id or NO_TEMPLATE, count.what.value, count.detail, number, count.amount)
        for count, number in counts.items()
    )
    await tx.execute(
        SQL["add_counts"],
        *lane,
        shard,
        [row[0] for row in rows],
        [day] * len(rows),
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [row[4] for row in rows],
    )


async def select_counted_links(
    tx: Tx,
    lane: tuple[BrandId, LaneId],
    of: tuple[TemplateId | None, date],
    links: Sequence[str],
    *,
    besides: str,
) -> tuple[set[str], int]:
    """Return by which of these links clicks of a template and day are counted, and by how many.

    Shape:  besides - what stands for all other links, and is none.
    """
    template_id, day = of
    row = await tx.fetchrow(
        SQL["select_counted_links"], *lane, template_id or NO_TEMPLATE, day, links, besides
    )
    if row is None:
        raise AssertionError("an aggregate has one row")
    return set(row["known"]), row["number"]


async def fold_counts(tx: Tx, before: date) -> None:
    """Keep each count of earlier days in one row."""
    await tx.execute(SQL["fold_counts"], before)


async def select_counts(
    tx: Tx, brand_id: BrandId, lane_ids: Collection[LaneId]
) -> dict[LaneId, dict[tuple[What, str], int]]:
    """Return how many messages of lanes did what, with its detail; one without any has no entry."""
    counted: dict[LaneId, dict[tuple[What, str], int]] = {}
    for row in await tx.fetch(SQL["select_counts"], brand_id, list(lane_ids)):
        of_lane = counted.setdefault(LaneId(row["lane_id"]), {})
        of_lane[What(row["what"]), row["detail"]] = row["count"]
    return counted


async def hold_message(tx: Tx, brand_id: BrandId, message_id: MessageId) -> SentMessage | None:
    """Return a message that was handed over, and hold it; None when there is none."""
    row = await tx.fetchrow(SQL["hold_message"], brand_id, *message_id)
    if row is None:
        return None
    person = ProfileRef(message_id.slot, ProfileId(row["profile_id"]))
    return SentMessage(person, lane_of(row), row["template_id"], heard_of(row))


async def note_heard(tx: Tx, brand_id: BrandId, message_id: MessageId, heard: Heard) -> None:
    """Note when what came back of a message."""
    await tx.execute(SQL["note_heard"], brand_id, *message_id, *astuple(heard))


async def count_last_bounces(
    tx: Tx, brand_id: BrandId, person: ProfileRef, medium: Medium, *, at_most: int
) -> int:
    """Count how many of the last messages of a medium that a person was sent came back."""
    return cast(
        "int",
        await tx.fetchval(SQL["count_last_bounces"], brand_id, *person, medium.value, at_most),
    )


async def find_by_provider(
    tx: Tx, brand_id: BrandId, channel_id: ChannelId, provider_message_id: str
) -> MessageId | None:
    """Return the message that a provider knows by a name, None when there is none."""
    row = await tx.fetchrow(SQL["find_by_provider"], brand_id, provider_message_id, channel_id)
    return None if row is None else MessageId(Slot(row["slot"]), row["message_id"])


def heard_of(row: Row) -> Heard:
    """Read the columns of what came back in a row."""
    return Heard(
        delivered_at=row["delivered_at"],
        opened_at=row["opened_at"],
        clicked_at=row["clicked_at"],
        bounced_at=row["bounced_at"],
        spam_at=row["spam_at"],
        unsubscribed_at=row["unsubscribed_at"],
        engaged_at=row["engaged_at"],
    )
