"""One client of a running server: its key, its calls, and what is asked of the database after."""

import asyncio
import http.client
import json
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.conftest import Server, tidings
from tests.waiting import wait_until
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import connect

EVENTS = "/api/event"
USERS = "/api/v1/user/create"
UNLIMITED = "1000000000"

AWAY = "The database cannot be reached; nothing was stored. Send again shortly."

_MARKS = """
SELECT events.attributes ->> 'mark' AS mark, profiles.user_id
FROM events
LEFT JOIN profiles USING (slot, profile_id)
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Door:
    """Where a server listens, and the headers that open it."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)

    def connect(self, *, timeout_seconds: float = 30.0) -> http.client.HTTPConnection:
        """Make a connection of one's own, to be closed by whoever asked for it."""
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout_seconds)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        timeout_seconds: float = 30.0,
        **headers: str,
    ) -> Answer:
        """Make one call on a connection of its own."""
        connection = self.connect(timeout_seconds=timeout_seconds)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {**self.headers, **headers})
            return read_answer(connection)
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Say whether the server says that it can serve calls."""
        try:
            return self.call("GET", "/health/ready").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def worker_lives(self) -> bool:
        """Say whether the server has heard of its worker in the last seconds."""
        answer = self.call("GET", "/health/ready")
        return answer.status == 200 and answer.body["worker"].startswith("lives")


def read_answer(connection: http.client.HTTPConnection) -> Answer:
    """Read the answer to the call just made.

    Errors: http.client's, also for an answer that is cut short.
    """
    response = connection.getresponse()
    text = response.read()
    body = json.loads(text) if response.getheader("content-type") == "application/json" else text
    return Answer(response.status, body, {k.lower(): v for k, v in response.getheaders()})


def open_door(server: Server) -> Door:
    """Return the door to a server that was just started for the first time, without rate limits."""
    # The brand is printed after all that a server prints at every start.
    wait_until(lambda: "API key" in server.printed)
    brand = re.search(r"Brand id\s+(\d+)", server.printed)
    key = re.search(r"API key\s+(\S+)", server.printed)
    address = re.search(r"://(\S+):(\d+)", server.url)
    assert brand is not None
    assert key is not None
    assert address is not None
    headers = {
        "x-brand-id": brand[1],
        "x-api-key": key[1],
        "content-type": "application/json",
    }
    door = Door(address[1], int(address[2]), headers)
    limits = ("--event", UNLIMITED, "--user", UNLIMITED)
    assert tidings("brand", "limits", "--data-dir", server.data_dir, brand[1], *limits).stdout
    # Every web process learns of it within seconds.
    wait_until(
        lambda: all(
            door.call("POST", EVENTS, {}).headers["x-ratelimit-limit"] == UNLIMITED
            for _ in range(3)
        ),
        within_seconds=30,
    )
    return door


def events_of(marks: Sequence[str]) -> dict[str, Any]:
    """Make a call's body with one event for each mark."""
    return {
        "nv": [
            {
                "userID": f"user-{zlib.crc32(mark.encode()) % 500}",
                "event_name": "Page Viewed",
                "attributes": {"mark": mark},
            }
            for mark in marks
        ]
    }


def stored_marks(url: str) -> Counter[str]:
    """Count the events of each mark; everyone of them must belong to somebody.

    Shape:  url - of the database.
    """

    async def read() -> Counter[str]:
        connection = await connect(url)
        try:
            rows = await connection.fetch(_MARKS)
        finally:
            await connection.close()
        assert [row["mark"] for row in rows if row["user_id"] is None] == []
        return Counter(row["mark"] for row in rows)

    return asyncio.run(read())


def marks_of(data_dir: Path) -> Counter[str]:
    """Count the events of each mark in a data folder, whether its database runs or not."""
    with EmbeddedPostgres(data_dir) as url:
        return stored_marks(url)
