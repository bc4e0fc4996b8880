"""Notifications on devices: handed to Google, with a token that it gives for a signature."""

import base64

import msgspec
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.channels.apiserver import ApiServer, Asked, opened, send, settings_of
from tests.channels.claims import claims_of
from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels.message import Push
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.settings import Settings
from tidings.devices.model import Token

TOLD = {"title": "Hello", "text": "World", "url": "https://example.com/x"}


class Google:
    """Google's two servers in one: it checks signatures, gives tokens, takes notifications."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.server = ApiServer(instead=self.answer)
        self.key = key
        self.tokens = 0
        self.status = 200
        self.said: object = {"name": "projects/shop/messages/1"}
        self.of_token: dict[str, tuple[int, object]] = {}

    async def answer(self, asked: Asked) -> web.StreamResponse:
        """Answer for both."""
        if asked.path != "/token":
            assert asked.headers["Authorization"] == f"Bearer ya29.{self.tokens}"
            token = asked.json["message"]["token"]
            status, said = self.of_token.get(token, (self.status, self.said))
            return web.json_response(said, status=status)
        head, claims, signed, signature = claims_of(asked.form["assertion"])
        self.key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        assert asked.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert head["alg"] == "RS256"
        assert claims["iss"] == "push@shop.example"
        assert claims["aud"] == f"{self.server.url}/token"
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        assert claims["exp"] - claims["iat"] == 3_600
        self.tokens += 1
        return web.json_response({"access_token": f"ya29.{self.tokens}", "expires_in": 3_599})

    def settings(self, pem: str) -> Settings:
        """Make settings of this one."""
        account = {
            "type": "service_account",
            "project_id": "shop",
            "client_email": "push@shop.example",
            "private_key": pem,
            "token_uri": f"{self.server.url}/token",
        }
        file = msgspec.json.encode(account).decode()
        return settings_of("fcm", service_account=file, endpoint=self.server.url)


@pytest.fixture
def google(rsa_key: RSAPrivateKey) -> Google:
    """Play Google."""
    return Google(rsa_key)


DEVICE = Push("m1", Token("token-1"), image="https://example.com/i.png", **TOLD)


async def test_a_device_gets_a_notification_with_a_token_that_is_kept(
    google: Google, rsa_pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FCM HTTP v1; a token is asked for once an hour, not once a message."""
    async with google.server, opened(google.settings(rsa_pem), Medium.PUSH) as provider:
        for _ in range(3):
            assert await provider.send(DEVICE) == Sent("projects/shop/messages/1")
        assert google.tokens == 1
        later = clock.monotonic() + 3_500
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        await provider.send(DEVICE)
        assert google.tokens == 2

    got = google.server.asked[1]
    assert (got.method, got.path) == ("POST", "/v1/projects/shop/messages:send")
    assert got.json == {
        "message": {
            "token": "token-1",
            "notification": {
                "title": "Hello",
                "body": "World",
                "image": "https://example.com/i.png",
            },
            "data": {"message_id": "m1", "url": "https://example.com/x"},
        }
    }


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (404, "UNREGISTERED", Rejected(Reason.RECIPIENT, "UNREGISTERED", "why")),
        (403, "SENDER_ID_MISMATCH", Rejected(Reason.MESSAGE, "SENDER_ID_MISMATCH", "why")),
        (400, "INVALID_ARGUMENT", Rejected(Reason.MESSAGE, "INVALID_ARGUMENT", "why")),
        (429, "QUOTA_EXCEEDED", Deferred(Reason.BUSY, "QUOTA_EXCEEDED", "why")),
        (503, "UNAVAILABLE", Deferred(Reason.BUSY, "UNAVAILABLE", "why")),
        (403, "", Broken(Reason.CREDENTIALS, "403", "why")),
    ],
)
async def test_an_answer_means_what_google_says_it_means(
    google: Google, rsa_pem: str, *, status: int, code: str, outcome: Outcome
) -> None:
    """By the code in its details."""
    google.status = status
    google.said = {"error": {"message": "why", "details": [{"@type": "x"}, {"errorCode": code}]}}
    async with google.server:
        assert await send(google.settings(rsa_pem), DEVICE, Medium.PUSH) == outcome


async def test_a_token_that_was_taken_back_is_asked_for_anew(google: Google, rsa_pem: str) -> None:
    """By the next message, once the breaker lets it through."""
    async with google.server, opened(google.settings(rsa_pem), Medium.PUSH) as provider:
        google.status, google.said = 401, {"error": {"message": "expired"}}
        outcome = await provider.send(DEVICE)
        assert outcome == Broken(Reason.CREDENTIALS, "401", "expired")
        google.status, google.said = 200, {"name": "n"}
        assert await provider.send(DEVICE) == Sent("n")
    assert google.tokens == 2


async def test_who_gets_no_token_sends_nothing(rsa_pem: str) -> None:
    """The account was deleted, or its key."""
    async with ApiServer(status=400, said={"error": "invalid_grant"}) as server:
        account = {
            "project_id": "shop",
            "client_email": "push@shop.example",
            "private_key": rsa_pem,
            "token_uri": f"{server.url}/token",
        }
        settings = settings_of(
            "fcm", service_account=msgspec.json.encode(account).decode(), endpoint=server.url
        )
        outcome = await send(settings, DEVICE, Medium.PUSH)
    assert outcome == Broken(Reason.CREDENTIALS, "400", '{"error":"invalid_grant"}')
    assert len(server.asked) == 1
    assert base64.b64encode(rsa_pem.encode())[:20].decode() not in repr(settings)
