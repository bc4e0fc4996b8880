"""What the pages talk about: a brand in an empty database, and a web process to call."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tidings import config, main
from tidings.brands import actions as brands
from tidings.storage.pool import Database


@dataclass(frozen=True, slots=True)
class Shop:
    """What a reader of the pages has after the first start."""

    url: str
    brand_id: int
    key: str

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the examples use."""
        return {"TIDINGS": self.url, "BRAND": str(self.brand_id), "KEY": self.key}


Running = Callable[[str], AbstractAsyncContextManager[Shop]]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """Run a web process on a database of the caller's, with a brand as `serve` makes it."""

    @asynccontextmanager
    async def run(database_url: str) -> AsyncGenerator[Shop]:
        async with Database(database_url) as database, database.transaction() as tx:
            brand = await brands.create_brand(tx, name="First brand")
            key = await brands.create_key(tx, brand.brand_id)
        stop = asyncio.Event()
        settings = config.assemble({"data_dir": tmp_path / "data"}, {})
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(main.run_web(settings, database_url, listener, stop))
            try:
                port: int = listener.getsockname()[1]
                yield Shop(f"http://127.0.0.1:{port}", brand.brand_id, key.secret)
            finally:
                stop.set()
                await serving

    return run
