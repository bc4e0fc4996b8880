"""Calls of other people's servers: signed, and never to an address that is ours alone."""

import base64
import hmac
import socket
from hashlib import sha256
from typing import Any

import pytest

from tests.channels.apiserver import ApiServer, opened, send, settings_of
from tests.channels.mails import NOON
from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels.message import Webhook
from tidings.channels.outcome import Broken, Outcome, Reason, Sent
from tidings.channels.providers.addresses import is_public
from tidings.channels.settings import Settings, read_settings

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
MESSAGE = Webhook("msg_1", b'{"type":"test","data":{"n":1}}')


def webhook(url: str, **changes: Any) -> Settings:
    """Make settings of a webhook."""
    return settings_of("webhook", url=url, **{"secret": SECRET, **changes})


async def call(url: str, **changes: Any) -> Outcome:
    """Call a server once."""
    return await send(webhook(url, **changes), MESSAGE, Medium.WEBHOOK)


async def test_a_call_is_signed_for_its_id_its_moment_and_its_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As whoever receives it computes it again."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    async with ApiServer(status=204, said=b"") as server:
        assert await call(f"{server.url}/hook?a=1", allow_private=True) == Sent()

    got = server.only
    assert (got.method, got.path, got.body) == ("POST", "/hook?a=1", MESSAGE.body)
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    signed = f"msg_1.{int(NOON.timestamp())}.".encode() + MESSAGE.body
    expected = base64.b64encode(hmac.digest(b"s" * 32, signed, sha256)).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"


async def test_the_signature_is_that_of_the_published_example(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one in the tests of the scheme's own libraries."""
    at = clock.now().fromtimestamp(1_614_265_330, tz=NOON.tzinfo)
    monkeypatch.setattr(clock, "now", lambda: at)
    settings = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "allow_private": True}
    message = Webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    async with ApiServer() as server:
        await send(webhook(server.url, **settings), message, Medium.WEBHOOK)
    assert server.only.headers["webhook-signature"] == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


async def test_while_a_secret_is_replaced_both_sign() -> None:
    """So that the receiver can change over when it likes."""
    other = "whsec_" + base64.b64encode(b"t" * 32).decode()
    async with ApiServer() as server:
        await call(server.url, secret=f"{other} {SECRET}", allow_private=True)
    first, second = server.only.headers["webhook-signature"].split(" ")
    assert first.startswith("v1,")
    assert second.startswith("v1,")
    assert first != second


async def test_a_redirect_is_not_followed() -> None:
    """It would lead a signed message to somebody else."""
    async with ApiServer(status=302, headers={"Location": "/other"}) as server:
        outcome = await call(server.url, allow_private=True)
    assert isinstance(outcome, Broken)
    assert (outcome.reason, len(server.asked)) == (Reason.SETTINGS, 1)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
async def test_a_server_of_our_own_is_not_called_for_strangers(host: str) -> None:
    """However its address is written; and nothing arrives there."""
    async with ApiServer() as server:
        outcome = await call(server.url.replace("127.0.0.1", host))
    assert isinstance(outcome, Broken)
    assert server.asked == []
    assert outcome.reason in {Reason.SETTINGS, Reason.HOST}


async def test_a_name_that_changes_its_address_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is looked up once, and what was found is what is called."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def rebind(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return look_up("192.0.2.1" if len(asked) == 1 else "127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    async with ApiServer() as server:
        url = server.url.replace("127.0.0.1", "rebinding.example")
        async with opened(webhook(url), Medium.WEBHOOK) as provider:
            for _ in range(2):
                outcome = await provider.send(MESSAGE)
                assert isinstance(outcome, Broken)
                assert "private address" in outcome.said
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_only_addresses_of_the_whole_internet_are_public(address: str, public: bool) -> None:  # noqa: FBT001
    """A private one within a public one is private."""
    assert is_public(address) is public


@pytest.mark.parametrize("secret", ["", "s3cr3t", "whsec_", "whsec_!!!", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused_when_it_is_saved(secret: str) -> None:
    """And is not shown."""
    kind = type(webhook("https://example.com"))
    read = read_settings(kind, {"url": "https://example.com", "secret": secret})
    assert isinstance(read, list)
    assert {one.field for one in read} == {"secret"}
    assert "s3cr3t" not in str(read)
