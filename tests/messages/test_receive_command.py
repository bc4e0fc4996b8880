"""The command into which a mail server pipes mails that come back."""

import asyncio
from collections.abc import Mapping

import pytest
from click.testing import CliRunner, Result

from tests.messages import returned_mails as mails
from tests.messages.post import KEYRING, Post
from tests.messages.sent import send_one
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.model import HOOK_PATH
from tidings.cli.app import commands
from tidings.messages.naming import public_id

UNREACHABLE = "postgresql://nobody@127.0.0.1:1/nothing"


async def run(post: Post, *words: object, typed: bytes = b"", url: str = "") -> Result:
    """Run a command beside the running test."""
    environment: Mapping[str, str] = {"TIDINGS_DATABASE_URL": url or post.shop.database.url}
    return await asyncio.to_thread(
        CliRunner().invoke, commands, [*map(str, words)], input=typed, env=environment
    )


async def test_a_bounce_is_taken_and_heard(post: Post) -> None:
    """No secret key is needed: an MTA runs the command as anybody."""
    message_id = await send_one(post)
    mail = mails.dsn("5.1.1").replace(mails.OWN, f"{public_id(message_id)}@shop.test")

    done = await run(post, "mail", "receive", post.brand_id, "mail", typed=mail.encode())
    await post.work()

    assert (done.exit_code, done.output) == (0, "")
    assert [event.name for event in await post.shop.events()] == ["Email Sent", "Email Bounced"]


async def test_what_is_no_report_is_taken_and_says_nothing(post: Post) -> None:
    """Sent back, it would make an answer to an answer."""
    for mail in (mails.OTHERS["a vacation of RFC 3834"], "", "\0\xff" * 100_000):
        done = await run(post, "mail", "receive", post.brand_id, "mail", typed=mail.encode())
        assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("mail", "nothing"), 67, "Brand 1001 has no channel 'nothing'.\n"),
        (("mail", "texts"), 64, "Channel texts of brand 1001 sends no mails.\n"),
    ],
)
async def test_a_command_that_is_written_wrong_says_so_as_mail_servers_expect(
    post: Post, words: tuple[str, str], status: int, said: str
) -> None:
    """sysexits.h: 64 is usage, 67 is an unknown addressee."""
    async with post.shop.database.transaction() as tx:
        settings = {"url": "https://x.test", "body": "x"}
        wanted = channels.Wanted("texts", "http", settings, medium=Medium.SMS)
        await channels.add(tx, KEYRING, post.brand_id, wanted)

    done = await run(post, "mail", "receive", post.brand_id, words[1], typed=b"x")

    assert (done.exit_code, done.output) == (status, said.replace("1001", str(post.brand_id)))


async def test_without_a_database_the_mail_server_is_to_try_again(post: Post) -> None:
    """sysexits.h: 75 is a failure for now."""
    done = await run(post, "mail", "receive", 1001, "mail", typed=b"x", url=UNREACHABLE)

    assert done.exit_code == 75
    assert done.output


async def test_the_url_for_the_provider_is_printed(post: Post) -> None:
    """Below the public URL of the server, with the word of this channel."""
    async with post.shop.database.transaction() as tx:
        word = await channels.hook_of(tx, post.brand_id, "mail")

    printed = await run(post, "channel", "hook", post.brand_id, "mail")
    unknown = await run(post, "channel", "hook", post.brand_id, "nothing")

    assert printed.output == f"http://127.0.0.1:8000{HOOK_PATH.format(word)}\n"
    assert unknown.exit_code == 1
