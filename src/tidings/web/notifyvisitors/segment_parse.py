"""From the JSON of the calls about segments to what they ask, or every mistake in it: pure."""

import base64
import binascii
import struct
from collections.abc import Mapping
from datetime import UTC
from typing import NamedTuple

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments.model import SegmentId
from tidings.segments.reading import Fields, Reading, Vocabulary, listed
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.web.notifyvisitors.segment_records import (
    LARGEST_ID,
    MembersQuery,
    PreviewCall,
    SegmentChange,
    SegmentCreation,
    SegmentReference,
    SegmentsQuery,
)
from tidings.web.reading import read_fields, refuse

DEFINITION = "definition"

_SEGMENT_PLACE = struct.Struct(">q")
_MEMBER_PLACE = struct.Struct(">hq")
_NOT_A_CURSOR = "is not a cursor of an earlier answer"
_MOST_DIGITS = 19  # Python refuses to read a number of thousands of digits, by an error of its own
# A call names nothing of the brand: its definition is read where the brand's types are.
_NO_WORDS = Vocabulary(UTC, {}, {})


class Creation(NamedTuple):
    """A segment to make."""

    name: str
    definition: object
    is_draft: bool


class Change(NamedTuple):
    """What of a segment is to be another; None is to stay."""

    segment_id: SegmentId
    name: str | None
    definition: object | None
    is_draft: bool


class SegmentsAsked(NamedTuple):
    """A page of segments: after which one, and how many."""

    after: SegmentId
    size: int


class MembersAsked(NamedTuple):
    """A page of the people in a segment: after whom, and how many; None is from the first."""

    segment_id: SegmentId
    after: ProfileRef | None
    size: int


def parse_creation(body: bytes, query: Mapping[str, str]) -> Creation:
    """Read `segment/create`.

    Shape:  the definition is decoded JSON of which nothing is known yet, here and below.
    Errors: `invalid` for every mistake, here and below.
    """
    sent = _Sent(body, query, SegmentCreation)
    name = sent.name()
    definition = sent.definition()
    is_draft = sent.boolean("draft")
    sent.finish()
    return Creation(name, definition, is_draft)


def parse_change(body: bytes, query: Mapping[str, str]) -> Change:
    """Read `segment/update`."""
    sent = _Sent(body, query, SegmentChange)
    segment_id = sent.segment_id()
    name = sent.name() if sent.has("name") else None
    definition = sent.definition() if sent.has(DEFINITION) else None
    is_draft = sent.boolean("draft")
    if not sent.has("name") and not sent.has(DEFINITION):
        sent.wrong(None, "the body must have a name, a definition, or both")
    elif sent.has("draft") and not sent.has(DEFINITION):
        sent.wrong("draft", "can only stand beside a definition")
    sent.finish()
    return Change(segment_id, name, definition, is_draft)


def parse_preview(body: bytes, query: Mapping[str, str]) -> object:
    """Read `segment/preview`, which is a definition."""
    sent = _Sent(body, query, PreviewCall)
    definition = sent.definition()
    sent.finish()
    return definition


def parse_reference(body: bytes, query: Mapping[str, str]) -> SegmentId:
    """Read a call about one segment, which may come in the URL instead of the body."""
    sent = _Sent(body, query, SegmentReference, in_url=True)
    segment_id = sent.segment_id()
    sent.finish()
    return segment_id


def parse_segments_query(body: bytes, query: Mapping[str, str]) -> SegmentsAsked:
    """Read `segment/list`, whose fields may come in the URL instead of the body."""
    sent = _Sent(body, query, SegmentsQuery, in_url=True)
    size = sent.size(limits.MAX_SEGMENTS_PER_PAGE)
    place = sent.place(_SEGMENT_PLACE)
    if place is not None and place[0] < 0:
        sent.wrong("cursor", _NOT_A_CURSOR)
    sent.finish()
    return SegmentsAsked(SegmentId(0 if place is None else place[0]), size)


def parse_members_query(body: bytes, query: Mapping[str, str]) -> MembersAsked:
    """Read `segment/members`, whose fields may come in the URL instead of the body."""
    sent = _Sent(body, query, MembersQuery, in_url=True)
    segment_id = sent.segment_id()
    size = sent.size(limits.MAX_PAGE_SIZE)
    place = sent.place(_MEMBER_PLACE)
    after = None
    if place is not None:
        after = ProfileRef(Slot(place[0]), ProfileId(place[1]))
        if not 0 <= after.slot < SLOT_COUNT:
            sent.wrong("cursor", _NOT_A_CURSOR)
    sent.finish()
    return MembersAsked(segment_id, after, size)


def write_segments_cursor(last: SegmentId) -> str:
    """Write where a page of segments ended."""
    return _written(_SEGMENT_PLACE.pack(last))


def write_members_cursor(last: ProfileRef) -> str:
    """Write where a page of members ended."""
    return _written(_MEMBER_PLACE.pack(*last))


class _Sent:
    """The fields of one call, and all that is wrong with them so far.

    Shape:  known - the type whose fields it may have; in_url - whether they may come in the URL,
            which wins.
    Errors: `invalid` when the body is no object.
    """

    def __init__(
        self,
        body: bytes,
        query: Mapping[str, str],
        known: type[msgspec.Struct],
        *,
        in_url: bool = False,
    ) -> None:
        if len(body) > limits.MAX_SEGMENT_BYTES:
            most = f"{limits.MAX_SEGMENT_BYTES:,}"
            raise Refused(Code.TOO_LARGE, f"A call about a segment has at most {most} bytes.")
        self._reading = Reading(_NO_WORDS)
        names = known.__struct_fields__
        # As elsewhere on this wire, null is a field that was not sent.
        sent = read_fields(body or b"{}")
        self._fields: Fields = {
            name: value
            for name, value in (self._reading.fields(sent, "", names) or {}).items()
            if value is not None
        }
        for name, text in query.items():
            if not in_url:
                self.wrong(name, "cannot come in the URL of this call; send it in the body")
            elif name in names:
                self._fields[name] = _from_url(name, text)
            else:
                self.wrong(name, f"is unknown here; known are {listed(names)}")

    def has(self, name: str) -> bool:
        """Say whether a field was sent."""
        return name in self._fields

    def wrong(self, field: str | None, message: str) -> None:
        """Note a mistake; no field means the call as a whole."""
        self._reading.wrong(field or "", message)

    def finish(self) -> None:
        """Go on only if nothing is wrong.

        Errors: `invalid` with every mistake.
        """
        if self._reading.mistakes:
            raise refuse(self._reading.mistakes)

    # What these return counts only once `finish` has let the call pass.

    def segment_id(self) -> SegmentId:
        """Read which segment is meant."""
        if not self._has("segment_id"):
            return SegmentId(0)
        found = self._reading.count(
            self._fields["segment_id"], "segment_id", least=1, most=LARGEST_ID
        )
        return SegmentId(found or 0)

    def name(self) -> str:
        """Read what a segment is to be called."""
        if not self._has("name"):
            return ""
        name = self._reading.text(self._fields["name"], "name", limits.MAX_SEGMENT_NAME_CHARACTERS)
        if name is not None and not name.strip():
            self.wrong("name", "must not be blank")
        return name or ""

    def definition(self) -> object:
        """Read a definition, whatever is in it."""
        return self._fields[DEFINITION] if self._has(DEFINITION) else None

    def boolean(self, name: str) -> bool:
        """Read true or false, false when it was not sent."""
        return self.has(name) and bool(self._reading.boolean(self._fields[name], name))

    def size(self, most: int) -> int:
        """Read how many a page is to have, the most when it was not sent."""
        if not self.has("limit"):
            return most
        return self._reading.count(self._fields["limit"], "limit", least=1, most=most) or most

    def place(self, form: struct.Struct) -> tuple[int, ...] | None:
        """Read where an earlier page ended."""
        text = self._fields.get("cursor")
        if text is None:
            return None
        place = _read_place(text, form) if isinstance(text, str) else None
        if place is None:
            self.wrong("cursor", _NOT_A_CURSOR)
        return place

    def _has(self, name: str) -> bool:
        if not self.has(name):
            self.wrong(name, "must be there")
        return self.has(name)


def _from_url(name: str, text: str) -> object:
    is_number = name != "cursor" and text.isascii() and text.isdecimal()
    return int(text) if is_number and len(text) <= _MOST_DIGITS else text


def _written(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _read_place(text: str, form: struct.Struct) -> tuple[int, ...] | None:
    # Only what we would write ourselves: the decoder skips what it does not know.
    try:
        sent = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place: tuple[int, ...] = form.unpack(sent)
    except (binascii.Error, struct.error, ValueError):
        return None
    return place if _written(sent) == text else None
