"""Mails that come back: what a mail server or a complaining reader says of a mail of ours. Pure.

An autoresponder says nothing of the kind, however its subject sounds: only reports in their own
format count, and two older forms that no person writes.

Source: RFC 3464 (delivery status), RFC 5965 (complaints), RFC 3834 (who answers by itself).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from typing import cast

import msgspec

from tidings.messages.model import What
from tidings.messages.naming import public_id
from tidings.messages.notice import Notice, own_id
from tidings.messages.return_path import ReturnPaths
from tidings.messages.smtp_status import enhanced_in, is_lasting

_DELIVERY_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_FEEDBACK = "message/feedback-report"
_WHAT_OF_ACTION = {"failed": What.BOUNCED, "delivered": What.DELIVERED}
_WHAT_OF_FEEDBACK = {
    "abuse": What.COMPLAINED,
    "fraud": What.COMPLAINED,
    "other": What.COMPLAINED,
    "opt-out": What.UNSUBSCRIBED,
    "opt-out-list": What.UNSUBSCRIBED,
}
_COMPLAINTS = frozenset(_WHAT_OF_FEEDBACK.values())
_TO = frozenset({"to", "delivered-to", "x-original-to", "envelope-to"})
_OF_MACHINES = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.I)
_QMAIL = "this is the qmail-send program"
_OWN_ID = re.compile(r"message-id:\s*<?([0-9a-f]{24}@[^\s<>]+)", re.I)
_MAX_DEPTH = 5
_LONGEST_WAY = timedelta(days=30)  # our choice: mailboxes that nobody looked into for a while


def read_mail(
    raw: bytes, *, now: datetime, return_paths: ReturnPaths | None = None
) -> list[Notice]:
    """Say what a mail that came back says of mails of ours: nothing, for most mails.

    Shape:  raw - as it came, perhaps cut short; a notice for each recipient that is named;
            return_paths - where each of our mails has one of its own.
    """
    mail = message_from_bytes(raw)
    notices = _read(mail, _date_of(mail, now))
    return notices if return_paths is None else _believed(notices, mail, return_paths)


def _believed(notices: list[Notice], mail: Message, return_paths: ReturnPaths) -> list[Notice]:
    """Keep what is about the mail of whose return path this is, whatever else it names."""
    read = (return_paths.read(address) for address in _addressees(mail))
    message_id = next((one for one in read if one is not None), None)
    if message_id is not None:
        name = public_id(message_id)
        return [msgspec.structs.replace(one, message_id=name) for one in notices]
    # Complaints go where their sender was told once and for all, not to the return path. Everything
    # else that comes to another address may be made up: who was mailed once knows what ours look
    # like. Cost: what was sent before the channel had this setting cannot come back any more.
    return [one for one in notices if one.what in _COMPLAINTS]


def _read(mail: Message, at: datetime) -> list[Notice]:
    parts = list(_parts(mail))
    kinds = {part.get_content_type() for part in parts}
    if _FEEDBACK in kinds:
        return _complaints(parts, at)
    if kinds & _DELIVERY_STATUS:
        return _statuses(mail, parts, at)
    return _old_forms(mail, parts, at)


# --- RFC 3464 ----------------------------------------------------------------------------


def _statuses(mail: Message, parts: list[Message], at: datetime) -> list[Notice]:
    message_id, recipient = _returned(mail, parts)
    blocks = [
        block
        for part in parts
        if part.get_content_type() in _DELIVERY_STATUS
        for block in _blocks(part)
    ]
    said = [block for block in blocks if _field(block, "Action")]
    notices = [_status(block) for block in said]
    # The returned mail says to whom we sent it; the report says where that led, by forwardings.
    sent_to = recipient if len(said) == 1 else ""
    return [
        Notice(
            what=what,
            at=at,
            message_id=message_id,
            recipient=sent_to or reported,
            code=code,
            is_lasting=what is What.BOUNCED and is_lasting(code),
        )
        for what, reported, code in filter(None, notices)
    ]


def _status(block: Message) -> tuple[What, str, str] | None:
    what = _WHAT_OF_ACTION.get(_field(block, "Action").partition(" ")[0].lower())
    if what is None:
        return None  # delayed: it is tried again; relayed, expanded: nobody knows
    reported = _field(block, "Original-Recipient") or _field(block, "Final-Recipient")
    diagnostic = _typed(_field(block, "Diagnostic-Code"))
    code = f"{_field(block, 'Status').partition(' ')[0]} {diagnostic}".strip()
    return what, _typed(reported), code


def _blocks(part: Message) -> list[Message]:
    """Return the fields about the whole mail, then those about each recipient."""
    blocks = _children(part)
    if part.get_content_type() == "message/delivery-status":
        return blocks
    # Python reads the newer kind as a mail: its head is the first block, its body the others.
    others = blocks[0].get_payload() if blocks else ""
    text = others if isinstance(others, str) else ""
    read = HeaderParser().parsestr
    return [*blocks, *(read(one) for one in re.split(r"\r?\n\r?\n", text) if one.strip())]


# --- RFC 5965 ----------------------------------------------------------------------------


def _complaints(parts: list[Message], at: datetime) -> list[Notice]:
    report = next(part for part in parts if part.get_content_type() == _FEEDBACK)
    fields = next(iter(_blocks(report)), report)
    what = _WHAT_OF_FEEDBACK.get(_field(fields, "Feedback-Type").lower())
    if what is None:
        return []  # not-spam is the opposite, auth-failure is about the domain
    message_id, recipient = _returned(None, parts)
    reported = _field(fields, "Original-Rcpt-To") or recipient
    return [
        Notice(what=what, at=at, message_id=message_id, recipient=parseaddr(_typed(reported))[1])
    ]


# --- older forms -------------------------------------------------------------------------


def _old_forms(mail: Message, parts: list[Message], at: datetime) -> list[Notice]:
    """Read what qmail writes, and what names the failed recipients in a header, as Exim did."""
    if not _is_of_machine(mail):
        return []
    text = "\n".join(_text(part) for part in parts)
    failed = _field(mail, "X-Failed-Recipients")
    if not failed and _QMAIL not in text.lower():
        return []
    found = _OWN_ID.search(text)
    message_id, recipient = _returned(mail, parts)
    # What follows is the mail itself, in which any number may stand.
    above = text[: found.start()] if found else text
    code = enhanced_in(above)
    return [
        Notice(
            what=What.BOUNCED,
            at=at,
            message_id=found[1] if found else message_id,
            recipient=recipient or failed.partition(",")[0].strip(),
            code=code,
            is_lasting=is_lasting(code),
        )
    ]


def _is_of_machine(mail: Message) -> bool:
    sender = parseaddr(_field(mail, "From"))[1]
    is_empty_path = _field(mail, "Return-Path").strip() == "<>"
    return bool(_OF_MACHINES.match(sender)) or is_empty_path


# --- reading -----------------------------------------------------------------------------


def _returned(mail: Message | None, parts: list[Message]) -> tuple[str, str]:
    """Return the name of the mail that came back, and to whom it was, as far as it is told."""
    for part in parts:
        if part.get_content_type() in _RETURNED:
            headers = _headers(part)
            message_id = _field(headers, "Message-ID")
            if own_id(message_id) is not None:
                return message_id, parseaddr(_field(headers, "To"))[1]
    # Some return nothing of the mail, and answer it like any other.
    answered = "" if mail is None else f"{_field(mail, 'In-Reply-To')} {_field(mail, 'References')}"
    for one in answered.split():
        if own_id(one) is not None:
            return one, ""
    return "", ""


def _addressees(mail: Message) -> list[str]:
    """Return to whom a mail was delivered and written."""
    values = [str(value) for name, value in mail.raw_items() if name.lower() in _TO]
    return [address for _, address in getaddresses(values)]


def _headers(part: Message) -> Message:
    inner = _children(part)
    return inner[0] if inner else HeaderParser().parsestr(_text(part))


def _parts(mail: Message, depth: int = 0) -> Iterator[Message]:
    """Yield the parts of a mail, not those of mails in it: whoever forwards a report makes none."""
    yield mail
    if mail.get_content_maintype() == "multipart" and depth < _MAX_DEPTH:
        for part in _children(mail):
            yield from _parts(part, depth + 1)


def _children(part: Message) -> list[Message]:
    payload = cast("object", part.get_payload())
    return cast("list[Message]", payload) if isinstance(payload, list) else []


def _text(part: Message) -> str:
    if part.is_multipart():
        return ""
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _field(block: Message, name: str) -> str:
    # Of several lines, and with bytes beyond ASCII as Python keeps them; most are UTF-8.
    values = (value for found, value in block.raw_items() if found.lower() == name.lower())
    raw = str(next(values, "")).encode("utf-8", "surrogateescape")
    return " ".join(raw.decode("utf-8", "replace").split())


def _typed(value: str) -> str:
    """Leave out of which kind a value is: `rfc822; ada@example.com`."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip().strip("<>") if semicolon and kind.strip() else value.strip("<>")


def _date_of(mail: Message, now: datetime) -> datetime:
    try:
        date = parsedate_to_datetime(_field(mail, "Date"))
    except ValueError:
        return now
    # Without an offset it is in nobody's zone; and some clocks go wrong.
    is_likely = date.tzinfo is not None and now - _LONGEST_WAY <= date <= now
    return date.astimezone(UTC) if is_likely else now
