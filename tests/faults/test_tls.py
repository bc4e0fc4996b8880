"""HTTPS without a proxy before the server."""

import http.client
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Server

pytestmark = pytest.mark.processes

EXAMPLE = Path(__file__).parents[1] / "web" / "notifuse" / "golden" / "upsert.request.json"

Serve = Callable[..., Server]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for the loopback address, signed by itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate takes the program openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    how = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Tidings")
    names = ("-addext", "subjectAltName=IP:127.0.0.1")
    command = ["openssl", "req", *how, *names, "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_with_a_certificate_calls_are_answered_over_https_and_only_so(
    serve: Serve, certificate: tuple[Path, Path]
) -> None:
    """Keys travel in headers: whoever turns on TLS must not leave a plain door open."""
    cert, key = certificate
    server = serve("--tls-cert", str(cert), "--tls-key", str(key))
    assert server.url.startswith("https://127.0.0.1:")
    port = int(server.url.rpartition(":")[2])
    trusting = ssl.create_default_context(cafile=cert)

    def live() -> dict[str, str]:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trusting)
        try:
            connection.request("GET", "/health/live")
            answer: dict[str, str] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answer

    assert live() == {"status": "live"}
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        plain.request("GET", "/health/live")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            plain.getresponse()
    finally:
        plain.close()


def test_the_other_wires_own_example_is_stored_over_https(
    serve: Serve, certificate: tuple[Path, Path]
) -> None:
    """One of its clients cannot speak plain HTTP."""
    if shutil.which("curl") is None:
        pytest.skip("the documented way to try it takes the program curl")
    cert, key = certificate
    server = serve("--tls-cert", str(cert), "--tls-key", str(key))
    shown = re.search(r"tdk_\S+", server.printed)
    assert shown is not None

    sent = subprocess.run(
        [
            *("curl", "--silent", "--cacert", cert, f"{server.url}/v2/contacts.upsert"),
            *("-H", f"Authorization: Bearer {shown[0]}", "--data-binary", f"@{EXAMPLE}"),
        ],
        capture_output=True,
        check=True,
    )

    answer = {"statusCode": 200, "success": True, "inserted": ["123"], "updated": [], "failed": []}
    assert json.loads(sent.stdout) == answer
