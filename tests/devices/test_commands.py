"""The commands by which an operator sees and takes back devices."""

import asyncio
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from tests.devices.registering import browser, devices_of, person, register
from tests.shop import Shop
from tidings.base import clock
from tidings.base.errors import Refused
from tidings.cli.app import commands

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


async def run(shop: Shop, name: str, word: object) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused."""
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        ["device", name, str(shop.brand_id), str(word)],
        env={"TIDINGS_DATABASE_URL": shop.database.url},
    )
    refused = result.exception
    assert refused is None or isinstance(refused, Refused | SystemExit), refused
    return result.output


async def test_devices_are_listed_and_one_is_removed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place is longer than a line; its beginning tells whose server it is at."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    ada = await person(shop, "ada")
    phone = await register(shop, ada)
    web = await register(shop, ada, browser("x" * 100))

    assert await run(shop, "list", "ada") == (
        "DEVICE  PLATFORM  SINCE              SEEN               WHERE\n"
        f"{web:<6}  web       2026-03-29 12:00Z  2026-03-29 12:00Z  https://push.test/{'x' * 42}…\n"
        f"{phone:<6}  android   2026-03-29 12:00Z  2026-03-29 12:00Z  phone-1\n"
    )
    assert await run(shop, "remove", web) == f"Device {web} is removed.\n"
    assert [one for one, _ in (await devices_of(shop, ada))[ada]] == [phone]


async def test_what_is_not_there_is_refused(shop: Shop, other_shop: Shop) -> None:
    """With what is not there; a device of another brand is none of this one."""
    theirs = await register(other_shop, await person(other_shop, "ada"))

    assert await run(shop, "list", "ada") == f"Error: Brand {shop.brand_id} has no user 'ada'.\n"
    assert await run(shop, "remove", theirs) == (
        f"Error: Brand {shop.brand_id} has no device {theirs}.\n"
    )
    await person(shop, "ada")
    assert await run(shop, "list", "ada") == "DEVICE  PLATFORM  SINCE  SEEN  WHERE\n"
