"""The table of channels: rows in, models out."""

from datetime import datetime
from typing import cast

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId, Pace, ShutChannel
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of

SQL = Queries(__file__)


async def insert_channel(tx: Tx, channel: ShutChannel) -> bool:
    """Insert a channel, whose id is drawn now; say whether the brand had none of its key."""
    inserted = await tx.fetchval(
        SQL["insert_channel"],
        channel.brand_id,
        channel.key,
        channel.medium.value,
        channel.provider,
        channel.settings,
        channel.sealed,
        channel.pace.per_second,
        channel.pace.connections,
        channel.updated_at,
    )
    return inserted is not None


async def count_channels(tx: Tx, brand_id: BrandId) -> int:
    """Count a brand's channels."""
    return cast("int", await tx.fetchval(SQL["count_channels"], brand_id))


async def select_channels(tx: Tx, brand_id: BrandId) -> list[ShutChannel]:
    """Return a brand's channels, by key."""
    return [_channel(row) for row in await tx.fetch(SQL["select_channels"], brand_id)]


async def select_channel(tx: Tx, brand_id: BrandId, key: str) -> ShutChannel | None:
    """Return a brand's channel of this key."""
    row = await tx.fetchrow(SQL["select_channel"], brand_id, key)
    return None if row is None else _channel(row)


async def select_hook(tx: Tx, brand_id: BrandId, key: str) -> str | None:
    """Return the word in the URL that a channel's reports come to."""
    return cast("str | None", await tx.fetchval(SQL["select_hook"], brand_id, key))


async def select_channel_of_hook(tx: Tx, hook: str) -> ShutChannel | None:
    """Return the channel that has this word in its URL for reports."""
    row = await tx.fetchrow(SQL["select_channel_of_hook"], hook)
    return None if row is None else _channel(row)


async def select_channels_of_provider(tx: Tx, provider: str) -> list[ShutChannel]:
    """Return the channels of a provider, of all brands."""
    return [_channel(row) for row in await tx.fetch(SQL["select_channels_of_provider"], provider)]


async def lock_channel(tx: Tx, brand_id: BrandId, key: str) -> ShutChannel | None:
    """Return a brand's channel of this key, which nobody else changes meanwhile."""
    row = await tx.fetchrow(SQL["lock_channel"], brand_id, key)
    return None if row is None else _channel(row)


async def update_channel(tx: Tx, channel: ShutChannel, *, at: datetime) -> None:
    """Write a channel's settings and pace."""
    await tx.execute(
        SQL["update_channel"],
        channel.brand_id,
        channel.channel_id,
        channel.settings,
        channel.sealed,
        channel.pace.per_second,
        channel.pace.connections,
        at,
    )


async def delete_channel(tx: Tx, brand_id: BrandId, key: str) -> bool:
    """Delete a channel; say whether there was one."""
    return rows_of(await tx.execute(SQL["delete_channel"], brand_id, key)) == 1


def _channel(row: Row) -> ShutChannel:
    return ShutChannel(
        channel_id=ChannelId(row["channel_id"]),
        brand_id=BrandId(row["brand_id"]),
        key=row["key"],
        medium=Medium(row["medium"]),
        provider=row["provider"],
        settings=row["settings"],
        sealed=row["sealed"],
        pace=Pace(row["per_second"], row["connections"]),
        updated_at=row["updated_at"],
    )
