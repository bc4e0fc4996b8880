"""Reading what the query calls of this wire ask: pure."""

import base64
import binascii
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.ids import ProfileId
from tidings.base.times import parse_instant
from tidings.brands.model import Brand
from tidings.events.actions import Doers
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.web.notifyvisitors.records import EventQuery
from tidings.web.reading import read_call, refuse

START = ProfileRef(Slot(-1), ProfileId(0))
"""Before every person."""

_CURSOR = struct.Struct(">hq")
_DAY = timedelta(days=1)
_LAST_DAY = datetime.max.replace(tzinfo=UTC) - _DAY
_EARLIEST = f"{limits.EARLIEST_EVENT_YEAR}-01-01"
_MOST_DIGITS = 9
_decoder = msgspec.json.Decoder(EventQuery)


def parse_event_query(
    body: bytes, query: Mapping[str, str], brand: Brand, received_at: datetime
) -> tuple[Doers, ProfileRef, int]:
    """Read whom a query asks for, after whom it goes on, and how many it wants.

    Shape:  the fields come in the body or in the URL, the URL wins; from - left out: everything;
            to - left out: until now, a date alone: that whole day.
    Errors: `invalid` for every mistake.
    """
    asked = read_call(body or b"{}", _decoder, EventQuery, under="nv")
    fields = msgspec.to_builtins(asked) | {
        name: query[name] for name in EventQuery.__struct_encode_fields__ if name in query
    }
    mistakes: list[Mistake] = []
    if not fields["event_name"]:
        mistakes.append(Mistake("can not be empty", field="event_name"))
    since = parse_instant(fields["from"] or _EARLIEST, brand.time_zone)
    until = (
        received_at + _DAY if fields["to"] is None else parse_instant(fields["to"], brand.time_zone)
    )
    for name, instant in (("from", since), ("to", until)):
        if instant is None:
            mistakes.append(Mistake("must be a time such as 2022-03-27 04:08:18", field=name))
    if until is not None and fields["to"] is not None and len(fields["to"]) == len(_EARLIEST):
        until = min(until, _LAST_DAY) + _DAY
    size = _read_size(str(fields["batch_size"]))
    if size is None:
        mistakes.append(Mistake(f"must be from 1 to {limits.MAX_PAGE_SIZE}", field="batch_size"))
    after = START if fields["cursor"] is None else read_cursor(fields["cursor"])
    if after is None:
        mistakes.append(Mistake("is not a cursor of an earlier answer", field="cursor"))
    if mistakes or since is None or until is None or after is None or size is None:
        raise refuse(mistakes)
    return Doers(fields["event_name"], since, until), after, size


def _read_size(text: str) -> int | None:
    # Python refuses to read a number of thousands of digits, by an error of its own.
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        return None
    size = int(text)
    return size if 1 <= size <= limits.MAX_PAGE_SIZE else None


def write_cursor(ref: ProfileRef) -> str:
    """Write where a page ended."""
    return base64.urlsafe_b64encode(_CURSOR.pack(*ref)).decode().rstrip("=")


def read_cursor(text: str) -> ProfileRef | None:
    """Read where a page ended, None when it is none of our cursors."""
    try:
        slot, profile_id = _CURSOR.unpack(base64.urlsafe_b64decode(text + "=="))
    except (binascii.Error, struct.error, ValueError):
        return None
    return ProfileRef(Slot(slot), ProfileId(profile_id))
