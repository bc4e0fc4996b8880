"""One PostgreSQL per run of the tests, one migrated template in it, one clone per test."""

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tidings.storage import postmaster as postmasters
from tidings.storage.embedded import DATABASE, SUPERUSER, EmbeddedPostgres
from tidings.storage.migrate import migrate
from tidings.storage.pool import Database, connect

FOLDER_PREFIX = "tidings-tests-"
TEMPLATE = "migrated"
# Tests of durability start servers of their own, with the settings of the product. This one
# forgets everything at the end of the run anyway.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Where the workers of a run live: a time taken for UTC is far off there, and differs by worker.
HOURS_AND_A_HALF = ("Asia/Kolkata", "America/St_Johns")

_folder = pytest.StashKey[Path]()
_lock = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder, in the process that starts the others if there are others."""
    workerinput: dict[str, str] | None = getattr(config, "workerinput", None)
    if workerinput is not None:
        config.stash[_folder] = Path(workerinput["database_folder"])
        _live_in(HOURS_AND_A_HALF[int(workerinput["workerid"][2:]) % len(HOURS_AND_A_HALF)])
        return
    for left_behind in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        _remove(left_behind)
    making = Path(tempfile.mkdtemp(prefix="."))
    making.chmod(0o755)  # as root, PostgreSQL runs as another account and must get in
    config.stash[_lock] = lock = os.open(making / "run", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Named only now that it is locked, so that no other run takes it for left behind.
    folder = making.with_name(FOLDER_PREFIX + making.name[1:])
    config.stash[_folder] = making.rename(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the run's folder is."""
    node.workerinput["database_folder"] = str(node.config.stash[_folder])


def _live_in(time_zone: str) -> None:
    """Let this process and those that it starts run on a machine elsewhere."""
    os.environ["TZ"] = time_zone
    time.tzset()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no server and no folder behind, whatever became of the workers."""
    if _lock in config.stash:
        os.close(config.stash[_lock])
        _remove(config.stash[_folder])


def _remove(folder: Path) -> None:
    """Stop the server of a run that is over, and remove its folder."""
    try:
        lock = os.open(folder / "run", os.O_RDWR)
    except OSError:
        return  # just being made or removed by another run, or somebody else's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        postmasters.stop(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass  # that run is still going on
    finally:
        os.close(lock)


class Postgres:
    """The run's server, as its superuser.

    Statements run on a connection of their own in a thread of their own, so that fixtures
    without an event loop and tests within one can use it alike.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection: Any = None
        self._numbers = itertools.count()

    def execute(self, *statements: str) -> list[Any]:
        """Run statements and return the first column of each first row."""
        return self._thread.submit(self._runner.run, self._execute(statements)).result()

    def url_of(self, database: str, *, user: str = DATABASE) -> str:
        """Return the address of one database."""
        return self._url.replace(f"//{DATABASE}@/{DATABASE}", f"//{user}@/{database}")

    def clone(self) -> str:
        """Make a database from the template and return its name."""
        # Copying files instead took as long (0.13 s on a busy machine), and it makes two
        # checkpoints, which the tests beside this one would feel.
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(
            f"CREATE DATABASE {name} OWNER {DATABASE} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG"
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still in it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Close the connection and end the thread."""
        if self._connection is not None:
            self._thread.submit(self._runner.run, self._connection.close()).result()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def make_template(self) -> None:
        """Migrate a database to clone, unless another process of this run has done it."""
        if self.execute("SELECT count(*) FROM pg_database WHERE datname = 'migrated'") == [1]:
            return
        self.execute(f"CREATE DATABASE {TEMPLATE}_unfinished OWNER {DATABASE}")
        unfinished = self.url_of(f"{TEMPLATE}_unfinished")
        self._thread.submit(self._runner.run, _migrate(unfinished)).result()
        self.execute(f"ALTER DATABASE {TEMPLATE}_unfinished RENAME TO {TEMPLATE}")

    async def _execute(self, statements: tuple[str, ...]) -> list[Any]:
        if self._connection is None:
            self._connection = await connect(self.url_of("postgres", user=SUPERUSER))
        return [await self._connection.fetchval(statement) for statement in statements]


async def _migrate(url: str) -> None:
    async with Database(url) as database:
        await migrate(database)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Generator[Postgres]:
    """Start the run's server or join it, with the template made."""
    folder = pytestconfig.stash[_folder]
    embedded = EmbeddedPostgres(folder)
    settings = postmasters._SETTINGS  # pyright: ignore[reportPrivateUsage]
    with mock.patch.dict(settings, HASTY):
        server = Postgres(embedded.start_or_join())
    making = os.open(folder / "template", os.O_CREAT | os.O_RDWR)
    fcntl.flock(making, fcntl.LOCK_EX)
    try:
        server.make_template()
    finally:
        os.close(making)
    yield server
    server.close()
    embedded.leave()


@pytest.fixture
def database_url(postgres: Postgres) -> Generator[str]:
    """Lend the address of a migrated, empty database that only this test uses."""
    name = postgres.clone()
    yield postgres.url_of(name)
    postgres.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """Lend that database with a pool."""
    async with Database(database_url) as opened:
        yield opened
