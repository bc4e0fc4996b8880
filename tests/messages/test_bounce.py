"""Mails that come back say what they say, and those that only sound so say nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages import returned_mails as mails
from tests.messages.returned_mails import ADA, OTHERS, OWN, arf, dsn
from tidings.messages.bounce import read_mail
from tidings.messages.model import What
from tidings.messages.notice import Notice, names_message

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def bounced(code: str, *, lasting: bool, recipient: str = ADA) -> Notice:
    """Make the notice of a bounce."""
    return Notice(
        what=What.BOUNCED,
        at=NOW,
        message_id=f"<{OWN}>",
        recipient=recipient,
        code=code,
        is_lasting=lasting,
    )


def read(mail: str) -> list[Notice]:
    """Read a mail, as it comes over the wire."""
    return read_mail(mail.replace("\n", "\r\n").encode(), now=NOW)


REPORTS = {
    "Postfix, no such user": (
        dsn("5.1.1", "smtp; 550 5.1.1 <ada@people.test>: User unknown"),
        bounced("5.1.1 550 5.1.1 <ada@people.test>: User unknown", lasting=True),
    ),
    "Postfix, no such domain": (
        dsn("5.4.4", "X-Postfix; Host or domain name not found. type=AAAA: Host not found"),
        bounced("5.4.4 Host or domain name not found. type=AAAA: Host not found", lasting=True),
    ),
    "Exchange, the mailbox is full": (
        dsn("5.2.2", "smtp; 554 5.2.2 mailbox full"),
        bounced("5.2.2 554 5.2.2 mailbox full", lasting=False),
    ),
    "Exchange, disabled": (
        dsn("5.2.1", "smtp; 550 5.2.1 The email account is disabled"),
        bounced("5.2.1 550 5.2.1 The email account is disabled", lasting=True),
    ),
    "our address is on a list": (
        dsn("5.7.1", "smtp; 550 5.7.1 Service unavailable; client host blocked"),
        bounced("5.7.1 550 5.7.1 Service unavailable; client host blocked", lasting=False),
    ),
    "Exim, with nothing closer in the status": (
        dsn("5.0.0", "smtp; 550-Verification failed for <x>\n 550 No such person here"),
        bounced("5.0.0 550-Verification failed for <x> 550 No such person here", lasting=True),
    ),
    "Exim, and the code stands in the words": (
        dsn("5.0.0", "smtp; 552 5.3.4 Message too big"),
        bounced("5.0.0 552 5.3.4 Message too big", lasting=False),
    ),
    "sendmail, given up after five days": (
        dsn("4.4.7", "smtp; 451 4.4.1 reply: read error"),
        bounced("4.4.7 451 4.4.1 reply: read error", lasting=False),
    ),
    "only the headers come back": (
        dsn("5.1.1", returned="text/rfc822-headers"),
        bounced("5.1.1", lasting=True),
    ),
    "it was forwarded, and failed there": (
        dsn("5.1.1", recipient="ada.old@elsewhere.test"),
        bounced("5.1.1", lasting=True),
    ),
    "Gmail, which returns nothing": (
        mails.ANSWERED_ONLY,
        bounced(
            "5.1.1 550-5.1.1 The email account that you tried to reach 550 5.1.1 does not exist.",
            lasting=True,
        ),
    ),
    "one of two failed": (mails.TWO_RECIPIENTS, bounced("5.1.1", lasting=True)),
    "letters beyond ASCII": (
        mails.INTERNATIONAL,
        bounced("5.1.1", lasting=True, recipient="žofie@people.test"),
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_failure_is_read(name: str) -> None:
    """Whoever writes it, and however much of the mail comes back."""
    mail, expected = REPORTS[name]
    assert read(mail) == [expected]


def test_qmail_is_read() -> None:
    """It writes no report, but always the same words; what it returns may hold any number."""
    expected = bounced("Remote host said: 550 5.1.1 User unknown", lasting=True, recipient="")
    [got] = read(mails.QMAIL)
    assert (got.message_id, got.is_lasting, got.code) == (OWN, True, expected.code)


def test_an_old_exim_is_read() -> None:
    """It names whom it did not reach in a header."""
    [got] = read(mails.EXIM)
    words = "SMTP error from remote mail server after RCPT TO: 452 4.2.2 Mailbox full"
    assert got == Notice(
        what=What.BOUNCED, at=NOW, message_id=OWN, recipient=ADA, code=words, is_lasting=False
    )


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_word_about_a_mail_of_ours_says_nothing(name: str) -> None:
    """An autoresponder is no bounce: who is away would get nothing any more."""
    assert [one for one in read(OTHERS[name]) if names_message(one)] == []


@pytest.mark.parametrize("feedback", ["abuse", "fraud", "other", "Abuse"])
def test_a_complaint_is_read(feedback: str) -> None:
    """RFC 5965: what somebody's button "spam" sends."""
    assert read(arf(feedback)) == [
        Notice(what=What.COMPLAINED, at=NOW, message_id=f"<{OWN}>", recipient=ADA)
    ]


def test_who_leaves_by_a_button_of_the_mailbox_unsubscribes() -> None:
    """Some mailboxes offer that beside the complaint."""
    [got] = read(arf("opt-out"))
    assert got.what is What.UNSUBSCRIBED


def test_a_delivery_is_read() -> None:
    """Who asks for it is told."""
    [got] = read(dsn("2.0.0", action="delivered"))
    assert (got.what, got.message_id, got.recipient) == (What.DELIVERED, f"<{OWN}>", ADA)


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sun, 29 Mar 2026 10:00:00 +0000", NOW - timedelta(hours=2)),
        ("Sun, 29 Mar 2026 15:30:00 +0530", NOW - timedelta(hours=2)),
        ("Mon, 30 Mar 2026 10:00:00 +0000", NOW),
        ("Thu, 01 Jan 1970 00:00:00 +0000", NOW),
        ("Sun, 29 Mar 2026 10:00:00", NOW),
        ("yesterday", NOW),
    ],
)
def test_it_happened_when_it_was_written_unless_that_cannot_be(date: str, at: datetime) -> None:
    """Some clocks go wrong."""
    [got] = read(f"Date: {date}\n{dsn('5.1.1')}")
    assert got.at == at


def test_a_report_with_a_foot_of_a_virus_scanner_is_read() -> None:
    """It wraps the report in another mail, of which it is a part and not an attachment."""
    wrapped = (
        'From: MAILER-DAEMON@mx\nContent-Type: multipart/mixed; boundary="W"\n\n--W\n'
        f"{dsn('5.1.1').partition('MIME-Version: 1.0')[2].lstrip()}\n--W\n"
        "Content-Type: text/plain\n\nchecked\n--W--\n"
    )
    assert read(wrapped) == [bounced("5.1.1", lasting=True)]


def test_what_is_cut_short_is_read_as_far_as_it_goes() -> None:
    """Only the beginning of a large mail is read."""
    whole = dsn("5.1.1")
    assert read(whole[: whole.rindex("Hello\n")]) == [bounced("5.1.1", lasting=True)]


@given(st.binary(max_size=400), st.integers(0, 1_500), st.integers(0, 60))
def test_nothing_that_is_sent_to_us_breaks_the_reading(junk: bytes, at: int, cut: int) -> None:
    """Anybody may write to the mailbox."""
    for whole in (dsn("5.1.1"), arf("abuse"), mails.QMAIL, mails.INTERNATIONAL):
        raw = whole.encode()
        read_mail(raw[:at] + junk + raw[at + cut :], now=NOW)
