"""What an operator does with brands and keys."""

import hashlib
from collections.abc import Mapping
from zoneinfo import ZoneInfo, available_timezones

from tidings.base import clock, ids, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId, KeyId
from tidings.brands import store
from tidings.brands.model import Api, ApiKey, Brand, NewKey
from tidings.storage.tx import Tx

DEFAULT_CALLS_PER_MINUTE: Mapping[Api, int] = {
    Api.USER: limits.USER_CALLS_PER_MINUTE,
    Api.EVENT: limits.EVENT_CALLS_PER_MINUTE,
    Api.CAMPAIGN: limits.CAMPAIGN_CALLS_PER_MINUTE,
    Api.REPORTING: limits.REPORTING_CALLS_PER_MINUTE,
}
_PREFIX_CHARACTERS = len(ids.KEY_PREFIX) + 6


async def create_brand(tx: Tx, *, name: str, time_zone: str = "UTC") -> Brand:
    """Create a brand with the vendor's default limits.

    Shape:  name - 1..200 characters; time_zone - a name of the IANA database.
    Errors: `invalid` for an empty name or an unknown time zone.
    """
    if not 1 <= len(name.strip()) <= limits.MAX_BRAND_NAME_CHARACTERS:
        raise _invalid("name", f"must have 1 to {limits.MAX_BRAND_NAME_CHARACTERS} characters")
    if time_zone not in available_timezones():
        raise _invalid("time_zone", f"{time_zone} is not a time zone such as Asia/Kolkata")
    brand_id = await store.insert_brand(
        tx,
        name=name.strip(),
        time_zone=ZoneInfo(time_zone),
        calls=DEFAULT_CALLS_PER_MINUTE,
        created_at=clock.now(),
    )
    return await find_brand(tx, brand_id)


async def list_brands(tx: Tx) -> list[Brand]:
    """Return every brand, by id."""
    return await store.select_brands(tx)


async def find_brand(tx: Tx, brand_id: BrandId) -> Brand:
    """Return one brand.

    Errors: `not_found` when there is none with this id.
    """
    for brand in await store.select_brands(tx):
        if brand.brand_id == brand_id:
            return brand
    raise _no_such_brand(brand_id)


async def change_limits(tx: Tx, brand_id: BrandId, calls: Mapping[Api, int | None]) -> Brand:
    """Change how many calls a brand may make in a minute; what is not given stays.

    Errors: `invalid` for a limit below 1; `not_found` for an unknown brand.
    """
    for api, limit in calls.items():
        if limit is not None and not 1 <= limit <= limits.MAX_CALLS_PER_MINUTE:
            raise _invalid(api.value, f"must be from 1 to {limits.MAX_CALLS_PER_MINUTE}")
    if not await store.update_limits(tx, brand_id, calls):
        raise _no_such_brand(brand_id)
    return await find_brand(tx, brand_id)


async def change_merging(tx: Tx, brand_id: BrandId, *, merging: bool) -> Brand:
    """Let an address, a number or a visitor's id lead to a person too, or no more.

    In force in every process within `directory.MAX_AGE_SECONDS`. What is stored stays as it is:
    `events.building` makes the identifiers of those who are there already.

    Errors: `not_found` for an unknown brand.
    """
    if not await store.update_merging(tx, brand_id, merging=merging):
        raise _no_such_brand(brand_id)
    return await find_brand(tx, brand_id)


async def content_days(tx: Tx, brand_id: BrandId) -> int:
    """Return for how many days a brand keeps what it sends.

    Errors: `not_found` for an unknown brand.
    """
    days = await store.select_content_days(tx, brand_id)
    if days is None:
        raise _no_such_brand(brand_id)
    return days


async def keep_content(tx: Tx, brand_id: BrandId, days: int) -> None:
    """Change for how many days a brand keeps what it sends from now on; 0 is not at all.

    Errors: `invalid` for too many; `not_found` for an unknown brand.
    """
    if not 0 <= days <= limits.MAX_CONTENT_DAYS:
        raise _invalid("days", f"must be from 0 to {limits.MAX_CONTENT_DAYS:,}")
    if not await store.update_content_days(tx, brand_id, days):
        raise _no_such_brand(brand_id)


async def create_key(tx: Tx, brand_id: BrandId, *, name: str = "default") -> NewKey:
    """Create an API key. Only its hash is stored, so the secret in the answer is the last chance.

    Errors: `not_found` for an unknown brand.
    """
    await find_brand(tx, brand_id)
    secret = ids.new_secret_key()
    prefix = secret[:_PREFIX_CHARACTERS]
    key_id = await store.insert_key(
        tx,
        brand_id,
        name=name,
        prefix=prefix,
        sha256=hash_key(secret),
        created_at=clock.now(),
    )
    return NewKey(key_id=key_id, prefix=prefix, secret=secret)


async def list_keys(tx: Tx, brand_id: BrandId) -> list[ApiKey]:
    """Return every key of a brand, revoked ones too.

    Errors: `not_found` for an unknown brand.
    """
    await find_brand(tx, brand_id)
    return await store.select_keys(tx, brand_id)


async def revoke_key(tx: Tx, brand_id: BrandId, key_id: KeyId) -> None:
    """Deactivate a key, in every process within `directory.MAX_AGE_SECONDS`.

    Errors: `not_found` when the brand has no such key.
    """
    if not await store.revoke_key(tx, brand_id, key_id, at=clock.now()):
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no key {key_id}.")


def hash_key(secret: str) -> bytes:
    """Hash a key for storing and comparing.

    A plain SHA-256 is enough: the key is 256 random bits, so there is nothing to guess slowly.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _invalid(field: str, message: str) -> Refused:
    return Refused(Code.INVALID, f"{field} {message}.", mistakes=[Mistake(message, field=field)])


def _no_such_brand(brand_id: BrandId) -> Refused:
    return Refused(Code.NOT_FOUND, f"There is no brand {brand_id}.")
