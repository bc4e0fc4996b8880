"""Packing events into PostgreSQL's binary COPY format.

By hand, because it is where ingest spends its time: one precompiled struct a row takes less than
half of what the driver's general encoder takes (bench/README.md has the figures).

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import NamedTuple

from tidings.base.ids import BrandId, NameId
from tidings.profiles.model import ProfileRef

COLUMNS = (
    "slot",
    "profile_id",
    "brand_id",
    "name_id",
    "occurred_at",
    "received_at",
    "ltv",
    "attributes",
    "context",
    "mismatched",
    "event_id",
)

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TRAILER = b"\xff\xff"
# The number of columns; then each fixed column behind its length; then the length of the first
# JSON, and the version byte that begins every binary jsonb.
_FIXED = Struct(">h ih iq ii ii iq iq id ib").pack
_JSONB = Struct(">ib").pack
_LENGTH = Struct(">i").pack
_NULL = b"\xff\xff\xff\xff"
_JSONB_VERSION = 1

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class EventRow(NamedTuple):
    """One row of `events`."""

    ref: ProfileRef
    brand_id: BrandId
    name_id: NameId
    occurred_at: datetime
    received_at: datetime
    ltv: float
    attributes: bytes
    context: bytes | None
    mismatched: bytes | None
    event_id: str | None


def pack_rows(rows: Iterable[EventRow]) -> bytes:
    """Pack rows into one COPY stream."""
    pieces = [_HEADER]
    add = pieces.append
    for row in rows:
        (slot, profile_id), brand_id, name_id, occurred_at, received_at, ltv = row[:6]
        attributes, context, mismatched, event_id = row[6:]
        add(
            _FIXED(
                len(COLUMNS),
                2,
                slot,
                8,
                profile_id,
                4,
                brand_id,
                4,
                name_id,
                8,
                (occurred_at - _EPOCH) // _MICROSECOND,
                8,
                (received_at - _EPOCH) // _MICROSECOND,
                8,
                ltv,
                len(attributes) + 1,
                _JSONB_VERSION,
            )
        )
        add(attributes)
        for json in (context, mismatched):
            if json is None:
                add(_NULL)
            else:
                add(_JSONB(len(json) + 1, _JSONB_VERSION))
                add(json)
        if event_id is None:
            add(_NULL)
        else:
            text = event_id.encode()
            add(_LENGTH(len(text)))
            add(text)
    add(_TRAILER)
    return b"".join(pieces)


async def as_source(packed: bytes) -> AsyncIterator[bytes]:
    """Hand a packed stream to the driver in one piece."""
    yield packed
