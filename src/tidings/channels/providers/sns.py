"""What Amazon SNS has on servers of its own: certificates, and the confirming of subscriptions."""

import re
from typing import NamedTuple, Protocol

from yarl import URL

from tidings.base import clock, limits
from tidings.channels.providers.http import Answer, Call, HttpClient

# Amazon's own hosts, of any region, and nothing that only looks like one.
_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
_MOST_KEPT = 20  # our choice: a region has one at a time


class Fetcher(Protocol):
    """Asks a server for something; None when it has no such thing or says nothing."""

    async def ask(self, url: str) -> bytes | None:
        """Return what is at a URL."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class HttpFetcher:
    """Asks over HTTPS, only addresses of the whole Internet, and follows nobody elsewhere."""

    def __init__(self) -> None:
        self._client = HttpClient(
            timeout_seconds=limits.CERTIFICATE_WAIT_SECONDS, allows_private=False
        )

    async def ask(self, url: str) -> bytes | None:
        """Return what is at a URL."""
        answer = await self._client.call(Call(url, {}, b"", method="GET"))
        return answer.body if isinstance(answer, Answer) and answer.is_good else None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


class _Kept(NamedTuple):
    pem: bytes
    since: float


class Sns:
    """Asks servers of Amazon SNS alone, whatever a message names; keeps certificates for a day."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._kept: dict[str, _Kept] = {}

    async def certificate(self, url: str) -> bytes | None:
        """Return the certificate (PEM) at a URL; None when it is not Amazon's or has none."""
        kept = self._kept.get(url)
        now = clock.monotonic()
        if kept is not None and now - kept.since < limits.CERTIFICATE_SECONDS:
            return kept.pem
        if not is_of_sns(url):
            return None
        pem = await self._fetcher.ask(url)
        if pem is not None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[url] = _Kept(pem, now)
        return pem

    async def confirm(self, url: str) -> bool:
        """Confirm a subscription at the URL that a message names; say whether that was done."""
        return is_of_sns(url) and await self._fetcher.ask(url) is not None

    async def close(self) -> None:
        """Close every connection."""
        await self._fetcher.close()


def is_of_sns(url: str) -> bool:
    """Say whether a URL leads to a server of Amazon SNS, encrypted and at its usual port."""
    try:
        read = URL(url)
        is_plain = read.scheme == "https" and read.port == 443 and read.user is None
        return is_plain and _HOST.fullmatch(read.host or "") is not None
    except ValueError:
        return False
