"""The documentation that the server gives of itself: /openapi.json, and /docs to read it."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tidings.web.gate import Endpoint
from tidings.web.openapi import HEADERS, PARAMETERS, Description, Json, write_paths

_HERE = Path(__file__).parent
# Everything the page needs comes from this server. Swagger UI draws its icons from data: URLs
# in its style sheet, and asks for nothing inline.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_SECURITY_SCHEMES: Json = {
    "x-brand-id": {
        "type": "apiKey",
        "in": "header",
        "name": "x-brand-id",
        "description": "The brand's number; goes with `x-api-key`.",
    },
    "x-api-key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "A key of the brand; goes with `x-brand-id`.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The key alone: it belongs to one brand.",
    },
}
_STATE: Json = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["live", "ready", "unavailable"]},
        "reason": {"type": "string", "description": "Why calls cannot be served."},
        "database": {"type": "string"},
        "migrations": {"type": "string"},
        "worker": {"type": "string"},
    },
}
_SERVER_TAG = "server"
_STATE_CONTENT: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/State"}}}


class Documentation:
    """The pages that show what can be called, written once from what the parsers accept.

    Shape:  descriptions - by path, one for each of the endpoints.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], descriptions: Mapping[str, Description]
    ) -> None:
        self._openapi = msgspec.json.encode(_write(endpoints, descriptions))
        self._page = _read("docs.html")

    def routes(self) -> list[BaseRoute]:
        """Return the URLs of these pages; they need no key and tell nothing of any brand."""
        return [
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/docs", self.page, methods=["GET"]),
            Mount("/docs/static", StaticFiles(directory=_HERE / "static")),
        ]

    async def openapi(self, _request: Request) -> Response:
        """Give the description of every URL, for programs."""
        return Response(
            self._openapi, headers={"Cache-Control": "no-cache"}, media_type="application/json"
        )

    async def page(self, _request: Request) -> Response:
        """Show the same to people, who can try it out there."""
        return Response(self._page, headers=_PAGE_HEADERS, media_type="text/html")


def _write(endpoints: Sequence[Endpoint], descriptions: Mapping[str, Description]) -> Json:
    paths, schemas = write_paths(endpoints, descriptions)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tidings",
            "version": metadata.version("tidings"),
            "description": _read("openapi.md"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [
            {"name": "user", "description": "Profiles, and who did what."},
            {"name": "event", "description": "What happened."},
            {"name": "segment", "description": "Who is meant. Counted as calls of the User API."},
            {"name": "campaign", "description": "What is sent to whom."},
            {"name": _SERVER_TAG, "description": "For operators and their probes; without a key."},
        ],
        "paths": paths | _server_paths(),
        "components": {
            "schemas": schemas | {"State": _STATE},
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _server_paths() -> Json:
    return {
        "/health/live": _server_path(
            "Whether the process answers",
            {"200": {"description": "It does.", "content": _STATE_CONTENT}},
        ),
        "/health/ready": _server_path(
            "Whether calls can be served",
            {
                "200": {"description": "They can.", "content": _STATE_CONTENT},
                "503": {
                    "description": "The database is away or migrations are pending.",
                    "content": _STATE_CONTENT,
                },
            },
        ),
        "/metrics": _server_path(
            "The server's figures",
            {
                "200": {
                    "description": "Figures in the text format of Prometheus.",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                }
            },
        ),
    }


def _server_path(summary: str, responses: Json) -> Json:
    operation_id = summary.lower().replace(" ", "_").replace("'", "")
    said: Json = {"operationId": operation_id, "tags": [_SERVER_TAG], "summary": summary}
    return {"get": said | {"security": [], "responses": responses}}


def _read(template: str) -> str:
    return (_HERE / "templates" / template).read_text("utf-8")
