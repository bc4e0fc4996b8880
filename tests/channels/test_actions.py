"""Channels of a brand, as they are kept."""

from typing import Any

import pytest

from tests.shop import Shop
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels import actions
from tidings.channels.actions import Wanted
from tidings.channels.keyring import Keyring
from tidings.channels.kinds import Smtp
from tidings.channels.model import Channel, Pace

KEYRING = Keyring([b"k" * 32])
SETTINGS: dict[str, object] = {
    "host": "mail.example.com",
    "username": "ada",
    "password": "lovelace",
}


async def add(shop: Shop, key: str = "main", **changes: Any) -> Channel:
    """Add a channel to a shop."""
    given: dict[str, Any] = {"key": key, "provider": "smtp", "settings": SETTINGS, **changes}
    wanted = Wanted(**given)
    async with shop.database.transaction() as tx:
        return await actions.add(tx, KEYRING, shop.brand_id, wanted)


async def find(shop: Shop, key: str = "main", keyring: Keyring = KEYRING) -> Channel:
    """Find a channel of a shop."""
    async with shop.database.transaction() as tx:
        return await actions.find(tx, keyring, shop.brand_id, key)


async def update(
    shop: Shop, settings: dict[str, object], *, pace: Pace | None = None, keyring: Keyring = KEYRING
) -> Channel:
    """Change the channel of a shop."""
    async with shop.database.transaction() as tx:
        return await actions.update(
            tx, keyring, shop.brand_id, "main", settings=settings, pace=pace
        )


async def test_a_channel_is_found_as_it_was_added(shop: Shop) -> None:
    """With its secrets, for who has the key."""
    added = await add(shop, per_second=2.5, connections=7)
    assert await find(shop) == added
    assert added == Channel(
        channel_id=added.channel_id,
        brand_id=shop.brand_id,
        key="main",
        medium=Medium.EMAIL,
        provider="smtp",
        settings=Smtp(host="mail.example.com", username="ada", password="lovelace"),
        pace=Pace(2.5, 7),
        updated_at=added.updated_at,
    )


async def test_the_database_has_no_secret_in_sight(shop: Shop) -> None:
    """Nor do the models that are printed in a traceback."""
    added = await add(shop)
    async with shop.database.connection() as connection:
        row = await connection.fetchrow("SELECT channels::text AS row FROM channels")
    assert row is not None
    assert "mail.example.com" in row["row"]
    for shown in (
        row["row"],
        bytes.fromhex(row["row"].split("\\\\x")[1].split('"')[0]),
        repr(added),
    ):
        assert "lovelace" not in str(shown)


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"key": "Main"}, Code.INVALID, "A key has 1 to 50 small letters"),
        ({"key": ""}, Code.INVALID, "A key has 1 to 50 small letters"),
        ({"key": "x" * 51}, Code.INVALID, "A key has 1 to 50 small letters"),
        ({"provider": "pigeon"}, Code.INVALID, "There is no provider 'pigeon'; there are smtp"),
        ({"medium": Medium.SMS}, Code.INVALID, "smtp carries email, not sms."),
        (
            {"settings": {"port": 0, "username": "ada"}},
            Code.INVALID,
            "The settings are wrong. host: is missing; port: Expected `int` >= 1.",
        ),
        ({"per_second": 0}, Code.INVALID, "per_second: must be above 0, at most 10,000."),
        (
            {"per_second": 1e9, "connections": 0},
            Code.INVALID,
            "per_second: must be above 0, at most 10,000; connections: must be 1 to 100.",
        ),
    ],
)
async def test_what_cannot_be_added_is_said_and_not_kept(
    shop: Shop, changes: dict[str, Any], code: Code, said: str
) -> None:
    """All of it at once."""
    with pytest.raises(Refused) as refusal:
        await add(shop, **changes)
    assert refusal.value.code is code
    assert refusal.value.message.startswith(said)
    async with shop.database.transaction() as tx:
        assert await actions.list_channels(tx, shop.brand_id) == []


async def test_a_key_is_of_one_channel_of_a_brand(shop: Shop, other_shop: Shop) -> None:
    """Another brand may have the same, and its own settings."""
    await add(shop)
    with pytest.raises(Refused, match="has a channel 'main' already") as refusal:
        await add(shop)
    assert refusal.value.code is Code.CONFLICT
    await add(other_shop, settings={"host": "other.example.com"})
    assert (await find(shop)).settings != (await find(other_shop)).settings


async def test_a_brand_that_does_not_exist_has_no_channels(shop: Shop) -> None:
    """It is said as it is, not as a broken reference."""
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused) as refusal:
            await actions.add(tx, KEYRING, BrandId(9), Wanted("main", "smtp", SETTINGS))
    assert refusal.value.code is Code.NOT_FOUND


async def test_a_brand_has_so_many_channels_at_most(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may keep connections open."""
    monkeypatch.setattr(limits, "MAX_CHANNELS_PER_BRAND", 1)
    await add(shop)
    with pytest.raises(Refused, match="at most 1 channels; remove one"):
        await add(shop, "second")


async def test_a_change_leaves_what_it_does_not_name(shop: Shop) -> None:
    """The password above all, which nobody can read to type it again."""
    added = await add(shop, per_second=1)
    changed = await update(shop, {"port": "465", "security": "tls"})
    assert changed == await find(shop)
    assert changed.settings == Smtp(
        host="mail.example.com", username="ada", password="lovelace", port=465, security="tls"
    )
    assert (changed.pace, changed.updated_at > added.updated_at) == (Pace(1, 4), True)
    back = await update(shop, {"port": None, "security": None}, pace=Pace(None, 9))
    assert (back.settings, back.pace) == (added.settings, Pace(None, 9))


async def test_a_change_to_what_cannot_work_changes_nothing(shop: Shop) -> None:
    """The settings are looked at together."""
    added = await add(shop)
    with pytest.raises(Refused, match="security: a password is not sent without TLS"):
        await update(shop, {"security": "none"})
    assert await find(shop) == added


async def test_a_removed_channel_is_gone(shop: Shop, other_shop: Shop) -> None:
    """And only it, of its brand only."""
    await add(shop)
    await add(other_shop)
    async with shop.database.transaction() as tx:
        await actions.remove(tx, shop.brand_id, "main")
        with pytest.raises(Refused, match=f"Brand {shop.brand_id} has no channel 'main'"):
            await actions.remove(tx, shop.brand_id, "main")
    with pytest.raises(Refused, match="has no channel 'main'"):
        await find(shop)
    await find(other_shop)


async def test_secrets_are_sealed_anew_and_the_old_key_may_go(shop: Shop) -> None:
    """Every one of them; a second time there is nothing to do."""
    added = await add(shop)
    await add(shop, "second")
    both, new = Keyring([b"n" * 32, b"k" * 32]), Keyring([b"n" * 32])
    with pytest.raises(Refused, match="were sealed with another key"):
        await find(shop, keyring=new)
    async with shop.database.transaction() as tx:
        assert await actions.seal_anew(tx, both, shop.brand_id) == 2
        assert await actions.seal_anew(tx, both, shop.brand_id) == 0
    assert await find(shop, keyring=new) == added


async def test_a_channel_whose_key_is_lost_takes_new_secrets(shop: Shop) -> None:
    """All of them: those that are missing would be gone without a word."""
    await add(shop)
    other = Keyring([b"x" * 32])
    with pytest.raises(Refused, match="sealed with another key"):
        await update(shop, {"password": "byron"}, keyring=other)
    changed = await update(
        shop, {"password": "byron", "dkim_key": None, "imap_password": None}, keyring=other
    )
    assert changed == await find(shop, keyring=other)
    assert changed.settings == Smtp(host="mail.example.com", username="ada", password="byron")


async def test_secrets_copied_to_another_brand_do_not_open(shop: Shop, other_shop: Shop) -> None:
    """Whoever may write the table may not send in another's name."""
    await add(shop)
    await add(other_shop, settings={"host": "other.example.com"})
    async with shop.database.connection() as connection:
        await connection.execute(
            "UPDATE channels SET sealed = (SELECT sealed FROM channels WHERE brand_id = $1)",
            shop.brand_id,
        )
    with pytest.raises(Refused, match="were altered, or belong elsewhere"):
        await find(other_shop)
