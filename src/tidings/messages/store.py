"""The table of messages: rows in, models out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast

import msgspec

from tidings.base.ids import BrandId, ProfileId
from tidings.messages.model import (
    UNRELEASED,
    Claimed,
    Ended,
    Lane,
    LaneId,
    Message,
    MessageId,
    MessageOptions,
    NewMessage,
    Noted,
    Status,
    TemplateAt,
    What,
)
from tidings.messages.store_lanes import lane_of
from tidings.messages.store_sent import heard_of
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx
from tidings.templates.model import TemplateId

SQL = Queries(__file__)

_data = msgspec.json.Decoder(dict[str, object]).decode
_options = msgspec.json.Decoder(MessageOptions).decode
_encode = msgspec.json.Encoder().encode


async def insert_messages(
    tx: Tx, brand_id: BrandId, lane_id: LaneId, new: Sequence[NewMessage], *, at: datetime
) -> dict[tuple[ProfileRef, str], MessageId]:
    """Put messages into a lane; return where they lie, by person and key to tell them apart.

    Shape:  who has one like it gets no other, and is not in what is returned.
    """
    rows = await tx.fetch(
        SQL["insert_messages"],
        brand_id,
        lane_id,
        at,
        [one.person.slot for one in new],
        [one.person.profile_id for one in new],
        [one.template and one.template.template_id for one in new],
        [one.template and one.template.version for one in new],
        [one.content for one in new],
        [one.data for one in new],
        [one.dedupe_key for one in new],
        [one.due_at for one in new],
        [None if one.options is None else _encode(one.options) for one in new],
    )
    return {(_person(row), row["dedupe_key"]): _message_id(row) for row in rows}


async def fill(
    tx: Tx,
    lane: tuple[BrandId, LaneId],
    template: TemplateAt | None,
    people: Sequence[tuple[ProfileRef, datetime]],
    *,
    at: datetime,
) -> int:
    """Put a message of one template into a lane for each person, due then; return how many."""
    return cast(
        "int",
        await tx.fetchval(
            SQL["fill"],
            *lane,
            *(template or (None, None)),
            at,
            [ref.slot for ref, _ in people],
            [ref.profile_id for ref, _ in people],
            [due_at for _, due_at in people],
        ),
    )


async def claim(tx: Tx, lane: Lane, *, now: datetime, at_most: int, claimer: str) -> list[Claimed]:
    """Take due messages of a lane in hand, for a process of this name."""
    rows = await tx.fetch(SQL["claim"], lane.brand_id, lane.lane_id, now, at_most, claimer)
    return [
        Claimed(
            message_id=_message_id(row),
            person=_person(row),
            template=None
            if row["template_id"] is None
            else TemplateAt(row["template_id"], row["template_version"]),
            content=row["content"],
            data={} if row["data"] is None else _data(row["data"]),
            options=_options_of(row),
            dedupe_key=row["dedupe_key"],
            attempts=row["attempts"],
        )
        for row in rows
    ]


async def end_messages(
    tx: Tx, brand_id: BrandId, claimer: str, ended: Sequence[Ended]
) -> list[Noted]:
    """Note what became of messages; return whose those are that the process has in hand."""
    rows = await tx.fetch(
        SQL["end_messages"],
        brand_id,
        claimer,
        [one.message_id.slot for one in ended],
        [one.message_id.number for one in ended],
        [one.status.value for one in ended],
        [one.at for one in ended],
        [one.attempts for one in ended],
        [one.reason for one in ended],
        [one.code for one in ended],
        [one.provider_message_id for one in ended],
        [one.due_at for one in ended],
    )
    by_id = {one.message_id: one for one in ended}
    return [
        Noted(by_id[_message_id(row)], _person(row), row["lane_id"], row["template_id"])
        for row in rows
    ]


async def give_back(tx: Tx, brand_id: BrandId, claimer: str) -> int:
    """Let the messages that a process that is no more had in hand be due again; return how many."""
    return cast("int", await tx.fetchval(SQL["give_back"], brand_id, claimer))


async def select_claimers(tx: Tx) -> dict[str, list[BrandId]]:
    """Return the names of all processes that have messages in hand, and of which brands."""
    claimers: dict[str, list[BrandId]] = {}
    for row in await tx.fetch(SQL["select_claimers"]):
        claimers.setdefault(row["claimed_by"], []).append(BrandId(row["brand_id"]))
    return claimers


async def give_to_heir(tx: Tx, brand_id: BrandId, message_id: MessageId, heir: ProfileRef) -> bool:
    """Make a message one of whom its person went into; False when they have one like it."""
    given = await tx.fetchval(SQL["give_to_heir"], brand_id, *message_id, *heir)
    if given is None:
        return False
    await tx.execute(SQL["delete_message"], brand_id, *message_id)
    return True


async def skip_queued(
    tx: Tx,
    lane: tuple[BrandId, LaneId],
    *,
    slots: Sequence[Slot],
    reason: str,
    at: datetime,
) -> dict[TemplateId | None, int]:
    """Skip what waits in a lane, in some slots; return how many, by template."""
    rows = await tx.fetch(SQL["skip_queued"], *lane, slots, reason, at)
    return {row["template_id"]: row["count"] for row in rows}


async def release(
    tx: Tx,
    lane: tuple[BrandId, LaneId],
    template: TemplateAt,
    *,
    slots: Sequence[Slot],
    at: datetime,
) -> dict[datetime, int]:
    """Make what waits for its template one of this, due now; return how many were made when."""
    rows = await tx.fetch(SQL["release"], *lane, slots, *template, at, UNRELEASED)
    return {row["created_at"]: row["count"] for row in rows}


async def skip_received(
    tx: Tx,
    lane: tuple[BrandId, LaneId],
    *,
    slots: Sequence[Slot],
    reason: str,
    at: datetime,
) -> int:
    """Skip what waits for its template and whose person got one as somebody else; say how many."""
    return cast(
        "int",
        await tx.fetchval(SQL["skip_received"], *lane, slots, reason, at, UNRELEASED),
    )


async def is_settled(tx: Tx, brand_id: BrandId, lane_id: LaneId, *, due_before: datetime) -> bool:
    """Say whether nothing of a lane is in hand, or waits for a time before that."""
    return cast("bool", await tx.fetchval(SQL["is_settled"], brand_id, lane_id, due_before))


async def select_template_counts(
    tx: Tx, brand_id: BrandId, lane_ids: Collection[LaneId]
) -> dict[LaneId, dict[TemplateId | None, dict[What, int]]]:
    """Return how many messages of lanes did what, by template; one without any has no entry."""
    counted: dict[LaneId, dict[TemplateId | None, dict[What, int]]] = {}
    for row in await tx.fetch(SQL["select_template_counts"], brand_id, list(lane_ids)):
        of_lane = counted.setdefault(LaneId(row["lane_id"]), {})
        of_lane.setdefault(row["template_id"] or None, {})[What(row["what"])] = row["count"]
    return counted


async def is_empty(tx: Tx, brand_id: BrandId, lane_id: LaneId) -> bool:
    """Say whether nothing of a lane waits or is in hand."""
    return cast("bool", await tx.fetchval(SQL["is_empty"], brand_id, lane_id))


async def select_message(tx: Tx, brand_id: BrandId, message_id: MessageId) -> Message | None:
    """Return one message, None when the brand has none there."""
    return (await select_messages(tx, brand_id, [message_id])).get(message_id)


async def select_messages(
    tx: Tx, brand_id: BrandId, message_ids: Sequence[MessageId]
) -> dict[MessageId, Message]:
    """Return those of these messages that the brand has."""
    rows = await tx.fetch(
        SQL["select_messages"],
        brand_id,
        [one.slot for one in message_ids],
        [one.number for one in message_ids],
    )
    return {_message_id(row): _message(row) for row in rows}


def _message(row: Row) -> Message:
    return Message(
        message_id=_message_id(row),
        person=_person(row),
        lane=lane_of(row),
        template_id=row["template_id"],
        data={} if row["data"] is None else _data(row["data"]),
        options=_options_of(row),
        status=Status(row["status"]),
        reason=row["reason"],
        code=row["code"],
        provider_message_id=row["provider_message_id"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        ended_at=row["ended_at"],
        heard=heard_of(row),
    )


async def forget(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef], *, at: datetime
) -> list[tuple[LaneId, TemplateId | None]]:
    """Delete what was said to people; return of which lane and template each was that waited."""
    columns = [ref.slot for ref in people], [ref.profile_id for ref in people]
    await tx.execute(SQL["forget_contents"], brand_id, *columns)
    rows = await tx.fetch(SQL["forget"], brand_id, *columns, at)
    return [(LaneId(row["lane_id"]), row["template_id"]) for row in rows if row["is_skipped"]]


def _message_id(row: Row) -> MessageId:
    return MessageId(Slot(row["slot"]), row["message_id"])


def _options_of(row: Row) -> MessageOptions:
    # The lane's are beside them in some rows.
    options = row["message_options"]
    return MessageOptions() if options is None else _options(options)


def _person(row: Row) -> ProfileRef:
    return ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))
