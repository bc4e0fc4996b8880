"""What Amazon SES has Amazon SNS post: one event, signed with a certificate of theirs. Pure.

Source: Amazon SES Developer Guide, "Contents of notifications" and "Contents of event data"; Amazon
SNS Developer Guide, "Verifying the signatures of messages" and "Parsing message formats".
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from tidings.channels.kinds import Ses
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks.posted import (
    Posted,
    decoded,
    is_same,
    likely,
    read_json,
    refuse_old,
    unconfigured,
    unsigned,
)

_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_TO_CONFIRM = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_NOTIFICATION = "Notification"
_CONFIRMATION = "SubscriptionConfirmation"
_GONE = "Permanent"
# Without the status of a mail server it was no mail server that answered: an autoresponder.
_ANSWERED = ("Transient", "General")
_NOT_SPAM = "not-spam"
# Where an event of each kind lies, and what it says; a delayed delivery says nothing yet.
_WHAT: Mapping[str, tuple[str, What]] = {
    "Delivery": ("delivery", What.DELIVERED),
    "Complaint": ("complaint", What.COMPLAINED),
    "Reject": ("reject", What.FAILED),
    "Rendering Failure": ("failure", What.FAILED),
    "Open": ("open", What.OPENED),
    "Click": ("click", What.CLICKED),
    "Subscription": ("subscription", What.UNSUBSCRIBED),
}


class Envelope(msgspec.Struct, frozen=True, rename="pascal"):
    """What SNS puts around an event.

    Shape:  subscribe_url - where a subscription is confirmed.
    """

    type: str = ""
    message: str = ""
    message_id: str = ""
    subject: str | None = None
    timestamp: str = ""
    topic_arn: str = ""
    token: str = ""
    subscribe_url: str = msgspec.field(default="", name="SubscribeURL")
    signature: str = ""
    signature_version: str = ""
    certificate_url: str = msgspec.field(default="", name="SigningCertURL")

    @property
    def is_confirmation(self) -> bool:
        """Say whether it asks for a subscription to be confirmed."""
        return self.type == _CONFIRMATION


class _Recipient(msgspec.Struct, frozen=True, rename="camel"):
    email_address: str = ""
    status: str = ""
    diagnostic_code: str = ""


class _Preferences(msgspec.Struct, frozen=True, rename="camel"):
    unsubscribe_all: bool = False


class _Told(msgspec.Struct, frozen=True, rename="camel"):
    """What is said of any kind of event."""

    timestamp: datetime | None = None
    bounce_type: str = ""
    bounce_sub_type: str = ""
    bounced_recipients: list[_Recipient] = []
    complained_recipients: list[_Recipient] = []
    complaint_feedback_type: str | None = None
    recipients: list[str] = []
    reason: str = ""
    error_message: str = ""
    link: str = ""
    new_topic_preferences: _Preferences | None = None

    @property
    def is_only_asked(self) -> bool:
        """Say whether somebody chose topics and did not leave all of them."""
        asked = self.new_topic_preferences
        return asked is not None and not asked.unsubscribe_all


class _Mail(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str = ""
    destination: list[str] = []


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    event_type: str = ""
    notification_type: str = ""
    mail: _Mail = _Mail()
    bounce: _Told = _Told()
    complaint: _Told = _Told()
    delivery: _Told = _Told()
    reject: _Told = _Told()
    failure: _Told = _Told()
    open: _Told = _Told()
    click: _Told = _Told()
    subscription: _Told = _Told()


def open_envelope(posted: Posted, settings: Ses, now: datetime) -> Envelope:
    """Return what SNS posted for the channel's topic; who made it is not known yet.

    Anybody can have a topic of their own, whose messages Amazon signs as well: so no other counts.
    """
    if not settings.topic_arn:
        raise unconfigured("topic_arn")
    envelope = read_json(posted.body, Envelope)
    if not is_same(envelope.topic_arn, settings.topic_arn):
        raise unsigned("The topic")
    refuse_old(_time_of(envelope.timestamp), now)
    return envelope


def verify(posted: Posted, envelope: Envelope, certificate: bytes, now: datetime) -> None:
    """Refuse what was not signed with a certificate that holds now."""
    try:
        made = x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise unsigned("The certificate") from error
    key = made.public_key()
    if not made.not_valid_before_utc <= now <= made.not_valid_after_utc:
        raise unsigned("The certificate")
    if not isinstance(key, RSAPublicKey):
        raise unsigned("The certificate")
    said = read_json(posted.body, dict[str, object])
    algorithm = SHA256() if envelope.signature_version == "2" else SHA1()  # noqa: S303 - theirs
    try:
        key.verify(decoded(envelope.signature), _signed_text(said), PKCS1v15(), algorithm)
    except InvalidSignature as error:
        raise unsigned("The signature") from error


def parse(envelope: Envelope, now: datetime) -> list[Notice]:
    """Read the event; what is no event, such as a word to a new topic, says nothing."""
    if envelope.type != _NOTIFICATION:
        return []
    try:
        event = msgspec.json.decode(envelope.message, type=_Event)
    except msgspec.DecodeError:
        return []
    kind = event.event_type or event.notification_type
    if kind == "Bounce":
        return _bounces(event, now)
    if kind not in _WHAT:
        return []
    name, what = _WHAT[kind]
    told: _Told = getattr(event, name)
    if told.complaint_feedback_type == _NOT_SPAM or told.is_only_asked:
        return []
    complained = [one.email_address for one in told.complained_recipients]
    return [
        Notice(
            what=what,
            at=likely(told.timestamp, now),
            provider_message_id=event.mail.message_id,
            recipient=address,
            code=told.reason or told.error_message,
            link=told.link,
            is_lasting=False,
        )
        for address in complained or told.recipients or event.mail.destination
    ]


def _bounces(event: _Event, now: datetime) -> list[Notice]:
    bounce = event.bounce
    kind = bounce.bounce_type, bounce.bounce_sub_type
    return [
        Notice(
            what=What.BOUNCED,
            at=likely(bounce.timestamp, now),
            provider_message_id=event.mail.message_id,
            recipient=one.email_address,
            code=" ".join(filter(None, (*kind, one.status, one.diagnostic_code))),
            is_lasting=bounce.bounce_type == _GONE,
        )
        for one in bounce.bounced_recipients
        if one.status or kind != _ANSWERED
    ]


def _signed_text(said: dict[str, object]) -> bytes:
    names = _SIGNED if said.get("Type") == _NOTIFICATION else _SIGNED_TO_CONFIRM
    lines = [f"{name}\n{said[name]}\n" for name in names if said.get(name) is not None]
    return "".join(lines).encode()


def _time_of(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
