"""What is refused before any provider sees it."""

from typing import Any

import pytest

from tests.channels.mails import mail
from tidings.base import limits
from tidings.channels.check import refusal_of
from tidings.channels.message import Address, Approved, Message, Push, Sms, WhatsApp
from tidings.channels.outcome import Reason, Rejected
from tidings.devices.model import Token

HALF = "\ud800"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "a\nb"}, "subject contains a line break or another control character"),
        ({"subject": "a\x00b"}, "subject contains a line break or another control character"),
        ({"subject": HALF}, "it contains half of a character (a lone surrogate)"),
        ({"html": HALF}, "it contains half of a character (a lone surrogate)"),
        ({"text": HALF}, "it contains half of a character (a lone surrogate)"),
        ({"html": "", "text": ""}, "it has neither html nor text"),
        (
            {"html": "x" * limits.MAX_EMAIL_BYTES},
            f"it is longer than {limits.MAX_EMAIL_BYTES:,} characters",
        ),
        ({"sender": Address("nobody")}, "sender is no e-mail address"),
        (
            {"sender": Address("a@b.example", "x\r\nBcc: y@z.example")},
            "sender has a name with a line break or another control character",
        ),
        (
            {"sender": Address("a@b.example", "x" * 500)},
            "sender has a name of more than 499 characters",
        ),
        ({"reply_to": Address("a@b@c")}, "reply_to is no e-mail address"),
        ({"message_id": "no id"}, "message_id is none"),
        ({"message_id": "a@b>\r\nX: y"}, "message_id is none"),
        ({"headers": (("Bad Name", "x"),)}, "a header has a name that no header can have"),
        ({"headers": (("Subject", "x"),)}, "the header Subject cannot be set"),
        ({"headers": (("bcc", "x"),)}, "the header bcc cannot be set"),
        (
            {"headers": (("X-A", "a\r\n b"),)},
            "the header X-A contains a line break or another control character",
        ),
        (
            {"headers": (("X-A", "x" * 994),)},
            "the header X-A has a word of more than 993 characters",
        ),
        ({"headers": (("X-A", HALF),)}, "it contains half of a character (a lone surrogate)"),
    ],
)
def test_a_mail_that_no_server_should_get_is_refused(changes: dict[str, Any], said: str) -> None:
    """Above all what would add headers or recipients to it."""
    assert refusal_of(mail(**changes)) == Rejected(Reason.MESSAGE, said=said)


@pytest.mark.parametrize(
    "mailbox",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@exa mple.com",
        "ada@example.com, eve@example.com",
        "<ada@example.com>",
        "ada@example.com\r\nRCPT TO:<eve@example.com>",
        "ada@example.com> SIZE=1",
        "ada@xn--\u2603\ufffd.example",
        f"{HALF}@example.com",
        "x" * 65 + "@example.com",
        "ada@" + "x" * 251,
    ],
)
def test_a_recipient_that_is_no_mailbox_is_refused_as_one(mailbox: str) -> None:
    """It is the recipient's fault, not the message's; and it is no command for the server."""
    refused = refusal_of(mail(recipient=Address(mailbox)))
    assert refused is not None
    assert refused.reason is Reason.RECIPIENT


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Sms("1", "+15550100", ""), "it has no text"),
        (Sms("1", "+15550100", HALF), "it contains half of a character (a lone surrogate)"),
        (Sms("1", "+15550100", "x" * 1_601), "it is longer than 1,600 characters"),
        (WhatsApp("1", "+15550100", ""), "it has no text"),
        (
            WhatsApp("1", "+15550100", Approved("hi", "en", (HALF,))),
            "it contains half of a character (a lone surrogate)",
        ),
        (Push("1", Token("t"), HALF, ""), "it contains half of a character (a lone surrogate)"),
    ],
)
def test_other_messages_are_looked_at_too(message: Message, said: str) -> None:
    """Each by what its medium can carry."""
    assert refusal_of(message) == Rejected(Reason.MESSAGE, said=said)


@pytest.mark.parametrize(
    "number", ["", "15550100", "+0155501", "+1", "+1 555 0100", "+" + "1" * 16]
)
def test_a_phone_number_is_one_of_the_world(number: str) -> None:
    """E.164, as profiles keep it."""
    assert refusal_of(Sms("1", number, "Hello")) == Rejected(
        Reason.RECIPIENT, said="recipient is no phone number with + and country code"
    )


@pytest.mark.parametrize(
    "message",
    [
        mail(),
        mail(recipient=Address("o'hara+news@sub.example.co.uk", "O'Hara, Ann")),
        mail(recipient=Address("jörg@münchen.example")),
        mail(headers=(("List-Unsubscribe", "<https://example.com/u>"),)),
        Sms("1", "+15550100", "x" * 1_600),
        WhatsApp("1", "+15550100", Approved("hi", "en")),
        Push("1", Token("t"), "Hello", ""),
    ],
)
def test_good_messages_are_not_refused(message: Message) -> None:
    """Else nobody would get any."""
    assert refusal_of(message) is None
