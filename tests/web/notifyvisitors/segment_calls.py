"""Calls about segments, and the worker that does what they ask."""

import asyncio
from typing import Any

from tests.web.notifyvisitors.refusals import Json
from tests.web.server import Caller, Told
from tidings.campaigns import jobs as campaigns
from tidings.events.jobs import Jobs as EventJobs
from tidings.events.recording import Recorder
from tidings.main import SEGMENT_LISTENERS
from tidings.messages import jobs as messages
from tidings.schema.catalog import Catalog
from tidings.segments.jobs import Jobs
from tidings.storage.pool import Database
from tidings.work.worker import Worker

BOUGHT: Json = {"event": {"name": "Bought"}}
VIEWED: Json = {"event": {"name": "Viewed"}}


def path(name: str) -> str:
    """Return the URL of a call."""
    return f"/api/v1/segment/{name}"


def success(**data: Any) -> Told:
    """Return the success of a call about segments."""
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


def ask(caller: Caller, name: str, /, **body: Any) -> Json:
    """Make a call that succeeds, and return what it tells."""
    answer = caller.post(path(name), body)
    assert answer.status_code == 200, answer.text
    return answer.json()["response"]["data"]


async def work_in(url: str) -> None:
    """Do everything that is due in a database."""
    async with Database(url) as database:
        handlers = {
            **Jobs(SEGMENT_LISTENERS).handlers(),
            **SEGMENT_LISTENERS,
            **campaigns.handlers(),
            **EventJobs(Recorder(Catalog(), database.transaction)).handlers(),
            **messages.handlers(),
        }
        worker = Worker(database, handlers)
        while await worker.turn() == 0.0:
            pass


def work(url: str) -> None:
    """Do the same for a test that has no event loop."""
    asyncio.run(work_in(url))


def publish(caller: Caller, url: str, definition: Json, *, name: str = "Some") -> int:
    """Create a segment and build it; return its id."""
    segment_id: int = ask(caller, "create", name=name, definition=definition)["segment_id"]
    work(url)
    return segment_id


def pages(caller: Caller, name: str, /, **body: Any) -> list[list[Json]]:
    """Follow the cursors of a call to the end, and return every page."""
    found: list[list[Json]] = []
    cursor: str | None = None
    while not found or cursor is not None:
        data = ask(caller, name, **body, cursor=cursor)
        cursor = data.pop("cursor")
        [page] = data.values()
        found.append(page)
    return found


def names(people: list[Json]) -> list[str]:
    """Return the user ids of people, sorted."""
    return sorted(one["userID"] for one in people)
