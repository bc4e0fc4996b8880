"""The commands by which an operator says who may be sent what, and sees why somebody may not."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from tests.devices.registering import person, register
from tests.shop import Shop
from tidings.base import clock
from tidings.cli.app import commands

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything happen at one instant, a Sunday."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def run(shop: Shop, command: str, *words: object, given: str = "") -> str:
    """Run a command beside the running test; return what it printed."""
    group, _, name = command.partition(" ")
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [group, name, str(shop.brand_id), *map(str, words)],
        input=given,
        env={"TIDINGS_DATABASE_URL": shop.database.url},
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


async def test_consent_is_shown_for_every_medium_and_purpose(shop: Shop) -> None:
    """With the reason, for a message about a topic or about none."""
    await shop.send(shop.change("ada", {"email": "ada@example.com", "mobile": "+4917012345678"}))
    await run(shop, "topic create", "news", "Our newsletter", "--kind", "double_opt_in")
    await run(shop, "suppression add", "+4917012345678", "--medium", "whatsapp")
    quiet = {"quiet_hours": {"sunday": ["11:00-13:30"]}}
    await run(shop, "consent rules", "--set", "-", given=json.dumps(quiet))

    assert await run(shop, "consent show", "ada") == (
        "MEDIUM    PURPOSE        DECISION                      WHY\n"
        "email     marketing      hold until 2026-03-29 13:30Z  "
        "It is in the quiet hours of the person.\n"
        "email     transactional  send\n"
        "sms       marketing      not_opted_in                  "
        "The person has not opted in to this medium, where the brand wants that.\n"
        "sms       transactional  send\n"
        "whatsapp  marketing      suppressed                    "
        "The address is on the suppression list (manual).\n"
        "whatsapp  transactional  suppressed                    "
        "The address is on the suppression list (manual).\n"
        "push      marketing      no_address                    "
        "The person has no address for this medium.\n"
        "push      transactional  no_address                    "
        "The person has no address for this medium.\n"
        "webhook   marketing      hold until 2026-03-29 13:30Z  "
        "It is in the quiet hours of the person.\n"
        "webhook   transactional  send\n"
    )
    await register(shop, await person(shop, "ada"))
    shown = (await run(shop, "consent show", "ada")).splitlines()
    assert [line.split(None, 3)[:3] for line in shown if line.startswith("push")] == [
        ["push", "marketing", "hold"],
        ["push", "transactional", "send"],
    ]
    assert await run(shop, "topic subscribe", "news", "ada") == "The user is pending.\n"
    shown = (await run(shop, "consent show", "ada", "--topic", "news")).splitlines()
    assert shown[1].split(None, 3) == [
        "email",
        "marketing",
        "pending_confirmation",
        "The subscription to news is not confirmed.",
    ]
    assert shown[-2:] == [
        "TOPIC  STATE    SOURCE    SINCE              CONFIRMED",
        "news   pending  operator  2026-03-29 12:00Z",
    ]
    assert await run(shop, "topic confirm", "news", "ada") == "The user is subscribed.\n"
    assert (await run(shop, "consent show", "ada")).splitlines()[-1] == (
        "news   subscribed  operator  2026-03-29 12:00Z  2026-03-29 12:00Z"
    )
    assert await run(shop, "topic unsubscribe", "news", "ada", "--source", "by phone") == (
        "The user is unsubscribed.\n"
    )
    assert (await run(shop, "consent show", "ada")).splitlines()[-1] == (
        "news   unsubscribed  by phone  2026-03-29 12:00Z"
    )


async def test_topics_are_made_listed_and_deleted(shop: Shop) -> None:
    """A deletion asks first, since it cannot be undone."""
    assert await run(shop, "topic create", "news", "News") == "Topic news is made.\n"
    assert await run(shop, "topic list") == "KEY   KIND    NAME\nnews  opt_in  News\n"
    assert "Aborted" in await run(shop, "topic delete", "news", given="n\n")
    assert await run(shop, "topic delete", "news", "--yes") == "Topic news is deleted.\n"
    assert await run(shop, "topic list") == "KEY  KIND  NAME\n"
    assert "has no topic 'news'" in await run(shop, "topic delete", "news", "--yes")
    assert "has no topic 'news'" in await run(shop, "consent show", "ada", "--topic", "news")


async def test_rules_are_printed_as_they_can_be_given(shop: Shop) -> None:
    """What is printed, edited and given back is what holds."""
    printed = await run(shop, "consent rules")
    assert json.loads(printed) == {
        "quiet_hours": {},
        "caps": {},
        "test_mode": None,
        "opt_in_required": ["sms", "whatsapp"],
    }
    edited = {**json.loads(printed), "caps": {"email": {"messages": 1}}}
    assert (
        json.loads(await run(shop, "consent rules", "--set", "-", given=json.dumps(edited)))
        == edited
    )
    assert json.loads(await run(shop, "consent rules")) == edited


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "The rules are not JSON"),
        (" " * 100_001, "Rules have at most 100,000 bytes."),
        ('{"quiet_hours": {"monday": ["x"]}}', "quiet_hours.monday[0]: must be a part of a day"),
        ("[]", "The rules: Expected `object`, got `array`"),
    ],
)
async def test_rules_that_mean_nothing_are_told_so(shop: Shop, given: str, said: str) -> None:
    """With every mistake and its place."""
    assert said in await run(shop, "consent rules", "--set", "-", given=given)


async def test_addresses_are_added_listed_and_removed(shop: Shop) -> None:
    """Also those of the forgotten, who are not named."""
    assert await run(shop, "suppression add", "ada@example.com", "Ada@example.com") == (
        "1 suppressed, 1 already were or came twice.\n"
    )
    assert (
        await run(
            shop, "suppression add", "+4917012345678", "--reason", "unsubscribe", "--medium", "sms"
        )
        == "1 suppressed, 0 already were or came twice.\n"
    )
    assert await run(shop, "suppression list") == (
        "ADDRESS          MEDIUM  REASON       ADDED\n"
        "ada@example.com  all     manual       2026-03-29 12:00Z\n"
        "+4917012345678   sms     unsubscribe  2026-03-29 12:00Z\n"
    )
    assert await run(shop, "suppression remove", "ada@example.com") == (
        "The address is not suppressed any more.\n"
    )
    assert "does not suppress this address for manual." in await run(
        shop, "suppression remove", "+4917012345678", "--reason", "manual"
    )
    assert "are no addresses" in await run(shop, "suppression add", "ada")


async def test_a_file_of_addresses_is_imported_as_a_whole(shop: Shop) -> None:
    """By its first column; with a head or without, as programs write it."""
    file = '\ufeffEmail,why\n"ada@example.com",bounced\n\nbob@example.com\nADA@example.com,again\n'
    assert (
        await run(shop, "suppression import", "-", "--reason", "hard_bounce", given=file)
        == "2 suppressed, 1 already were or came twice.\n"
    )
    _, *lines = (await run(shop, "suppression list")).splitlines()
    assert sorted(line.split()[0] for line in lines) == ["ada@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("bob@example.com\n\nnobody\nno@no\n", "Line 3 is no address\nLine 4 is no address\n"),
        ('bob@example.com\n"open', "Line 2 is not comma-separated values"),
    ],
)
async def test_a_file_with_a_mistake_is_refused_as_a_whole(
    shop: Shop, file: str, said: str
) -> None:
    """And tells the lines."""
    assert said in await run(shop, "suppression import", "-", given=file)
    assert len((await run(shop, "suppression list")).splitlines()) == 1


async def test_what_is_not_there_is_told(shop: Shop) -> None:
    """A person, or a topic of theirs."""
    assert "has no user 'nobody'." in await run(shop, "consent show", "nobody")
    await run(shop, "topic create", "news", "News")
    assert "has no user 'nobody'." in await run(shop, "topic subscribe", "news", "nobody")
