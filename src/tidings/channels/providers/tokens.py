"""Signed tokens by which we say who we are (JSON Web Tokens, RFC 7519)."""

import base64
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_encode = msgspec.json.Encoder().encode


def signed_token(claims: Mapping[str, object], key: RSAPrivateKey | EllipticCurvePrivateKey) -> str:
    """Sign claims: RS256 with an RSA key, ES256 with one on P-256.

    Source: RFC 7518 3.3 and 3.4; the latter wants both numbers as 32 bytes each.
    """
    algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"
    signed = (
        f"{url_base64(_encode({'typ': 'JWT', 'alg': algorithm}))}.{url_base64(_encode(claims))}"
    )
    if isinstance(key, RSAPrivateKey):
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{url_base64(signature)}"


def url_base64(raw: bytes) -> str:
    """Write bytes in URL-safe base 64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_url_base64(text: str) -> bytes:
    """Read bytes in URL-safe base 64, with or without padding.

    Errors: ValueError for what is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
