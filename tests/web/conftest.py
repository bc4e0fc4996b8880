"""Web processes on sockets of their own, with brands that may call as often as they like."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import Postgres
from tests.web.server import UNLIMITED, Backstage, Caller, create_brand, web_process
from tidings.brands import directory
from tidings.brands.model import Api


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where a server listens, and what opens a brand there."""

    url: str
    brand_id: int
    key: str
    database_url: str

    @property
    def headers(self) -> Mapping[str, str]:
        """What an authenticated call sends."""
        return {"x-brand-id": str(self.brand_id), "x-api-key": self.key}


@pytest.fixture(scope="module")
def web_server(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Generator[WebServer]:
    """Run a web process with a database of its own, for tests that leave anything behind."""
    name = postgres.clone()
    url = postgres.url_of(name)
    made = asyncio.run(create_brand(url, time_zone="Asia/Kolkata"))
    with web_process(url, tmp_path_factory.mktemp("data")) as address:
        yield WebServer(address, made.brand_id, made.key.secret, url)
    postgres.drop(name)


MakeCaller = Callable[..., Caller]


@pytest.fixture(scope="session")
def shared_database_url(postgres: Postgres) -> Generator[str]:
    """Lend the address of a database for all tests that keep to a brand of their own."""
    name = postgres.clone()
    yield postgres.url_of(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def shared_client(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[httpx.Client]:
    """Lend a client of one web process for all these tests: starting one each would take minutes.

    Each test makes a key and uses it at once; the process looks for it at once too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory, "MISS_REFRESH_SECONDS", -1)
        with (
            web_process(shared_database_url, tmp_path_factory.mktemp("shared")) as url,
            httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
        ):
            yield client


@pytest.fixture(scope="session")
def second_client(
    shared_client: httpx.Client,  # noqa: ARG001 - which has prepared the process for both
    shared_database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[httpx.Client]:
    """Lend a client of another web process of the same database."""
    with (
        web_process(shared_database_url, tmp_path_factory.mktemp("second")) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def backstage(shared_database_url: str) -> Generator[Backstage]:
    """Lend the database behind these processes."""
    opened = Backstage(shared_database_url)
    yield opened
    opened.close()


@pytest.fixture
def make_caller(shared_client: httpx.Client, backstage: Backstage) -> MakeCaller:
    """Make callers with a brand of their own, by default without a limit worth the name."""

    def make(
        *,
        time_zone: str = "UTC",
        calls: Mapping[Api, int] | None = UNLIMITED,
        merging: bool = False,
    ) -> Caller:
        made = backstage.create_brand(time_zone=time_zone, calls=calls, merging=merging)
        return Caller(shared_client, made.brand_id, made.key, backstage)

    return make


@pytest.fixture
def caller(make_caller: MakeCaller) -> Caller:
    """Lend one such caller."""
    return make_caller()
