"""The recipes of docs/operating.md do what they say, on real servers."""

import asyncio
import configparser
import json
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import httpx
import pytest

from tests.conftest import Postgres
from tests.docs.conftest import Running, Shop
from tests.docs.curl import is_as_printed, pretty, run_curl
from tests.docs.pages import DOCS, blocks_of
from tidings.cli.app import commands
from tidings.storage import postmaster as postmasters
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.migrate import migrate
from tidings.storage.pool import Database, connect
from tidings.work.heartbeat import Heartbeat

PAGE = DOCS / "operating.md"
USERS, EVENTS = 3, 5
SLOW = pytest.mark.processes


def recipe(heading: str, language: str = "sh") -> list[str]:
    """Return the blocks of one chapter."""
    found = [
        block.text
        for block in blocks_of(PAGE)
        if block.heading == heading and block.language == language
    ]
    assert found, f"{PAGE.name} has no recipe in the chapter {heading!r}"
    return found


@pytest.fixture
def clone(tmp_path: Path) -> Generator[Path]:
    """A folder like a clone of the repository after `make run`: it has `.venv`."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    yield tmp_path
    for database in tmp_path.glob("*/postmaster.pid"):
        postmasters.stop(database.parent)
    for database in tmp_path.glob("*/postgres"):
        postmasters.stop(database)


def paste(folder: Path, *blocks: str, **variables: str) -> str:
    """Run what a reader pastes, and return what is printed."""
    clean = {name: value for name, value in os.environ.items() if "TIDINGS" not in name}
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join(blocks)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**clean, **variables},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@asynccontextmanager
async def filled(data_dir: Path, running: Running) -> AsyncGenerator[Shop]:
    """Run a server on a new data folder, with some people and what they did."""
    with EmbeddedPostgres(data_dir) as url:
        async with Database(url) as database:
            await migrate(database)
        async with running(url) as shop, httpx.AsyncClient() as client:
            events = [
                {"userID": f"u{number % USERS}", "event_name": "Seen", "attributes": {"n": number}}
                for number in range(EVENTS)
            ]
            stored = await client.post(
                f"{shop.url}/api/event", headers=authorized(shop), json={"nv": events}
            )
            assert stored.status_code == 200, stored.text
            yield shop


def authorized(shop: Shop) -> dict[str, str]:
    """Return what an authenticated call sends."""
    return {"x-brand-id": str(shop.brand_id), "x-api-key": shop.key}


async def count(url: str, table: str) -> object:
    """Count the rows of a table."""
    connection = await connect(url)
    try:
        return await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    finally:
        await connection.close()


@SLOW
async def test_a_dump_of_a_running_server_restores_into_a_fresh_folder(
    clone: Path, running: Running
) -> None:
    """It is read for the first time on the worst day of the year."""
    dump, restore, compare = recipe("Backup and restore")
    async with filled(clone / "data", running):
        await asyncio.to_thread(paste, clone, dump)
    printed = await asyncio.to_thread(paste, clone, restore, compare)
    assert printed.split() == [f"{USERS}|{EVENTS}"] * 2


@SLOW
async def test_keys_work_after_a_restore(clone: Path, running: Running) -> None:
    """Else every client would have to be changed on that day, too."""
    dump, restore, _ = recipe("Backup and restore")
    async with filled(clone / "data", running) as shop:
        await asyncio.to_thread(paste, clone, dump, restore)
    with EmbeddedPostgres(clone / "restored") as url:
        async with running(url) as restored, httpx.AsyncClient() as client:
            answer = await client.get(
                f"{restored.url}/api/v1/event/count?event_name=Seen", headers=authorized(shop)
            )
    assert answer.json()["response"]["data"] == {"count": USERS}


@SLOW
async def test_a_copy_of_the_folder_starts_as_a_data_folder(clone: Path, running: Running) -> None:
    """The page says that it is one."""
    (copy,) = recipe("A copy of the folder")
    async with filled(clone / "data", running):
        await asyncio.to_thread(paste, clone, copy)
    with EmbeddedPostgres(clone / "copied") as url:
        assert (await count(url, "profiles"), await count(url, "events")) == (USERS, EVENTS)


@SLOW
async def test_looking_for_damage_finds_none_and_leaves_nothing_in_the_way_of_a_restore(
    clone: Path, running: Running
) -> None:
    """An extension that only a superuser may make would stop the recipe for the worst day."""
    (look,) = recipe("Looking for damage")
    dump, restore, compare = recipe("Backup and restore")
    async with filled(clone / "data", running):
        assert await asyncio.to_thread(paste, clone, look) == ""
        await asyncio.to_thread(paste, clone, dump)
    printed = await asyncio.to_thread(paste, clone, restore, compare)
    assert printed.split() == [f"{USERS}|{EVENTS}"] * 2


@pytest.fixture
def another_postgresql(postgres: Postgres) -> Generator[Callable[[str], str]]:
    """Play the PostgreSQL that the reader has: run the page's SQL there, under another name."""
    name = f"moved_{os.getpid()}"

    def prepare(sql: str) -> str:
        statements = [part for part in sql.replace("tidings", name).split(";") if part.strip()]
        postgres.execute(*statements)
        return postgres.url_of(name, user=name)

    yield prepare
    postgres.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"DROP ROLE IF EXISTS {name}")


@SLOW
async def test_an_installation_moves_to_another_postgresql(
    clone: Path, running: Running, another_postgresql: Callable[[str], str]
) -> None:
    """With all that was kept, and nothing left to migrate."""
    (sql,) = recipe("Moving to a PostgreSQL of your own", "sql")
    (load,) = recipe("Moving to a PostgreSQL of your own")
    async with filled(clone / "data", running) as shop:
        pass
    dump, *_ = recipe("Backup and restore")
    url = await asyncio.to_thread(another_postgresql, sql)
    printed = await asyncio.to_thread(
        lambda: paste(clone, dump) + paste(clone, load, TIDINGS_DATABASE_URL=url)
    )
    assert "nothing to apply" in printed
    assert str(shop.brand_id) in printed
    assert (await count(url, "profiles"), await count(url, "events")) == (USERS, EVENTS)
    async with running(url) as moved, httpx.AsyncClient() as client:
        answer = await client.get(
            f"{moved.url}/api/v1/event/count?event_name=Seen", headers=authorized(shop)
        )
    assert answer.json()["response"]["data"] == {"count": USERS}


async def test_the_health_pages_answer_as_printed(database_url: str, running: Running) -> None:
    """Probes are written from these."""
    calls, answers = recipe("Health"), recipe("Health", "json")
    async with (
        Database(database_url) as database,
        running(database_url) as shop,
        httpx.AsyncClient() as client,
    ):
        await Heartbeat(database, "worker").turn()
        for call, printed in zip(calls, answers, strict=True):
            got = await run_curl(client, call, shop.variables)
            assert got.status_code == 200
            assert is_as_printed(json.loads(printed), got.json()), pretty(got.json())


def test_the_unit_starts_a_command_that_exists_with_flags_that_it_has() -> None:
    """systemd would say so only at the next boot."""
    (text,) = recipe("systemd", "ini")
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    unit.read_string(text)
    program, name, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/.venv/bin/tidings")
    command = commands.commands[name]
    parsed = command.make_context(name, arguments, parent=click.Context(commands))
    assert parsed.params["data_dir"] == "/var/lib/" + unit["Service"]["StateDirectory"]
    seconds = int(unit["Service"]["TimeoutStopSec"])
    assert seconds > 30 + postmasters.STOP_LIMIT_SECONDS + postmasters.ORPHANS_LIMIT_SECONDS
