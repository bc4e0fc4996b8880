"""The database goes away under the committer, and comes back."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base.errors import Code, Refused
from tidings.base.metrics import Metrics
from tidings.events.committer import Committer
from tidings.events.model import Outcome, Stored
from tidings.identity import actions as identity
from tidings.schema.catalog import Catalog

AWAY = "The database cannot be reached; nothing was stored. Send again shortly."
NOBODY_KNOWS = (
    "The database was lost while it stored this call, so it may or may not be stored. "
    "Send again; with an Idempotency-Key or event_ids nothing is stored twice."
)

KILL = """
SELECT count(pg_terminate_backend(pid, 5000))
FROM pg_stat_activity
WHERE application_name = 'tidings ingest' AND datname = '{}'
"""


def kill_ingest(postgres: Postgres, shop: Shop) -> int:
    """End the connections of ingest, as a restart of the server does; say how many there were."""
    found = re.search(r"@/(\w+)", shop.database.url)
    assert found is not None
    (killed,) = postgres.execute(KILL.format(found[1]))
    return killed


def told(outcome: Outcome | Refused) -> tuple[Code, str, int | None] | Outcome:
    """Return what a client is told."""
    if isinstance(outcome, Refused):
        return outcome.code, outcome.message, outcome.retry_after_seconds
    return outcome


async def send_until_stored(shop: Shop, user: str) -> list[object]:
    """Send as a client does that comes back after a refusal; return what it was told before."""
    refusals: list[object] = []
    while True:
        (outcome,) = await shop.send_all(shop.batch(shop.event(user)))
        if not isinstance(outcome, Refused):
            return refusals
        refusals.append(told(outcome))
        assert len(refusals) < 100


async def test_calls_whose_connection_is_lost_are_refused_and_later_ones_stored(
    postgres: Postgres, shop: Shop
) -> None:
    """The clients send again; nothing of theirs was stored, so nothing is there twice."""
    everybody = [f"user {number}" for number in range(10)]
    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, [shop.user(user) for user in everybody])
        sending = asyncio.create_task(
            shop.send_all(*(shop.batch(shop.change(user, {"a": 1})) for user in everybody))
        )
        await wait_until(lambda: count_waiting(shop.database))
        assert kill_ingest(postgres, shop) >= 1
        outcomes = await sending

    assert [told(outcome) for outcome in outcomes] == [(Code.UNAVAILABLE, AWAY, 2)] * 10
    assert [await shop.profile(user) for user in everybody] == [None] * 10
    for user in everybody:
        await send_until_stored(shop, user)
    assert len(await shop.events()) == 10


async def test_connections_lost_between_commits_are_opened_again(
    postgres: Postgres, shop: Shop
) -> None:
    """A call or two may be refused until the loss is noticed, and none is half done."""
    for number in range(5):
        await send_until_stored(shop, f"user {number}")
        kill_ingest(postgres, shop)

        refusals = await send_until_stored(shop, f"user {number}")

        assert refusals in ([], [(Code.UNAVAILABLE, AWAY, 2)])
    assert len(await shop.events()) == 10


async def test_what_was_acknowledged_amid_losses_is_there_once(
    postgres: Postgres, shop: Shop
) -> None:
    """Connections die all the time; every call that got its answer is stored, with its id once."""
    acknowledged: list[str] = []
    stopped = asyncio.Event()

    async def send(sender: int) -> None:
        for number in range(60):
            event_id = f"{sender}/{number}"
            # A client that was refused sends the same again until it is told that it is stored.
            for _ in range(100):
                event = shop.event(f"user {sender}", event_id=event_id)
                (outcome,) = await shop.send_all(shop.batch(event))
                if isinstance(outcome, Stored):
                    acknowledged.append(event_id)
                    break

    async def kill() -> None:
        while not stopped.is_set():
            so_far = len(acknowledged)
            await asyncio.to_thread(kill_ingest, postgres, shop)
            await wait_until(lambda: stopped.is_set() or len(acknowledged) > so_far + 5)  # noqa: B023

    killing = asyncio.create_task(kill())
    await asyncio.gather(*(send(sender) for sender in range(8)))
    stopped.set()
    await killing

    assert sorted(acknowledged) == sorted(f"{s}/{n}" for s in range(8) for n in range(60))
    assert sorted(kept.event_id or "" for kept in await shop.events()) == sorted(acknowledged)
    assert await shop.count_orphans() == 0


async def test_without_a_database_calls_are_refused_at_once(shop: Shop, tmp_path: Path) -> None:
    """They do not pile up; Retry-After says when to come back."""
    url = f"postgresql://tidings@/tidings?host={tmp_path}"
    lost = Committer(url, Catalog(), Metrics())
    lost.start()

    with pytest.raises(Refused) as raised:
        await lost.submit(shop.batch(shop.event("ada")))
    await lost.close()

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)


async def test_a_lost_connection_in_the_commit_says_that_nobody_knows(
    postgres: Postgres, shop: Shop
) -> None:
    """It may be stored: the client is told how to send again without storing it twice."""
    # A deferred check runs inside COMMIT and waits there for this transaction's lock.
    await shop.send(shop.event("ada"))
    async with shop.database.connection() as connection:
        await connection.execute(WAIT_IN_COMMIT)
    async with shop.database.transaction() as tx:
        await tx.execute("LOCK TABLE gate IN ACCESS EXCLUSIVE MODE")
        sending = asyncio.create_task(shop.send_all(shop.batch(shop.change("ada", {"a": 1}))))
        await wait_until(lambda: count_waiting(shop.database))
        kill_ingest(postgres, shop)
        (outcome,) = await sending

    assert told(outcome) == (Code.UNAVAILABLE, NOBODY_KNOWS, 2)


async def test_a_lost_connection_in_the_short_way_says_that_nobody_knows(
    postgres: Postgres, shop: Shop
) -> None:
    """There the one statement is its own commit."""
    await shop.send(shop.event("ada"))
    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, [shop.user("ada")])
        sending = asyncio.create_task(shop.send_all(shop.batch(shop.event("ada"))))
        await wait_until(lambda: count_waiting(shop.database))
        kill_ingest(postgres, shop)
        (outcome,) = await sending

    assert told(outcome) == (Code.UNAVAILABLE, NOBODY_KNOWS, 2)
    await send_until_stored(shop, "ada")


WAIT_IN_COMMIT = """
CREATE TABLE gate ();
CREATE FUNCTION pass_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM gate;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER waits AFTER UPDATE ON profiles
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION pass_the_gate();
"""
