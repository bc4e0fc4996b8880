"""Mails to send, and what a reader gets of them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from typing import Any

from tidings.channels.kinds import Smtp
from tidings.channels.message import Address, Email

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def mail(**changes: Any) -> Email:
    """Make a mail with both parts; what is named is as given."""
    given: dict[str, Any] = {
        "message_id": "m1@example.com",
        "sender": Address("shop@example.com", "The Shop"),
        "recipient": Address("ada@example.com", "Ada"),
        "subject": "Your order",
        "html": "<p>It is on its way.</p>\n",
        "text": "It is on its way.\n",
        **changes,
    }
    return Email(**given)


def smtp(port: int, **changes: Any) -> Smtp:
    """Make settings for a server on loopback without TLS."""
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "hello_name": "tidings.test",
        "timeout_seconds": 5,
        **changes,
    }
    return Smtp(**given)


def part(parsed: EmailMessage, kind: str) -> str:
    """Return one part as a reader sees it, line ends as Python has them."""
    found = parsed.get_body((kind,))
    assert found is not None
    content: str = found.get_content()
    return content.replace("\r\n", "\n")


def read_mail(content: bytes) -> EmailMessage:
    """Read a mail as the standard library does, which had no part in writing it."""
    if content.isascii():
        return message_from_bytes(content, policy=policy.default)
    return message_from_string(content.decode(), policy=policy.SMTPUTF8)


def wrong_with_mail(content: bytes) -> Iterator[str]:
    """Say what an independent reader finds wrong with a mail, whatever is in it.

    Source: RFC 5322 2.1.1 and 3.6, RFC 2046 5.1.4, RFC 2369 3.2, RFC 8058 3.1.
    """
    lines = content.split(b"\r\n")
    if lines[-1] or any(b"\r" in line or b"\n" in line for line in lines):
        yield "a line ends with something else than CRLF"
    if max(map(len, lines)) > _LONGEST_LINE:
        yield "a line is too long"
    parsed = read_mail(content)
    for name in _ONCE:
        if len(parsed.get_all(name, [])) != 1:
            yield f"{name} is there {len(parsed.get_all(name, []))} times"
    for one in parsed.walk():
        yield from (f"{one.get_content_type()}: {defect!r}" for defect in one.defects)
        for name, value in one.items():
            defects = getattr(value, "defects", ())
            # RFC 6532 3.2 allows them.
            others = [defect for defect in defects if type(defect) is not NonASCIILocalPartDefect]
            yield from (f"{name}: {defect!r}" for defect in others)
    parts = [one for one in parsed.walk() if not one.is_multipart()]
    kinds = [one.get_content_type() for one in parts]
    if kinds not in (["text/plain", "text/html"], ["text/plain"], ["text/html"]):
        yield f"its parts are {kinds}"
    for one in parts:
        if "\ufffd" in one.get_content(errors="replace"):
            yield f"{one.get_content_type()} cannot be decoded"
    yield from _wrong_with_list_headers(parsed)


def _wrong_with_list_headers(parsed: EmailMessage) -> Iterator[str]:
    ways, post = parsed["List-Unsubscribe"], parsed["List-Unsubscribe-Post"]
    if ways is not None and _WAYS.fullmatch(str(ways)) is None:
        yield f"List-Unsubscribe is {ways}"
    if post not in (None, "List-Unsubscribe=One-Click"):
        yield f"List-Unsubscribe-Post is {post}"
    if post is not None and "<https://" not in str(ways):
        yield "one click goes with a link by https"


_LONGEST_LINE = 998
_ONCE = ("From", "To", "Subject", "Message-ID", "Date", "MIME-Version")
_WAYS = re.compile(r"<[^<>\s]+>(, +<[^<>\s]+>)*")
