"""What is wrong with where a device says it is: pure."""

import base64
from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.devices.model import Browser, Token

_KEY_BYTES = 65  # RFC 8291 3.1: an uncompressed point of P-256
_AUTH_BYTES = 16  # RFC 8291 3.2


def wrong_with_place(where: Browser | Token) -> Iterator[Mistake]:
    """Say all that is wrong with a place, its fields named as a browser names them."""
    if isinstance(where, Token):
        if not _is_token(where.token):
            most = limits.MAX_PUSH_TOKEN_CHARACTERS
            yield Mistake(f"must have 1 to {most:,} characters, and no blanks", "token")
        return
    if not _is_endpoint(where.endpoint):
        most = limits.MAX_PUSH_ENDPOINT_CHARACTERS
        yield Mistake(f"must be an https URL of at most {most:,} characters", "endpoint")
    if not _is_point(_bytes(where.p256dh)):
        yield Mistake(f"must be a key of {_KEY_BYTES} bytes in URL-safe base 64", "keys.p256dh")
    if len(_bytes(where.auth)) != _AUTH_BYTES:
        yield Mistake(f"must be {_AUTH_BYTES} bytes in URL-safe base 64", "keys.auth")


def _is_token(text: str) -> bool:
    is_short = 1 <= len(text) <= limits.MAX_PUSH_TOKEN_CHARACTERS
    return is_short and text.isprintable() and not any(one.isspace() for one in text)


def _is_endpoint(text: str) -> bool:
    # What our client would not call, or would write in another way than it is written here.
    is_plain = text.isascii() and text.isprintable() and " " not in text
    if not is_plain or len(text) > limits.MAX_PUSH_ENDPOINT_CHARACTERS:
        return False
    try:
        url = urlsplit(text)
        return url.scheme == "https" and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _is_point(key: bytes) -> bool:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return False
    return len(key) == _KEY_BYTES


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
