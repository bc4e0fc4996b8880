"""Web processes to call, and callers with brands of their own."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import httpx
import uvloop

from tidings import config, main
from tidings.base.ids import BrandId, KeyId
from tidings.base.limits import MAX_CALLS_PER_MINUTE
from tidings.brands import actions as brands
from tidings.brands.model import Api, NewKey
from tidings.storage.pool import Database, connect, transaction
from tidings.storage.tx import Tx

Result = TypeVar("Result")

UNLIMITED: Mapping[Api, int] = dict.fromkeys(Api, MAX_CALLS_PER_MINUTE)
_STOP_SECONDS = 30


class Told(NamedTuple):
    """What an answer says, to be compared whole."""

    status: int
    body: Any


class BrandWithKey(NamedTuple):
    """A brand, and a key that opens it."""

    brand_id: BrandId
    key: NewKey


class Backstage:
    """A database, for what no client can do or see.

    One connection in a thread of its own, for tests with an event loop and without; opening one
    for each look would take most of a test's time.
    """

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection = self._run(connect(url))

    def close(self) -> None:
        """Close the connection and end the thread."""
        self._run(self._connection.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Run a query and return its rows."""
        return [dict(row) for row in self._run(self._connection.fetch(query, *values))]

    def create_brand(
        self, *, time_zone: str, calls: Mapping[Api, int] | None, merging: bool = False
    ) -> BrandWithKey:
        """Create a brand with a key, as the function of this name."""
        return self._run(
            self._in_transaction(
                partial(_create_brand, time_zone=time_zone, calls=calls, merging=merging)
            )
        )

    def revoke_key(self, brand_id: BrandId, key_id: KeyId) -> None:
        """Revoke a key."""
        self._run(
            self._in_transaction(partial(brands.revoke_key, brand_id=brand_id, key_id=key_id))
        )

    def create_key(self, brand_id: BrandId) -> NewKey:
        """Create another key of a brand."""
        return self._run(self._in_transaction(partial(brands.create_key, brand_id=brand_id)))

    def do(self, act: Callable[[Tx], Awaitable[Result]]) -> Result:
        """Do something that no wire does, in a transaction."""
        return self._run(self._in_transaction(act))

    async def _in_transaction(self, act: Callable[[Tx], Awaitable[Result]]) -> Result:
        async with transaction(self._connection):
            return await act(self._connection)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._thread.submit(self._runner.run, work).result()


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of one brand, at one web process.

    Shape:  backstage - the database of that process, to look behind its back.
    """

    client: httpx.Client
    brand_id: BrandId
    key: NewKey
    backstage: Backstage

    @property
    def headers(self) -> dict[str, str]:
        """What an authenticated call sends."""
        return headers_of(self.brand_id, self.key)

    def post(self, path: str, body: object = b"", **headers: str) -> httpx.Response:
        """Post a body: bytes as they are, anything else as JSON.

        Shape:  headers - further ones, with `_` for `-`.
        """
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str, body: object = b"", **headers: str) -> httpx.Response:
        """Send a request with the brand's headers."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return self.client.request(method, path, content=body, headers=self.headers | spelled)
        return self.client.request(method, path, json=body, headers=self.headers | spelled)

    def tell(self, path: str, body: object = b"", **headers: str) -> Told:
        """Post a body, and return what the answer says."""
        return told(self.post(path, body, **headers))

    def read(self, user_id: str) -> dict[str, Any]:
        """Return all that the wire tells of a user who exists."""
        answer = self.client.get(
            "/api/v1/user/userData", params={"userID": user_id}, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["response"]["data"]

    def attributes(self, user_id: str) -> dict[str, Any]:
        """Return a user's attributes."""
        return self.read(user_id)["user_attributes"]

    def at(self, client: httpx.Client) -> "Caller":
        """Return the same caller at another web process."""
        return replace(self, client=client)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask the database itself."""
        return self.backstage.rows(query, *values)


def at_once(calls: Iterable[Callable[[], Result]]) -> list[Result]:
    """Make calls at the same time, and return their results in the order given."""
    waiting = list(calls)
    with ThreadPoolExecutor(len(waiting)) as threads:
        return [call.result() for call in [threads.submit(call) for call in waiting]]


def told(response: httpx.Response) -> Told:
    """Return the status and the whole JSON value of an answer."""
    return Told(response.status_code, response.json())


def headers_of(brand_id: int, key: NewKey) -> dict[str, str]:
    """Return what an authenticated call sends."""
    return {"x-brand-id": str(brand_id), "x-api-key": key.secret}


async def create_brand(
    url: str,
    *,
    time_zone: str = "UTC",
    calls: Mapping[Api, int] | None = UNLIMITED,
) -> BrandWithKey:
    """Create a brand with a key.

    Shape:  calls - a minute; None leaves the limits as a new brand has them.
    """
    async with Database(url, size=1) as database, database.transaction() as tx:
        return await _create_brand(tx, time_zone=time_zone, calls=calls, merging=False)


async def _create_brand(
    tx: Tx, *, time_zone: str, calls: Mapping[Api, int] | None, merging: bool
) -> BrandWithKey:
    brand = await brands.create_brand(tx, name="Shop", time_zone=time_zone)
    if merging:
        await brands.change_merging(tx, brand.brand_id, merging=True)
    if calls is not None:
        await brands.change_limits(tx, brand.brand_id, calls)
    return BrandWithKey(brand.brand_id, await brands.create_key(tx, brand.brand_id))


@contextmanager
def web_process(url: str, data_dir: Path) -> Generator[str]:
    """Run what `tidings web` runs, in a thread with the event loop that it has; yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = _ServerThread(url, listener, data_dir)
        thread.start()
        port = cast("int", listener.getsockname()[1])
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            thread.stop()


class _ServerThread(threading.Thread):
    def __init__(self, url: str, listener: socket.socket, data_dir: Path) -> None:
        super().__init__(name="web")
        self._url = url
        self._listener = listener
        self._config = config.assemble({"data_dir": data_dir}, {})
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event

    def start(self) -> None:
        super().start()
        self._begun.wait()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.join(_STOP_SECONDS)
        assert not self.is_alive(), "the web process did not stop"

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._begun.set()
        await main.run_web(self._config, self._url, self._listener, self._stopping)
