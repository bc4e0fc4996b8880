"""The commands by which an operator sends campaigns."""

import asyncio
import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

from tests.messages.post import Post
from tests.support import wait_until
from tidings.base.errors import Refused
from tidings.cli.campaigns import campaign as commands

SALE = {"name": "Sale", "channel": "mail", "template": "hello", "audience": "all"}


async def run(post: Post, command: str, *words: object, definition: Any = None) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused.

    Shape:  definition - what it reads from standard input.
    """
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [command, str(post.brand_id), *map(str, words)],
        input=json.dumps(definition),
        env={"TIDINGS_DATABASE_URL": post.shop.database.url},
    )
    refused = result.exception
    return refused.message if isinstance(refused, Refused) else result.output


async def shown(post: Post, campaign_id: int) -> dict[str, str]:
    """Return the lines of `show` but for its times."""
    lines = (await run(post, "show", campaign_id)).splitlines()
    pairs = [re.split(r" {2,}", line.strip(), maxsplit=1) for line in lines]
    times = {"Created", "Starts", "Started", "Finished"}
    return {label: text for label, text in pairs if label not in times}


async def test_a_draft_is_started_and_shown_while_it_is_sent(post: Post) -> None:
    """With the reasons of those that are not sent."""
    await post.add_template("hello")
    await post.people("ada", "bob")
    await post.people("cyd", email_opt_in=0)
    post.server.unknown.add("bob@people.test")

    assert await run(post, "create", "-", definition=SALE) == "Campaign 1 is a draft.\n"
    assert re.fullmatch(r"Campaign 1 is scheduled for \S+ \S+Z\.\n", await run(post, "start", 1))
    await post.work()
    assert await shown(post, 1) == {
        "Name": "Sale",
        "Channel": "mail",
        "State": "sending",
        "Intended": "3",
        "Sent": "0",
        "Skipped": "0",
        "Failed": "0",
        "Waiting": "3",
    }

    async def is_over() -> bool:
        return (await shown(post, 1))["Waiting"] == "0"

    async with post.sending():
        await wait_until(is_over, within_seconds=20)

    assert await shown(post, 1) == {
        "Name": "Sale",
        "Channel": "mail",
        "State": "sending",
        "Intended": "3",
        "Sent": "1",
        "Skipped": "1",
        "opted_out": "1",
        "Failed": "1",
        "recipient": "1",
        "Waiting": "0",
    }


async def test_a_campaign_is_paused_resumed_and_cancelled_by_command(post: Post) -> None:
    """What each prints."""
    await post.add_template("hello")
    await post.people("ada")
    await run(post, "create", "-", "--now", definition=SALE)
    await post.work()

    said = [await run(post, name, 1) for name in ("pause", "resume", "cancel", "resume")]

    assert said == [
        "Campaign 1 is paused.\n",
        "Campaign 1 is sending.\n",
        "Campaign 1 is cancelled.\n",
        "Campaign 1 is cancelled and cannot be resumed.",
    ]
    await post.work()
    assert (await shown(post, 1))["cancelled"] == "1"


async def test_a_time_is_in_the_brands_time_zone(post: Post) -> None:
    """And one that is over is now."""
    await post.add_template("hello")

    said = await run(post, "create", "-", "--at", "2099-12-24T09:00", definition=SALE)
    past = await run(post, "create", "-", "--at", "2020-01-01", definition=SALE | {"name": "Other"})

    assert said == "Campaign 1 is scheduled for 2099-12-24 09:00:00Z.\n"
    assert re.fullmatch(r"Campaign 2 is scheduled for 20[2-9]\d-\S+ \S+Z\.\n", past)
    assert "2020" not in past


async def test_campaigns_are_listed_the_latest_first(post: Post) -> None:
    """With how far each is."""
    await post.add_template("hello")
    await run(post, "create", "-", "--draft", definition=SALE)
    await run(post, "create", "-", definition=SALE | {"name": "Other"})

    lines = (await run(post, "list")).splitlines()

    assert [re.split(r" {2,}", line) for line in lines] == [
        ["id", "name", "channel", "state", "starts at", "messages", "sent", "waiting", "test"],
        ["2", "Other", "mail", "draft", "0", "0", "0"],
        ["1", "Sale", "mail", "draft", "0", "0", "0"],
    ]


@pytest.mark.parametrize(
    ("asked", "definition", "said"),
    [
        (["create", "-"], SALE, "has a campaign 'Sale' already."),
        (["create", "-"], {"name": "x"}, "channel: must be there"),
        (["create", "-"], SALE | {"sgments": 1}, "sgments: is unknown here; known are name"),
        (["create", "-"], SALE | {"name": "a", "template": "x"}, "template: is no template"),
        (["create", "-"], "x", "The campaign: a campaign is a JSON object"),
        (["create", "-", "--now", "--draft"], SALE, "--now, --at and --draft exclude each other."),
        (["create", "-", "--at", "soon"], SALE | {"name": "a"}, "write it as 2026-12-24T09:00."),
        (["start", 1, "--at", "soon"], None, "write it as 2026-12-24T09:00."),
        (["pause", 1], None, "Campaign 1 is draft and cannot be paused."),
        (["show", 9], None, "has no campaign 9."),
        (["start", 9], None, "has no campaign 9."),
        (["pause", 9], None, "has no campaign 9."),
        (["resume", 9], None, "has no campaign 9."),
        (["cancel", 9], None, "has no campaign 9."),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    post: Post, asked: list[str | int], definition: object, said: str
) -> None:
    """The message names what is in the way."""
    await post.add_template("hello")
    await run(post, "create", "-", definition=SALE)
    before = await run(post, "list")

    assert said in await run(post, str(asked[0]), *asked[1:], definition=definition)
    assert await run(post, "list") == before
