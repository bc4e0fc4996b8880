"""Mails that come back, in the shapes in which mail servers and people's programs write them."""

from collections.abc import Mapping

OWN = "07000000000000000000002a@shop.test"
"""Our name of the mail that they speak of."""

ADA = "ada@people.test"

HEADERS = f"""\
From: The Shop <news@shop.test>
To: {ADA}
Subject: Hello
Message-ID: <{OWN}>
Date: Sun, 29 Mar 2026 12:00:00 +0000
"""


def report(
    kind: str,
    *parts: tuple[str, str],
    sender: str = "MAILER-DAEMON@mx.people.test",
    head: str = "",
) -> str:
    """Write a report of several parts, each with its type and its text."""
    written = "".join(f"--B\nContent-Type: {of}\n\n{text}\n" for of, text in parts)
    return (
        f"Return-Path: <>\nFrom: Mail Delivery System <{sender}>\nTo: news@shop.test\n"
        f"Subject: Undelivered Mail Returned to Sender\n{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="B"\n\n{written}--B--\n'
    )


def dsn(
    status: str,
    diagnostic: str = "",
    *,
    action: str = "failed",
    returned: str = "message/rfc822",
    recipient: str = ADA,
) -> str:
    """Write a report on one recipient, with what was returned of the mail."""
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    fields = (
        "Reporting-MTA: dns; mx.people.test\nArrival-Date: Sun, 29 Mar 2026 12:00:01 +0000\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n{said}"
    )
    return report(
        "delivery-status",
        ("text/plain", "This is the mail system at host mx.people.test."),
        ("message/delivery-status", fields),
        (returned, f"{HEADERS}\nHello\n"),
    )


def arf(feedback: str, *, recipient: str = ADA) -> str:
    """Write a complaint, as a mailbox provider's feedback loop does."""
    return report(
        "feedback-report",
        ("text/plain", "This is an email abuse report."),
        (
            "message/feedback-report",
            f"Feedback-Type: {feedback}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
            f"Original-Rcpt-To: <{recipient}>\n",
        ),
        ("message/rfc822", f"{HEADERS}\nHello\n"),
        sender="feedback@mailbox.test",
    )


def mail(head: str, text: str, *, sender: str = ADA) -> str:
    """Write a plain mail."""
    return f"From: {sender}\nTo: news@shop.test\n{head}\n{text}\n"


TWO_RECIPIENTS = report(
    "delivery-status",
    (
        "message/delivery-status",
        "Reporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {ADA}\nAction: failed\nStatus: 5.1.1\n\n"
        "Final-Recipient: rfc822; bob@people.test\nAction: delayed\nStatus: 4.4.1\n",
    ),
    ("text/rfc822-headers", HEADERS),
)

ANSWERED_ONLY = report(
    "delivery-status",
    (
        "message/delivery-status",
        f"Reporting-MTA: dns; mail.example\n\nFinal-Recipient: rfc822; {ADA}\nAction: failed\n"
        "Status: 5.1.1\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach\n"
        " 550 5.1.1 does not exist.\n",
    ),
    head=f"In-Reply-To: <{OWN}>\nReferences: <other@shop.test> <{OWN}>\n",
)

INTERNATIONAL = report(
    "delivery-status",
    (
        "message/global-delivery-status",
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: utf-8; žofie@people.test\nAction: failed\n"
        "Status: 5.1.1\n",
    ),
    ("message/global-headers", HEADERS.replace(ADA, "žofie@people.test")),
)

QMAIL = mail(
    "Return-Path: <>\nSubject: failure notice\n",
    "Hi. This is the qmail-send program at mx.people.test.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    f"<{ADA}>:\n203.0.113.250 does not like recipient.\n"
    "Remote host said: 550 5.1.1 User unknown\n\n"
    f"--- Below this line is a copy of the message.\n\n{HEADERS}\nOrder 451\n",
    sender="MAILER-DAEMON@mx.people.test",
)

EXIM = mail(
    f"X-Failed-Recipients: {ADA}\nAuto-Submitted: auto-replied\n"
    "Subject: Mail delivery failed: returning message to sender\n",
    "A message that you sent could not be delivered to one or more of its recipients.\n\n"
    f"  {ADA}\n    host mx.people.test [203.0.113.5]\n"
    "    SMTP error from remote mail server after RCPT TO: 452 4.2.2 Mailbox full\n\n"
    f"------ This is a copy of the message's headers. ------\n\n{HEADERS}",
    sender="Mail Delivery System <Mailer-Daemon@mx.people.test>",
)

EXIM_WARNING = mail(
    "Subject: Warning: message delayed 24 hours\nAuto-Submitted: auto-replied\n",
    f"The following address has not yet been delivered:\n\n  {ADA}\n    Delay reason: 451 4.7.1\n\n"
    "No action is required on your part.\n",
    sender="Mailer-Daemon@mx.people.test",
)

OTHERS: Mapping[str, str] = {
    "a vacation of RFC 3834": mail(
        "Subject: Auto: Hello\nAuto-Submitted: auto-replied (vacation)\n"
        f"In-Reply-To: <{OWN}>\nReferences: <{OWN}>\nPrecedence: bulk\n",
        "I am away until 5.1.2026. Reach me at extension 550.",
    ),
    "an automatic reply of Exchange": mail(
        "Subject: Automatic reply: Hello\nX-Auto-Response-Suppress: All\n"
        f"X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\nIn-Reply-To: <{OWN}>\n",
        "I am out of the office with no access to mail. Undeliverable until Monday.",
    ),
    "an autoresponder with an empty path": mail(
        f"Return-Path: <>\nSubject: Undeliverable for a while\nIn-Reply-To: <{OWN}>\n",
        "I no longer work here: my mailbox will be closed. 550",
    ),
    "a challenge to show that one is a person": mail(
        "Subject: Please confirm your message\nAuto-Submitted: auto-replied\n"
        f"In-Reply-To: <{OWN}>\n",
        "Click here so that your mail will be delivered. Until then it is held.",
        sender=f"{ADA}-confirm-1234@people.test",
    ),
    "a ticket of a help desk": mail(
        "Subject: [#4711] We got your message\nAuto-Submitted: auto-generated\n"
        f"References: <{OWN}>\n",
        "A colleague will answer.",
    ),
    "a person who quotes a failure": mail(
        f"Subject: Re: Hello\nIn-Reply-To: <{OWN}>\n",
        f"Why do I get this?\n> Final-Recipient: rfc822; {ADA}\n> Action: failed\n> Status: 5.1.1\n"
        f"> Message-ID: <{OWN}>\n",
    ),
    "a person who wants no more": mail(f"Subject: unsubscribe\nIn-Reply-To: <{OWN}>\n", "stop"),
    "a receipt that it was read": report(
        "disposition-notification",
        ("text/plain", "Your message was displayed."),
        (
            "message/disposition-notification",
            f"Final-Recipient: rfc822; {ADA}\nOriginal-Message-ID: <{OWN}>\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
        ),
        sender=ADA,
    ),
    "a failure that somebody forwards": (
        f"From: {ADA}\nSubject: Fwd: look\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="F"\n\n--F\nContent-Type: text/plain\n\nlook\n'
        f"--F\nContent-Type: message/rfc822\n\n{dsn('5.1.1')}\n--F--\n"
    ),
    "a mail of somebody else's that failed": dsn("5.1.1").replace(OWN, "1234@other.test"),
    "a warning that it takes longer": dsn("4.4.1", action="delayed"),
    "the same of Exim": EXIM_WARNING,
    "that it went where nobody reports": dsn("2.0.0", action="relayed"),
    "that somebody takes it out of the spam": arf("not-spam"),
    "that the domain's signature failed": arf("auth-failure"),
    "nothing": "",
}
"""Mails that are no word about a mail of ours."""
