"""The way of every call: what is refused before what, and what is told to whom."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import wait_until
from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.refusals import wrapped
from tests.web.raw import connection
from tests.web.server import (
    UNLIMITED,
    Backstage,
    BrandWithKey,
    Caller,
    create_brand,
    headers_of,
    told,
)
from tidings.base.metrics import Metrics
from tidings.brands.directory import Directory
from tidings.brands.model import Api
from tidings.brands.ratelimit import RateLimiter
from tidings.storage.pool import Database
from tidings.web.app import App
from tidings.web.body import BodyBudget
from tidings.web.gate import Call, Endpoint, Gate, Reply
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.server import serve_http

EVENT = "/api/event"
FULL = "The server holds too many requests at once. Send again shortly."
LARGE = {"content-length": "9000000"}


def test_a_wrong_key_is_refused_before_the_body_is_read(shared_client: httpx.Client) -> None:
    """Who may not send does not get to fill our memory first."""
    with connection(str(shared_client.base_url)) as sender:
        sender.send_head("POST", EVENT, {"x-brand-id": "1", "x-api-key": "wrong"} | LARGE)

        assert sender.answer().status == 401


def test_a_full_minute_is_refused_before_the_body_is_read(make_caller: MakeCaller) -> None:
    """The answer is the same whatever the body is."""
    caller = make_caller(calls=dict.fromkeys(Api, 1))
    caller.post(EVENT, b"{")
    with connection(str(caller.client.base_url)) as sender:
        sender.send_head("POST", EVENT, caller.headers | LARGE)

        assert sender.answer().status == 429


def test_a_wrong_method_is_refused_before_the_body_is_read(shared_client: httpx.Client) -> None:
    """And before the key is asked for: it is no secret which methods there are."""
    with connection(str(shared_client.base_url)) as sender:
        sender.send_head("PUT", EVENT, LARGE)

        answer = sender.answer()
        assert (answer.status, "allow: post" in answer.head) == (405, True)


def test_of_repeated_query_parameters_the_last_wins(caller: Caller) -> None:
    """As for duplicate keys of a body."""
    caller.post("/api/v1/user/create", {"nv": {"userID": "Ada"}})

    answer = caller.request("GET", "/api/v1/user/userData?userID=Zoe&userID=Ada")

    assert answer.status_code == 200


def test_answers_tell_nothing_of_the_software(caller: Caller) -> None:
    """Versions are for attackers."""
    answer = caller.post(EVENT, b"{")

    names = {name for name in answer.headers if not name.startswith("x-ratelimit-")}
    assert names == {"content-type", "content-length", "date"}


class _Door:
    """An endpoint that holds every call until it is let go, behind a gate with a small budget."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.inside = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        return Endpoint("/echo", ("POST",), Api.EVENT, self._act, refuse_wrapped)

    async def _act(self, call: Call) -> Reply:
        self.inside += 1
        await self.let_go.wait()
        return Reply(200, b'{"got": %d}' % len(call.body))


@asynccontextmanager
async def served(url: str, door: _Door, *, budget: BodyBudget) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve a door on a socket of its own; lend a client."""
    metrics, stop = Metrics(), asyncio.Event()
    limiter = RateLimiter(url)
    async with Database(url) as database:
        gate = Gate(Directory(database), limiter, budget, metrics)
        app = App([door.endpoint], gate, pages=[], refuse=refuse_wrapped, metrics=metrics)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(
                serve_http(app, listener, stop, tls=None, shutdown_seconds=5)
            )
            base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
                yield client
            stop.set()
            await serving
        await limiter.close()


@pytest.fixture
async def brand(database_url: str) -> BrandWithKey:
    """Make a brand in a database of its own."""
    return await create_brand(database_url)


async def test_bodies_beyond_the_budget_are_503_until_the_others_are_answered(
    database_url: str, brand: BrandWithKey
) -> None:
    """The refused one is told when to come back, and its connection is not kept."""
    door = _Door()
    async with served(database_url, door, budget=BodyBudget(1_000)) as client:
        headers = headers_of(*brand)
        first = asyncio.create_task(client.post("/echo", content=b"x" * 600, headers=headers))
        await wait_until(lambda: door.inside == 1)

        refused = await client.post("/echo", content=b"x" * 401, headers=headers)
        assert told(refused) == wrapped(503, FULL)
        assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")

        second = asyncio.create_task(client.post("/echo", content=b"x" * 400, headers=headers))
        await wait_until(lambda: door.inside == 2)
        door.let_go.set()
        assert told(await first) == (200, {"got": 600})
        assert told(await second) == (200, {"got": 400})
        again = await client.post("/echo", content=b"x" * 1_000, headers=headers)
        assert told(again) == (200, {"got": 1_000})


async def test_a_client_that_goes_away_gives_its_memory_back(
    database_url: str, brand: BrandWithKey
) -> None:
    """With half of its body sent; mobile clients do so all day."""
    door = _Door()
    door.let_go.set()
    async with served(database_url, door, budget=BodyBudget(1_000)) as client:
        headers = headers_of(*brand)

        async def fits(size: int) -> bool:
            answer = await client.post("/echo", content=b"x" * size, headers=headers)
            return answer.status_code == 200

        async def is_refused(size: int) -> bool:
            return not await fits(size)

        assert await fits(1_000)
        with connection(str(client.base_url)) as sender:
            sender.send_head("POST", "/echo", headers | {"content-length": "900"})
            sender.send(b"x" * 600)
            await wait_until(lambda: is_refused(401))
        await wait_until(lambda: fits(1_000))


MARKS = re.compile(r"secret-[a-z-]+")


@contextmanager
def web_command(url: str, folder: Path) -> Generator[tuple[str, Path]]:
    """Run `tidings web` itself; yield its URL, and the file that its log goes to."""
    log = folder / "log"
    command = (sys.executable, "-m", "tidings", "web", "--log-level", "debug")
    environment = {key: value for key, value in os.environ.items() if "TIDINGS" not in key}
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as written:
        process = subprocess.Popen(
            (*command, "--fd", str(listener.fileno()), "--data-dir", str(folder)),
            pass_fds=[listener.fileno()],
            stdout=written,
            stderr=written,
            env=environment | {"TIDINGS_DATABASE_URL": url},
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", log
        finally:
            process.terminate()
            process.wait(timeout=40)


@pytest.mark.processes
def test_a_bug_is_500_with_an_id_that_the_log_has_and_the_log_names_nobody(
    database_url: str, tmp_path: Path
) -> None:
    """Keys, addresses and payloads must not end up in a log, which many people read."""
    backstage = Backstage(database_url)
    brand_id, key = backstage.create_brand(time_zone="UTC", calls=UNLIMITED)
    with (
        closing(backstage),
        web_command(database_url, tmp_path) as (url, log),
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        caller = Caller(client, brand_id, key, backstage)
        attributes = {"email": "secret-mail@example.com", "secret-name": "secret-value"}
        users = {"nv": [{"userID": "secret-id", "user_attributes": attributes}]}
        event = {"userID": "secret-id", "event_name": "secret-event", "attributes": attributes}
        statuses = [
            caller.post("/api/v1/user/create", users, idempotency_key="secret-once").status_code,
            caller.post(EVENT, {"nv": [event]}).status_code,
            caller.post(EVENT, {"nv": [event | {"ltv": "secret-ltv"}]}).status_code,
            caller.post(EVENT, b'{"secret-broken').status_code,
            caller.request("GET", "/api/v1/user/userData?userID=secret-query").status_code,
            client.post(EVENT, headers={"x-brand-id": "1", "x-api-key": "secret-key"}).status_code,
            client.post(EVENT, headers={"authorization": "Bearer secret-token"}).status_code,
            client.get("/secret-path").status_code,
        ]
        assert statuses == [200, 200, 400, 400, 404, 401, 401, 404]
        backstage.rows("ALTER TABLE idempotency_keys RENAME TO mislaid")
        failed = caller.post(EVENT, {"nv": [event]}, idempotency_key="secret-twice")
        wrong = caller.post("/api/v1/user/create", users, idempotency_key="secret-twice")

    lines = [line for line in log.read_text().splitlines() if "request.failed" in line]
    error_ids = [json.loads(line)["error_id"] for line in lines]
    assert told(failed) == wrapped(500, _bug(error_ids[0]))
    assert told(wrong) == (500, {"message": _bug(error_ids[1]), "status_code": "500"})
    assert failed.headers["x-ratelimit-remaining"] == str(int(1e9) - 4)
    text = log.read_text()
    assert MARKS.findall(text) == []
    assert key.secret not in text


def _bug(error_id: str) -> str:
    return f"Something went wrong on our side; nothing was stored. The log has it as {error_id}."
