"""Calls of the APIs that providers have over HTTP, and what their silence means."""

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from tidings.base import clock, limits
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected
from tidings.channels.providers.addresses import is_public, literal_address
from tidings.channels.providers.provider import M_contra

# Below what servers keep an unused connection for: one that is closed while we write leaves us not
# knowing whether we were heard.
_KEEP_ALIVE_SECONDS = 10
_MAX_SAID = 500
_GATEWAY_TIMEOUT = 504


class Call(NamedTuple):
    """One request."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


class Answer(NamedTuple):
    """What came back, at most `MAX_ANSWER_BYTES` of it; names of headers in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        """Say whether it is a 2xx."""
        return self.status // 100 == 2

    @property
    def said(self) -> str:
        """Return the beginning of it as text."""
        return self.body[:_MAX_SAID].decode("utf-8", "replace")

    def read(self, kind: type[Any]) -> Any:  # noqa: ANN401 - what was asked for
        """Read JSON into a type; its defaults stand for what is missing or no such JSON."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return kind()


class HttpClient:
    """Calls servers, keeping connections open between calls.

    Shape:  allows_private - whether addresses may be called that are not of the whole Internet;
            to be refused for URLs that other people choose.
    """

    def __init__(self, *, timeout_seconds: float, allows_private: bool = True) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=3 * timeout_seconds, sock_connect=timeout_seconds, sock_read=timeout_seconds
        )
        self._allows_private = allows_private
        self._session: aiohttp.ClientSession | None = None

    async def call(self, call: Call) -> Answer | Deferred | Broken:
        """Make a call, and return what came back or what it means that nothing did."""
        host = literal_address(call.url)
        if host is not None and not self._allows_private and not is_public(host):
            return _refused_address()
        if self._session is None:
            self._session = self._open()
        try:
            async with self._session.request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(limits.MAX_ANSWER_BYTES)
                return Answer(response.status, response.headers, body)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return _outcome_of_error(error)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the line sees to that
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
                resolver=None if self._allows_private else _PublicResolver(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers={"User-Agent": "Tidings"},
        )


class Api(Protocol[M_contra]):
    """What an API wants to be told of a message, and what its answer means. Pure."""

    def call(self, message: M_contra) -> Call | Broken | Rejected:
        """Write the request that hands a message over, or say why there is none."""
        ...

    def outcome(self, answer: Answer) -> Outcome:
        """Say what an answer means."""
        ...


class ApiProvider:
    """Carries messages with one call each."""

    def __init__(self, api: Api[Any], client: HttpClient) -> None:
        self._api = api
        self._client = client

    async def send(self, message: object) -> Outcome:
        """Hand a message over."""
        call = self._api.call(message)
        if not isinstance(call, Call):
            return call
        answer = await self._client.call(call)
        return self._api.outcome(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def outcome_of_status(answer: Answer, *, code: str = "", said: str = "") -> Outcome:
    """Say what an answer other than a good one means by its status alone.

    Shape:  code, said - the provider's own, if it has any.
    Source: RFC 9110, and what the APIs here have in common (docs/channels.md).
    """
    told = code or str(answer.status), said or answer.said
    status = answer.status
    if status in {401, 403}:
        return Broken(Reason.CREDENTIALS, *told)
    if status in {408, 425, 429} or status >= 500:
        reason = Reason.UNKNOWN if status == _GATEWAY_TIMEOUT else Reason.BUSY
        return Deferred(reason, *told, retry_after_seconds=retry_after(answer.headers))
    if status in {402, 404, 405, 410} or status < 400:
        return Broken(Reason.SETTINGS, *told)
    return Rejected(Reason.MESSAGE, *told)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return in how many seconds to come again, None when it is not said.

    Source: RFC 9110 10.2.3: seconds, or a date.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - clock.now()).total_seconds())


class _PrivateAddressError(OSError):
    pass


class _PublicResolver(AbstractResolver):
    """Finds only addresses of the whole Internet, and what it finds is what is connected to.

    So a name cannot lead elsewhere between the look and the connection.
    """

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look a name up."""
        found = await self._resolver.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise _PrivateAddressError("only private addresses")
        return public

    async def close(self) -> None:
        """Keep nothing."""
        await self._resolver.close()


def _refused_address() -> Broken:
    return Broken(
        Reason.SETTINGS,
        said="the URL leads to a private address; allow_private permits that",
    )


def _outcome_of_error(error: Exception) -> Deferred | Broken:
    said = (str(error) or type(error).__name__)[:_MAX_SAID]
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    if isinstance(cause, _PrivateAddressError):
        return _refused_address()
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return Broken(Reason.SETTINGS, said=said)
    is_unknown = isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN
    if is_unknown or isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError):
        return Broken(Reason.HOST, said=said)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Deferred(Reason.UNREACHABLE, said=said)
    # The request was on its way, whole or in part: nobody knows what became of it.
    return Deferred(Reason.UNKNOWN, said=said)
