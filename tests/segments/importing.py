"""Lists that are imported as the command does it, without a file; and what becomes of people."""

from collections.abc import Sequence

from tests.segments.house import House
from tests.shop import Shop
from tidings.events.merging import merge_two
from tidings.identity import actions as identity
from tidings.identity.model import Identifier, IdentifierKind
from tidings.privacy import actions as privacy
from tidings.segments import lists
from tidings.segments.lists import Added, Import
from tidings.segments.model import SegmentId

Rows = Sequence[Sequence[Identifier]]


async def begin(house: House, wanted: str = "List") -> Import:
    """Begin to import a list."""
    async with house.shop.database.transaction() as tx:
        return await lists.begin(tx, house.shop.brand_id, wanted, [IdentifierKind.USER_ID])


async def add(house: House, begun: Import, rows: Rows) -> Added:
    """Put people on a list."""
    async with house.shop.database.transaction() as tx:
        return await lists.add(tx, house.shop.brand_id, begun.which, rows)


async def finish(house: House, begun: Import) -> SegmentId:
    """Have a list built of which all rows are there, for whoever works."""
    async with house.shop.database.transaction() as tx:
        await lists.finish(tx, house.shop.brand_id, begun.which)
    return begun.which.segment_id


async def imported(house: House, *users: str, wanted: str = "List") -> SegmentId:
    """Import a list of users, and build it."""
    begun = await begin(house, wanted)
    await add(house, begun, [[house.shop.user(user)] for user in users])
    segment_id = await finish(house, begun)
    await house.work()
    return segment_id


async def merge(shop: Shop, kept: str, absorbed: str) -> None:
    """Make one person of two users; whose user ids they were leads to the first from now on."""
    async with shop.database.transaction() as tx:
        asked = [shop.user(kept), shop.user(absorbed)]
        refs, _ = await identity.find_to_move(tx, asked)
        stays, goes = (refs.get(one) for one in asked)
        if stays is not None and goes is not None and stays != goes:
            await merge_two(tx, shop.brand_id, stays, goes, by=None)


async def forget(shop: Shop, user: str) -> None:
    """Forget whoever a user is by now."""
    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user(user)])


async def waiting(shop: Shop) -> list[str]:
    """Return the names of the tasks that wait."""
    async with shop.database.transaction() as tx:
        return [row["name"] for row in await tx.fetch("SELECT name FROM tasks ORDER BY name")]


async def places(shop: Shop) -> int:
    """Count the rows of members, of whatever version."""
    async with shop.database.transaction() as tx:
        return await tx.fetchval("SELECT count(*) FROM memberships")
