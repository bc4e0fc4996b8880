"""The way of every call through a door: key, rate, body, action, answer. The wires share it."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs

import msgspec
from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from tidings.base import clock, ids, limits, log
from tidings.base.errors import Code, Refused
from tidings.base.log import Action
from tidings.base.metrics import Metrics
from tidings.brands.actions import hash_key
from tidings.brands.directory import Directory
from tidings.brands.model import Api, Brand
from tidings.brands.ratelimit import Allowance, RateLimiter, over_limit
from tidings.storage.pool import database_away, is_unavailable
from tidings.web.body import BodyBudget, ClientGone, HeldBytes, read_body, unpack
from tidings.web.exchange import exchange_of

Headers = list[tuple[bytes, bytes]]

_BRAND_ID = re.compile(r"[0-9]{1,9}")
_JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")
_CLOSE: tuple[bytes, bytes] = (b"connection", b"close")
# Why the connection is closed after these: the rest of the body may still be on its way, and
# reading it only to throw it away is what the limit was for.
_CLOSING = frozenset({Code.TOO_LARGE, Code.UNAVAILABLE})


class Call(msgspec.Struct, frozen=True):
    """A call that was let in.

    Shape:  key_digest - tells one client of a brand from another; query - the last value of each
            parameter; body - unpacked; is_client_gone - asks whether anybody waits still.
    """

    brand: Brand
    key_digest: bytes
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    received_at: datetime
    idempotency_key: str | None
    is_client_gone: Callable[[], bool]

    def fingerprint(self) -> bytes:
        """Return a hash over everything that this call asks."""
        asked = repr((self.method, self.path, sorted(self.query.items()))).encode()
        return hashlib.sha256(asked + b"\0" + self.body).digest()


class Reply(msgspec.Struct, frozen=True):
    """An answer in a wire's words.

    Shape:  on_sent - told, when it has left, whether anybody was there to read it.
    """

    status: int
    body: bytes
    on_sent: Callable[[bool], None] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL of a wire.

    Shape:  refuse - puts a refusal into the words of this URL.
    """

    path: str
    methods: tuple[str, ...]
    api: Api
    act: Callable[[Call], Awaitable[Reply]]
    refuse: Callable[[Refused], Reply]


class Gate:
    """Lets calls in; a wrong key or a full minute refuses them before the body is read."""

    def __init__(
        self, directory: Directory, limiter: RateLimiter, budget: BodyBudget, metrics: Metrics
    ) -> None:
        self._directory = directory
        self._limiter = limiter
        self._budget = budget
        self._metrics = metrics
        self._answered: dict[tuple[str, int], Counter] = {}

    async def serve(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        headers: Headers = [_JSON]
        try:
            reply = await self._answer(endpoint, scope, receive, headers)
        except ClientGone:
            return
        except Refused as refused:
            reply = self._refuse(endpoint, refused, headers)
        except Exception as error:
            reply = self._refuse(endpoint, refusal_of(error, endpoint.path), headers)
        await _send_reply(scope, send, reply, headers)
        if reply.on_sent is not None:
            reply.on_sent(not _is_client_gone(scope))
        self._count(endpoint.path, reply.status)

    async def _answer(
        self, endpoint: Endpoint, scope: Scope, receive: Receive, headers: Headers
    ) -> Reply:
        method: str = scope["method"]
        sent: dict[bytes, bytes] = dict(scope["headers"])
        if method not in endpoint.methods:
            headers.append((b"allow", ", ".join(endpoint.methods).encode()))
            raise MethodNotAllowed(endpoint.methods)
        secret, brand_id = _credentials(sent)
        digest = hash_key(secret)
        brand = await self._directory.authenticate(digest, brand_id)
        allowance = await self._limiter.take(brand, endpoint.api)
        headers += _rate_headers(allowance)
        if allowance.is_over:
            raise over_limit(endpoint.api, allowance)
        with HeldBytes(self._budget) as held:
            body = await _whole_body(sent, receive, held)
            return await endpoint.act(
                Call(
                    brand=brand,
                    key_digest=digest,
                    method=method,
                    path=endpoint.path,
                    query=_query(scope["query_string"]),
                    body=body,
                    received_at=clock.now(),
                    idempotency_key=_idempotency_key(sent),
                    is_client_gone=partial(_is_client_gone, scope),
                )
            )

    def _count(self, path: str, status: int) -> None:
        # Finding a counter by its labels costs more than counting.
        counter = self._answered.get((path, status))
        if counter is None:
            counter = self._answered[path, status] = self._metrics.requests.labels(path, status)
        counter.inc()

    def _refuse(self, endpoint: Endpoint, refused: Refused, headers: Headers) -> Reply:
        if refused.retry_after_seconds is not None:
            headers.append((b"retry-after", str(refused.retry_after_seconds).encode()))
        if refused.code in _CLOSING:
            headers.append(_CLOSE)
        self._metrics.refusals.labels(endpoint.path, refused.code.value).inc()
        return endpoint.refuse(refused)


class MethodNotAllowed(Refused):
    """The URL exists, but not for this method."""

    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(Code.INVALID, f"Use {' or '.join(methods)} for this URL.")


def refusal_of(error: Exception, path: str) -> Refused:
    """Turn an error that is not a refusal into one; the client learns an id, the log the cause."""
    if is_unavailable(error):
        return database_away(error)
    error_id = ids.new_error_id()
    log.error(Action.REQUEST_FAILED, cause=error, route=path, error_id=error_id)
    return Refused(
        Code.INTERNAL,
        f"Something went wrong on our side; nothing was stored. The log has it as {error_id}.",
    )


def _is_client_gone(scope: Scope) -> bool:
    exchange = exchange_of(scope)
    return exchange is not None and exchange.is_client_gone


async def _send_reply(scope: Scope, send: Send, reply: Reply, headers: Headers) -> None:
    exchange = exchange_of(scope)
    closing = _CLOSE in headers
    if closing:
        headers.remove(_CLOSE)
    if exchange is not None and exchange.answer(reply.status, headers, reply.body, closing=closing):
        return
    headers.append((b"content-length", str(len(reply.body)).encode()))
    if closing:
        headers.append(_CLOSE)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _credentials(sent: Mapping[bytes, bytes]) -> tuple[str, int | None]:
    key = sent.get(b"x-api-key")
    brand = sent.get(b"x-brand-id", b"").decode("latin-1").strip()
    if key is not None:
        # What is no number can be no brand; -1 is none either, and takes the same way.
        return key.decode("latin-1"), int(brand) if _BRAND_ID.fullmatch(brand) else -1
    scheme, _, token = sent.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else "", None


def _rate_headers(allowance: Allowance) -> Headers:
    return [
        (b"x-ratelimit-limit", str(allowance.limit).encode()),
        (b"x-ratelimit-remaining", str(allowance.remaining).encode()),
        (b"x-ratelimit-reset", str(allowance.reset_seconds).encode()),
    ]


async def _whole_body(sent: Mapping[bytes, bytes], receive: Receive, held: HeldBytes) -> bytes:
    declared = sent.get(b"content-length", b"")
    body = await read_body(
        receive, held, declared_bytes=int(declared) if declared.isdigit() else None
    )
    encoding = sent.get(b"content-encoding")
    if encoding is None:
        return body
    return unpack(body, encoding.decode("latin-1").strip().lower(), held)


def _query(query_string: bytes) -> dict[str, str]:
    if not query_string:
        return {}
    try:
        parsed = parse_qs(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Refused(Code.INVALID, "The query of the URL is not UTF-8.") from error
    if any("\0" in value for values in parsed.values() for value in values):
        raise Refused(Code.INVALID, "The query of the URL holds a NUL character.")
    return {name: values[-1] for name, values in parsed.items()}


def _idempotency_key(sent: Mapping[bytes, bytes]) -> str | None:
    key = sent.get(b"idempotency-key")
    if key is None:
        return None
    text = key.decode("latin-1")
    if not 1 <= len(text) <= limits.MAX_IDEMPOTENCY_KEY_CHARACTERS:
        most = limits.MAX_IDEMPOTENCY_KEY_CHARACTERS
        raise Refused(Code.INVALID, f"Idempotency-Key must have 1 to {most} characters.")
    return text
