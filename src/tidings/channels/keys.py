"""The keys that people give us as text, for signing."""

import base64
import binascii

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

_MIN_RSA_BITS = 1_024  # RFC 8301 3.2: what verifiers must not accept is smaller
_MIN_WEBHOOK_BYTES, _MAX_WEBHOOK_BYTES = 24, 64  # Standard Webhooks, "Signature scheme"
_WEBHOOK_PREFIX = "whsec_"


class GoogleAccount(msgspec.Struct, frozen=True):
    """Who may send in the name of a project of Google's.

    Shape:  private_key - PEM; token_uri - where its signature is exchanged for a token.
    """

    project_id: str
    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    def __repr__(self) -> str:
        return f"GoogleAccount({self.client_email!r})"


def read_rsa_key(pem: str) -> RSAPrivateKey:
    """Read an RSA key.

    Errors: ValueError for what is no RSA key of at least 1024 bits in PEM without a password.
    """
    key = _read_pem(pem)
    if isinstance(key, RSAPrivateKey) and key.key_size >= _MIN_RSA_BITS:
        return key
    raise ValueError("is no RSA key of at least 1024 bits")


def read_p256_key(pem: str) -> EllipticCurvePrivateKey:
    """Read a key on the curve P-256.

    Errors: ValueError for what is no such key in PEM without a password.
    """
    key = _read_pem(pem)
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError("is no key on the curve P-256")


def read_public_p256_key(text: str) -> EllipticCurvePublicKey:
    """Read a public key on the curve P-256, as SendGrid shows it.

    Errors: ValueError for what is no such key: its bytes (DER) in base 64.
    """
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError("is no public key on the curve P-256 in base 64")


def read_google_account(text: str) -> GoogleAccount:
    """Read the file of a service account.

    Errors: ValueError for what is none, or when its key is none.
    """
    try:
        account = msgspec.json.decode(text, type=GoogleAccount)
    except msgspec.DecodeError as error:
        raise ValueError("is no JSON file of a service account") from error
    read_rsa_key(account.private_key)
    return account


def read_webhook_secrets(text: str) -> list[bytes]:
    """Read the secrets of a webhook.

    Errors: ValueError for none, or what is none.
    """
    secrets: list[bytes] = []
    for one in text.split():
        try:
            key = base64.b64decode(one.removeprefix(_WEBHOOK_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        is_long_enough = _MIN_WEBHOOK_BYTES <= len(key) <= _MAX_WEBHOOK_BYTES
        if not (one.startswith(_WEBHOOK_PREFIX) and is_long_enough):
            raise ValueError("must be whsec_ and 24 to 64 bytes in base 64")
        secrets.append(key)
    if not secrets:
        raise ValueError("must not be empty")
    return secrets


def _read_pem(pem: str) -> object:
    try:
        return load_pem_private_key(pem.encode(), password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("is no private key in PEM without a password") from error


def certificates_in(pem: str) -> list[str]:
    """Say of each certificate in a text whose it is and until when it holds.

    Errors: ValueError for a text in which there is none.
    """
    return [
        f"{one.subject.rfc4514_string()} until {one.not_valid_after_utc:%Y-%m-%d}"
        for one in x509.load_pem_x509_certificates(pem.encode())
    ]
