"""Every URL of a web process: the wires' exact paths first, then the pages about the server."""

from collections.abc import Awaitable, Callable, Iterable

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
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        gate: Gate,
        *,
        pages: list[BaseRoute],
        refuse: Refuse,
        metrics: Metrics,
    ) -> None:
        self._endpoints = {endpoint.path: endpoint for endpoint in endpoints}
        self._gate = gate
        self._pages = Starlette(
            routes=pages,
            exception_handlers={
                HTTPException: _http_error(refuse, metrics),
                Exception: _bug(refuse, metrics),
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = self._endpoints.get(scope["path"])
        if endpoint is None:
            await self._pages(scope, receive, send)
        else:
            await self._gate.serve(endpoint, scope, receive, send)


def _http_error(refuse: Refuse, metrics: Metrics) -> ErrorHandler:
    async def answer(_request: Request, error: Exception) -> Response:
        headers = dict(getattr(error, "headers", None) or {})
        if "Allow" in headers:
            refused: Refused = MethodNotAllowed(tuple(headers["Allow"].split(", ")))
        else:
            refused = Refused(Code.NOT_FOUND, "Invalid URL: nothing is served here. See /docs.")
        metrics.refusals.labels("other", refused.code.value).inc()
        return _response(refuse(refused), headers)

    return answer


def _bug(refuse: Refuse, metrics: Metrics) -> ErrorHandler:
    async def answer(request: Request, error: Exception) -> Response:
        refused = refusal_of(error, request.url.path)
        metrics.refusals.labels("other", refused.code.value).inc()
        return _response(refuse(refused), {})

    return answer


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    return Response(reply.body, reply.status, headers, media_type="application/json")
