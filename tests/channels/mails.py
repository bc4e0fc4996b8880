"""Mails to send, and what a reader gets of them."""

from datetime import UTC, datetime
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
