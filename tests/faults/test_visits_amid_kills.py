"""kill -9 of web processes while visits are counted: whoever sends again is counted once."""

import http.client
import itertools
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.cli.conftest import Server
from tests.faults.client import Door, open_door
from tests.faults.commits import database_of, make_commits_slow
from tests.faults.contacts import Json, Told, profile, upsert, upserted, visit, visited
from tests.faults.processes import kill
from tests.waiting import wait_until
from tests.web.server import Backstage
from tidings.base import clock, limits

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

CONTACTS = ["ada", "bob", "cyd"]
SENDERS = 8
KILLS = 4
# Bounds for a test that fails.
MOST_SECONDS = 60.0
MOST_TRIES = 10

# Whoever comes back sooner than RESENT_AFTER_MILLISECONDS may be counted twice.
PATIENCE_SECONDS = 3.0
# So long that whoever sees one under way can still kill within it.
SLOW_COMMIT_SECONDS = 0.1
LIST_PEOPLE = "SELECT user_id, created_at FROM profiles"
COUNT_COMMITS = """
SELECT count(*) AS commits FROM pg_stat_activity
WHERE query = 'COMMIT' AND wait_event = 'PgSleep'
"""


@dataclass(frozen=True)
class Counted:
    """A call that was answered.

    Shape:  sent_at - when the try was sent that got the answer.
    """

    contact: str
    mark: str
    told: Told
    sent_at: datetime


class Visitors:
    """Senders of visits, each sending one until it is answered, then the next."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._stop = threading.Event()
        self.counted: list[Counted] = []  # appended to by every sender

    def finish(self) -> None:
        """Let every sender come to the end of its call."""
        self._stop.set()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many calls more were answered."""
        wanted = len(self.counted) + count
        wait_until(lambda: len(self.counted) >= wanted, within_seconds=MOST_SECONDS)

    def send(self, sender: int) -> None:
        """Send visits until told to finish."""
        give_up_at = time.monotonic() + MOST_SECONDS
        for number in itertools.count():
            if self._stop.is_set() or time.monotonic() > give_up_at:
                return
            mark, contact = f"{sender}.{number}", CONTACTS[(sender + number) % len(CONTACTS)]
            # The mark's own contact tells when the call was done: by which try.
            call = {"contacts": [visit(contact, mark), visit(mark, mark)]}
            self.counted.append(self._send(call, contact, mark))

    def _send(self, call: Json, contact: str, mark: str) -> Counted:
        for _ in range(MOST_TRIES):
            sent_at = clock.now()
            try:
                return Counted(contact, mark, upsert(self._door, call), sent_at)
            except (OSError, http.client.HTTPException):
                time.sleep(PATIENCE_SECONDS)
        raise AssertionError(f"{mark} was sent {MOST_TRIES} times")


def kill_again_and_again(server: Server, visitors: Visitors, database: Backstage) -> None:
    """Kill one web process at any moment, and all of them within a commit, in turn."""
    dice = random.Random(0)  # noqa: S311 - the same plan in every run
    for turn in range(KILLS):
        visitors.wait_for_more(dice.randint(10, 40))
        wait_until(lambda: server.children("web"), within_seconds=MOST_SECONDS)
        killed = [dice.choice(server.children("web"))]
        if turn % 2:
            wait_until(lambda: is_committing(database), within_seconds=MOST_SECONDS)
            killed = server.children("web")
        for pid in killed:
            kill(pid)


def is_committing(database: Backstage) -> bool:
    """Say whether a commit is under way."""
    [row] = database.rows(COUNT_COMMITS)
    return row["commits"] > 0


def count_replayed(counted: list[Counted], created_at: dict[str, datetime]) -> int:
    """Count the calls that had been done well before the try that was answered."""
    before = timedelta(milliseconds=limits.RESENT_AFTER_MILLISECONDS)
    return sum(one.sent_at - created_at[one.mark] >= before for one in counted)


def test_every_visit_is_counted_once_however_often_it_had_to_be_sent(serve: Serve) -> None:
    """The one who sends it cannot know whether the process was killed before or after it."""
    server = serve("--web-processes", "2")
    door = open_door(server)
    upsert(door, {"contacts": [{"id": contact} for contact in CONTACTS]})
    visitors = Visitors(door)
    with database_of(server) as database:
        make_commits_slow(database, by_seconds=SLOW_COMMIT_SECONDS)
        with ThreadPoolExecutor(SENDERS) as threads:
            sending = [threads.submit(visitors.send, sender) for sender in range(SENDERS)]
            try:
                kill_again_and_again(server, visitors, database)
            finally:
                visitors.finish()
        for sender in sending:
            sender.result()
        people = database.rows(LIST_PEOPLE)

    counted = visitors.counted
    assert {one.mark: one.told for one in counted} == {
        one.mark: upserted(inserted=[one.mark], updated=[one.contact]) for one in counted
    }
    for contact in CONTACTS:
        marks = sorted(one.mark for one in counted if one.contact == contact)
        kept = profile(door, contact)
        assert {**kept, "marks": sorted(kept["marks"])} == visited(contact, *marks)
    created_at = {row["user_id"]: row["created_at"] for row in people}
    assert created_at.keys() == {*CONTACTS, *(one.mark for one in counted)}
    assert count_replayed(counted, created_at) > 0, "no process was killed after a commit"
