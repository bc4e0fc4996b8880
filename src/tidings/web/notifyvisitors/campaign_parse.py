"""From the JSON of the calls about campaigns to what they ask, or every mistake in it: pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.times import parse_instant
from tidings.brands.model import Brand
from tidings.campaigns.model import CampaignId
from tidings.consent.model import Purpose
from tidings.identity.model import Identifier
from tidings.messages.calls import Asked
from tidings.messages.model import MessageOptions
from tidings.web.notifyvisitors.campaign_records import (
    LARGEST_ID,
    NOW,
    CampaignCreation,
    CampaignReference,
    CampaignsQuery,
    MessageCall,
    MessageRecord,
    WinnerPicked,
)
from tidings.web.notifyvisitors.naming import EMPTY, Wrong, name_reference
from tidings.web.notifyvisitors.parse import wrong_count
from tidings.web.notifyvisitors.records import UserReference
from tidings.web.reading import read_call, read_object, refuse

_message_call = msgspec.json.Decoder(MessageCall)
_creation = msgspec.json.Decoder(CampaignCreation)
_reference = msgspec.json.Decoder(CampaignReference)
_winner_picked = msgspec.json.Decoder(WinnerPicked)
_campaigns_query = msgspec.json.Decoder(CampaignsQuery)

_NO_RECORDS = ""  # no field has this name: the body is one record itself
_SEND_AHEAD = timedelta(days=limits.MAX_SEND_AHEAD_DAYS)
_CAMPAIGN_AHEAD = timedelta(days=limits.MAX_CAMPAIGN_AHEAD_DAYS)
_ONE_OF_TWO = "is needed, or content; not both"
_NOT_A_TIME = "must be a time such as 2026-12-24 09:00:00"
_NOT_A_CURSOR = "is not a cursor of an earlier answer"
_MOST_DIGITS = 19  # Python refuses to read a number of thousands of digits, by an error of its own
_ABSENT = frozenset({b"", b"null"})


class Sending(NamedTuple):
    """A message to send, and to whom."""

    identifier: Identifier
    asked: Asked


class Creation(NamedTuple):
    """A campaign to make.

    Shape:  asked - of a definition, as JSON has it, but for the template of `content`, which is
            decoded JSON, None without one; start_at - None where each person's own clock says.
    """

    asked: dict[str, Any]
    content: dict[str, Any] | None
    start_at: datetime | None


class Picked(NamedTuple):
    """Which variant of which campaign is the winner; its number is from 1."""

    campaign_id: CampaignId
    variant: int


class CampaignsAsked(NamedTuple):
    """A page of campaigns: before which one, and how many; None is from the latest on."""

    before: CampaignId | None
    size: int


def parse_messages(body: bytes, brand: Brand, now: datetime) -> list[Sending]:
    """Read `campaign/send`, whose records are due at once unless they say when.

    Errors: `invalid` for every mistake, here and below.
    """
    call = read_call(body, _message_call, MessageRecord, under="nv")
    records = call.nv if isinstance(call.nv, list) else [call.nv]
    mistakes = list(wrong_count(len(records), limits.MAX_MESSAGES_PER_CALL))
    sendings: list[Sending] = []
    for index, record in enumerate(records):
        found = list(_wrong_with_message(record, brand, now))
        named = _named(record, brand)
        if isinstance(named, Mistake):
            found.append(named)
        elif not found:
            sendings.append(Sending(named, _asked(record, brand, now)))
        mistakes += [Mistake(one.message, one.field, index) for one in found]
    if mistakes:
        raise refuse(mistakes)
    return sendings


def parse_creation(body: bytes, brand: Brand, now: datetime) -> Creation:
    """Read `campaign/create`."""
    sent = read_call(body, _creation, CampaignCreation, under=_NO_RECORDS)
    mistakes = [
        Mistake("must be there", name) for name in ("name", "channel") if not getattr(sent, name)
    ]
    content = _object(sent.content, "content", mistakes)
    ways = (sent.template is not None, content is not None, bool(sent.variants))
    if sum(ways) != 1:
        mistakes.append(Mistake("is needed, or content, or variants; one of them", "template"))
    start_at = None
    if (sent.send_at is None) is (sent.local_time is None):
        mistakes.append(Mistake("is needed, or local_time; not both", "send_at"))
    elif sent.send_at is not None:
        start_at = now if sent.send_at == NOW else parse_instant(sent.send_at, brand.clock_zone)
        if start_at is None:
            mistakes.append(Mistake(f'must be "{NOW}" or a time', "send_at"))
        elif start_at - now > _CAMPAIGN_AHEAD:
            most = limits.MAX_CAMPAIGN_AHEAD_DAYS
            mistakes.append(Mistake(f"is more than {most} days ahead", "send_at"))
    if mistakes:
        raise refuse(mistakes)
    return Creation(_definition(sent), content, start_at)


def parse_reference(body: bytes, query: Mapping[str, str]) -> CampaignId:
    """Read a call about one campaign, which may come in the URL instead of the body."""
    if "campaign_id" not in query:
        sent = read_call(body or b"{}", _reference, CampaignReference, under=_NO_RECORDS)
        return CampaignId(sent.campaign_id)
    return CampaignId(_number_in(query, "campaign_id", at_most=LARGEST_ID))


def parse_winner(body: bytes, query: Mapping[str, str]) -> Picked:
    """Read `campaign/winner`, whose fields may come in the URL instead of the body."""
    sent = read_call(body or b"{}", _winner_picked, WinnerPicked, under=_NO_RECORDS)
    campaign_id, variant = sent.campaign_id, sent.variant
    if "campaign_id" in query:
        campaign_id = _number_in(query, "campaign_id", at_most=LARGEST_ID)
    if "variant" in query:
        variant = _number_in(query, "variant", at_most=limits.MAX_CAMPAIGN_VARIANTS)
    if campaign_id is None or variant is None:
        said = {"campaign_id": campaign_id, "variant": variant}
        raise refuse([Mistake("must be there", name) for name in said if said[name] is None])
    return Picked(CampaignId(campaign_id), variant)


def parse_campaigns_query(body: bytes, query: Mapping[str, str]) -> CampaignsAsked:
    """Read `campaign/list`, whose fields may come in the URL instead of the body."""
    sent = read_call(body or b"{}", _campaigns_query, CampaignsQuery, under=_NO_RECORDS)
    mistakes: list[Mistake] = []
    size = _number(query["limit"]) if "limit" in query else sent.limit
    if size is None or not 1 <= size <= limits.MAX_CAMPAIGNS_PER_PAGE:
        mistakes.append(Mistake(f"must be from 1 to {limits.MAX_CAMPAIGNS_PER_PAGE}", "limit"))
    cursor = query.get("cursor", sent.cursor)
    before = None if cursor is None else _number(cursor)
    if cursor is not None and (before is None or not 1 <= before <= LARGEST_ID):
        mistakes.append(Mistake(_NOT_A_CURSOR, "cursor"))
    if mistakes or size is None:
        raise refuse(mistakes)
    return CampaignsAsked(None if before is None else CampaignId(before), size)


def write_cursor(last: CampaignId) -> str:
    """Write where a page of campaigns ended."""
    return str(last)


def _named(record: MessageRecord, brand: Brand) -> Identifier | Mistake:
    reference = UserReference(
        record.userID, record.anonymousID, record.nv_uid, record.email, record.mobile
    )
    named = name_reference(reference, brand)
    if isinstance(named, Wrong):
        return Mistake(named.words, named.field or "userID")
    return named.identifier


def _wrong_with_message(record: MessageRecord, brand: Brand, now: datetime) -> Iterator[Mistake]:
    if not record.channel:
        yield Mistake(EMPTY, "channel")
    if (record.template is None) is (_sent(record.content) is None):
        yield Mistake(_ONE_OF_TWO, "template")
    mistakes: list[Mistake] = []
    _object(record.content, "content", mistakes)
    _object(record.data, "data", mistakes)
    yield from mistakes
    if len(bytes(record.data)) > limits.MAX_MESSAGE_DATA_BYTES:
        yield Mistake(f"has at most {limits.MAX_MESSAGE_DATA_BYTES:,} bytes", "data")
    if record.send_at is not None:
        send_at = parse_instant(record.send_at, brand.clock_zone)
        if send_at is None:
            yield Mistake(_NOT_A_TIME, "send_at")
        elif send_at - now > _SEND_AHEAD:
            yield Mistake(f"is more than {limits.MAX_SEND_AHEAD_DAYS} days ahead", "send_at")


def _asked(record: MessageRecord, brand: Brand, now: datetime) -> Asked:
    send_at = None if record.send_at is None else parse_instant(record.send_at, brand.clock_zone)
    return Asked(
        channel=record.channel or "",
        due_at=max(now, send_at or now),
        purpose=Purpose.TRANSACTIONAL if record.transactional else Purpose.MARKETING,
        template=record.template,
        content=_sent(record.content),
        data=_sent(record.data),
        options=MessageOptions(campaign=record.campaign or ""),
    )


def _sent(value: msgspec.Raw) -> bytes | None:
    # As elsewhere on this wire, null is a field that was not sent.
    json = bytes(value)
    return None if json in _ABSENT else json


def _object(sent: msgspec.Raw, field: str, mistakes: list[Mistake]) -> dict[str, Any] | None:
    json = _sent(sent)
    if json is None:
        return None
    read = read_object(json)
    if isinstance(read, dict):
        return read
    mistakes.append(Mistake(read, field))
    return None


def _definition(sent: CampaignCreation) -> dict[str, Any]:
    goal = None
    if sent.goal is not None:
        said = {"event": sent.goal.event, "within": sent.goal.window, "amount": sent.goal.amount}
        goal = {name: value for name, value in said.items() if value is not None}
    asked: dict[str, Any] = {
        "name": sent.name,
        "channel": sent.channel,
        "segments": sent.segments,
        "exclude": sent.exclude_segments,
        "audience": sent.audience,
        "template": sent.template,
        "variants": msgspec.to_builtins(sent.variants),
        "test": msgspec.to_builtins(sent.test),
        "local_time": sent.local_time,
        "goal": goal,
        "throttle_per_minute": sent.throttle_per_minute,
        "topic": sent.topic,
        "utm": sent.utm,
        "platform": msgspec.to_builtins(sent.platform),
    }
    return {name: value for name, value in asked.items() if value is not None}


def wire_field(field: str | None) -> str | None:
    """Return what this wire calls a field of a definition, with its path."""
    if field is None:
        return None
    for ours, theirs in (("exclude", "exclude_segments"), ("goal.within", "goal.window")):
        if field == ours or field.startswith(f"{ours}["):
            return theirs + field.removeprefix(ours)
    return field


def _number_in(query: Mapping[str, str], name: str, *, at_most: int) -> int:
    number = _number(query[name])
    if number is None or not 1 <= number <= at_most:
        raise refuse([Mistake(f"must be a whole number from 1 to {at_most:,}", name)])
    return number


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
