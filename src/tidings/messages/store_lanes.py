"""The table of lanes: rows in, models out."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

import msgspec

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId
from tidings.messages.model import Lane, LaneId, LaneOptions, Source
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)

_encode = msgspec.json.Encoder().encode
_options = msgspec.json.Decoder(LaneOptions).decode


async def insert_lane(tx: Tx, lane: Lane) -> Lane | None:
    """Make a lane, None when its source has one of this channel; its id is drawn."""
    row = await tx.fetchrow(
        SQL["insert_lane"],
        lane.brand_id,
        lane.channel_id,
        lane.source.value,
        lane.source_id,
        _encode(lane.options),
        lane.per_minute,
        lane.medium.value,
    )
    return None if row is None else lane_of(row)


async def select_lanes_of(tx: Tx, brand_id: BrandId, source: Source, source_id: int) -> list[Lane]:
    """Return the lanes of one source."""
    rows = await tx.fetch(SQL["select_lanes_of"], brand_id, source.value, source_id)
    return [lane_of(row) for row in rows]


async def select_due_lanes(tx: Tx, now: datetime) -> list[Lane]:
    """Return the lanes of all brands that have something to send now, calls first."""
    return [lane_of(row) for row in await tx.fetch(SQL["select_due_lanes"], now)]


async def select_lanes(
    tx: Tx, brand_id: BrandId, lane_ids: Collection[LaneId]
) -> dict[LaneId, Lane]:
    """Return these lanes."""
    rows = await tx.fetch(SQL["select_lanes"], brand_id, list(lane_ids))
    return {LaneId(row["lane_id"]): lane_of(row) for row in rows}


async def set_open(tx: Tx, brand_id: BrandId, lane_id: LaneId, *, is_open: bool) -> None:
    """Let messages of a lane be sent, or not."""
    await tx.execute(SQL["set_open"], brand_id, lane_id, is_open)


async def take_turns(tx: Tx, lane: Lane, *, minute: datetime, at_most: int) -> int:
    """Take turns of a lane that has so many a minute; 0 when it is closed."""
    turns = await tx.fetchval(SQL["take_turns"], lane.brand_id, lane.lane_id, minute, at_most)
    return cast("int", turns or 0)


def lane_of(row: Row) -> Lane:
    """Read the columns of a lane in a row."""
    return Lane(
        lane_id=LaneId(row["lane_id"]),
        brand_id=BrandId(row["brand_id"]),
        channel_id=ChannelId(row["channel_id"]),
        source=Source(row["source"]),
        source_id=row["source_id"],
        options=_options(row["options"]),
        per_minute=row["per_minute"],
        medium=Medium(row["medium"]),
    )
