"""Settings for what comes back, and what is sent along for it."""

import pytest

from tests.channels.apiserver import ApiServer, send, settings_of
from tests.channels.mails import mail, smtp
from tests.channels.mailserver import MailServer
from tidings.base.errors import Mistake
from tidings.base.media import Medium
from tidings.channels.kinds import Sendgrid, Smtp
from tidings.channels.message import Sms
from tidings.channels.settings import read_settings, shown_values

MAILBOX = {
    "host": "mail.test",
    "imap_host": "imap.test",
    "imap_username": "a",
    "imap_password": "b",
}


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        ({}, []),
        ({"imap_host": "127.0.0.1", "imap_security": "none"}, []),
        (
            {"imap_password": ""},
            [Mistake("imap_host, imap_username and imap_password go together", "imap_host")],
        ),
        (
            {"imap_security": "none"},
            [Mistake("a password is not sent without TLS", "imap_security")],
        ),
        ({"imap_folder": "In\r\nbox"}, [Mistake("has letters that no folder has", "imap_folder")]),
        (
            {"imap_moved_to": "Gelöscht"},
            [Mistake("has letters that no folder has", "imap_moved_to")],
        ),
    ],
)
def test_a_mailbox_is_told_whole_and_keeps_its_password(
    changes: dict[str, object], mistakes: list[Mistake]
) -> None:
    """And no folder can begin a command of its own."""
    read = read_settings(Smtp, {**MAILBOX, **changes})
    assert (read if isinstance(read, list) else []) == mistakes


def test_the_password_of_a_mailbox_is_shown_as_stars() -> None:
    """As every secret."""
    read = read_settings(Smtp, MAILBOX)
    assert isinstance(read, Smtp)
    assert shown_values(read)["imap_password"] == "********"


def test_a_key_that_is_none_is_refused_when_it_is_set() -> None:
    """Not when the first report comes."""
    read = read_settings(Sendgrid, {"api_key": "k", "webhook_key": "AAAA"})
    assert read == [Mistake("is no public key on the curve P-256 in base 64", "webhook_key")]


async def test_mails_come_back_where_the_channel_wants_them() -> None:
    """The envelope says so; who reads the mail sees the sender."""
    async with MailServer() as server:
        settings = smtp(server.port, return_path="b@back.test")
        await send(settings, mail())
    [got] = server.mails
    assert got.sender == "b@back.test"
    assert "back.test" not in str(got.parsed["From"])


async def test_twilio_is_told_where_to_report() -> None:
    """With every message: a number has no setting for that."""
    async with ApiServer(said={"sid": "SM1"}) as server:
        keys = {"account_sid": "AC1", "auth_token": "t", "sender": "+1"}
        settings = settings_of(
            "twilio", endpoint=server.url, status_callback="https://t.test/hooks/x", **keys
        )
        await send(settings, Sms("m1", "+491", "Hi"), Medium.SMS)
    assert server.only.form["StatusCallback"] == "https://t.test/hooks/x"
