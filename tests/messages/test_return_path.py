"""Where a channel has an address for what comes back, each mail has one of its own, signed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from click.testing import CliRunner

from tests.messages import returned_mails as mails
from tests.messages.imapserver import ImapServer
from tests.messages.post import KEYRING, Post
from tests.messages.sent import send_one
from tidings.base import limits
from tidings.base.errors import Refused
from tidings.base.ids import BrandId
from tidings.channels import actions as channels
from tidings.channels.keyring import Keyring
from tidings.cli.app import commands
from tidings.messages.collecting import Collector
from tidings.messages.links import LINKS_PURPOSE
from tidings.messages.model import MessageId
from tidings.messages.naming import public_id
from tidings.messages.return_path import ReturnPaths
from tidings.storage.slots import Slot

SECRET_KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
ADDRESS = "bounces@example.com"
MESSAGE = MessageId(Slot(255), 2**62)
KEYS = KEYRING.derived(LINKS_PURPOSE)
PATHS = ReturnPaths(BrandId(1001), KEYS)


def test_a_return_path_names_its_mail_and_fits_the_longest_mailbox() -> None:
    """RFC 5321 4.5.3.1.1 gives 64 characters to what is before the @."""
    mailbox = "b" * limits.MAX_BOUNCE_MAILBOX_CHARACTERS
    path = PATHS.of(f"{mailbox}@example.com", MESSAGE)

    local, _, domain = path.partition("@")
    assert (len(local), domain) == (64, "example.com")
    assert local.startswith(f"{mailbox}+{public_id(MESSAGE)}")
    assert [PATHS.read(path), PATHS.read(path.upper())] == [MESSAGE, MESSAGE]


def test_what_an_older_key_signed_is_read() -> None:
    """Mails come back for days after a key was changed."""
    newer = ReturnPaths(BrandId(1001), Keyring([b"n" * 32, b"k" * 32]).derived(LINKS_PURPOSE))
    assert newer.read(PATHS.of(ADDRESS, MESSAGE)) == MESSAGE


FORGED: dict[str, Callable[[str], str]] = {
    "unsigned": lambda path: path[:32] + "@example.com",
    "no tag": lambda _: ADDRESS,
    "another message": lambda path: path.replace("+ff0000004", "+ff0000005"),
    "another person's slot": lambda path: path.replace("+ff", "+fe"),
    "another signature": lambda path: path.replace("@", "a@"),
    "a letter less": lambda path: path[:47] + path[48:],
    "another brand": lambda _: ReturnPaths(BrandId(1002), KEYS).of(ADDRESS, MESSAGE),
    "another key": lambda _: ReturnPaths(BrandId(1001), [b"x" * 32]).of(ADDRESS, MESSAGE),
    "no address": lambda _: "",
    "beyond ASCII": lambda path: path.replace("@", "é@"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_is_not_signed_so_names_nothing(forge: Callable[[str], str]) -> None:
    """Or anybody could have somebody else's address suppressed."""
    assert PATHS.read(forge(PATHS.of(ADDRESS, MESSAGE))) is None


async def give_address(post: Post, **settings: object) -> None:
    """Tell the channel to which address its mails come back."""
    async with post.shop.database.transaction() as tx:
        given = {"bounce_address": ADDRESS, **settings}
        await channels.update(tx, KEYRING, post.brand_id, post.channel.key, settings=given)


async def names(post: Post) -> list[str]:
    """Return what happened, by name."""
    await post.work()
    return [event.name for event in await post.shop.events()]


async def collect(post: Post, *returned: str) -> None:
    """Let mails come back into a mailbox, and read them."""
    async with ImapServer() as imap:
        for mail in returned:
            imap.put(mail)
        await give_address(
            post,
            imap_host="127.0.0.1",
            imap_port=imap.port,
            imap_security="none",
            imap_username="ada",
            imap_password="lovelace",
        )
        await Collector(post.shop.database, KEYRING).look()


async def pipe(post: Post, *returned: str) -> None:
    """Hand mails that come back to the command."""
    await give_address(post)
    environment = {
        "TIDINGS_DATABASE_URL": post.shop.database.url,
        "TIDINGS_SECRET_KEY": SECRET_KEY,
    }
    words = ["mail", "receive", str(post.brand_id), "mail"]
    for mail in returned:
        done = await asyncio.to_thread(
            CliRunner().invoke, commands, words, input=mail.encode(), env=environment
        )
        assert (done.exit_code, done.output) == (0, "")


def returned_to(path: str, mail: str) -> str:
    """Write to whom a mail comes back."""
    return mail.replace("To: news@shop.test", f"To: <{path}>", 1)


@pytest.mark.parametrize("bring", [collect, pipe])
async def test_a_bounce_is_heard_by_the_address_to_which_it_comes(
    post: Post, bring: Callable[..., Awaitable[None]]
) -> None:
    """It names its mail also where the mail server returns nothing else of it."""
    await give_address(post)
    message_id = await send_one(post)
    (sent,) = post.server.mails
    paths = ReturnPaths(post.brand_id, KEYS)
    assert sent.sender == paths.of(ADDRESS, message_id)
    assert sent.parsed["From"] == "The Shop <news@shop.test>"

    nameless = mails.dsn("5.1.1").replace(mails.OWN, "")
    await bring(post, returned_to(sent.sender, nameless))

    assert await names(post) == ["Email Sent", "Email Bounced"]
    attributes, _ = await post.shop.attributes("ada")
    assert attributes["email_opt_in"] == 2


@pytest.mark.parametrize("bring", [collect, pipe])
async def test_a_made_up_bounce_is_not_heard(
    post: Post, bring: Callable[..., Awaitable[None]]
) -> None:
    """Whoever was sent one mail knows all that another one's bounce says, but not the address."""
    await give_address(post)
    message_id = await send_one(post)
    own = ReturnPaths(post.brand_id, KEYS).of(ADDRESS, message_id)
    made_up = mails.dsn("5.1.1").replace(mails.OWN, f"{public_id(message_id)}@shop.test")
    other = ReturnPaths(post.brand_id, KEYS).of(ADDRESS, MessageId(Slot(3), 1))

    await bring(
        post,
        made_up,
        *(returned_to(path, made_up) for path in (ADDRESS, own.replace("@", "a@"), other)),
    )

    assert await names(post) == ["Email Sent"]


async def test_a_complaint_is_heard_as_before(post: Post) -> None:
    """It goes to an address that the mailbox provider was told once."""
    await give_address(post)
    message_id = await send_one(post)
    complaint = mails.arf("abuse").replace(mails.OWN, f"{public_id(message_id)}@shop.test")

    await collect(post, complaint)
    await post.work()

    assert (await post.message(message_id)).heard.spam_at is not None


async def test_without_the_key_the_mail_server_is_to_try_again(post: Post) -> None:
    """Nothing is wrong with the mail: it must not be lost."""
    await give_address(post)
    environment = {"TIDINGS_DATABASE_URL": post.shop.database.url, "TIDINGS_SECRET_KEY": ""}
    words = ["mail", "receive", str(post.brand_id), "mail"]

    done = await asyncio.to_thread(
        CliRunner().invoke, commands, words, input=mails.dsn("5.1.1").encode(), env=environment
    )

    assert (done.exit_code, "secret_key" in done.output) == (75, True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"return_path": "back@example.com"}, "takes the place of return_path: set one of them"),
        ({"bounce_address": "b" * 24 + "@example.com"}, "bounce_address"),
        ({"bounce_address": "bounces"}, "bounce_address"),
    ],
)
async def test_an_address_that_cannot_be_one_is_refused(
    post: Post, settings: dict[str, object], said: str
) -> None:
    """Better now than when the first mail does not come back."""
    with pytest.raises(Refused) as refused:
        await give_address(post, **settings)
    assert said in f"{refused.value.message} {refused.value.mistakes}"
