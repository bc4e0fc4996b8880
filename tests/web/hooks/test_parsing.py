"""What providers post is read as they describe it, and what is odd in it spoils nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.hooks import signing
from tests.web.hooks.signing import Signed
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks import mailgun, postmark, sendgrid, ses, twilio, whatsapp
from tidings.web.hooks.posted import Posted, read_json

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
AT = datetime(2026, 3, 29, 11, 59, 30, tzinfo=UTC)
ADA = "ada@people.test"


def posted(signed: Signed) -> Posted:
    """Make the call that a provider's words are read from."""
    return Posted(urls=(), headers={}, query={}, body=signed.body)


def of_ses(event: dict[str, Any]) -> list[Notice]:
    """Read an event of SES."""
    mail = {"messageId": "m1", "destination": [ADA]}
    envelope = read_json(signing.ses({"mail": mail, **event}).body, ses.Envelope)
    return ses.parse(envelope, NOW)


def of_sendgrid(*events: dict[str, Any]) -> list[Notice]:
    """Read events of SendGrid."""
    return sendgrid.parse(posted(signing.sendgrid(*events)), NOW)


def of_postmark(record: dict[str, Any]) -> list[Notice]:
    """Read a record of Postmark."""
    return postmark.parse(posted(signing.postmark(record)), NOW)


def of_mailgun(event: dict[str, Any]) -> list[Notice]:
    """Read an event of Mailgun."""
    return mailgun.parse(posted(signing.mailgun(event)), NOW)


def of_twilio(**form: str) -> list[Notice]:
    """Read a form of Twilio's."""
    return twilio.parse(posted(signing.twilio(form, "")), NOW)


def test_ses_tells_of_each_recipient() -> None:
    """One event may be about several."""
    people = [
        {"emailAddress": "a@x.test", "status": "5.1.1", "diagnosticCode": "smtp; 550"},
        {"emailAddress": "b@x.test"},
    ]
    told = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people}
    assert of_ses({"notificationType": "Bounce", "bounce": {**told, "timestamp": AT}}) == [
        Notice(
            what=What.BOUNCED,
            at=AT,
            provider_message_id="m1",
            recipient="a@x.test",
            code="Permanent General 5.1.1 smtp; 550",
        ),
        Notice(
            what=What.BOUNCED,
            at=AT,
            provider_message_id="m1",
            recipient="b@x.test",
            code="Permanent General",
        ),
    ]


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ({"eventType": "Open", "open": {"timestamp": AT}}, What.OPENED),
        ({"eventType": "Click", "click": {"timestamp": AT}}, What.CLICKED),
        ({"eventType": "Rendering Failure", "failure": {"errorMessage": "x"}}, What.FAILED),
        (
            {
                "eventType": "Subscription",
                "subscription": {"newTopicPreferences": {"unsubscribeAll": True}},
            },
            What.UNSUBSCRIBED,
        ),
        (
            {
                "eventType": "Subscription",
                "subscription": {"newTopicPreferences": {"unsubscribeAll": False}},
            },
            None,
        ),
        ({"eventType": "Send", "send": {}}, None),
        ({"eventType": "DeliveryDelay", "deliveryDelay": {}}, None),
        ({"eventType": "Something new"}, None),
    ],
)
def test_ses_tells_all_its_kinds(event: dict[str, Any], what: What | None) -> None:
    """And those that say nothing of a recipient are none."""
    assert [one.what for one in of_ses(event)] == ([] if what is None else [what])


def test_what_sns_says_beside_events_says_nothing() -> None:
    """A new topic is greeted by a sentence."""
    greeting = signing.ses({}, Message="Successfully validated SNS topic for Amazon SES.")
    assert ses.parse(read_json(greeting.body, ses.Envelope), NOW) == []


def test_one_odd_event_of_sendgrid_does_not_lose_the_others() -> None:
    """It posts up to thousands at once, and would post all of them again."""
    good = {"event": "delivered", "sg_message_id": "m1.x", "timestamp": AT.timestamp()}
    odd: list[dict[str, Any]] = [{}, {"event": 5}, {"event": "new"}, {**good, "email": ["a"]}]
    assert of_sendgrid(*odd, good) == [Notice(what=What.DELIVERED, at=AT, provider_message_id="m1")]


def test_sendgrid_says_which_openings_are_a_machines() -> None:
    """Apple opens every mail."""
    opened = {"event": "open", "sg_message_id": "m1", "sg_machine_open": True}
    clicked = {"event": "click", "sg_message_id": "m1", "url": "https://shop.test/sale"}
    assert [(one.what, one.is_machine, one.link) for one in of_sendgrid(opened, clicked)] == [
        (What.OPENED, True, ""),
        (What.CLICKED, False, "https://shop.test/sale"),
    ]


@pytest.mark.parametrize(
    ("seconds", "at"),
    [(AT.timestamp(), AT), (NOW.timestamp() + 60, NOW), (0, NOW), (-1, NOW), (1e300, NOW)],
)
def test_it_happened_when_the_provider_says_unless_that_cannot_be(
    seconds: float, at: datetime
) -> None:
    """A bounce of 1970 would be the first thing that anybody did."""
    [got] = of_sendgrid({"event": "delivered", "sg_message_id": "m1", "timestamp": seconds})
    assert got.at == at


def test_postmark_writes_times_with_seven_digits() -> None:
    """And in the zone of its machines."""
    record = {"RecordType": "Delivery", "MessageID": "m1", "Recipient": ADA, "Metadata": None}
    [got] = of_postmark({**record, "DeliveredAt": "2026-03-29T07:59:30.0000001-04:00"})
    assert (got.at, got.recipient) == (AT, ADA)


@pytest.mark.parametrize(
    ("kind", "what", "lasting"),
    [
        ("HardBounce", What.BOUNCED, True),
        ("BadEmailAddress", What.BOUNCED, True),
        ("SoftBounce", What.BOUNCED, False),
        ("Blocked", What.BOUNCED, False),
        ("DnsError", What.BOUNCED, False),
        ("SpamNotification", What.BOUNCED, False),
        ("DMARCPolicy", What.BOUNCED, False),
        ("SMTPApiError", What.FAILED, False),
        ("Unsubscribe", What.UNSUBSCRIBED, True),
        ("SpamComplaint", What.COMPLAINED, True),
    ],
)
def test_postmark_has_many_kinds_of_bounces(kind: str, what: What, *, lasting: bool) -> None:
    """Only two of them are for good."""
    [got] = of_postmark({"RecordType": "Bounce", "Type": kind, "MessageID": "m1"})
    assert (got.what, got.is_lasting) == (what, lasting)


@pytest.mark.parametrize(
    "kind",
    ["AutoResponder", "ChallengeVerification", "Transient", "Subscribe", "AddressChange", "New"],
)
def test_some_kinds_of_postmarks_are_no_bounces(kind: str) -> None:
    """A program answered, or it is tried again."""
    assert of_postmark({"RecordType": "Bounce", "Type": kind, "MessageID": "m1"}) == []


def test_mailgun_says_which_clicks_are_a_scanners() -> None:
    """It names the scanner."""
    clicked = {"event": "clicked", "url": "https://x.test", "timestamp": AT.timestamp()}
    [got] = of_mailgun({**clicked, "client-info": {"bot": "barracuda"}})
    [other] = of_mailgun({**clicked, "client-info": {"bot": ""}})
    assert (got.is_machine, other.is_machine) == (True, False)


@pytest.mark.parametrize(
    ("status", "code", "what", "lasting"),
    [
        ("undelivered", "30006", What.BOUNCED, True),
        ("failed", "21211", What.BOUNCED, True),
        ("undelivered", "63024", What.BOUNCED, True),
        ("undelivered", "30008", What.BOUNCED, False),
        ("undelivered", "30007", What.FAILED, False),
        ("failed", "30002", What.FAILED, False),
        ("failed", "", What.FAILED, False),
        ("failed", "21610", What.UNSUBSCRIBED, False),
    ],
)
def test_twilio_says_by_a_code_whose_fault_it_is(
    status: str, code: str, what: What, *, lasting: bool
) -> None:
    """A number's, a moment's, our account's, or somebody's wish."""
    [got] = of_twilio(MessageSid="m1", MessageStatus=status, ErrorCode=code, To="whatsapp:+49151")
    assert (got.what, got.is_lasting, got.recipient) == (what, lasting, "+49151")


def test_whatsapp_says_by_a_code_whose_fault_it_is() -> None:
    """The same."""
    codes = 131026, 131050, 131047
    statuses = [{"id": "m1", "status": "failed", "errors": [{"code": code}]} for code in codes]
    got = whatsapp.parse(posted(signing.whatsapp(*statuses)), NOW)
    assert [(one.what, one.is_lasting) for one in got] == [
        (What.BOUNCED, True),
        (What.UNSUBSCRIBED, False),
        (What.FAILED, False),
    ]


def test_whatsapp_posts_other_things_as_well() -> None:
    """What people write, and what was decided about templates."""
    changes = [
        {"field": "messages", "value": {"messages": [{"from": "1", "id": "m1"}]}},
        {"field": "message_template_status_update", "value": {"statuses": "APPROVED"}},
        {},
    ]
    body = signing.encode({"object": "whatsapp_business_account", "entry": [{"changes": changes}]})
    assert whatsapp.parse(posted(Signed(body)), NOW) == []
