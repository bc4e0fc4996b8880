"""From this wire's JSON to canonical records, or every mistake in them: pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.brands.model import Brand
from tidings.events.accept import EventRules, read_ltv, read_occurred_at
from tidings.events.model import Event
from tidings.identity.claim import Named
from tidings.identity.model import Claim, Identifier
from tidings.profiles.accept import accept_attributes
from tidings.profiles.model import ProfileChange
from tidings.schema.catalog import PROFILE
from tidings.schema.check import shape_of
from tidings.web.notifyvisitors.naming import EMPTY, Wrong, name_event, name_user
from tidings.web.notifyvisitors.records import (
    EventCall,
    EventRecord,
    UserCall,
    UserEventCall,
    UserRecord,
)
from tidings.web.reading import (
    TOO_DEEP,
    has_too_many_levels,
    read_call,
    read_object,
    refuse,
    shorten,
)

NO_USER_ID = "All records must contain userID"  # the vendor's words
USER_ID_OF_REFUSALS = "userId"  # so spelled by the vendor, in refusals of events only
_MOST = limits.MAX_MISTAKES_REPORTED

_user_call = msgspec.json.Decoder(UserCall)
_event_call = msgspec.json.Decoder(EventCall)
_user_event_call = msgspec.json.Decoder(UserEventCall)


@dataclass(slots=True)
class Records:
    """What a call asks to store.

    Shape:  user_ids - what each record called its user, in order; change_indexes - the position
            of each change's record in the call.
    """

    user_ids: list[str] = field(default_factory=list[str])
    changes: list[tuple[Identifier, ProfileChange]] = field(
        default_factory=list[tuple[Identifier, ProfileChange]]
    )
    change_indexes: list[int] = field(default_factory=list[int])
    events: list[Event] = field(default_factory=list[Event])
    claims: list[Claim] = field(default_factory=list[Claim])

    def name(self, user_id: float | str | None, named: Named) -> None:
        """Note whom the next record is about, as the call has it, and what it claims."""
        if named.claim is None:
            self.user_ids.append(named.identifier.value)
            return
        given = user_id is not None and user_id != ""
        self.user_ids.append(str(user_id) if given else named.identifier.value)
        self.claims.append(named.claim)


def parse_users(body: bytes, brand: Brand, received_at: datetime) -> Records:
    """Read `user/create`.

    Errors: `forbidden` when a record has no user; `invalid` for every other mistake.
    """
    call = read_call(body, _user_call, UserRecord, under="nv")
    records = call.nv if isinstance(call.nv, list) else [call.nv]
    mistakes = list(wrong_count(len(records), limits.MAX_USERS_PER_CALL))
    nameless: list[Mistake] = []
    parsed = Records()
    for index, record in enumerate(records):
        named = name_user(record, brand, position=index)
        if isinstance(named, Wrong):
            said = Mistake(named.words, field="userID", index=index)
            (nameless if named.words == EMPTY else mistakes).append(said)
            continue
        change, wrong = _change(record.user_attributes or {}, received_at, "user_attributes")
        mistakes += [Mistake(said.message, said.field, index) for said in wrong]
        parsed.name(record.userID, named)
        parsed.changes.append((named.identifier, change))
        parsed.change_indexes.append(index)
    if nameless:
        raise Refused(Code.FORBIDDEN, NO_USER_ID, mistakes=shorten(nameless + mistakes))
    if mistakes:
        raise refuse(mistakes)
    return parsed


def parse_events(
    body: bytes, brand: Brand, received_at: datetime, rules: EventRules, *, with_users: bool
) -> Records:
    """Read `/api/event`, or `event/create` when profile attributes may come along.

    Errors: `invalid` for every mistake.
    """
    call = read_call(body, _event_call, EventRecord, under="nv")
    return _EventReader(brand, received_at, rules, with_users=with_users).read(call.nv)


def parse_user_event(
    body: bytes, brand: Brand, received_at: datetime, rules: EventRules
) -> Records:
    """Read `user_event/create`: one user and one event of theirs.

    Errors: `invalid` for every mistake.
    """
    call = read_call(body, _user_event_call, EventRecord, under="nv")
    return _EventReader(brand, received_at, rules, with_users=True, most=1).read(call.nv)


class _EventReader:
    """Reads the events of one call, gathering mistakes until there are enough to report."""

    def __init__(
        self,
        brand: Brand,
        received_at: datetime,
        rules: EventRules,
        *,
        with_users: bool,
        most: int = limits.MAX_EVENTS_PER_CALL,
    ) -> None:
        self._brand = brand
        self._zone = brand.clock_zone
        self._received_at = received_at
        self._rules = rules
        self._with_users = with_users
        self._most = most
        self._index = 0
        self._mistakes: list[Mistake] = []

    def read(self, nv: list[EventRecord] | EventRecord) -> Records:
        """Read every event.

        Errors: `invalid` when there is any mistake.
        """
        records = nv if isinstance(nv, list) else [nv]
        self._mistakes += wrong_count(len(records), self._most)
        parsed = Records()
        for index, record in enumerate(records):
            self._index = index
            self._read_one(record, parsed)
            if len(self._mistakes) >= limits.MAX_MISTAKES_REPORTED:
                break
        if self._mistakes:
            raise refuse(self._mistakes)
        return parsed

    def _read_one(self, record: EventRecord, parsed: Records) -> None:
        named = name_event(record, self._brand, position=self._index)
        if isinstance(named, Wrong):
            self._wrong(named.field or USER_ID_OF_REFUSALS, named.words)
            return
        identifier = named.identifier
        if record.user_params is not None:
            self._read_user(record.user_params, identifier, parsed)
        event = self._event(record, identifier)
        if event is not None:
            parsed.name(record.userID, named)
            parsed.events.append(event)

    def _read_user(
        self, attributes: dict[str, Any], identifier: Identifier, parsed: Records
    ) -> None:
        if not self._with_users:
            elsewhere = "/api/v1/user/create or /api/v1/user_event/create"
            self._wrong("user_params", f"can not be sent here; use {elsewhere}")
            return
        change, wrong = _change(attributes, self._received_at, "user_params")
        self._mistakes += [Mistake(said.message, said.field, self._index) for said in wrong]
        parsed.changes.append((identifier, change))
        parsed.change_indexes.append(self._index)

    def _event(self, record: EventRecord, identifier: Identifier) -> Event | None:
        mistakes_before = len(self._mistakes)
        name = record.event_name or ""
        wrong = self._rules.wrong_with_name(name)
        if wrong is not None:
            self._wrong("event_name", wrong)
        ltv = limits.DEFAULT_LTV if record.ltv is None else self._ltv(record.ltv)
        occurred_at = self._received_at
        if record.event_time is not None:
            occurred_at = self._occurred_at(record.event_time)
        context_json = None
        sent_context = bytes(record.context)
        if _is_given(sent_context):
            self._object("context", sent_context)
            context_json = sent_context
        attributes_json = bytes(record.attributes)
        if not _is_given(attributes_json):
            self._wrong("attributes", "must be an object; send {} when there are none")
            return None
        attributes = self._object("attributes", attributes_json)
        shape = shape_of(name, attributes)
        for attribute, words in self._rules.wrong_with_attributes(
            attributes, shape, json_bytes=len(attributes_json)
        ):
            self._wrong("attributes" if attribute is None else f"attributes.{attribute}", words)
        if len(self._mistakes) > mistakes_before:
            return None
        return Event(
            identifier,
            name,
            occurred_at,
            ltv,
            attributes,
            attributes_json,
            context_json,
            record.event_id,
            shape,
        )

    def _ltv(self, value: float | str) -> float:
        ltv = read_ltv(value)
        if ltv is None:
            self._wrong("ltv", f"must be a number of at most {limits.MAX_LTV:.0f}")
            return limits.DEFAULT_LTV
        return ltv

    def _occurred_at(self, text: str) -> datetime:
        occurred_at = read_occurred_at(text, self._zone, self._received_at)
        if isinstance(occurred_at, str):
            self._wrong("event_time", occurred_at)
            return self._received_at
        return occurred_at

    def _object(self, field_name: str, json: bytes) -> dict[str, Any]:
        read = read_object(json)
        if isinstance(read, str):
            self._wrong(field_name, read)
            return {}
        return read

    def _wrong(self, field_name: str, words: str) -> None:
        self._mistakes.append(Mistake(words, field_name, self._index))


def wrong_count(count: int, most: int) -> Iterator[Mistake]:
    """Say when a call has too many records, or none."""
    if not 1 <= count <= most:
        wanted = "1 record" if most == 1 else f"1 to {most} records"
        yield Mistake(f"must have {wanted}, this one has {count}", field="nv")


def _change(
    attributes: dict[str, Any], received_at: datetime, under: str
) -> tuple[ProfileChange, list[Mistake]]:
    kept, removed, wrong = accept_attributes(attributes, received_at)
    mistakes = [
        Mistake(said.message, under if said.field is None else f"{under}.{said.field}")
        for said in wrong
    ]
    if has_too_many_levels(attributes):
        mistakes.append(Mistake(TOO_DEEP, under))
    return ProfileChange(kept, removed, shape_of(PROFILE, kept)), mistakes


def _is_given(json: bytes) -> bool:
    return len(json) > len(b"null") or json not in {b"", b"null"}
