"""Every call that a page shows is made, and is answered as the page says."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.docs.conftest import Running
from tests.docs.curl import is_as_printed, pretty, run_curl
from tests.docs.pages import DOCS, ROOT, blocks_of
from tests.web.mailing import add_channel, add_push_channels, add_template
from tidings.base.ids import BrandId
from tidings.campaigns import jobs as campaigns
from tidings.segments.jobs import Jobs
from tidings.storage.pool import Database
from tidings.work.worker import Worker

ANSWER = re.compile(r"Answer(?:, (?P<status>\d{3}))?:")
SET_UP = "export TIDINGS="
APIS = tuple(DOCS / f"{name}.md" for name in ("segments", "campaigns", "devices", "pushes"))
"""Pages that have calls under this heading only: `The API`."""


async def give_what_pages_name(database: Database, brand_id: BrandId) -> None:
    """Give a brand channels and templates."""
    async with database.transaction() as tx:
        await add_channel(tx, brand_id)
        await add_push_channels(tx, brand_id)
        for key in ("hello", "order-shipped", "summer-sale"):
            await add_template(tx, brand_id, key)


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *(DOCS / f"{name}.md" for name in ("notifyvisitors", "notifuse")), *APIS],
    ids=lambda page: page.name,
)
async def test_every_example_of_a_page_is_answered_as_printed(
    page: Path, database_url: str, running: Running
) -> None:
    """A reader pastes them in order; the first that fails costs more trust than the page earns."""
    shown = [
        block
        for block in blocks_of(page)
        if block.language in {"sh", "json"} and (page not in APIS or block.heading == "The API")
    ]
    assert shown[0].text.startswith(SET_UP)
    pairs = list(zip(shown[1::2], shown[2::2], strict=True))
    assert pairs, "the page shows no call"
    async with (
        Database(database_url) as database,
        running(database_url) as shop,
        httpx.AsyncClient() as client,
    ):
        await give_what_pages_name(database, BrandId(shop.brand_id))
        worker = Worker(database, {**Jobs().handlers(), **campaigns.handlers()})
        for call, answer in pairs:
            where = f"{page.name}:{call.line}"
            assert (call.language, answer.language) == ("sh", "json"), where
            said = ANSWER.fullmatch(answer.before)
            assert said is not None, f"{where}: 'Answer:' must stand above {answer.text}"
            got = await run_curl(client, call.text, shop.variables)
            assert got.status_code == int(said["status"] or 200), f"{where}: {got.text}"
            assert is_as_printed(json.loads(answer.text), got.json()), (
                f"{where} answers:\n{pretty(got.json())}"
            )
            while await worker.turn() == 0.0:
                pass


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("notifyvisitors.md", 10),
        ("notifuse.md", 4),
        ("segments.md", 9),
        ("campaigns.md", 8),
        ("devices.md", 6),
        ("pushes.md", 9),
    ],
)
def test_the_page_of_a_wire_shows_every_url_of_it(name: str, count: int) -> None:
    """A call that nobody wrote an example for is a call that nobody read."""
    page = DOCS / name
    examples = "".join(block.text for block in blocks_of(page) if block.language == "sh")
    urls = re.findall(r"^\| `(/(?:api|v2)/[^`]+)` \|", page.read_text(encoding="utf-8"), re.M)
    assert len(urls) == count
    assert [url for url in urls if url not in examples] == []
