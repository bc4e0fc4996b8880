"""Load: senders that remember what was promised to them."""

import http.client
import itertools
import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from http.client import HTTPConnection as Connection
from typing import Self

from tests.faults.client import EVENTS, Answer, Door, events_of, read_answer
from tests.waiting import wait_until

# Bounds for a test that fails to stop its load.
MOST_CALLS_PER_SENDER = 20_000
MOST_SECONDS = 150.0

PAUSE_SECONDS = 0.05  # of a sender that was not served; one that is served goes on at once


class Fate(Enum):
    """What the sender of a call knows of it."""

    ACKNOWLEDGED = "answered with 2xx"
    REFUSED = "answered with 4xx"
    UNAVAILABLE = "answered with 503"
    UNANSWERED = "the connection ended before the first byte of an answer"
    CUT_SHORT = "the connection ended within the answer"
    HUNG = "no answer in time"
    FAILED = "answered with something else"


@dataclass(frozen=True)
class Sent:
    """A call, the marks of its events, and how the last try of it ended."""

    marks: Sequence[str]
    fate: Fate


class Load:
    """Senders that send one call after the other, each over a connection of its own.

    Shape:  door - where to; retries - with them a call that was not acknowledged is sent again
            with the same Idempotency-Key until it is; else everything is sent once.
    """

    def __init__(
        self,
        door: Door,
        *,
        senders: int = 4,
        retries: bool = False,
        answer_seconds: float = 60.0,
    ) -> None:
        self._door = door
        self._retries = retries
        self._answer_seconds = answer_seconds
        self._stop = threading.Event()
        self._too_long = threading.Event()
        self._alarm = threading.Timer(MOST_SECONDS, self._too_long.set)
        self._sent: list[Sent] = []  # appended to by every sender
        self._tries: list[Counter[Fate]] = [Counter() for _ in range(senders)]
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._send, args=(number,)) for number in range(senders)
        ]

    def __enter__(self) -> Self:
        self._alarm.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> list[Sent]:
        """Stop when every call has met its fate, and return them all."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._alarm.cancel()
        return self._sent

    def count(self, *fates: Fate) -> int:
        """Count the tries that ended in one of these ways so far."""
        with self._lock:
            return sum(tries[fate] for tries in self._tries for fate in fates)

    def wait_for_more(self, fate: Fate, count: int = 50) -> None:
        """Wait until so many tries more have ended in this way."""
        wanted = self.count(fate) + count
        wait_until(lambda: self.count(fate) >= wanted, within_seconds=90)

    def wait_for_each(self, fate: Fate) -> None:
        """Wait until a try of every sender has ended in this way."""
        tries = [Counter(tries) for tries in self._tries]
        wait_until(
            lambda: all(
                now[fate] > then[fate] for now, then in zip(self._tries, tries, strict=True)
            ),
            within_seconds=90,
        )

    def _send(self, sender: int) -> None:
        connection = self._door.connect(timeout_seconds=self._answer_seconds)
        try:
            for number in itertools.count():
                if self._is_over() or number == MOST_CALLS_PER_SENDER:
                    return
                marks = [f"{sender}.{number}.{event}" for event in range(_size(number))]
                body = _body(marks, is_bad=number % 11 == 5)
                self._sent.append(Sent(marks, self._try(connection, sender, body, marks[0])))
        finally:
            connection.close()

    def _try(self, connection: Connection, sender: int, body: str, key: str) -> Fate:
        while True:
            fate = self._call(connection, body, key)
            with self._lock:
                self._tries[sender][fate] += 1
            if fate in {Fate.ACKNOWLEDGED, Fate.REFUSED}:
                return fate
            connection.close()
            if not self._retries:
                self._stop.wait(PAUSE_SECONDS)
                return fate
            # Not until `_stop`: who wants each call to be done once does not give up.
            if self._too_long.wait(PAUSE_SECONDS):
                return fate

    def _call(self, connection: Connection, body: str, key: str) -> Fate:
        once = {"idempotency-key": key} if self._retries else {}
        try:
            connection.request("POST", EVENTS, body, {**self._door.headers, **once})
            return _fate_of(read_answer(connection))
        except (http.client.RemoteDisconnected, ConnectionError):
            return Fate.UNANSWERED
        except http.client.HTTPException:
            return Fate.CUT_SHORT
        except TimeoutError:
            return Fate.HUNG

    def _is_over(self) -> bool:
        return self._stop.is_set() or self._too_long.is_set()


def check(sent: Sequence[Sent], stored: Counter[str]) -> None:
    """Compare what was promised with what is kept.

    Shape:  stored - how often the event of each mark is in the database.
    """
    times: dict[Fate, set[int]] = {
        Fate.ACKNOWLEDGED: {1},
        Fate.REFUSED: {0},
        Fate.UNAVAILABLE: {0, 1},
        Fate.UNANSWERED: {0, 1},
        Fate.CUT_SHORT: {0, 1},
    }
    assert [call for call in sent if call.fate not in times] == []
    kept = [(call, {stored[mark] for mark in call.marks}) for call in sent]
    assert [(call, found) for call, found in kept if not found <= times[call.fate]] == []
    assert [(call, found) for call, found in kept if len(found) > 1] == [], "half a call is kept"
    assert stored.keys() <= {mark for call in sent for mark in call.marks}


def _fate_of(answer: Answer) -> Fate:
    if answer.status == 503 and "retry-after" in answer.headers:
        return Fate.UNAVAILABLE
    return {2: Fate.ACKNOWLEDGED, 4: Fate.REFUSED}.get(answer.status // 100, Fate.FAILED)


def _size(number: int) -> int:
    return 40 if number % 5 == 0 else 1


def _body(marks: Sequence[str], *, is_bad: bool) -> str:
    body = events_of(marks)
    if is_bad:
        body["nv"].append({"event_name": "Event of nobody", "attributes": {}})
    return json.dumps(body)
