"""Every URL of a web process: the wires' exact paths first, then the pages about the server."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from tidings.base.errors import Code, Refused
from tidings.base.metrics import Metrics
from tidings.web.gate import Endpoint, Gate, MethodNotAllowed, Reply, refusal_of

Refuse = Callable[[Refused], Reply]
ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]


class App:
    """The ASGI application.

    The wires' paths are found by one look-up, without a router: a third of the time of a call
    that does nothing would otherwise be spent there (docs/decisions).

    Shape:  refuse - puts into words that nothing is served at a path; refuse_at - the same for the
            paths that match a pattern whole, of which the first counts.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        gate: Gate,
        *,
        pages: list[BaseRoute],
        refuse: Refuse,
        metrics: Metrics,
        refuse_at: Sequence[tuple[re.Pattern[str], Refuse]] = (),
    ) -> None:
        self._endpoints = {endpoint.path: endpoint for endpoint in endpoints}
        self._gate = gate
        words = _Words(refuse, refuse_at)
        self._pages = Starlette(
            routes=pages,
            exception_handlers={
                HTTPException: _http_error(words, metrics),
                Exception: _bug(words, metrics),
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = self._endpoints.get(scope["path"])
        if endpoint is None:
            await self._pages(scope, receive, send)
        else:
            await self._gate.serve(endpoint, scope, receive, send)


class _Words:
    """The words of the wire that a caller at a path speaks."""

    def __init__(self, refuse: Refuse, refuse_at: Sequence[tuple[re.Pattern[str], Refuse]]) -> None:
        self._refuse = refuse
        self._refuse_at = refuse_at

    def put(self, refused: Refused, path: str) -> Reply:
        """Put a refusal into words."""
        for pattern, refuse in self._refuse_at:
            if pattern.fullmatch(path):
                return refuse(refused)
        return self._refuse(refused)


def _http_error(words: _Words, metrics: Metrics) -> ErrorHandler:
    async def answer(request: Request, error: Exception) -> Response:
        headers = dict(getattr(error, "headers", None) or {})
        if "Allow" in headers:
            refused: Refused = MethodNotAllowed(tuple(headers["Allow"].split(", ")))
        else:
            refused = Refused(Code.NOT_FOUND, "Invalid URL: nothing is served here. See /docs.")
        metrics.refusals.labels("other", refused.code.value).inc()
        return _response(words.put(refused, request.scope["path"]), headers)

    return answer


def _bug(words: _Words, metrics: Metrics) -> ErrorHandler:
    async def answer(request: Request, error: Exception) -> Response:
        refused = refusal_of(error, request.url.path)
        metrics.refusals.labels("other", refused.code.value).inc()
        return _response(words.put(refused, request.scope["path"]), {})

    return answer


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    return Response(reply.body, reply.status, headers, media_type="application/json")
