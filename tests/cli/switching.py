"""Switching merging on and off, and seeing who is one person."""

import asyncio

from click.testing import CliRunner, Result

from tests.shop import Shop
from tidings.brands import actions as brands
from tidings.cli.brands import brand
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database

BUILT = """\
Identifiers added                         {:>12}
People who went into others               {:>12}
Claims refused                            {:>12}
"""


async def tidings_brand(database: Database, *arguments: object, answer: str = "") -> Result:
    """Run one of the commands beside the running test, as beside a running server."""
    environment = {"TIDINGS_DATABASE_URL": database.url}
    given = [str(argument) for argument in arguments]
    return await asyncio.to_thread(
        CliRunner().invoke,
        brand,
        given,
        input=answer,
        env=environment,
        prog_name="tidings brand",
    )


async def switch_on(shop: Shop) -> Result:
    """Switch merging on without a question."""
    return await tidings_brand(shop.database, "merging", shop.brand_id, "on", "--yes")


async def whom(shop: Shop, *identifiers: Identifier) -> list[ProfileRef | None]:
    """Return whom identifiers lead to."""
    async with shop.database.transaction() as tx:
        return [await identity.find(tx, one) for one in identifiers]


async def conflicts(shop: Shop) -> list[tuple[ProfileRef, Identifier, str]]:
    """Return what was refused: who claimed what, and why not."""
    async with shop.database.transaction() as tx:
        found = await identity.list_conflicts(tx, shop.brand_id)
    return [(one.claimant, one.claimed, one.reason.value) for one in found]


async def is_merging(shop: Shop) -> bool:
    """Say how a brand is switched."""
    async with shop.database.transaction() as tx:
        return (await brands.find_brand(tx, shop.brand_id)).merging
