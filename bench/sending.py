"""`python -m bench.sending`: a campaign to its last mail, and the start of a large one.

Beside it stands a bare loop that hands mails of the same size, written beforehand, to the same sink
over as many connections by the library's own `sendmail`.
"""

import asyncio
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import msgspec
from msgspec.structs import astuple

from bench import material
from bench.load import send_all, wrk
from bench.server import Server, serving
from bench.sink import Sink, sink
from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.keyring import open_keyring
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import Database, connect
from tidings.templates import actions as templates

PEOPLE = 50_000
MANY = 1_000_000
CONNECTIONS = 8
BARE_MAILS = 20_000
INGEST_CONNECTIONS = 8
_BATCHES = material.bodies(material.events(material.EVENTS), 1_000)
_SINGLES = material.bodies(material.events(20_000), 1)
_LINES = 80  # of 72 bytes: as long as the campaign's mails
_MOST_SECONDS = 300

MJML = """
<mjml><mj-body><mj-section><mj-column>
<mj-text font-size="20px">Dear {{ first_name }} {{ last_name }}</mj-text>
<mj-text>In {{ city }} you have {{ points | number }} points since {{ since | date }}.</mj-text>
<mj-image src="https://shop.test/sale.png" href="https://shop.test/sale" alt="Sale"></mj-image>
<mj-button href="https://shop.test/spring/{{ city }}">Look</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">No more of these</a></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


@dataclass(frozen=True)
class Sent:
    """How a campaign went.

    Units:  seconds - from its start to the last mail; used - seconds of a processor, by process.
    """

    seconds: float
    used: dict[str, float]


async def prepare(url: str, server: Server, port: int, *, people: int) -> None:
    """Put people into the database, and a channel to the sink and a template."""
    connection = await connect(url)
    brand_id, at = server.target.brand_id, datetime.now(UTC)
    users = [
        identifier_of(BrandId(brand_id), IdentifierKind.USER_ID, f"user-{number}")
        for number in range(people)
    ]
    await connection.execute(
        "TRUNCATE events, profiles, identifiers, campaigns, channels, templates CASCADE"
    )
    await connection.copy_records_to_table(
        "identifiers",
        records=[(*astuple(who), who.slot, number) for number, who in enumerate(users)],
        columns=["slot", "brand_id", "kind", "value", "profile_slot", "profile_id"],
    )
    await connection.copy_records_to_table(
        "profiles",
        records=[
            (who.slot, number, brand_id, who.value, _attributes(number), at, at)
            for number, who in enumerate(users)
        ],
        columns=[
            *("slot", "profile_id", "brand_id", "user_id", "attributes"),
            *("created_at", "updated_at"),
        ],
    )
    await connection.execute("VACUUM ANALYZE profiles, identifiers")
    await connection.close()
    keyring = open_keyring("", data_dir=server.data_dir, is_embedded=True)
    async with Database(url, size=1) as database, database.transaction() as tx:
        settings = {"host": "127.0.0.1", "port": port, "security": "none"}
        settings |= {"from_address": "news@shop.test", "messages_per_connection": 100_000}
        wanted = Wanted("mail", "smtp", settings, connections=CONNECTIONS)
        await channels.add(tx, keyring, BrandId(brand_id), wanted)
        await templates.create(
            tx,
            BrandId(brand_id),
            "spring",
            name="Spring",
            medium=Medium.EMAIL,
            content={"subject": "Spring for {{ first_name }}", "mjml": MJML},
        )


def _attributes(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "email": f"user-{number}@people.test",
            "first_name": "Ada",
            "last_name": f"Number{number}",
            "city": "Pune",
            "points": number,
            "since": "2024-03-01",
        }
    )


async def start(url: str, brand_id: int, name: str) -> CampaignId:
    """Start a campaign to everybody."""
    asked = {"name": name, "channel": "mail", "template": "spring", "audience": "all"}
    async with Database(url, size=1) as database, database.transaction() as tx:
        campaign_id = await campaigns.create(tx, BrandId(brand_id), asked)
        await campaigns.schedule(tx, BrandId(brand_id), campaign_id)
    return campaign_id


async def send_campaign(url: str, server: Server, into: Sink) -> Sent:
    """Send a campaign and wait for its last mail."""
    before, used = into.taken, server.processor_seconds()
    begun = clock.monotonic()
    await start(url, server.target.brand_id, "all")
    while into.taken < before + PEOPLE:
        await asyncio.sleep(0.01)
        if clock.monotonic() - begun > _MOST_SECONDS:
            raise RuntimeError(f"only {into.taken - before} mails came")
    seconds = clock.monotonic() - begun
    after = server.processor_seconds()
    return Sent(seconds, {kind: after[kind] - used[kind] for kind in used})


async def begin_large(url: str, server: Server, into: Sink) -> tuple[float, float]:
    """Start a campaign; return the seconds until its first mail, and until all people are known."""
    before, first, begun = into.taken, 0.0, clock.monotonic()
    campaign_id = await start(url, server.target.brand_id, "large")
    async with Database(url, size=1) as database:
        while True:
            await asyncio.sleep(0.05)
            if not first and into.taken > before:
                first = clock.monotonic() - begun
            async with database.transaction() as tx:
                found = await campaigns.find(tx, BrandId(server.target.brand_id), campaign_id)
            if found.slots_left == 0 and first:
                return first, clock.monotonic() - begun


def ingest(server: Server) -> tuple[float, float]:
    """Return how many events a second are taken in, and the p99 of single ones in milliseconds."""
    sent = send_all(server.target, "/api/event", _BATCHES, connections=INGEST_CONNECTIONS)
    single = wrk(server.target, "/api/event", _SINGLES, connections=INGEST_CONNECTIONS, seconds=5)
    return material.EVENTS / sent.seconds, single.p99_ms


async def bare_loop(port: int, content: bytes, count: int) -> float:
    """Return how many of the same mail go to the sink in a second, over as many connections."""

    async def one(number: int) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        for _ in range(number):
            await client.sendmail("news@shop.test", ["ada@people.test"], content)
        await client.quit()

    begun = time.monotonic()
    await asyncio.gather(*(one(count // CONNECTIONS) for _ in range(CONNECTIONS)))
    return count / (time.monotonic() - begun)


def main() -> None:
    """Measure and print everything, on a server and a database of its own."""
    with (
        sink() as into,
        tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder,
        _joined(Path(folder)) as url,
    ):
        for workers in (1, 2):
            with serving(Path(folder), web_processes=1, worker_processes=workers) as server:
                measure_campaign(url, server, into, workers=workers)
        with serving(Path(folder), web_processes=1) as server:
            measure_large(url, server, into)


def measure_campaign(url: str, server: Server, into: Sink, *, workers: int) -> None:
    """Measure a campaign to its last mail, beside the bare loop."""
    asyncio.run(prepare(url, server, into.port, people=PEOPLE))
    content = b"Subject: Spring\r\n\r\n" + (b"x" * 70 + b"\r\n") * _LINES
    bare = asyncio.run(bare_loop(into.port, content, BARE_MAILS))
    sent = asyncio.run(send_campaign(url, server, into))
    rate = PEOPLE / sent.seconds
    used = {kind: seconds / PEOPLE * 1_000 for kind, seconds in sent.used.items()}
    each = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in used.items())
    print(
        f"a campaign to {PEOPLE:,}, {workers} worker process{'es' * (workers > 1)}: {rate:,.0f}/s "
        f"(reach 800); bare loop {bare:,.0f}/s; ratio {rate / bare:.2f} (reach 0.60); processor "
        f"per 1,000: {each}; memory of the sender {server.memory()['worker']:.0f} MB (reach 250)",
        flush=True,
    )


def measure_large(url: str, server: Server, into: Sink) -> None:
    """Measure the start of a large campaign, and ingest beside it."""
    asyncio.run(prepare(url, server, into.port, people=MANY))
    alone, _ = ingest(server)
    first, known = asyncio.run(begin_large(url, server, into))
    print(
        f"a campaign to {MANY:,}: first mail after {first:.1f} s (reach 5), everybody known "
        f"after {known:.1f} s (reach 30)",
        flush=True,
    )
    before, begun = into.taken, clock.monotonic()
    beside, p99_ms = ingest(server)
    mails = (into.taken - before) / (clock.monotonic() - begun)
    print(
        f"ingest beside it: {beside:,.0f}/s; alone {alone:,.0f}/s; ratio {beside / alone:.2f} "
        f"(reach 0.60); p99 of single events {p99_ms:.0f} ms (reach 150); mails meanwhile "
        f"{mails:,.0f}/s",
        flush=True,
    )


@contextmanager
def _joined(folder: Path) -> Generator[str]:
    database = EmbeddedPostgres(folder)
    try:
        yield database.start_or_join()
    finally:
        database.leave()


if __name__ == "__main__":
    main()
