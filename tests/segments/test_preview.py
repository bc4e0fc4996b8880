"""Looking at who a definition would have: the action and the command."""

import asyncio
import json
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.segments.reference import Happening, Somebody
from tests.segments.world import NOON, VIEWED, found, ref, store, tree
from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.cli.segments import segment as commands
from tidings.segments import actions as segments
from tidings.segments.compile import Scope, compile_members
from tidings.segments.model import InSegment, SegmentId
from tidings.storage.pool import Database

TWICE = {"event": {"name": "Bought", "at_least": 2}}


async def preview(shop: Shop, definition: object, *flags: str, file: str = "-") -> Result:
    """Run the command beside the running test, as beside a running server."""
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        ["preview", str(shop.brand_id), file, *flags],
        input=text,
        env={"TIDINGS_DATABASE_URL": shop.database.url},
        prog_name="tidings segment",
    )


async def fill(shop: Shop) -> None:
    """Let ada buy twice, bob once, and a visitor twice."""
    visitor = shop.anonymous("browser-7")
    await shop.send(
        shop.change("ada", {"city": "Pune"}),
        *(shop.event(whom) for whom in ("ada", "ada", "bob", visitor, visitor)),
    )


async def test_a_preview_counts_people_and_names_them(shop: Shop) -> None:
    """A visitor, who has no user id, is known by the browser's."""
    await fill(shop)

    result = await preview(shop, TWICE)

    assert (result.exit_code, result.stderr) == (0, "")
    head, *names = result.stdout.splitlines()
    assert head == "2 people"
    assert sorted(names) == ["  anonymous_id browser-7", "  user_id ada"]


async def test_a_definition_is_read_from_a_file(shop: Shop, tmp_path: Path) -> None:
    """It is kept and changed there."""
    await fill(shop)
    file = tmp_path / "segment.json"
    file.write_text(json.dumps({"attribute": "city", "equals": "Pune"}))

    result = await preview(shop, "", file=str(file))

    assert result.stdout == "1 person\n  user_id ada\n"


async def test_twenty_people_are_shown_and_the_others_counted(shop: Shop) -> None:
    """A segment may have a million."""
    await shop.send(*(shop.event(f"user {number}") for number in range(23)))

    result = await preview(shop, {"event": {"name": "Bought"}})

    head, *names, rest = result.stdout.splitlines()
    assert (head, len(set(names)), rest) == ("23 people", 20, "  and 3 more")


async def test_mistakes_are_told_with_their_paths(shop: Shop) -> None:
    """On a line each, so that they can be mended together."""
    await fill(shop)
    where = [{"attribute": "price", "at_least": 1}]

    result = await preview(
        shop, {"all": [{"attribute": "city"}, {"event": {"name": "Bought", "where": where}}]}
    )

    assert (result.exit_code, result.stdout) == (1, "")
    first, second, last = result.stderr.splitlines()
    assert first.startswith("all[0]: needs an operator: one of ")
    assert second == (
        "all[1].event.where[0].attribute: is unknown: the event has no attribute 'price'"
    )
    assert last == "Error: The definition was not understood."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "The definition is not JSON: Input data was truncated."),
        ("[" * 100_000, "The definition is not JSON: maximum recursion depth exceeded"),
        (" " * 1_000_001, "A definition has at most 1,000,000 bytes."),
    ],
)
async def test_what_is_no_definition_at_all_is_refused(shop: Shop, text: str, message: str) -> None:
    """By one line, not by a traceback."""
    result = await preview(shop, text)

    assert isinstance(result.exception, Refused)
    assert result.exception.message.startswith(message)


async def test_a_brand_that_is_not_there_is_not_found(shop: Shop) -> None:
    """Nobody in a brand that does not exist would be an answer, too, and a wrong one."""
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused) as raised:
            await segments.read_definition(tx, BrandId(1), TWICE)

    assert raised.value.code is Code.NOT_FOUND


async def test_another_segment_is_not_found_while_none_is_stored(shop: Shop) -> None:
    """It can be named, and is looked for when it is asked."""
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused) as raised:
            await segments.preview(tx, shop.brand_id, InSegment(SegmentId(17)))

    assert raised.value.code is Code.NOT_FOUND
    assert raised.value.message == "There is no segment 17."


async def test_a_preview_that_takes_too_long_is_given_up(shop: Shop) -> None:
    """Whoever asks waits for it, and so do others whose queries run beside it."""
    people = [Somebody(ref(number), NOON, {"city": "x" * 900}) for number in range(3_000)]
    await store(shop.database, people, brand_id=shop.brand_id)
    texts = [f"{number} no such text" for number in range(300)]
    node = tree({"attribute": "city", "in": texts, "ignore_case": True})

    with pytest.raises(Refused) as raised:
        async with shop.database.transaction() as tx:
            await segments.preview(tx, shop.brand_id, node, within_seconds=0.01)

    assert (raised.value.code, raised.value.message) == (
        Code.UNAVAILABLE,
        "The preview took longer than 0.01 s and was given up.",
    )


async def test_two_brands_never_see_each_other(database: Database) -> None:
    """Even when both have the same names, and their people the same attributes."""
    history = [Happening(VIEWED, NOON, {})]
    ours = await store(database, [Somebody(ref(1), NOON, {"city": "Pune"}, history)])
    await store(database, [Somebody(ref(2), NOON, {"city": "Pune"}, history)])
    viewed = {"event": {"name": "Viewed"}}
    for definition in (
        viewed,
        {"attribute": "city", "equals": "Pune"},
        {"any": [viewed, {"event": {"name": "Bought"}}]},
        {"last_seen": {"from": "2026-01-01"}},
    ):
        scope = Scope(ours, UTC, NOON)
        assert await found(database, compile_members(tree(definition), scope)) == [ref(1)]
