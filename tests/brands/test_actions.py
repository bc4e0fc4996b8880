"""What an operator does with brands and their keys, and what he is told when it cannot be done."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId, KeyId
from tidings.brands import actions as brands
from tidings.brands.model import Api, Brand
from tidings.storage.pool import Database

VENDORS_LIMITS = {Api.USER: 100, Api.EVENT: 500, Api.CAMPAIGN: 500, Api.REPORTING: 50}
NOBODY = BrandId(999)


async def create(database: Database, *, name: str = "Shop", time_zone: str = "UTC") -> Brand:
    """Create a brand."""
    async with database.transaction() as tx:
        return await brands.create_brand(tx, name=name, time_zone=time_zone)


async def change_limits(
    database: Database, brand_id: BrandId, calls: Mapping[Api, int | None]
) -> Brand:
    """Change a brand's limits."""
    async with database.transaction() as tx:
        return await brands.change_limits(tx, brand_id, calls)


async def test_a_new_brand_has_the_vendors_limits(database: Database) -> None:
    """Ids rise from 1001, so that they do not look like positions in a list."""
    created = [
        await create(database, name=" Shop ", time_zone="Asia/Kolkata"),
        await create(database),
    ]

    assert created == [
        Brand(BrandId(1001), "Shop", ZoneInfo("Asia/Kolkata"), False, VENDORS_LIMITS),  # noqa: FBT003
        Brand(BrandId(1002), "Shop", ZoneInfo("UTC"), False, VENDORS_LIMITS),  # noqa: FBT003
    ]
    async with database.transaction() as tx:
        assert await brands.list_brands(tx) == created


@pytest.mark.parametrize("name", ["", "   ", "x" * (limits.MAX_BRAND_NAME_CHARACTERS + 1)])
async def test_a_brand_without_a_proper_name_is_refused(database: Database, name: str) -> None:
    """People look for it in a list."""
    with pytest.raises(Refused) as raised:
        await create(database, name=name)

    assert (raised.value.code, raised.value.mistakes) == (
        Code.INVALID,
        (Mistake("must have 1 to 200 characters", field="name"),),
    )


@pytest.mark.parametrize("zone", ["", "Mumbai", "asia/kolkata", "+05:30", "../etc/passwd"])
async def test_a_time_zone_that_is_none_is_refused(database: Database, zone: str) -> None:
    """It would be met again with every event's time."""
    with pytest.raises(Refused) as raised:
        await create(database, time_zone=zone)

    assert (raised.value.code, [said.field for said in raised.value.mistakes]) == (
        Code.INVALID,
        ["time_zone"],
    )


async def test_limits_that_are_not_given_stay(database: Database) -> None:
    """The operator changes one without looking up the others."""
    brand = await create(database)

    changed = await change_limits(database, brand.brand_id, {Api.USER: 7, Api.EVENT: None})

    assert changed.calls_per_minute == {**VENDORS_LIMITS, Api.USER: 7}


@pytest.mark.parametrize("limit", [0, -1, limits.MAX_CALLS_PER_MINUTE + 1])
async def test_a_limit_that_is_none_is_refused(database: Database, limit: int) -> None:
    """No call at all is what revoking keys is for."""
    brand = await create(database)

    with pytest.raises(Refused) as raised:
        await change_limits(database, brand.brand_id, {Api.EVENT: limit})

    assert (raised.value.code, raised.value.mistakes) == (
        Code.INVALID,
        (Mistake(f"must be from 1 to {limits.MAX_CALLS_PER_MINUTE}", field="event"),),
    )


async def test_merging_is_switched_for_one_brand(database: Database) -> None:
    """On and off, as often as the operator likes; the other brand is not asked."""
    brand, other = await create(database), await create(database)
    async with database.transaction() as tx:
        switched = [
            await brands.change_merging(tx, brand.brand_id, merging=merging)
            for merging in (True, True, False)
        ]
        listed = await brands.list_brands(tx)

    assert switched == [replace(brand, merging=merging) for merging in (True, True, False)]
    assert listed == [brand, other]


async def test_a_key_is_shown_once_and_stored_as_its_hash(database: Database) -> None:
    """Who reads the database cannot call as the brand."""
    brand = await create(database)
    async with database.transaction() as tx:
        new = await brands.create_key(tx, brand.brand_id, name="website")
        (listed,) = await brands.list_keys(tx, brand.brand_id)
        everything = await tx.fetchval("SELECT string_agg(api_keys::text, '') FROM api_keys")

    assert new.secret.startswith(new.prefix)
    assert new.secret[len(new.prefix) :] not in everything
    assert (listed.key_id, listed.name, listed.prefix, listed.revoked_at) == (
        new.key_id,
        "website",
        new.prefix,
        None,
    )


async def test_a_revoked_key_stays_in_the_list_with_the_time_of_its_end(
    database: Database,
) -> None:
    """Revoking it again does not make it end later."""
    brand = await create(database)
    async with database.transaction() as tx:
        new = await brands.create_key(tx, brand.brand_id)
        await brands.revoke_key(tx, brand.brand_id, new.key_id)
        first = await brands.list_keys(tx, brand.brand_id)
        await brands.revoke_key(tx, brand.brand_id, new.key_id)
        second = await brands.list_keys(tx, brand.brand_id)

    assert first == second
    assert first[0].revoked_at is not None


async def test_a_brand_cannot_revoke_the_key_of_another(database: Database) -> None:
    """A wrong number typed by an operator must not stop somebody else's website."""
    brand, other = await create(database), await create(database)
    async with database.transaction() as tx:
        theirs = await brands.create_key(tx, other.brand_id)
        with pytest.raises(Refused) as raised:
            await brands.revoke_key(tx, brand.brand_id, theirs.key_id)
        (listed,) = await brands.list_keys(tx, other.brand_id)

    assert (raised.value.code, raised.value.message) == (
        Code.NOT_FOUND,
        f"Brand {brand.brand_id} has no key {theirs.key_id}.",
    )
    assert listed.revoked_at is None


async def test_what_is_done_to_an_unknown_brand_is_refused(database: Database) -> None:
    """With its number, so that the operator sees what he typed."""
    async with database.transaction() as tx:
        for deed in (
            brands.find_brand(tx, NOBODY),
            brands.create_key(tx, NOBODY),
            brands.list_keys(tx, NOBODY),
            brands.change_limits(tx, NOBODY, {Api.USER: 1}),
            brands.change_merging(tx, NOBODY, merging=True),
        ):
            with pytest.raises(Refused) as raised:
                await deed
            assert (raised.value.code, raised.value.message) == (
                Code.NOT_FOUND,
                "There is no brand 999.",
            )
        with pytest.raises(Refused, match="Brand 999 has no key 1"):
            await brands.revoke_key(tx, NOBODY, KeyId(1))
