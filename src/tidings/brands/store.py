"""The tables of brands and keys: rows in, models out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from tidings.base.ids import BrandId, CallId, KeyId
from tidings.brands.model import Api, ApiKey, Brand, SentCall, UnreadAnswer
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)


async def insert_brand(
    tx: Tx, *, name: str, time_zone: ZoneInfo, calls: Mapping[Api, int], created_at: datetime
) -> BrandId:
    """Insert a brand and return its id."""
    brand_id = await tx.fetchval(
        SQL["insert_brand"],
        name,
        time_zone.key,
        calls[Api.USER],
        calls[Api.EVENT],
        calls[Api.CAMPAIGN],
        calls[Api.REPORTING],
        created_at,
    )
    return BrandId(cast("int", brand_id))


async def select_brands(tx: Tx) -> list[Brand]:
    """Return every brand, by id."""
    return [_brand(row) for row in await tx.fetch(SQL["select_brands"])]


async def update_limits(tx: Tx, brand_id: BrandId, calls: Mapping[Api, int | None]) -> bool:
    """Change the limits that are given; say whether the brand exists."""
    tag = await tx.execute(
        SQL["update_limits"],
        brand_id,
        calls.get(Api.USER),
        calls.get(Api.EVENT),
        calls.get(Api.CAMPAIGN),
        calls.get(Api.REPORTING),
    )
    return tag == "UPDATE 1"


async def update_merging(tx: Tx, brand_id: BrandId, *, merging: bool) -> bool:
    """Switch merging on or off; say whether the brand exists."""
    return await tx.execute(SQL["update_merging"], brand_id, merging) == "UPDATE 1"


async def select_content_days(tx: Tx, brand_id: BrandId) -> int | None:
    """Return for how many days a brand keeps what it sent, None when there is no such brand."""
    return cast("int | None", await tx.fetchval(SQL["select_content_days"], brand_id))


async def update_content_days(tx: Tx, brand_id: BrandId, days: int) -> bool:
    """Change for how many days a brand keeps what it sends; say whether the brand exists."""
    return await tx.execute(SQL["update_content_days"], brand_id, days) == "UPDATE 1"


async def insert_key(
    tx: Tx, brand_id: BrandId, *, name: str, prefix: str, sha256: bytes, created_at: datetime
) -> KeyId:
    """Insert a key by its hash and return its id."""
    key_id = await tx.fetchval(SQL["insert_key"], brand_id, name, prefix, sha256, created_at)
    return KeyId(cast("int", key_id))


async def select_keys(tx: Tx, brand_id: BrandId) -> list[ApiKey]:
    """Return every key of a brand, revoked ones too, by id."""
    return [
        ApiKey(
            key_id=KeyId(row["key_id"]),
            brand_id=BrandId(row["brand_id"]),
            name=row["name"],
            prefix=row["prefix"],
            created_at=row["created_at"],
            revoked_at=row["revoked_at"],
        )
        for row in await tx.fetch(SQL["select_keys"], brand_id)
    ]


async def select_valid_keys(tx: Tx) -> dict[bytes, BrandId]:
    """Return the brand that each valid key opens, by the key's SHA-256."""
    rows = await tx.fetch(SQL["select_valid_keys"])
    return {bytes(row["sha256"]): BrandId(row["brand_id"]) for row in rows}


async def revoke_key(tx: Tx, brand_id: BrandId, key_id: KeyId, *, at: datetime) -> bool:
    """Revoke a key; say whether the brand has it."""
    return await tx.execute(SQL["revoke_key"], brand_id, key_id, at) == "UPDATE 1"


async def take_calls(
    tx: Tx, wanted: Sequence[tuple[BrandId, Api, int]], minute: datetime
) -> dict[tuple[BrandId, Api], int]:
    """Count calls and return how many each brand and API has now used in the minute."""
    rows: Sequence[Row] = await tx.fetch(
        SQL["take_calls"],
        [brand_id for brand_id, _, _ in wanted],
        [api.value for _, api, _ in wanted],
        [calls for _, _, calls in wanted],
        minute,
    )
    return {(BrandId(row["brand_id"]), Api(row["api"])): row["used"] for row in rows}


async def claim_idempotency_keys(
    tx: Tx, asked: Mapping[tuple[BrandId, str], bytes], *, now: datetime, expired: datetime
) -> set[tuple[BrandId, str]]:
    """Insert the keys that are new, or older than `expired`; return those."""
    rows = await tx.fetch(
        SQL["claim_idempotency_keys"],
        [brand_id for brand_id, _ in asked],
        [key for _, key in asked],
        list(asked.values()),
        now,
        expired,
    )
    return {(BrandId(row["brand_id"]), row["key"]) for row in rows}


async def select_idempotent_answers(
    tx: Tx, keys: Sequence[tuple[BrandId, str]]
) -> list[tuple[tuple[BrandId, str], bytes, int, bytes]]:
    """Return each key with its fingerprint, and the status and body it was answered with."""
    rows = await tx.fetch(
        SQL["select_idempotent_answers"],
        [brand_id for brand_id, _ in keys],
        [key for _, key in keys],
    )
    return [
        (
            (BrandId(row["brand_id"]), row["key"]),
            row["fingerprint"],
            row["status"],
            row["answer"],
        )
        for row in rows
    ]


async def keep_idempotent_answers(
    tx: Tx, answers: Sequence[tuple[tuple[BrandId, str], int, bytes]]
) -> None:
    """Store the answers of keys that this transaction inserted."""
    await tx.execute(
        SQL["keep_idempotent_answers"],
        [brand_id for (brand_id, _), _, _ in answers],
        [key for (_, key), _, _ in answers],
        [status for _, status, _ in answers],
        [body for _, _, body in answers],
    )


async def forget_idempotency_keys(tx: Tx, *, before: datetime) -> None:
    """Delete the idempotency keys of calls made before an instant."""
    await tx.execute(SQL["forget_idempotency_keys"], before)


async def select_unread_answers(
    tx: Tx, calls: Sequence[SentCall], *, after: timedelta, within: timedelta
) -> dict[CallId, UnreadAnswer]:
    """Return the kept answer of each call's first sending, by the id of the later call.

    Shape:  after, within - how far apart the two must be received at least, unless the first is
            marked, and at most.
    """
    rows = await tx.fetch(
        SQL["select_unread_answers"],
        *_columns_of(calls),
        [call.received_at for call in calls],
        after,
        within,
    )
    return {
        CallId(row["asking_id"]): UnreadAnswer(
            SentCall(
                BrandId(row["brand_id"]),
                row["fingerprint"],
                CallId(row["call_id"]),
                row["received_at"],
            ),
            row["status"],
            row["answer"],
            row["is_unread"],
        )
        for row in rows
    }


async def insert_unread_answers(tx: Tx, answers: Sequence[UnreadAnswer]) -> None:
    """Insert answers."""
    await tx.execute(
        SQL["insert_unread_answers"],
        *_columns_of([answer.call for answer in answers]),
        [answer.call.received_at for answer in answers],
        [answer.status for answer in answers],
        [answer.body for answer in answers],
        [answer.is_unread for answer in answers],
    )


async def mark_unread(tx: Tx, calls: Sequence[SentCall]) -> None:
    """Mark answers that nobody was there to read."""
    if calls:
        await tx.execute(SQL["mark_unread"], *_columns_of(calls))


async def mark_read(tx: Tx, calls: Sequence[SentCall], *, at: datetime) -> None:
    """Mark answers that were sent."""
    if calls:
        await tx.execute(SQL["mark_read"], *_columns_of(calls), at)


async def delete_old_unread_answers(tx: Tx, *, before: datetime) -> None:
    """Delete the answers of calls received before an instant."""
    await tx.execute(SQL["delete_old_unread_answers"], before)


def _columns_of(calls: Sequence[SentCall]) -> tuple[list[BrandId], list[bytes], list[CallId]]:
    return (
        [call.brand_id for call in calls],
        [call.fingerprint for call in calls],
        [call.call_id for call in calls],
    )


def _brand(row: Row) -> Brand:
    return Brand(
        brand_id=BrandId(row["brand_id"]),
        name=row["name"],
        time_zone=ZoneInfo(row["time_zone"]),
        merging=row["merging"],
        calls_per_minute={
            Api.USER: row["user_calls_per_minute"],
            Api.EVENT: row["event_calls_per_minute"],
            Api.CAMPAIGN: row["campaign_calls_per_minute"],
            Api.REPORTING: row["reporting_calls_per_minute"],
        },
    )
