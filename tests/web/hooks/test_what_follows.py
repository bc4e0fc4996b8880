"""What each provider reports leads to the right message, count, event, opt-in and suppression."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from tests.web.hooks import signing
from tests.web.hooks.certificates import certificate
from tests.web.hooks.hooked import MOBILE, Hooked
from tests.web.hooks.signing import Signed
from tidings.messages.model import MessageId
from tidings.messages.naming import public_id

AT = datetime.now(UTC).replace(microsecond=0)
ADA = "ada@people.test"
MAIL = {"messageId": "provider-1", "destination": [ADA], "timestamp": "2026-01-01T00:00:00.000Z"}
HARD = [(ADA, "email", "hard_bounce")]
SPAM = [(ADA, "email", "complaint")]


class Sent(NamedTuple):
    """A message as the provider knows it."""

    own_id: str
    path: str


class Case(NamedTuple):
    """A report and what follows from it.

    Shape:  heard - which of the message's times is set; opt_in - of the medium, afterwards.
    """

    name: str
    provider: str
    make: Callable[[Sent], Signed]
    heard: str | None
    counted: str | None
    events: list[str]
    opt_in: int = 1
    suppressed: list[tuple[str, str, str]] = []  # noqa: RUF012 - a constant


def of_ses(kind: str, **told: Any) -> Callable[[Sent], Signed]:
    """Make an event of SES."""
    field = {"Rendering Failure": "failure"}.get(kind, kind.lower())
    event = {"eventType": kind, "mail": MAIL, field: {"timestamp": AT, **told}}
    return lambda _: signing.ses(event)


def of_sendgrid(event: str, **fields: Any) -> Callable[[Sent], Signed]:
    """Make an event of SendGrid."""
    known = {
        "email": ADA,
        "timestamp": int(AT.timestamp()),
        "event": event,
        "sg_event_id": "e1",
        "sg_message_id": "provider-1.recvd-canary-1",
    }
    return lambda sent: signing.sendgrid({**known, "message_id": f"{sent.own_id}@x", **fields})


def of_postmark(kind: str, **fields: Any) -> Callable[[Sent], Signed]:
    """Make a record of Postmark."""

    def make(sent: Sent) -> Signed:
        known = {
            "RecordType": kind,
            "MessageID": "provider-1",
            "Recipient": ADA,
            "Metadata": {"message_id": f"{sent.own_id}@shop.test"},
        }
        return signing.postmark({**known, **fields})

    return make


def of_mailgun(event: str, **fields: Any) -> Callable[[Sent], Signed]:
    """Make an event of Mailgun."""

    def make(sent: Sent) -> Signed:
        known = {
            "event": event,
            "timestamp": AT.timestamp(),
            "recipient": ADA,
            "message": {"headers": {"message-id": f"{sent.own_id}@shop.test"}},
            "user-variables": {"message_id": f"{sent.own_id}@shop.test"},
        }
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return signing.mailgun({**known, **named})

    return make


def of_twilio(status: str, **fields: str) -> Callable[[Sent], Signed]:
    """Make a status of Twilio."""
    form = {"MessageSid": "provider-1", "MessageStatus": status, "To": MOBILE, "From": "+1"}
    return lambda sent: signing.twilio({**form, **fields}, sent.path)


def of_whatsapp(status: str, *errors: Mapping[str, Any]) -> Callable[[Sent], Signed]:
    """Make a status of WhatsApp."""

    def make(sent: Sent) -> Signed:
        said: dict[str, Any] = {
            "id": "provider-1",
            "status": status,
            "timestamp": str(int(AT.timestamp())),
            "recipient_id": MOBILE[1:],
            "biz_opaque_callback_data": sent.own_id,
        }
        return signing.whatsapp(said | ({"errors": errors} if errors else {}))

    return make


GONE = {"emailAddress": ADA, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550"}
FULL = {"emailAddress": ADA, "action": "failed", "status": "4.2.2"}
NO_MAILBOX = {"code": 550, "enhanced-code": "5.1.1", "message": "no such user"}
HAS_NO_WHATSAPP = {"code": 131026, "title": "Message undeliverable"}

CASES = [
    Case("ses delivers", "ses", of_ses("Delivery", recipients=[ADA]),
         "delivered_at", "delivered", ["Email Delivered"]),
    Case("ses bounces for good", "ses",
         of_ses("Bounce", bounceType="Permanent", bouncedRecipients=[GONE]),
         "bounced_at", "bounced", ["Email Bounced"], 2, HARD),
    Case("ses bounces for now", "ses",
         of_ses("Bounce", bounceType="Transient", bouncedRecipients=[FULL]),
         "bounced_at", "bounced", ["Email Bounced"]),
    Case("somebody's autoresponder answers ses", "ses",
         of_ses("Bounce", bounceType="Transient", bounceSubType="General",
                bouncedRecipients=[{"emailAddress": ADA}]),
         None, None, []),
    Case("ses hears a complaint", "ses",
         of_ses("Complaint", complainedRecipients=[{"emailAddress": ADA}]),
         "spam_at", "complained", [], 1, SPAM),
    Case("ses hears the opposite of one", "ses",
         of_ses("Complaint", complainedRecipients=[{"emailAddress": ADA}],
                complaintFeedbackType="not-spam"),
         None, None, []),
    Case("ses finds a virus", "ses", of_ses("Reject", reason="Bad content"),
         "bounced_at", "bounced", ["Email Rejected"]),
    Case("ses is still trying", "ses", of_ses("DeliveryDelay", delayType="MailboxFull"),
         None, None, []),
    Case("ses tells of an opening, which our own picture tells as well", "ses",
         of_ses("Open"), None, None, []),
    Case("sendgrid delivers", "sendgrid", of_sendgrid("delivered"),
         "delivered_at", "delivered", ["Email Delivered"]),
    Case("sendgrid bounces for good", "sendgrid",
         of_sendgrid("bounce", type="bounce", status="5.1.1", reason="unknown"),
         "bounced_at", "bounced", ["Email Bounced"], 2, HARD),
    Case("sendgrid is blocked", "sendgrid",
         of_sendgrid("bounce", type="blocked", status="5.7.1", reason="listed"),
         "bounced_at", "bounced", ["Email Bounced"]),
    Case("sendgrid drops for a mailbox that bounced", "sendgrid",
         of_sendgrid("dropped", reason="Bounced Address"),
         "bounced_at", "bounced", ["Email Rejected"], 2, HARD),
    Case("sendgrid drops for what it thinks", "sendgrid",
         of_sendgrid("dropped", reason="Spam Content (if spam checker app enabled)"),
         "bounced_at", "bounced", ["Email Rejected"]),
    Case("sendgrid is still trying", "sendgrid", of_sendgrid("deferred"), None, None, []),
    Case("sendgrid hears a complaint", "sendgrid", of_sendgrid("spamreport"),
         "spam_at", "complained", [], 1, SPAM),
    Case("sendgrid hears of an unsubscribing", "sendgrid", of_sendgrid("unsubscribe"),
         "unsubscribed_at", "unsubscribed", ["Email Unsubscribe"], 0),
    Case("sendgrid knows it by its own name only", "sendgrid",
         of_sendgrid("delivered", message_id=""),
         "delivered_at", "delivered", ["Email Delivered"]),
    Case("postmark delivers", "postmark", of_postmark("Delivery", DeliveredAt=AT),
         "delivered_at", "delivered", ["Email Delivered"]),
    Case("postmark bounces for good", "postmark",
         of_postmark("Bounce", Type="HardBounce", TypeCode=1, BouncedAt=AT),
         "bounced_at", "bounced", ["Email Bounced"], 2, HARD),
    Case("postmark bounces for now", "postmark",
         of_postmark("Bounce", Type="SoftBounce", TypeCode=4096, BouncedAt=AT),
         "bounced_at", "bounced", ["Email Bounced"]),
    Case("somebody's autoresponder answers postmark", "postmark",
         of_postmark("Bounce", Type="AutoResponder", TypeCode=64, BouncedAt=AT), None, None, []),
    Case("postmark hears a complaint", "postmark", of_postmark("SpamComplaint", BouncedAt=AT),
         "spam_at", "complained", [], 1, SPAM),
    Case("postmark hears of an unsubscribing", "postmark",
         of_postmark("SubscriptionChange", SuppressSending=True, Origin="Recipient",
                     SuppressionReason="ManualSuppression", ChangedAt=AT),
         "unsubscribed_at", "unsubscribed", ["Email Unsubscribe"], 0),
    Case("somebody is let in again at postmark", "postmark",
         of_postmark("SubscriptionChange", SuppressSending=False, Origin="Admin",
                     SuppressionReason=None, ChangedAt=AT),
         None, None, []),
    Case("mailgun delivers", "mailgun", of_mailgun("delivered"),
         "delivered_at", "delivered", ["Email Delivered"]),
    Case("mailgun bounces for good", "mailgun",
         of_mailgun("failed", severity="permanent", reason="bounce", delivery_status=NO_MAILBOX),
         "bounced_at", "bounced", ["Email Bounced"], 2, HARD),
    Case("mailgun gives up", "mailgun",
         of_mailgun("failed", severity="permanent", reason="old",
                    delivery_status={"code": 602, "message": "Too old"}),
         "bounced_at", "bounced", ["Email Bounced"]),
    Case("mailgun is still trying", "mailgun",
         of_mailgun("failed", severity="temporary", delivery_status={"code": 452}),
         None, None, []),
    Case("mailgun does not try", "mailgun",
         of_mailgun("failed", severity="permanent", reason="suppress-bounce"),
         "bounced_at", "bounced", ["Email Rejected"], 2, HARD),
    Case("mailgun hears a complaint", "mailgun", of_mailgun("complained"),
         "spam_at", "complained", [], 1, SPAM),
    Case("mailgun hears of an unsubscribing", "mailgun", of_mailgun("unsubscribed"),
         "unsubscribed_at", "unsubscribed", ["Email Unsubscribe"], 0),
    Case("twilio delivers", "twilio", of_twilio("delivered"),
         "delivered_at", "delivered", ["SMS Delivered"]),
    Case("twilio has it on the way", "twilio", of_twilio("sent"), None, None, []),
    Case("twilio knows no such number", "twilio", of_twilio("undelivered", ErrorCode="30005"),
         "bounced_at", "bounced", ["Sms Rejected"], 2, [(MOBILE, "sms", "hard_bounce")]),
    Case("twilio meets a phone that is off", "twilio",
         of_twilio("undelivered", ErrorCode="30003"),
         "bounced_at", "bounced", ["Sms Rejected"]),
    Case("twilio heard STOP", "twilio", of_twilio("failed", ErrorCode="21610"),
         "unsubscribed_at", "unsubscribed", [], 0),
    Case("whatsapp delivers", "whatsapp_cloud", of_whatsapp("delivered"),
         "delivered_at", "delivered", ["Whatsapp Delivered"]),
    Case("whatsapp is read", "whatsapp_cloud", of_whatsapp("read"),
         "opened_at", "opened", ["Whatsapp Read"]),
    Case("whatsapp knows no such account", "whatsapp_cloud",
         of_whatsapp("failed", HAS_NO_WHATSAPP),
         "bounced_at", "bounced", [], 2, [(MOBILE, "whatsapp", "hard_bounce")]),
    Case("whatsapp will not have it", "whatsapp_cloud",
         of_whatsapp("failed", {"code": 131047, "title": "Re-engagement message"}),
         "bounced_at", "bounced", []),
]  # fmt: skip

SENT = {"twilio": "Sms Sent", "whatsapp_cloud": "Whatsapp Sent"}
OPT_IN = {"twilio": "sms_opt_in", "whatsapp_cloud": "whatsapp_opt_in"}


async def times_of(hooked: Hooked, message_id: MessageId) -> set[str]:
    """Return which times of a message are set."""
    heard = (await hooked.post.message(message_id)).heard
    names = ("delivered_at", "opened_at", "clicked_at", "bounced_at", "spam_at", "unsubscribed_at")
    return {name for name in names if getattr(heard, name) is not None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_follows(hooked: Hooked, case: Case) -> None:
    """Once, however often the provider says it."""
    ada = await hooked.ada()
    channel = await hooked.add_channel(case.provider)
    message_id = await hooked.send(channel, ada)
    hooked.api.said = certificate()
    signed = case.make(Sent(public_id(message_id), await hooked.path(channel)))

    answers = [await hooked.report(channel, signed) for _ in range(2)]
    events = sorted(await hooked.events())

    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    sent = SENT.get(case.provider, "Email Sent")
    counted = {"intended": 1, "sent": 1} | ({case.counted: 1} if case.counted else {})
    if case.counted == "opened":
        counted |= {"opened": 2, "unique_opened": 1}
        assert events == sorted([sent, *case.events * 2])
    else:
        assert events == sorted([sent, *case.events])
    assert await hooked.post.counted() == counted
    assert await times_of(hooked, message_id) == ({case.heard} if case.heard else set())
    attributes, _ = await hooked.post.shop.attributes("ada")
    assert attributes[OPT_IN.get(case.provider, "email_opt_in")] == case.opt_in
    assert await hooked.suppressed() == case.suppressed
