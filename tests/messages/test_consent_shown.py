"""What an operator is told of somebody's consent is what the next message would meet."""

import asyncio

from click.testing import CliRunner

from tests.messages.post import Post
from tests.messages.sent import send_one
from tidings.cli.app import commands
from tidings.consent import actions as consent


async def shown(post: Post) -> dict[tuple[str, str], str]:
    """Return what `consent show` says of ada, by medium and purpose."""
    words = ["consent", "show", str(post.brand_id), "ada"]
    environment = {"TIDINGS_DATABASE_URL": post.shop.database.url}
    done = await asyncio.to_thread(CliRunner().invoke, commands, words, env=environment)
    assert done.exit_code == 0, done.output
    rows = [line.split(None, 2) for line in done.output.splitlines()[1:]]
    return {(medium, purpose): said for medium, purpose, said in rows}


async def test_who_was_sent_enough_is_shown_as_capped(post: Post) -> None:
    """By one medium only, and not for a receipt."""
    await send_one(post)
    assert (await shown(post))["email", "marketing"] == "send"

    async with post.shop.database.transaction() as tx:
        await consent.change_rules(tx, post.brand_id, {"caps": {"email": {"messages": 1}}})

    said = await shown(post)
    assert said["email", "marketing"].split(None, 1) == [
        "frequency_capped",
        "Sent by email today: 1, of 1 allowed.",
    ]
    assert (said["email", "transactional"], said["webhook", "marketing"]) == ("send", "send")
