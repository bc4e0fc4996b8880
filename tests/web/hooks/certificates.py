"""A certificate that signs as Amazon SNS does, and a server that shows it."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from yarl import URL

from tests.channels.apiserver import ApiServer
from tidings.channels.providers.http import Answer, Call, HttpClient

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def certificate(*, ended: bool = False) -> bytes:
    """Make a certificate of the key (PEM), of which the time is over or not."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=-1 if ended else 9))
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


class LoopbackFetcher:
    """Asks a server on loopback for whatever is asked of Amazon's."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._client = HttpClient(timeout_seconds=5)

    async def ask(self, url: str) -> bytes | None:
        """Return what is at the same path here."""
        call = Call(self._server.url + URL(url).path_qs, {}, b"", method="GET")
        answer = await self._client.call(call)
        return answer.body if isinstance(answer, Answer) and answer.is_good else None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()
