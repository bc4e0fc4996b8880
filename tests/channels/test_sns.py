"""Nobody makes us call a server that is not Amazon's by naming it in a message."""

import pytest

from tidings.base import clock, limits
from tidings.channels.providers.sns import HttpFetcher, Sns, is_of_sns

PEM = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"


class Recording:
    """Keeps what is asked for, and has it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def ask(self, url: str) -> bytes | None:
        """Return what is at a URL."""
        self.asked.append(url)
        return b"pem"

    async def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    "url",
    [
        PEM,
        "https://sns.us-gov-west-1.amazonaws.com/x.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/x",
    ],
)
def test_amazons_servers_are_known(url: str) -> None:
    """In all of its regions."""
    assert is_of_sns(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://ada:x@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.test/x.pem",
        "https://evil.test/sns.eu-west-1.amazonaws.com/x.pem",
        "https://evil.test#.sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.test/x.pem",
        "https://s3.eu-west-1.amazonaws.com/bucket/x.pem",
        "https://bucket.s3.amazonaws.com/x.pem",
        "https://sns.eu.west.amazonaws.com/x.pem",
        "https://169.254.169.254/x.pem",
        "//sns.eu-west-1.amazonaws.com/x.pem",
        "file:///etc/passwd",
        "https://[::1/x",
        "",
    ],
)
async def test_what_only_looks_like_one_is_not_called(url: str) -> None:
    """The message that names it is not believed yet."""
    fetcher = Recording()
    sns = Sns(fetcher)

    got = [await sns.certificate(url), await sns.confirm(url)]

    assert (got, fetcher.asked) == ([None, False], [])


async def test_a_certificate_is_asked_for_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each report would else wait for another server."""
    fetcher = Recording()
    sns = Sns(fetcher)
    started = clock.monotonic()
    for seconds in (0, 1, limits.CERTIFICATE_SECONDS - 1, limits.CERTIFICATE_SECONDS + 1):
        monkeypatch.setattr(clock, "monotonic", lambda now=started + seconds: now)
        assert await sns.certificate(PEM) == b"pem"

    assert fetcher.asked == [PEM] * 2


async def test_the_real_one_calls_no_address_inside() -> None:
    """Whatever a name is made to mean."""
    fetcher = HttpFetcher()

    assert await fetcher.ask("http://127.0.0.1:1/x") is None
    assert await fetcher.ask("http://localhost:1/x") is None
    await fetcher.close()
