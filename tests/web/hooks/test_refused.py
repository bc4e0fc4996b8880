"""A hook believes nobody who does not show to be the provider."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.web.hooks import signing
from tests.web.hooks.certificates import certificate
from tests.web.hooks.hooked import Hooked
from tests.web.hooks.signing import TOPIC, Signed
from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.hooks.routes import STATUS_OF_CODE

DELIVERY = {
    "eventType": "Delivery",
    "mail": {"messageId": "x"},
    "delivery": {"recipients": ["ada@people.test"]},
}
EVENT = {"event": "delivered", "email": "ada@people.test", "sg_message_id": "x"}
RECORD = {"RecordType": "Delivery", "MessageID": "x", "Recipient": "ada@people.test"}
MAILGUN = {"event": "delivered", "message": {"headers": {"message-id": "x"}}}
FORM = {"MessageSid": "x", "MessageStatus": "delivered"}
STATUS = {"id": "x", "status": "delivered"}

Make = Callable[[str], Signed]
GOOD: Mapping[str, Make] = {
    "ses": lambda _: signing.ses(DELIVERY),
    "sendgrid": lambda _: signing.sendgrid(EVENT),
    "postmark": lambda _: signing.postmark(RECORD),
    "mailgun": lambda _: signing.mailgun(MAILGUN),
    "twilio": lambda path: signing.twilio(FORM, path),
    "whatsapp_cloud": lambda _: signing.whatsapp(STATUS),
}


def at(seconds: float) -> datetime:
    """Return a moment from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


OLD, AHEAD = -limits.MAX_HOOK_AGE_SECONDS - 5, limits.MAX_HOOK_AHEAD_SECONDS + 60

FORGED: Mapping[str, tuple[str, Make]] = {
    "ses, changed": ("ses", lambda _: altered(signing.ses(DELIVERY), b"Delivery", b"Deliverx")),
    "ses, of another topic": (
        "ses",
        lambda _: signing.ses(DELIVERY, TopicArn=TOPIC.replace("mails", "other")),
    ),
    "ses, signed by a server elsewhere": (
        "ses",
        lambda _: signing.ses(DELIVERY, SigningCertURL="https://sns.eu-west-1.example.com/a.pem"),
    ),
    "ses, old": ("ses", lambda _: signing.ses(DELIVERY, at=at(OLD))),
    "ses, without a time": ("ses", lambda _: signing.ses(DELIVERY, Timestamp="soon")),
    "sendgrid, changed": ("sendgrid", lambda _: altered(signing.sendgrid(EVENT), b"ada", b"bob")),
    "sendgrid, unsigned": ("sendgrid", lambda _: Signed(signing.sendgrid(EVENT).body)),
    "sendgrid, old": ("sendgrid", lambda _: signing.sendgrid(EVENT, at=at(OLD))),
    "sendgrid, ahead": ("sendgrid", lambda _: signing.sendgrid(EVENT, at=at(AHEAD))),
    "postmark, another password": (
        "postmark",
        lambda _: signing.postmark(RECORD, password="guessed"),
    ),
    "postmark, without one": ("postmark", lambda _: Signed(signing.postmark(RECORD).body)),
    "mailgun, another key": ("mailgun", lambda _: signing.mailgun(MAILGUN, key="guessed")),
    "mailgun, unsigned": (
        "mailgun",
        lambda _: Signed(signing.encode({"event-data": MAILGUN})),
    ),
    "mailgun, old": ("mailgun", lambda _: signing.mailgun(MAILGUN, at=at(OLD))),
    "mailgun, ahead": ("mailgun", lambda _: signing.mailgun(MAILGUN, at=at(AHEAD))),
    "twilio, another token": ("twilio", lambda path: signing.twilio(FORM, path, token="guessed")),
    "twilio, for another URL": ("twilio", lambda path: signing.twilio(FORM, path + "x")),
    "twilio, unsigned": ("twilio", lambda path: Signed(signing.twilio(FORM, path).body)),
    "whatsapp, another secret": (
        "whatsapp_cloud",
        lambda _: signing.whatsapp(STATUS, secret="guessed"),
    ),
    "whatsapp, changed": (
        "whatsapp_cloud",
        lambda _: altered(signing.whatsapp(STATUS), b"delivered", b"delivereD"),
    ),
    "whatsapp, unsigned": ("whatsapp_cloud", lambda _: Signed(signing.whatsapp(STATUS).body)),
}

SECRET_OF = {
    "ses": "topic_arn",
    "sendgrid": "webhook_key",
    "postmark": "webhook_password",
    "mailgun": "signing_key",
    "whatsapp_cloud": "app_secret",
}


def altered(signed: Signed, old: bytes, new: bytes) -> Signed:
    """Change what was signed."""
    assert old in signed.body
    return Signed(signed.body.replace(old, new), signed.headers)


async def tasks(hooked: Hooked) -> int:
    """Count what waits to be done."""
    async with hooked.post.shop.database.transaction() as tx:
        return await tx.fetchval("SELECT count(*) FROM tasks")


@pytest.mark.parametrize("provider", GOOD)
async def test_what_is_signed_is_taken(hooked: Hooked, provider: str) -> None:
    """Else the refusals below would prove nothing."""
    channel = await hooked.add_channel(provider)
    hooked.api.said = certificate()

    answer = await hooked.report(channel, GOOD[provider](await hooked.path(channel)))

    assert (answer.status_code, answer.json()) == (200, {"kept": 1})
    assert await tasks(hooked) == 1


@pytest.mark.parametrize("forged", FORGED)
async def test_what_is_not_signed_for_this_channel_now_is_refused(
    hooked: Hooked, forged: str
) -> None:
    """Anybody could have somebody suppressed."""
    provider, make = FORGED[forged]
    channel = await hooked.add_channel(provider)
    hooked.api.said = certificate()

    answer = await hooked.report(channel, make(await hooked.path(channel)))

    assert answer.status_code == 401, answer.text
    assert await tasks(hooked) == 0


async def test_a_certificate_whose_time_is_over_is_none(hooked: Hooked) -> None:
    """Its key may be anybody's by now."""
    channel = await hooked.add_channel("ses")
    hooked.api.said = certificate(ended=True)

    answer = await hooked.report(channel, signing.ses(DELIVERY))

    assert answer.json() == {"message": "The certificate is missing or wrong."}


async def test_amazon_calls_again_when_its_certificate_could_not_be_had(hooked: Hooked) -> None:
    """What it is told is wrong it does not send again."""
    channel = await hooked.add_channel("ses")
    hooked.api.status = 500

    answer = await hooked.report(channel, signing.ses(DELIVERY))

    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_certificate_is_fetched_once_for_both_kinds_of_signatures(
    hooked: Hooked, version: str
) -> None:
    """Topics sign by SHA-1 until they are told otherwise."""
    channel = await hooked.add_channel("ses")
    hooked.api.said = certificate()
    signed = signing.ses(DELIVERY, version=version)

    answers = [await hooked.report(channel, signed) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [asked.path for asked in hooked.api.asked] == ["/SimpleNotificationService-1.pem"]


@pytest.mark.parametrize("provider", SECRET_OF)
async def test_a_channel_that_was_not_told_a_secret_believes_nobody(
    hooked: Hooked, provider: str
) -> None:
    """And says which setting is missing."""
    channel = await hooked.add_channel(provider, **{SECRET_OF[provider]: ""})

    answer = await hooked.report(channel, GOOD[provider](await hooked.path(channel)))

    told = f"The channel believes nobody: set its {SECRET_OF[provider]} first."
    assert (answer.status_code, answer.json()) == (403, {"message": told})


@pytest.mark.parametrize("word", ["0" * 32, "x" * 32, "1001", "%00" * 8])
async def test_a_word_that_no_channel_has_is_nothing(hooked: Hooked, word: str) -> None:
    """Nobody can find one by trying."""
    answer = await hooked.client.post(f"/hooks/{word}", content=b"{}")

    assert answer.status_code == 404


async def test_a_channel_that_was_removed_has_no_hook(hooked: Hooked) -> None:
    """Its provider may go on calling for days."""
    channel = await hooked.add_channel("postmark")
    path = await hooked.path(channel)
    async with hooked.post.shop.database.transaction() as tx:
        await tx.execute("DELETE FROM channels WHERE key = 'postmark'")

    answer = await hooked.client.post(path, content=b"{}")

    assert answer.status_code == 404


async def test_a_mail_server_reports_by_mail_and_not_here(hooked: Hooked) -> None:
    """The URL exists, but nobody could sign for it."""
    path = await hooked.path(hooked.post.channel)

    answer = await hooked.client.post(path, content=b"{}")

    told = {"message": "smtp reports in another way: see docs/feedback.md."}
    assert (answer.status_code, answer.json()) == (404, told)


@pytest.mark.parametrize("body", [b"", b"[", b"[1]", b"\xff", b'{"RecordType": 5}'])
async def test_a_body_that_is_no_report_is_refused_without_its_words(
    hooked: Hooked, body: bytes
) -> None:
    """They may name somebody."""
    channel = await hooked.add_channel("postmark")

    answer = await hooked.report(channel, Signed(body, signing.postmark(RECORD).headers))

    told = {"message": "This is no report as the provider describes it."}
    assert (answer.status_code, answer.json()) == (400, told)


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(hooked: Hooked) -> None:
    """As everywhere."""
    channel = await hooked.add_channel("postmark")
    path = await hooked.path(channel)

    answer = await hooked.client.post(path, content=b"x" * (limits.MAX_BODY_BYTES + 1))

    assert answer.status_code == 413


async def test_whatsapp_is_shown_that_the_url_is_ours(hooked: Hooked) -> None:
    """It asks so once, when the URL is typed in."""
    channel = await hooked.add_channel("whatsapp_cloud")
    path = await hooked.path(channel)

    async def asked(**words: Any) -> httpx.Response:
        return await hooked.client.get(path, params={"hub.mode": "subscribe", **words})

    right = await asked(**{"hub.verify_token": "wa-word", "hub.challenge": "1158201444"})
    wrong = await asked(**{"hub.verify_token": "guessed", "hub.challenge": "1158201444"})

    assert (right.status_code, right.text) == (200, "1158201444")
    assert right.headers["content-type"] == "text/plain; charset=utf-8"
    assert wrong.status_code == 401


async def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(hooked: Hooked) -> None:
    """Its message names the URL, and would have us call whatever it likes."""
    channel = await hooked.add_channel("ses")
    hooked.api.said = certificate()
    asked: dict[str, Any] = {
        "Type": "SubscriptionConfirmation",
        "Token": "t1",
        "Message": "You have chosen",
    }
    there = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t1"

    right = await hooked.report(channel, signing.ses({}, SubscribeURL=there, **asked))
    confirmed = [one.path for one in hooked.api.asked]
    inside = "http://169.254.169.254/latest/meta-data"
    wrong = await hooked.report(channel, signing.ses({}, SubscribeURL=inside, **asked))

    assert (right.status_code, right.json()) == (200, {"kept": 0})
    assert confirmed == [
        "/SimpleNotificationService-1.pem",
        "/?Action=ConfirmSubscription&Token=t1",
    ]
    assert wrong.status_code == 503
    assert len(hooked.api.asked) == len(confirmed)


def test_every_code_has_a_status() -> None:
    """A code without one would be a bug's answer."""
    assert STATUS_OF_CODE.keys() == set(Code)
