"""Calls as providers make them: bodies of their documented fields, signed as they sign."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.messages.post import PUBLIC_URL
from tests.web.hooks.certificates import KEY

SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())
SENDGRID_PUBLIC = base64.b64encode(
    SENDGRID_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mails"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"

encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Signed:
    """A call that a provider makes."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def sendgrid(*events: Mapping[str, Any], at: datetime | None = None) -> Signed:
    """Sign events as SendGrid does."""
    body, moment = encode(events), str(int((at or datetime.now(UTC)).timestamp()))
    signature = SENDGRID_KEY.sign(moment.encode() + body, ec.ECDSA(SHA256()))
    return Signed(
        body,
        {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": moment,
        },
    )


def postmark(record: Mapping[str, Any], *, password: str = "pm-secret") -> Signed:  # noqa: S107
    """Send a record with a password, as Postmark does."""
    token = base64.b64encode(f"tidings:{password}".encode()).decode()
    return Signed(encode(record), {"Authorization": f"Basic {token}"})


def mailgun(event: Mapping[str, Any], *, key: str = "mg-key", at: datetime | None = None) -> Signed:
    """Sign an event as Mailgun does."""
    moment, token = str(int((at or datetime.now(UTC)).timestamp())), "a" * 50
    signature = hmac.digest(key.encode(), f"{moment}{token}".encode(), "sha256").hex()
    signed = {"timestamp": moment, "token": token, "signature": signature}
    return Signed(encode({"signature": signed, "event-data": event}))


def twilio(form: Mapping[str, str], path: str, *, token: str = "tw-token") -> Signed:  # noqa: S107
    """Sign a form as Twilio does, for the URL below the server's own."""
    text = PUBLIC_URL + path + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()
    return Signed(
        urlencode(form).encode(),
        {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


def whatsapp(*statuses: Mapping[str, Any], secret: str = "wa-secret") -> Signed:  # noqa: S107
    """Sign statuses as an app of Meta's does."""
    value = {"messaging_product": "whatsapp", "statuses": statuses}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = encode({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return Signed(body, {"X-Hub-Signature-256": f"sha256={signature}"})


def ses(
    event: Mapping[str, Any],
    *,
    at: datetime | None = None,
    version: str = "2",
    **changes: Any,
) -> Signed:
    """Sign an event of SES as SNS does."""
    envelope: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": encode(event).decode(),
        "Timestamp": (at or datetime.now(UTC)).isoformat(timespec="milliseconds")[:-6] + "Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **changes,
    }
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if envelope["Type"] != "Notification":
        names = sorted({*names, "SubscribeURL", "Token"} - {"Subject"})
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
    algorithm = SHA256() if version == "2" else SHA1()  # noqa: S303 - the older of the two
    signature = KEY.sign(text.encode(), PKCS1v15(), algorithm)
    envelope["Signature"] = base64.b64encode(signature).decode()
    return Signed(encode(envelope), {"Content-Type": "text/plain; charset=UTF-8"})


SETTINGS: Mapping[str, Mapping[str, object]] = {
    "ses": {
        "region": "eu-west-1",
        "access_key_id": "a",
        "secret_access_key": "s",
        "topic_arn": TOPIC,
        "from_address": "news@shop.test",
    },
    "sendgrid": {
        "api_key": "k",
        "webhook_key": SENDGRID_PUBLIC,
        "from_address": "news@shop.test",
    },
    "postmark": {
        "server_token": "t",
        "webhook_password": "pm-secret",
        "from_address": "news@shop.test",
    },
    "mailgun": {
        "domain": "shop.test",
        "api_key": "k",
        "signing_key": "mg-key",
        "from_address": "news@shop.test",
    },
    "twilio": {"account_sid": "AC1", "auth_token": "tw-token", "sender": "+15005550006"},
    "whatsapp_cloud": {
        "phone_number_id": "1",
        "access_token": "t",
        "app_secret": "wa-secret",
        "verify_token": "wa-word",
    },
}
"""What a channel of each provider is told, all of it made up."""

ANSWERS: Mapping[str, tuple[object, Mapping[str, str]]] = {
    "ses": ({"MessageId": "provider-1"}, {}),
    "sendgrid": ({}, {"X-Message-Id": "provider-1"}),
    "postmark": ({"ErrorCode": 0, "Message": "OK", "MessageID": "provider-1"}, {}),
    "mailgun": ({"id": "<provider-1>", "message": "Queued."}, {}),
    "twilio": ({"sid": "provider-1"}, {}),
    "whatsapp_cloud": ({"messages": [{"id": "provider-1"}]}, {}),
}
"""What each answers when it takes a message over, always by the same name."""

Sign = Callable[..., Signed]
