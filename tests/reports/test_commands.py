"""The commands by which an operator looks at reports."""

import asyncio
import csv
import io
from datetime import timedelta

import pytest
from click.testing import CliRunner

from tests.messages.post import Post
from tests.reports.deeds import LINK, hear_of, messages_of, send
from tidings.base import clock
from tidings.base.errors import Refused
from tidings.campaigns.model import CampaignId
from tidings.cli.reports import report as commands

NUMBERS = "2 0 1 1 0 0 0 1 0 0 0 0.00"
"""Of the campaign below, as every table of it has them."""


async def run(post: Post, command: object, *words: object) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused."""
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [str(command), str(post.brand_id), *map(str, words)],
        env={"TIDINGS_DATABASE_URL": post.shop.database.url},
    )
    refused = result.exception
    return refused.message if isinstance(refused, Refused) else result.output


def rows(table: str) -> list[list[str]]:
    """Return the cells of a table that was printed, its head first."""
    return [line.split() for line in table.splitlines()]


@pytest.fixture
async def sale(post: Post) -> CampaignId:
    """Send a campaign to two people, of whom one clicks and one wants no mails."""
    await post.add_template("hello")
    ada, _ = await post.people("ada", "bob")
    await post.shop.send(post.shop.change("bob", {"email_opt_in": 0}))
    campaign = await send(post)
    await hear_of(post, (await messages_of(post, campaign))[ada])
    return campaign


async def test_campaigns_are_listed_with_their_numbers(post: Post, sale: CampaignId) -> None:
    """Of a time and a channel, or all."""
    today = clock.now().date()
    head, *listed = rows(await run(post, "list"))

    assert head == [
        *("id", "name", "channel", "state", "intended", "waiting", "skipped", "sent", "failed"),
        *("delivered", "opened", "clicked", "bounced", "unsubscribed", "converted", "revenue"),
    ]
    assert [" ".join(row) for row in listed] == [f"{sale} Sale mail finished {NUMBERS}"]
    for words, expected in (
        (("--from", today, "--to", today, "--channel", "mail"), listed),
        (("--from", "0001-01-01", "--to", "9999-12-31"), listed),
        (("--channel", "sms"), []),
        (("--to", today - timedelta(days=1)), []),
    ):
        assert rows(await run(post, "list", *words))[1:] == expected, words


async def test_a_campaign_is_told_whole(post: Post, sale: CampaignId) -> None:
    """Numbers and shares, then by reason, template, day and link."""
    printed = await run(post, "campaign", sale)

    assert [" ".join(row) for row in rows(printed) if row][1:] == [
        f"all {NUMBERS}",
        "of those sent 0.0% 0.0% 100.0% 0.0% 0.0% 0.0%",
        "reason messages",
        "skipped opted_out 1",
        "template " + " ".join(rows(printed)[0]),
        f"hello {NUMBERS}",
        "day " + " ".join(rows(printed)[0]),
        f"{clock.now().date()} {NUMBERS}",
        "link clicked",
        f"{LINK} 1",
    ]


@pytest.mark.parametrize("by", ["channel", "template", "day"])
async def test_a_brand_is_told_by_one_thing(post: Post, sale: CampaignId, by: str) -> None:
    """All that it sent."""
    assert sale
    key = {"channel": "mail", "template": "hello", "day": f"{clock.now().date()}"}[by]

    head, line = rows(await run(post, "brand", "--by", by))

    assert (head[0], " ".join(line)) == (by, f"{key} {NUMBERS}")
    assert len(rows(await run(post, "brand", "--by", by, "--to", "2020-01-01"))) == 1


async def test_every_report_can_be_a_sheet(post: Post, sale: CampaignId) -> None:
    """With the columns of the page and a row for each thing."""
    sheets = [
        await run(post, *command, "--csv")
        for command in (("list",), ("campaign", sale), ("brand", "--by", "day"))
    ]

    read = [list(csv.DictReader(io.StringIO(sheet), strict=True)) for sheet in sheets]
    assert [[row["sent"] for row in each] for each in read] == [
        ["1"],
        ["1", "", "1", "1", ""],
        ["1"],
    ]
    assert read[0][0]["campaign_id"] == str(sale)
    assert [row["by"] for row in read[1]] == [
        *("all", "skipped by reason", "template", "day", "link"),
    ]


async def test_an_unknown_campaign_is_said_to_be_unknown(post: Post) -> None:
    """In words for the person at the terminal."""
    assert await run(post, "campaign", 99) == f"Brand {post.brand_id} has no campaign 99."
