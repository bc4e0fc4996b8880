"""Mail through the APIs of providers: what each is asked, and what its answers mean."""

import base64
from email import message_from_bytes, policy
from email.parser import BytesParser
from typing import Any

import pytest

from tests.channels.apiserver import ApiServer, Asked, send, settings_of
from tests.channels.mails import mail, part
from tidings.channels.message import Address, Email
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.settings import Settings

HEADERS = (("List-Unsubscribe", "<https://example.com/u/1>"), ("X-Tag", "grün"))


def rich() -> Email:
    """Make a mail with everything that a mail can have."""
    return mail(
        sender=Address("shop@example.com", 'The "Shop", Ltd'),
        recipient=Address("ada@straße.example", "Ada Müller"),
        reply_to=Address("help@example.com"),
        headers=HEADERS,
    )


def ses(server: ApiServer, **changes: Any) -> Settings:
    """Make settings of Amazon SES."""
    keys = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "s3cr3t"}
    return settings_of("ses", endpoint=server.url, region="eu-west-1", **{**keys, **changes})


def sendgrid(server: ApiServer) -> Settings:
    """Make settings of SendGrid."""
    return settings_of("sendgrid", endpoint=server.url, api_key="SG.key")


def postmark(server: ApiServer) -> Settings:
    """Make settings of Postmark."""
    return settings_of(
        "postmark", endpoint=server.url, server_token="pm-token", message_stream="broadcast"
    )


def mailgun(server: ApiServer) -> Settings:
    """Make settings of Mailgun."""
    return settings_of("mailgun", endpoint=server.url, domain="mg.example.com", api_key="key-1")


def assert_is_the_mail(raw: bytes) -> None:
    """The mail that is handed over as it is has every part and header."""
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed["To"].addresses[0].addr_spec == "ada@xn--strae-oqa.example"
    assert parsed["From"].addresses[0].display_name == 'The "Shop", Ltd'
    assert (parsed["Reply-To"], parsed["Message-ID"]) == ("help@example.com", "<m1@example.com>")
    assert (parsed["List-Unsubscribe"], parsed["X-Tag"]) == ("<https://example.com/u/1>", "grün")
    assert part(parsed, "plain") == "It is on its way.\n"
    assert part(parsed, "html") == "<p>It is on its way.</p>\n"


async def test_ses_gets_the_mail_as_it_is_and_a_signed_call() -> None:
    """Amazon SES API v2, `SendEmail` with raw content."""
    async with ApiServer(said={"MessageId": "0100-1"}) as server:
        settings = ses(server, configuration_set="news", session_token="tok")
        assert await send(settings, rich()) == Sent("0100-1")

    got = server.only
    assert (got.method, got.path) == ("POST", "/v2/email/outbound-emails")
    asked = got.json
    assert_is_the_mail(base64.b64decode(asked["Content"]["Raw"].pop("Data")))
    assert asked == {
        "FromEmailAddress": "shop@example.com",
        "Destination": {"ToAddresses": ["ada@xn--strae-oqa.example"]},
        "Content": {"Raw": {}},
        "ConfigurationSetName": "news",
    }
    assert got.headers["X-Amz-Security-Token"] == "tok"
    assert got.headers["Authorization"].startswith(
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{got.headers['X-Amz-Date'][:8]}/eu-west-1/ses/"
        "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
    )


async def test_sendgrid_gets_the_parts_of_the_mail() -> None:
    """SendGrid v3, "Mail Send": the plain part first, its own tracking off."""
    async with ApiServer(status=202, said=b"", headers={"X-Message-Id": "sg1"}) as server:
        assert await send(sendgrid(server), rich()) == Sent("sg1")

    got = server.only
    assert (got.method, got.path) == ("POST", "/v3/mail/send")
    assert got.headers["Authorization"] == "Bearer SG.key"
    assert got.json == {
        "personalizations": [
            {
                "to": [{"email": "ada@xn--strae-oqa.example", "name": "Ada Müller"}],
                "custom_args": {"message_id": "m1@example.com"},
            }
        ],
        "from": {"email": "shop@example.com", "name": 'The "Shop", Ltd'},
        "reply_to": {"email": "help@example.com"},
        "subject": "Your order",
        "content": [
            {"type": "text/plain", "value": "It is on its way.\n"},
            {"type": "text/html", "value": "<p>It is on its way.</p>\n"},
        ],
        "headers": {"Message-ID": "<m1@example.com>", **dict(HEADERS)},
        "tracking_settings": {
            "click_tracking": {"enable": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


async def test_postmark_gets_the_parts_of_the_mail() -> None:
    """Postmark, "Send a single email": in the stream that was set, its own tracking off."""
    async with ApiServer(said={"ErrorCode": 0, "Message": "OK", "MessageID": "pm1"}) as server:
        assert await send(postmark(server), rich()) == Sent("pm1")

    got = server.only
    assert (got.method, got.path) == ("POST", "/email")
    assert got.headers["X-Postmark-Server-Token"] == "pm-token"
    assert got.headers["Accept"] == "application/json"
    assert got.json == {
        "From": '"The \\"Shop\\", Ltd" <shop@example.com>',
        "To": '"Ada Müller" <ada@xn--strae-oqa.example>',
        "ReplyTo": "help@example.com",
        "Subject": "Your order",
        "TextBody": "It is on its way.\n",
        "HtmlBody": "<p>It is on its way.</p>\n",
        "MessageStream": "broadcast",
        "Headers": [
            {"Name": "Message-ID", "Value": "<m1@example.com>"},
            {"Name": "List-Unsubscribe", "Value": "<https://example.com/u/1>"},
            {"Name": "X-Tag", "Value": "grün"},
        ],
        "Metadata": {"message_id": "m1@example.com"},
        "TrackOpens": False,
        "TrackLinks": "None",
    }


def fields_of(asked: Asked) -> dict[str, bytes]:
    """Read a form of several parts with the standard library's parser."""
    head = f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode()
    parsed = BytesParser(policy=policy.HTTP).parsebytes(head + asked.body)
    assert parsed.get_content_type() == "multipart/form-data"
    fields: dict[str, bytes] = {}
    for one in parsed.iter_parts():
        name: str = one.get_param("name", header="content-disposition")  # pyright: ignore[reportAssignmentType]
        content: bytes = one.get_payload(decode=True)  # pyright: ignore[reportAssignmentType]
        fields[name] = content
    return fields


async def test_mailgun_gets_the_mail_as_it_is() -> None:
    """Mailgun, "Send an email in MIME format": its own tracking off."""
    async with ApiServer(said={"id": "<mg1@example.com>", "message": "Queued."}) as server:
        assert await send(mailgun(server), rich()) == Sent("mg1@example.com")

    got = server.only
    assert (got.method, got.path) == ("POST", "/v3/mg.example.com/messages.mime")
    assert base64.b64decode(got.headers["Authorization"].removeprefix("Basic ")) == b"api:key-1"
    fields = fields_of(got)
    assert_is_the_mail(fields.pop("message"))
    assert fields == {
        "to": b"ada@xn--strae-oqa.example",
        "o:tracking": b"no",
        "v:message_id": b"m1@example.com",
    }


REFUSED = {"errors": [{"message": "Not a valid email", "field": "personalizations.0.to.0.email"}]}
UNVERIFIED = {"errors": [{"message": "Not a verified Sender Identity", "field": "from"}]}


@pytest.mark.parametrize(
    ("make", "answer", "outcome"),
    [
        (
            ses,
            {"status": 400, "headers": {"x-amzn-ErrorType": "MessageRejected:http://x"}},
            Rejected(Reason.MESSAGE, "MessageRejected", "why"),
        ),
        (
            ses,
            {"status": 400, "headers": {"x-amzn-ErrorType": "SendingPausedException"}},
            Broken(Reason.SETTINGS, "SendingPausedException", "why"),
        ),
        (
            ses,
            {"status": 400, "headers": {"x-amzn-ErrorType": "AccountSuspendedException"}},
            Broken(Reason.CREDENTIALS, "AccountSuspendedException", "why"),
        ),
        (
            ses,
            {"status": 429, "headers": {"x-amzn-ErrorType": "TooManyRequestsException"}},
            Deferred(Reason.BUSY, "TooManyRequestsException", "why"),
        ),
        (
            ses,
            {"status": 403, "headers": {"x-amzn-ErrorType": "SignatureDoesNotMatch"}},
            Broken(Reason.CREDENTIALS, "SignatureDoesNotMatch", "why"),
        ),
        (
            sendgrid,
            {"status": 400, "said": REFUSED},
            Rejected(Reason.RECIPIENT, "400", "Not a valid email"),
        ),
        (
            sendgrid,
            {"status": 403, "said": UNVERIFIED},
            Broken(Reason.CREDENTIALS, "403", "Not a verified Sender Identity"),
        ),
        (
            postmark,
            {"status": 422, "said": {"ErrorCode": 406, "Message": "Inactive"}},
            Rejected(Reason.RECIPIENT, "406", "Inactive"),
        ),
        (
            postmark,
            {"status": 422, "said": {"ErrorCode": 300, "Message": "Invalid"}},
            Rejected(Reason.MESSAGE, "300", "Invalid"),
        ),
        (
            postmark,
            {"status": 422, "said": {"ErrorCode": 400, "Message": "No signature"}},
            Broken(Reason.SETTINGS, "400", "No signature"),
        ),
        (
            postmark,
            {"status": 401, "said": {"ErrorCode": 10, "Message": "Bad token"}},
            Broken(Reason.CREDENTIALS, "10", "Bad token"),
        ),
        (mailgun, {"status": 400}, Rejected(Reason.MESSAGE, "400", "why")),
        (
            mailgun,
            {"status": 401, "said": b"Forbidden"},
            Broken(Reason.CREDENTIALS, "401", "Forbidden"),
        ),
        (mailgun, {"status": 404}, Broken(Reason.SETTINGS, "404", "why")),
        (mailgun, {"status": 500, "said": b"<html>"}, Deferred(Reason.BUSY, "500", "<html>")),
    ],
)
async def test_an_answer_means_what_the_provider_says_it_means(
    make: Any, answer: dict[str, Any], outcome: Outcome
) -> None:
    """Its own code goes before the status, which is often the same for all."""
    given: dict[str, Any] = {"said": {"message": "why"}, **answer}
    async with ApiServer(**given) as server:
        assert await send(make(server), mail()) == outcome
