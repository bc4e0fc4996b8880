"""Packing events into PostgreSQL's binary COPY format.

By hand, because it is where ingest spends its time: one precompiled struct a row takes less than
half of what the driver's general encoder takes (bench/README.md has the figures).

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import NamedTuple

from tidings.base.ids import BrandId, NameId
from tidings.events.model import Event
from tidings.profiles.model import ProfileRef
from tidings.schema.model import Mismatch

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
    """One row of `events`: an event, and what became of it.

    Shape:  attributes, mismatched - JSON objects; what the event itself has is not repeated;
            mismatches - what `mismatched` holds.
    Units:  received_at - microseconds since 2000, see `since_epoch`.
    """

    ref: ProfileRef
    brand_id: BrandId
    name_id: NameId
    received_at: int
    event: Event
    attributes: bytes
    mismatched: bytes | None
    mismatches: Sequence[Mismatch]


def since_epoch(instant: datetime) -> int:
    """Return an instant as PostgreSQL stores it: microseconds since 2000, in UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def pack_rows(rows: Iterable[EventRow]) -> bytes:
    """Pack rows into one COPY stream."""
    pieces = [_HEADER]
    add = pieces.append
    columns = len(COLUMNS)
    for (slot, profile_id), brand_id, name_id, received_at, event, attributes, aside, _ in rows:
        add(
            _FIXED(
                columns,
                2,
                slot,
                8,
                profile_id,
                4,
                brand_id,
                4,
                name_id,
                8,
                (event.occurred_at - _EPOCH) // _MICROSECOND,
                8,
                received_at,
                8,
                event.ltv,
                len(attributes) + 1,
                _JSONB_VERSION,
            )
        )
        add(attributes)
        for json in (event.context_json, aside):
            if json is None:
                add(_NULL)
            else:
                add(_JSONB(len(json) + 1, _JSONB_VERSION))
                add(json)
        if event.event_id is None:
            add(_NULL)
        else:
            text = event.event_id.encode()
            add(_LENGTH(len(text)))
            add(text)
    add(_TRAILER)
    return b"".join(pieces)
