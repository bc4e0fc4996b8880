"""What is no place that a push can be sent to."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from tidings.base.errors import Mistake
from tidings.channels.providers.encryption import public_bytes
from tidings.channels.providers.tokens import url_base64
from tidings.devices.check import wrong_with_place
from tidings.devices.model import Browser, Token

# The same in each of the processes that tests run in.
POINT = public_bytes(derive_private_key(7, SECP256R1()))
GOOD = Browser("https://push.test/x?y=1", url_base64(POINT), url_base64(b"a" * 16))

NO_ENDPOINT = Mistake("must be an https URL of at most 2,048 characters", "endpoint")
NO_POINT = Mistake("must be a key of 65 bytes in URL-safe base 64", "keys.p256dh")
NO_AUTH = Mistake("must be 16 bytes in URL-safe base 64", "keys.auth")
NO_TOKEN = Mistake("must have 1 to 4,096 characters, and no blanks", "token")


@pytest.mark.parametrize(
    "where",
    [
        GOOD,
        GOOD._replace(endpoint="https://[2001:db8::1]:8443/x"),
        GOOD._replace(endpoint="https://a/" + "x" * 2_038),
        GOOD._replace(p256dh=GOOD.p256dh + "=", auth=GOOD.auth + "=="),
        Token("x"),
        Token("ü:-_/" + "x" * 4_091),
    ],
)
def test_a_good_place_is_not_refused(where: Browser | Token) -> None:
    """Padding or none, a port, an address: whatever browsers and Google give out."""
    assert list(wrong_with_place(where)) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://push.test/x",
        "ftp://push.test/x",
        "//push.test/x",
        "https://",
        "https:///x",
        "https://push.test:0/x",
        "https://push.test:99999/x",
        "https://push.test:a/x",
        "https://[::1/x",
        "https://push.test/a b",
        "https://push.test/a\nb",
        " https://push.test/x",
        "https://push.test/\u00fc",
        "https://a/" + "x" * 2_039,
    ],
)
def test_an_endpoint_that_cannot_be_called_is_refused(endpoint: str) -> None:
    """While the page is still there to hear of it."""
    assert list(wrong_with_place(GOOD._replace(endpoint=endpoint))) == [NO_ENDPOINT]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "p",
        "not base 64",
        "ü",
        url_base64(POINT[:-1]),
        url_base64(POINT + b"\x00"),
        url_base64(b"\x04" + b"\x01" * 64),
        url_base64(b"\x02" + POINT[1:33]),
        url_base64(POINT).replace("_", "/").replace("-", "+") + "!",
    ],
)
def test_a_key_that_is_no_point_of_the_curve_is_refused(key: str) -> None:
    """Nothing could be encrypted for it; the compressed form is none that a browser has."""
    assert list(wrong_with_place(GOOD._replace(p256dh=key))) == [NO_POINT]


@pytest.mark.parametrize("auth", ["", "a", url_base64(b"a" * 15), url_base64(b"a" * 17)])
def test_a_secret_of_another_length_is_refused(auth: str) -> None:
    """RFC 8291 says 16 bytes."""
    assert list(wrong_with_place(GOOD._replace(auth=auth))) == [NO_AUTH]


@pytest.mark.parametrize("token", ["", "a b", "a\n", "\u00a0", "\u200b", "\ud800", "x" * 4_097])
def test_a_token_with_what_no_token_has_is_refused(token: str) -> None:
    """Google's have letters, digits and some marks."""
    assert list(wrong_with_place(Token(token))) == [NO_TOKEN]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Whoever writes the page mends all of it."""
    assert list(wrong_with_place(Browser("", "", ""))) == [NO_ENDPOINT, NO_POINT, NO_AUTH]
