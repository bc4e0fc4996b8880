"""Changing a type as an operator's command does, and seeing on which side values lie."""

from tests.shop import Shop
from tidings.events import actions as events
from tidings.schema.model import AttributeType, TypeChange
from tidings.storage.slots import SLOT_COUNT

ALL_SLOTS = range(SLOT_COUNT)


async def preview(shop: Shop, event: str | None, attribute: str, to: AttributeType) -> TypeChange:
    """Ask what a change would do."""
    async with shop.database.transaction() as tx:
        return await events.preview_type_change(tx, shop.brand_id, event, attribute, to=to)


async def lock_to(shop: Shop, event: str | None, attribute: str, to: AttributeType) -> None:
    """Change a type for the values that come from now on."""
    async with shop.database.transaction() as tx:
        await events.change_type(tx, shop.brand_id, event, attribute, to=to)


async def move(shop: Shop, event: str | None, attribute: str, slots: range = ALL_SLOTS) -> None:
    """Move the values stored before to the sides on which the type has them."""
    async with shop.database.transaction() as tx:
        await events.move_values(tx, shop.brand_id, event, attribute, slots=slots)


async def change(shop: Shop, event: str | None, attribute: str, to: AttributeType) -> None:
    """Change a type, as an operator's command does."""
    await lock_to(shop, event, attribute, to)
    await move(shop, event, attribute)


async def sides(shop: Shop) -> list[tuple[object, object]]:
    """Return what the events have of `price`: among the attributes, and aside."""
    return [
        (kept.attributes.get("price"), (kept.mismatched or {}).get("price"))
        for kept in await shop.events()
    ]
