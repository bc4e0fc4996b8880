"""SMS and WhatsApp: what each provider is asked, and what its answers mean."""

import base64
from typing import Any

import pytest

from tests.channels.apiserver import ApiServer, send, settings_of
from tidings.base.media import Medium
from tidings.channels.kinds import AnyHttp, Twilio
from tidings.channels.message import Approved, Sms, WhatsApp
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.settings import Settings, read_settings

SMS = Sms("m1", "+15550100", 'Grüße & "more"')
FREE = WhatsApp("m1", "+15550100", "Hello")
APPROVED = WhatsApp("m1", "+15550100", Approved("HX1", "en_US", ("Ada", "Friday")))


def twilio(server: ApiServer, **changes: Any) -> Settings:
    """Make settings of Twilio."""
    given = {"account_sid": "AC1", "auth_token": "tok", "sender": "+15550199", **changes}
    return settings_of("twilio", endpoint=server.url, **given)


def cloud(server: ApiServer) -> Settings:
    """Make settings of the WhatsApp Cloud API."""
    return settings_of(
        "whatsapp_cloud", endpoint=server.url, phone_number_id="1055", access_token="EAA"
    )


@pytest.mark.parametrize(
    ("changes", "message", "form"),
    [
        ({}, SMS, {"To": "+15550100", "From": "+15550199", "Body": 'Grüße & "more"'}),
        (
            {"sender": "", "messaging_service_sid": "MG1"},
            SMS,
            {"To": "+15550100", "MessagingServiceSid": "MG1", "Body": 'Grüße & "more"'},
        ),
        (
            {},
            FREE,
            {"To": "whatsapp:+15550100", "From": "whatsapp:+15550199", "Body": "Hello"},
        ),
        (
            {},
            APPROVED,
            {
                "To": "whatsapp:+15550100",
                "From": "whatsapp:+15550199",
                "ContentSid": "HX1",
                "ContentVariables": '{"1":"Ada","2":"Friday"}',
            },
        ),
    ],
)
async def test_twilio_gets_a_form(
    changes: dict[str, str], message: Sms | WhatsApp, form: dict[str, str]
) -> None:
    """Twilio, "Create a Message"."""
    async with ApiServer(status=201, said={"sid": "SM1", "status": "queued"}) as server:
        assert await send(twilio(server, **changes), message, Medium.SMS) == Sent("SM1")

    got = server.only
    assert (got.method, got.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert base64.b64decode(got.headers["Authorization"].removeprefix("Basic ")) == b"AC1:tok"
    assert got.form == form


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (FREE, {"type": "text", "text": {"body": "Hello"}}),
        (
            APPROVED,
            {
                "type": "template",
                "template": {
                    "name": "HX1",
                    "language": {"code": "en_US"},
                    "components": [
                        {
                            "type": "body",
                            "parameters": [
                                {"type": "text", "text": "Ada"},
                                {"type": "text", "text": "Friday"},
                            ],
                        }
                    ],
                },
            },
        ),
        (
            WhatsApp("m1", "+15550100", Approved("hello", "en")),
            {"type": "template", "template": {"name": "hello", "language": {"code": "en"}}},
        ),
    ],
)
async def test_the_cloud_api_gets_a_text_or_the_name_of_one(
    message: WhatsApp, content: dict[str, Any]
) -> None:
    """WhatsApp Cloud API, "Messages"."""
    said = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.1"}]}
    async with ApiServer(said=said) as server:
        assert await send(cloud(server), message, Medium.WHATSAPP) == Sent("wamid.1")

    got = server.only
    assert (got.method, got.path) == ("POST", "/v23.0/1055/messages")
    assert got.headers["Authorization"] == "Bearer EAA"
    assert got.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+15550100",
        "biz_opaque_callback_data": "m1",
        **content,
    }


@pytest.mark.parametrize(
    ("make", "status", "code", "outcome"),
    [
        (twilio, 400, 21211, Rejected(Reason.RECIPIENT, "21211", "why")),
        (twilio, 400, 21610, Rejected(Reason.RECIPIENT, "21610", "why")),
        (twilio, 400, 21606, Broken(Reason.SETTINGS, "21606", "why")),
        (twilio, 400, 21617, Rejected(Reason.MESSAGE, "21617", "why")),
        (twilio, 401, 20003, Broken(Reason.CREDENTIALS, "20003", "why")),
        (twilio, 429, 20429, Deferred(Reason.BUSY, "20429", "why")),
        (cloud, 401, 190, Broken(Reason.CREDENTIALS, "190", "why")),
        (cloud, 403, 200, Broken(Reason.CREDENTIALS, "200", "why")),
        (cloud, 400, 131026, Rejected(Reason.RECIPIENT, "131026", "why")),
        (cloud, 400, 131047, Rejected(Reason.MESSAGE, "131047", "why")),
        (cloud, 404, 132001, Rejected(Reason.MESSAGE, "132001", "why")),
        (cloud, 400, 131056, Deferred(Reason.MAILBOX_BUSY, "131056", "why")),
        (cloud, 400, 130429, Deferred(Reason.BUSY, "130429", "why")),
        (cloud, 400, 133010, Broken(Reason.SETTINGS, "133010", "why")),
        (cloud, 500, 131000, Deferred(Reason.BUSY, "131000", "why")),
    ],
)
async def test_an_answer_means_what_the_provider_says_it_means(
    make: Any, *, status: int, code: int, outcome: Outcome
) -> None:
    """By its code: one status stands for many things."""
    error = {"code": code, "message": "why"}
    said = error if make is twilio else {"error": error}
    async with ApiServer(status=status, said=said) as server:
        message = SMS if make is twilio else FREE
        assert await send(make(server), message, Medium.SMS) == outcome


def test_twilio_needs_one_sender() -> None:
    """A number or a service that chooses one."""
    for both in ("", "x"):
        read = read_settings(
            Twilio,
            {
                "account_sid": "AC1",
                "auth_token": "t",
                "sender": both,
                "messaging_service_sid": both,
            },
        )
        assert isinstance(read, list)
        assert [one.field for one in read] == ["sender"]


JSON_BODY = '{"to": {{ to }}, "text": {{ text }}, "ref": {{ message_id }}}'


async def test_an_api_gets_what_its_templates_describe() -> None:
    """Texts are escaped as JSON, whatever is in them."""
    async with ApiServer(said={"data": [{"id": 17}]}) as server:
        settings = settings_of(
            "http",
            url=server.url + "/send?to={{ to | urlencode }}",
            headers="Authorization: Bearer {{ secret }}\nX-Ref: {{ message_id }}\n",
            body=JSON_BODY,
            secret="s3cr3t",
            id_field="data.0.id",
        )
        text = 'He said "no"\n\\ & <b>'
        assert await send(settings, Sms("m1", "+15550100", text), Medium.SMS) == Sent("17")

    got = server.only
    assert (got.method, got.path) == ("POST", "/send?to=%2B15550100")
    assert got.headers["Authorization"] == "Bearer s3cr3t"
    assert got.headers["X-Ref"] == "m1"
    assert got.json == {"to": "+15550100", "text": text, "ref": "m1"}


async def test_an_api_may_want_a_form_and_have_no_names() -> None:
    """As the older ones do."""
    async with ApiServer(said=b"OK") as server:
        settings = settings_of(
            "http",
            url=server.url,
            body="to={{ to | urlencode }}&text={{ text | urlencode }}",
            content_type="application/x-www-form-urlencoded",
            id_field="id",
        )
        assert await send(settings, SMS, Medium.SMS) == Sent()
    assert server.only.form == {"to": "+15550100", "text": 'Grüße & "more"'}


async def test_an_approved_text_is_there_for_templates() -> None:
    """Its name, its language and what fills its gaps."""
    async with ApiServer() as server:
        body = '{"name": {{ template.name }}, "values": {{ template.values }}}'
        settings = settings_of("http", url=server.url, body=body)
        await send(settings, APPROVED, Medium.WHATSAPP)
        assert server.only.json == {"name": "HX1", "values": ["Ada", "Friday"]}
        outcome = await send(settings, FREE, Medium.WHATSAPP)
    assert isinstance(outcome, Broken)
    assert outcome.reason is Reason.SETTINGS


async def test_a_text_begins_no_header_of_its_own() -> None:
    """A line break in it is refused, not sent."""
    async with ApiServer() as server:
        settings = settings_of("http", url=server.url, body="{}", headers="X-Text: {{ text }}")
        outcome = await send(settings, Sms("m1", "+15550100", "a\r\nX-Evil: b"), Medium.SMS)
    assert isinstance(outcome, Broken)
    assert server.asked == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "{{ text "}, "body"),
        ({"body": "{{ nobody }}"}, "body"),
        ({"url": "{% if %}"}, "url"),
        ({"headers": "X: {{ nobody }}"}, "headers"),
        (
            {"body": "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}"},
            "body",
        ),
    ],
)
def test_a_template_that_is_none_is_refused_when_it_is_saved(
    changes: dict[str, object], field: str
) -> None:
    """Also one that would never end."""
    read = read_settings(AnyHttp, {"url": "https://x.example", "body": JSON_BODY, **changes})
    assert isinstance(read, list)
    assert [one.field for one in read] == [field]


async def test_what_goes_wrong_in_a_template_shows_no_secret() -> None:
    """Its words are shown to whoever tries the channel."""
    body = "{% if template %}{% else %}{{ secret.a.b }}{% endif %}"
    settings = settings_of("http", url="https://x.example", body=body, secret="s3cr3t")
    outcome = await send(settings, SMS, Medium.SMS)
    assert isinstance(outcome, Broken)
    assert outcome.reason is Reason.SETTINGS
    assert "undefined" in outcome.said
    assert "s3cr3t" not in outcome.said
