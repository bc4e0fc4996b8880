"""Notifications in browsers: encrypted so that only they can read them."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.channels.apiserver import ApiServer, send, settings_of
from tests.channels.claims import claims_of
from tests.channels.mails import NOON
from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels.message import Push
from tidings.channels.outcome import Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.encryption import encrypt, public_bytes
from tidings.channels.providers.tokens import from_url_base64, url_base64
from tidings.channels.settings import Settings
from tidings.devices.model import Browser, Token

AUTH = b"a" * 16
TOLD = {"title": "Hello", "text": "World", "url": "https://example.com/x"}


class Listening:
    """A browser that subscribed."""

    def __init__(self, server: ApiServer, name: str = "1") -> None:
        self.key = generate_private_key(SECP256R1())
        self.browser = Browser(
            f"{server.url}/push/{name}", url_base64(public_bytes(self.key)), url_base64(AUTH)
        )

    def read(self, body: bytes) -> Any:
        """Decrypt as a browser does (RFC 8188, RFC 8291), written anew from the RFCs."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs = body[21 : 21 + length]
        assert size == 4_096
        assert len(body) <= size
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
        secret = self.key.exchange(ECDH(), point)
        info = b"WebPush: info\0" + public_bytes(self.key) + theirs
        shared = HKDF(hashes.SHA256(), 32, AUTH, info).derive(secret)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(shared)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(shared)
        plain = AESGCM(key).decrypt(nonce, body[21 + length :], None)
        assert plain.endswith(b"\x02")
        return msgspec.json.decode(plain[:-1])


@pytest.fixture(scope="session")
def vapid() -> EllipticCurvePrivateKey:
    """Make the key that browsers subscribe with."""
    return generate_private_key(SECP256R1())


def webpush(vapid: EllipticCurvePrivateKey, **changes: Any) -> Settings:
    """Make settings of web push."""
    pem = vapid.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    given = {"private_key": pem, "contact": "mailto:ops@example.com", "allow_private": True}
    return settings_of("webpush", **{**given, **changes})


def test_the_encryption_is_that_of_the_example_in_the_rfc() -> None:
    """RFC 8291, appendix A."""
    own_key = derive_private_key(
        int.from_bytes(from_url_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"),
        SECP256R1(),
    )
    browser = Browser(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    assert url_base64(
        encrypt(
            b"When I grow up, I want to be a watermelon",
            browser,
            own_key=own_key,
            salt=from_url_base64("DGv6ra1nlYgDCS1FRnbzlw"),
        )
    ) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )


async def test_a_browser_gets_what_only_it_can_read(
    vapid: EllipticCurvePrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the server in between knows who sends it (RFC 8292)."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    async with ApiServer(status=201, headers={"Location": "/message/1"}) as server:
        listening = Listening(server)
        message = Push("m1", listening.browser, **TOLD)
        assert await send(webpush(vapid), message, Medium.PUSH) == Sent("/message/1")

    got = server.only
    assert (got.method, got.path, got.headers["TTL"]) == ("POST", "/push/1", "86400")
    assert got.headers["Content-Encoding"] == "aes128gcm"
    assert listening.read(got.body) == {
        "id": "m1",
        "title": "Hello",
        "body": "World",
        "url": "https://example.com/x",
    }
    scheme, token, key = got.headers["Authorization"].replace(",", "").split(" ")
    assert (scheme, key) == ("vapid", f"k={url_base64(public_bytes(vapid))}")
    head, claims, signed, signature = claims_of(token.removeprefix("t="))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {
        "aud": server.url,
        "exp": int(NOON.timestamp()) + 43_200,
        "sub": "mailto:ops@example.com",
    }
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    vapid.public_key().verify(encode_dss_signature(r, s), signed, ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (404, Rejected, Reason.RECIPIENT),
        (410, Rejected, Reason.RECIPIENT),
        (403, Rejected, Reason.MESSAGE),
        (401, Rejected, Reason.MESSAGE),
        (413, Rejected, Reason.MESSAGE),
        (302, Rejected, Reason.MESSAGE),
        (405, Rejected, Reason.MESSAGE),
        (429, Deferred, Reason.BUSY),
    ],
)
async def test_a_browser_that_is_gone_is_given_up(
    vapid: EllipticCurvePrivateKey, *, status: int, kind: type[Outcome], reason: Reason
) -> None:
    """And only that one."""
    async with ApiServer(status=status) as server:
        message = Push("m1", Listening(server).browser, **TOLD)
        outcome = await send(webpush(vapid), message, Medium.PUSH)
    assert not isinstance(outcome, Sent)
    assert (type(outcome), outcome.reason) == (kind, reason)


async def test_what_cannot_be_encrypted_is_not_sent(vapid: EllipticCurvePrivateKey) -> None:
    """Wrong keys, too long a text, a device; and an address that a stranger chose."""
    async with ApiServer() as server:
        browser = Listening(server).browser
        for message, reason in (
            (Push("m1", browser._replace(p256dh="no"), **TOLD), Reason.RECIPIENT),
            (Push("m1", browser._replace(auth="!"), **TOLD), Reason.RECIPIENT),
            (Push("m1", browser, "Hello", "x" * 4_000), Reason.MESSAGE),
            (Push("m1", Token("t"), **TOLD), Reason.UNSUPPORTED),
        ):
            outcome = await send(webpush(vapid), message, Medium.PUSH)
            assert isinstance(outcome, Rejected)
            assert outcome.reason is reason
        strict = webpush(vapid, allow_private=False)
        outcome = await send(strict, Push("m1", browser, **TOLD), Medium.PUSH)
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.MESSAGE
        assert server.asked == []


async def test_a_browser_at_no_server_keeps_no_other_from_its_pushes(
    vapid: EllipticCurvePrivateKey,
) -> None:
    """Anybody can register one: the channel is not broken because of it."""
    async with ApiServer() as server:
        listening = Listening(server).browser
    nowhere = listening._replace(endpoint="https://nobody.invalid/push")
    for browser in (listening, nowhere):
        outcome = await send(webpush(vapid), Push("m1", browser, **TOLD), Medium.PUSH)
        assert isinstance(outcome, Deferred)
        assert outcome.reason is Reason.UNREACHABLE
