"""An HTTP server on loopback that keeps what it is asked, and answers as it is told."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from tests.channels.lines import channel
from tidings.base.media import Medium
from tidings.channels.kinds import KINDS
from tidings.channels.outcome import Outcome
from tidings.channels.providers.opening import open_provider
from tidings.channels.providers.provider import Provider
from tidings.channels.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int = 0

    @property
    def json(self) -> Any:
        """The body, which must be JSON and say so."""
        assert self.headers["Content-Type"] == "application/json"
        return msgspec.json.decode(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body, which must be a form, with each field once."""
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        fields = parse_qs(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        assert all(len(values) == 1 for values in fields.values())
        return {name: values[0] for name, values in fields.items()}


@dataclass(eq=False)
class ApiServer:
    """Answers every request with `status`, `headers` and `said`, or as `instead` does."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    said: object = None
    instead: Callable[[Asked], Awaitable[web.StreamResponse]] | None = None
    asked: list[Asked] = field(default_factory=list[Asked])
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def only(self) -> Asked:
        """The one request that came."""
        (asked,) = self.asked
        return asked

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(
            request.method,
            request.path_qs,
            dict(request.headers),
            await request.read(),
            port=request.transport.get_extra_info("peername")[1] if request.transport else 0,
        )
        self.asked.append(asked)
        if self.instead is not None:
            return await self.instead(asked)
        body = self.said if isinstance(self.said, bytes) else msgspec.json.encode(self.said)
        return web.Response(status=self.status, headers=self.headers, body=body)


def settings_of(provider: str, **values: Any) -> Settings:
    """Make settings of a provider, with a short patience."""
    kind: Any = KINDS[provider]
    return kind(**{"timeout_seconds": 5, **values})


@asynccontextmanager
async def opened(settings: Settings, medium: Medium) -> AsyncGenerator[Provider[Any]]:
    """Lend a provider that is closed at the end."""
    provider = open_provider(channel(settings, medium=medium))
    try:
        yield provider
    finally:
        await provider.close()


async def send(settings: Settings, message: object, medium: Medium = Medium.EMAIL) -> Outcome:
    """Send one message."""
    async with opened(settings, medium) as provider:
        return await provider.send(message)


async def never(_asked: Asked) -> web.StreamResponse:
    """Answer when nobody waits any more."""
    await asyncio.Event().wait()
    return web.Response()
