"""The database is away: every call is told so, soon, and all goes on by itself when it is back."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.conftest import Server, tidings
from tests.faults.client import AWAY, EVENTS, USERS, Answer, Door, events_of, marks_of, open_door
from tests.faults.load import Fate, Load, check
from tests.faults.processes import frozen, kill
from tests.waiting import wait_until
from tidings.storage import postmaster as postmasters
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import STATEMENT_LIMIT_SECONDS

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

READY = "/health/ready"
A_USER = {"nv": [{"userID": "ada"}]}
# Nothing may wait for more than one statement that is given up; the rest is for a busy machine.
SOON_SECONDS = STATEMENT_LIMIT_SECONDS + 20


@pytest.fixture
def ours(tmp_path: Path) -> Generator[EmbeddedPostgres]:
    """A PostgreSQL that the server under test knows by its address only."""
    ours = EmbeddedPostgres(tmp_path / "elsewhere")
    with ours:
        yield ours
        ours.ensure_running()


def postmaster_of(data_dir: Path) -> int:
    """Return the process id of the PostgreSQL of a data folder."""
    postmaster = postmasters.find(data_dir / "postgres")
    assert postmaster is not None
    return postmaster.pid


def ask_everything(door: Door) -> list[Answer]:
    """Make every kind of call at the same time, several of each."""
    calls = [
        ("POST", EVENTS, events_of(["away"])),
        ("POST", USERS, A_USER),
        ("GET", "/api/v1/user/userData?userID=ada", None),
        ("GET", READY, None),
    ] * 4
    with ThreadPoolExecutor(len(calls)) as threads:
        asked = [threads.submit(door.call, *call, timeout_seconds=SOON_SECONDS) for call in calls]
        return [answer.result() for answer in asked[:4]]


def told_that_it_is_away(answers: list[Answer]) -> None:
    """Compare the answers to all kinds of calls with what is promised for a lost database."""
    assert [(answer.status, answer.body) for answer in answers] == [
        (503, {"response": {"message": AWAY, "status": "error"}}),
        (503, {"message": AWAY, "status_code": "503"}),
        (503, {"response": {"message": AWAY, "status": "error"}}),
        (503, {"status": "unavailable", "reason": AWAY}),
    ]
    assert [answer.headers.get("retry-after") for answer in answers[:3]] == ["2"] * 3


def test_while_the_database_is_gone_calls_get_503_and_then_succeed_by_themselves(
    serve: Serve, ours: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Restarts of a database server are a matter of its operator, who need not think of us."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "tidings.toml").write_text(f'database_url = "{ours.url}"\n')
    assert tidings("migrate", "--data-dir", data_dir).returncode == 0
    server = serve()
    door = open_door(server)
    with Load(door) as load:
        load.wait_for_more(Fate.ACKNOWLEDGED)
        kill(postmaster_of(tmp_path / "elsewhere"))
        load.wait_for_more(Fate.UNAVAILABLE, 20)
        told_that_it_is_away(ask_everything(door))
        assert door.call("GET", "/health/live").body == {"status": "live"}

        (web,), workers = server.children("web"), server.children("worker")
        kill(web)
        wait_until(lambda: server.children("web") not in ([], [web]), within_seconds=30)
        told_that_it_is_away(ask_everything(door))
        webs = server.children("web")

        ours.ensure_running()
        load.wait_for_more(Fate.ACKNOWLEDGED)
        sent = load.finish()
    wait_until(door.worker_lives, within_seconds=30)
    assert [server.children("web"), server.children("worker")] == [webs, workers]
    check(sent, marks_of(tmp_path / "elsewhere"))


def test_a_database_that_hangs_keeps_nobody_waiting_for_ever(serve: Serve) -> None:
    """Whoever waits holds memory and a connection; a 503 lets the sender keep the event."""
    server = serve()
    door = open_door(server)
    processes = [server.children("web"), server.children("worker")]
    postmaster = postmaster_of(server.data_dir)
    with Load(door) as load:
        load.wait_for_more(Fate.ACKNOWLEDGED)
        with frozen(postmaster):
            answers = ask_everything(door)
            assert door.call("GET", "/health/live").body == {"status": "live"}
            load.wait_for_each(Fate.UNAVAILABLE)
        told_that_it_is_away(answers)

        load.wait_for_more(Fate.ACKNOWLEDGED)
        sent = load.finish()
    wait_until(door.worker_lives, within_seconds=30)
    assert [server.children("web"), server.children("worker")] == processes
    assert server.postgres == postmaster
    check(sent, marks_of(server.data_dir))
