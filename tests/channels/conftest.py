"""Certificates, keys and mails that the tests share."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.shop import other_shop, shop

__all__ = ["other_shop", "shop"]


class Certificate(NamedTuple):
    """A certificate that a server on loopback shows, signed by itself."""

    pem: str
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """Make a key once; it takes a moment."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture(scope="session")
def rsa_pem(rsa_key: rsa.RSAPrivateKey) -> str:
    """Return that key as people keep it."""
    return rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="session")
def certificate(
    rsa_key: rsa.RSAPrivateKey, rsa_pem: str, tmp_path_factory: pytest.TempPathFactory
) -> Certificate:
    """Make a certificate for localhost and 127.0.0.1."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(rsa_key, hashes.SHA256())
    )
    pem = made.public_bytes(Encoding.PEM).decode()
    folder: Path = tmp_path_factory.mktemp("certificate")
    (folder / "chain.pem").write_text(pem)
    (folder / "key.pem").write_text(rsa_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return Certificate(pem, context)
