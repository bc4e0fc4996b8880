"""Encrypting a notification so that only the browser can read it, not who carries it there."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tidings.channels.providers.tokens import from_url_base64
from tidings.devices.model import Browser

MAX_PLAIN_BYTES = 3_993  # RFC 8291 4: one record of 4096, less what goes with it

_RECORD_BYTES = 4_096
_LAST_RECORD = b"\x02"


def encrypt(
    plain: bytes, browser: Browser, *, own_key: EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt a notification.

    Shape:  own_key - drawn for this one only, as is the salt of 16 bytes.
    Errors: ValueError when the browser's keys are none.
    Source: RFC 8291 3.4, RFC 8188 2.
    """
    theirs = from_url_base64(browser.p256dh)
    secret = own_key.exchange(
        ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
    )
    ours = public_bytes(own_key)
    info = b"WebPush: info\x00" + theirs + ours
    shared = _derive(secret, salt=from_url_base64(browser.auth), info=info, length=32)
    key = _derive(shared, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _derive(shared, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
    head = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)


def public_bytes(key: EllipticCurvePrivateKey) -> bytes:
    """Return the public half as 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
