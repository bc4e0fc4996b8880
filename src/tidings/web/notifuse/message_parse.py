"""From the JSON of `messages.send` to what is to be sent to whom, or why it cannot be: pure.

A body that cannot be read, or that does not say to whom something goes, is refused whole. What is
wrong with one message only fails that message.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.times import parse_instant
from tidings.brands.model import Brand
from tidings.consent.model import Purpose
from tidings.messages.calls import Asked
from tidings.messages.model import MessageId, MessageOptions
from tidings.messages.naming import message_id_of
from tidings.profiles.accept import is_email
from tidings.profiles.model import CannotApply
from tidings.web.notifuse.message_records import MessageRecord, SendCall
from tidings.web.notifuse.parse import (
    Contact,
    contact_of,
    is_profile_too_deep,
    require,
    wrong_with_id,
)
from tidings.web.notifuse.records import ContactRecord
from tidings.web.reading import TOO_DEEP, has_too_many_levels, read_call, refuse

NO_MESSAGE = "There is no such message."

_send_call = msgspec.json.Decoder(SendCall)
_AHEAD = timedelta(days=limits.MAX_SEND_AHEAD_DAYS)
_OPTIONS = ("from_name", "reply_to", "marketing")
_FIELDS_OF_CONTACT = {"profile": "contactProfile", "createdAt": "contactCreatedAt"}


@dataclass(frozen=True, slots=True)
class ToSend:
    """One message that can be sent, as far as can be seen here."""

    contact: Contact
    asked: Asked


@dataclass(frozen=True, slots=True)
class NotSent:
    """One that cannot.

    Shape:  reason - as `consent` has it, where that is why.
    """

    user_id: str
    error: str
    reason: str | None = None


class _Wrong(Exception):
    """What is wrong with one message, for people."""


def parse_messages(body: bytes, brand: Brand, received_at: datetime) -> list[ToSend | NotSent]:
    """Read `messages.send`: every message, in the order sent.

    Errors: `invalid` for a body that is refused whole, with every mistake; `too_large` for one
            that would take the memory of many.
    """
    call = read_call(body, _send_call, MessageRecord, under="messages")
    mistakes = list(_wrong_with_call(call))
    if mistakes:
        raise refuse(mistakes)
    parsed: list[ToSend | NotSent] = []
    position = 0
    for record in call.messages:
        try:
            asked = _asked(record, brand, received_at)
            contact = contact_of(_contact_record(record), brand, received_at, position=position)
        except CannotApply as error:
            parsed.append(NotSent(record.contact, wrong_with_contact(error.path, error.message)))
        except _Wrong as wrong:
            parsed.append(NotSent(record.contact, str(wrong)))
        else:
            parsed.append(ToSend(contact, asked))
            position += 1
    return parsed


def parse_message_query(query: Mapping[str, str]) -> MessageId:
    """Read which message is asked for.

    Errors: `invalid` when none is; `not_found` for what can be none.
    """
    message_id = message_id_of(require(query, "message"))
    if message_id is None:
        raise Refused(Code.NOT_FOUND, NO_MESSAGE)
    return message_id


def wrong_with_contact(path: str, message: str) -> str:
    """Say for people why nothing is done to a contact.

    Shape:  path - as this wire writes it.
    """
    return f"{_FIELDS_OF_CONTACT.get(path, f'contactProfile: {path}')} {message}"


def _wrong_with_call(call: SendCall) -> Iterator[Mistake]:
    if not call.messages:
        most = limits.MAX_NOTIFUSE_MESSAGES_PER_CALL
        yield Mistake(f"must have 1 to {most} records, this one has 0", "messages")
    for index, record in enumerate(call.messages):
        wrong = wrong_with_id(record.contact)
        if wrong is not None:
            yield Mistake(wrong, "contact", index)
        if is_profile_too_deep(record.contactProfile):
            yield Mistake(TOO_DEEP, "contactProfile", index)
        if has_too_many_levels(record.templateData):
            yield Mistake(TOO_DEEP, "templateData", index)


def _contact_record(record: MessageRecord) -> ContactRecord:
    return ContactRecord(record.contact, record.contactProfile, record.contactCreatedAt)


def _asked(record: MessageRecord, brand: Brand, received_at: datetime) -> Asked:
    notification = "" if record.notification is None else _word(record.notification, "notification")
    options = _object(record.channelOptions, "channelOptions")
    data = _object(record.templateData, "templateData")
    encoded = msgspec.json.encode(data)
    if len(encoded) > limits.MAX_MESSAGE_DATA_BYTES:
        raise _Wrong(f"templateData has at most {limits.MAX_MESSAGE_DATA_BYTES:,} bytes")
    is_marketing = _is_marketing(options)
    return Asked(
        channel=_word(record.channel, "channel"),
        due_at=_due_at(record.sendAt, brand, received_at),
        purpose=Purpose.MARKETING if is_marketing else Purpose.TRANSACTIONAL,
        template=_word(record.template, "template"),
        data=encoded if data else None,
        options=MessageOptions(
            notification=notification,
            from_name=_from_name(options.get("from_name")),
            reply_to=_reply_to(options.get("reply_to")),
        ),
    )


def _word(sent: object, field: str) -> str:
    most = limits.MAX_MESSAGE_LABEL_CHARACTERS
    if sent is None or sent == "":
        raise _Wrong(f"{field} is required")
    if not isinstance(sent, str) or len(sent) > most:
        raise _Wrong(f"{field} must be a text of at most {most} characters")
    return sent


def _object(sent: object, field: str) -> Mapping[str, object]:
    # One of the clients sends an empty array where an empty object is meant.
    if sent is None or sent == []:
        return {}
    if not isinstance(sent, dict):
        raise _Wrong(f"{field} must be an object")
    return cast("Mapping[str, object]", sent)


def _is_marketing(options: Mapping[str, object]) -> bool:
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise _Wrong(f"channelOptions has what is unknown; known are {_listed(_OPTIONS)}")
    is_marketing = options.get("marketing", False)
    if not isinstance(is_marketing, bool):
        raise _Wrong("channelOptions.marketing must be true or false")
    return is_marketing


def _from_name(sent: object) -> str:
    if sent is None:
        return ""
    name = _word(sent, "channelOptions.from_name")
    if not name.isprintable():
        raise _Wrong("channelOptions.from_name must not have control characters")
    return name


def _reply_to(sent: object) -> str:
    if sent is None:
        return ""
    if not isinstance(sent, str) or not is_email(sent):
        raise _Wrong("channelOptions.reply_to must be an e-mail address")
    return sent


def _due_at(sent: object, brand: Brand, received_at: datetime) -> datetime:
    if sent is None:
        return received_at
    send_at = parse_instant(sent, brand.clock_zone) if isinstance(sent, str) else None
    if send_at is None:
        raise _Wrong("sendAt must be a time such as 2026-11-25T18:00:00.000Z")
    if send_at - received_at > _AHEAD:
        raise _Wrong(f"sendAt is more than {limits.MAX_SEND_AHEAD_DAYS} days ahead")
    return max(send_at, received_at)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
