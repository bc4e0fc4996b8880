"""The door for providers on a socket of its own, with a provider behind it."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.applications import Starlette

from tests.channels.apiserver import ApiServer
from tests.messages.conftest import mailserver, post
from tests.messages.post import KEYRING, PUBLIC_URL, Post
from tests.shop import other_shop, shop
from tests.web.hooks.certificates import LoopbackFetcher
from tests.web.hooks.hooked import Hooked
from tidings.base.metrics import Metrics
from tidings.channels.providers.sns import Sns
from tidings.web.body import BodyBudget
from tidings.web.hooks.routes import Hooks, Tools
from tidings.web.server import serve_http

__all__ = ["mailserver", "other_shop", "post", "shop"]


@pytest.fixture
async def api() -> AsyncGenerator[ApiServer]:
    """Start a provider's server."""
    async with ApiServer() as server:
        yield server


@pytest.fixture
async def hooked(post: Post, api: ApiServer) -> AsyncGenerator[Hooked]:
    """Open the door."""
    sns = Sns(LoopbackFetcher(api))
    tools = Tools(post.shop.database, KEYRING, BodyBudget(), Metrics(), sns, PUBLIC_URL)
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = Starlette(routes=Hooks(tools).routes())
        serving = asyncio.create_task(serve_http(app, listener, stop, tls=None, shutdown_seconds=1))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield Hooked(post, api, client)
        stop.set()
        await serving
    await sns.close()
