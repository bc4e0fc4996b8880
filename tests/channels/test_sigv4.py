"""Signatures of Amazon's, against the vectors that it publishes."""

from datetime import UTC, datetime

import pytest

from tidings.channels.providers.http import Call
from tidings.channels.providers.sigv4 import Credentials, sign

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
CREDENTIALS = Credentials(
    "AKIDEXAMPLE",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region="us-east-1",
    service="service",
)
URL = "https://example.amazonaws.com/"


@pytest.mark.parametrize(
    ("call", "names", "signature"),
    [
        (
            Call(URL, {}, b"", "GET"),
            "host;x-amz-date",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            Call(URL, {}, b""),
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            Call(URL, {"Content-Type": "application/x-www-form-urlencoded"}, b"Param1=value1"),
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "post-x-www-form-urlencoded"],
)
def test_the_signature_is_that_of_the_published_vector(
    call: Call, names: str, signature: str
) -> None:
    """The suite is the one that every library of Amazon's is tested with."""
    signed = sign(call, CREDENTIALS, at=AT)
    assert signed.headers == {
        **call.headers,
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            f"SignedHeaders={names}, Signature={signature}"
        ),
    }
    assert "wJalrXUtnFEMI" not in repr(CREDENTIALS)
