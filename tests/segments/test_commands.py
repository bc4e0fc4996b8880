"""The commands by which an operator makes segments."""

import asyncio
import json
import re

import pytest
from click.testing import CliRunner

from tests.segments.house import House
from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.cli.segments import segment as commands

BOUGHT = {"event": {"name": "Bought"}}
VIEWED = {"event": {"name": "Viewed"}}


async def run(shop: Shop, command: str, *words: object, definition: object = None) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused.

    Shape:  definition - what it reads from standard input.
    """
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [command, str(shop.brand_id), *map(str, words)],
        input=json.dumps(definition),
        env={"TIDINGS_DATABASE_URL": shop.database.url},
    )
    refused = result.exception
    return refused.message if isinstance(refused, Refused) else result.output


async def listed(shop: Shop) -> list[str]:
    """Return the lines of the list below its head, without how fresh each is."""
    _, *lines = (await run(shop, "list")).splitlines()
    return [re.sub(r" +", " ", re.sub(r"\S+ \S+Z", "", line)).strip() for line in lines]


async def test_a_segment_is_made_edited_and_deleted_by_command(shop: Shop) -> None:
    """What each prints, and what the list says between them."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob", "Viewed"), shop.event("cyd", "Viewed"))

    assert await run(shop, "create", "Some", "-", "--draft", definition=BOUGHT) == (
        "Segment 1 is a draft.\n"
    )
    assert await listed(shop) == ["1 Some draft 0"]
    assert await run(shop, "publish", 1) == "Segment 1 is being built.\n"
    assert await listed(shop) == ["1 Some processing 0% 0"]
    await house.work()
    assert await listed(shop) == ["1 Some published 1"]
    assert await run(shop, "members", 1) == "user_id ada\n"
    assert await run(shop, "rename", 1, "Buyers") == "Segment 1 is renamed.\n"
    assert await listed(shop) == ["1 Buyers published 1"]

    assert await run(shop, "update", 1, "-", definition=VIEWED) == "Segment 1 is being built.\n"
    assert await listed(shop) == ["1 Buyers updating 0% 1"]
    await house.work()
    assert sorted((await run(shop, "members", 1)).splitlines()) == ["user_id bob", "user_id cyd"]

    assert await run(shop, "delete", 1) == "Segment 1 is deleted.\n"
    assert await listed(shop) == []


@pytest.mark.parametrize(
    ("asked", "definition", "said"),
    [
        (["create", "Some", "-"], BOUGHT, "has a segment 'Some' already."),
        (["create", " ", "-"], BOUGHT, "A name has 1 to 200 characters."),
        (["create", "Other", "-"], {"evnt": {}}, "The definition was not understood."),
        (["create", "Other", "-"], {"segment": 9}, "segment: is 9, which is no published segment"),
        (["rename", 9, "Other"], None, "has no segment 9."),
        (["rename", 1, "Taken"], None, "has a segment 'Taken' already."),
        (["rename", 1, " "], None, "A name has 1 to 200 characters."),
        (["update", 9, "-"], BOUGHT, "has no segment 9."),
        (["publish", 9], None, "has no segment 9."),
        (["members", 9], None, "has no segment 9."),
        (["delete", 9], None, "has no segment 9."),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    shop: Shop, asked: list[str | int], definition: object, said: str
) -> None:
    """The message names what is in the way."""
    await shop.send(shop.event("ada"))
    await run(shop, "create", "Some", "-", "--draft", definition=BOUGHT)
    await run(shop, "create", "Taken", "-", "--draft", definition=BOUGHT)

    command, *words = asked
    assert said in await run(shop, str(command), *words, definition=definition)
    assert await listed(shop) == ["1 Some draft 0", "2 Taken draft 0"]


async def test_a_brand_reaches_no_segment_of_another(shop: Shop, other_shop: Shop) -> None:
    """Each brand's segments are its own, whatever id is asked for."""
    await shop.send(shop.event("ada"))
    await other_shop.send(other_shop.event("bob"))
    await run(shop, "create", "Some", "-", definition=BOUGHT)

    for command in ("publish", "members", "delete"):
        assert "has no segment 1." in await run(other_shop, command, 1)
    assert "has no segment 1." in await run(other_shop, "rename", 1, "Mine")
    assert await listed(other_shop) == []
    assert "is 1, which is no published segment" in await run(
        other_shop, "create", "Mine", "-", definition={"segment": 1}
    )
