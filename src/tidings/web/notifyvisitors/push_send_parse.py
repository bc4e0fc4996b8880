"""From the JSON of the calls that send pushes to what they ask, or every mistake in it: pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.brands.model import Brand
from tidings.devices.model import DeviceId
from tidings.identity.model import Identifier
from tidings.segments.model import SegmentId
from tidings.web.notifyvisitors.naming import EMPTY, Wrong, name_reference
from tidings.web.notifyvisitors.parse import wrong_count
from tidings.web.notifyvisitors.push_send_records import (
    PushCall,
    PushRecord,
    PushSaid,
    PushToAll,
    PushToAllCall,
    PushToSegment,
    PushToSegmentCall,
)
from tidings.web.notifyvisitors.records import UserReference
from tidings.web.reading import read_call, refuse

_push_call = msgspec.json.Decoder(PushCall)
_to_all = msgspec.json.Decoder(PushToAllCall)
_to_segment = msgspec.json.Decoder(PushToSegmentCall)

_PARTS = {"title": "title", "message": "text", "url": "url", "icon": "icon", "image": "image"}
_NEEDED = ("title", "message")
_LARGEST_ID = 2**63 - 1
_MOST_DIGITS = 19  # Python refuses to read a number of thousands of digits, by an error of its own

Content = dict[str, str]
"""What a push says, as a template has it."""


class Pushing(NamedTuple):
    """A push to send, and to whom: to a user, or to one device.

    Shape:  channel - its key, None for any that reaches the platform.
    """

    to: Identifier | DeviceId
    channel: str | None
    content: Content
    is_transactional: bool


class Broadcast(NamedTuple):
    """A push to many.

    Shape:  channel - as of `Pushing`; segment - None for everybody.
    """

    channel: str | None
    content: Content
    segment: SegmentId | None


def parse_pushes(body: bytes, brand: Brand) -> list[Pushing]:
    """Read `send`.

    Errors: `invalid` for every mistake, here and below.
    """
    call = read_call(body, _push_call, PushRecord, under="nv")
    wrapped = call if call.nv is None else call.nv
    records: Sequence[PushRecord] = wrapped if isinstance(wrapped, list) else [wrapped]
    mistakes = list(wrong_count(len(records), limits.MAX_MESSAGES_PER_CALL))
    pushes: list[Pushing] = []
    for index, record in enumerate(records):
        found = list(_wrong_with(record))
        to = _recipient(record, brand)
        if isinstance(to, Mistake):
            found.append(to)
        else:
            push = Pushing(to, record.channel, _content(record), record.transactional)
            pushes.append(push)
        mistakes += [Mistake(one.message, one.field, index) for one in found]
    if mistakes:
        raise refuse(mistakes)
    return pushes


def parse_to_all(body: bytes) -> Broadcast:
    """Read `broadcast/all`."""
    call = read_call(body, _to_all, PushToAll, under="nv")
    return _broadcast(call if call.nv is None else call.nv, None, [])


def parse_to_segment(body: bytes) -> Broadcast:
    """Read `broadcast/segment`."""
    call = read_call(body, _to_segment, PushToSegment, under="nv")
    record = call if call.nv is None else call.nv
    if record.segmentID is None:
        return _broadcast(record, None, [Mistake(EMPTY, "segmentID")])
    number = _number(record.segmentID)
    wrong = [] if number else [Mistake("is no id of a segment", "segmentID")]
    return _broadcast(record, SegmentId(number), wrong)


def wire_field(field: str | None) -> str | None:
    """Return what these calls call a field of a content or of a campaign."""
    part = (field or "").removeprefix("content.")
    if part.startswith("segments"):
        return "segmentID"
    named = {ours: theirs for theirs, ours in _PARTS.items()}
    return named.get(part, field)


def _broadcast(said: PushSaid, segment: SegmentId | None, wrong: list[Mistake]) -> Broadcast:
    mistakes = [*_wrong_with(said), *wrong]
    if mistakes:
        raise refuse(mistakes)
    return Broadcast(said.channel, _content(said), segment)


def _wrong_with(said: PushSaid) -> Iterator[Mistake]:
    for name in _NEEDED:
        if not getattr(said, name):
            yield Mistake(EMPTY, name)


def _content(said: PushSaid) -> Content:
    parts = {ours: getattr(said, theirs) for theirs, ours in _PARTS.items()}
    return {name: text for name, text in parts.items() if text}


def _recipient(record: PushRecord, brand: Brand) -> Identifier | DeviceId | Mistake:
    reference = UserReference(
        record.userID, record.anonymousID, record.nv_uid, record.email, record.mobile
    )
    named = name_reference(reference, brand)
    if record.subscriberID is None:
        if isinstance(named, Wrong):
            words = "is needed, or subscriberID" if named.words == EMPTY else named.words
            return Mistake(words, named.field or "userID")
        return named.identifier
    if not isinstance(named, Wrong) or named.words != EMPTY:
        return Mistake("is needed, or a user; not both", "subscriberID")
    number = _number(record.subscriberID)
    if not number:
        return Mistake("is no id that subscribe answered", "subscriberID")
    return DeviceId(number)


def _number(sent: str | int) -> int:
    """Return a positive whole number, 0 for what is none."""
    text = str(sent)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and int(text) <= _LARGEST_ID else 0
