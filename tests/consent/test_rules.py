"""The rules of a brand: as an operator writes them, and as they hold."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.shop import Shop
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.consent import actions
from tidings.consent.model import Cap, Rules
from tidings.consent.quiet import QuietHours, Weekday

WRITTEN: dict[str, Any] = {
    "quiet_hours": {"sunday": ["22:00-08:00"], "monday": ["07:00-09:00", "21:00-24:00"]},
    "caps": {
        "overall": {"messages": 5, "days": 7, "gap_seconds": 60},
        "sms": {"gap_seconds": 3_600},
    },
    "test_mode": ["Ada@Example.com", "@Test.example", "+49 170 12345678"],
    "opt_in_required": ["email"],
}


async def test_rules_hold_as_they_were_written(shop: Shop, other_shop: Shop) -> None:
    """In their brand, by its clock; another one goes by what holds by default."""
    async with shop.database.transaction() as tx:
        kolkata = await brands.create_brand(tx, name="Kolkata", time_zone="Asia/Kolkata")
        await actions.change_rules(tx, kolkata.brand_id, WRITTEN)

        assert await actions.rules_of(tx, kolkata.brand_id) == Rules(
            zone=ZoneInfo("Asia/Kolkata"),
            quiet=QuietHours(((0, 540), (1_260, 1_440), (9_960, 10_080))),
            caps={None: Cap(5, 7, 60), Medium.SMS: Cap(None, 1, 3_600)},
            test_addresses=frozenset({"ada@example.com", "@test.example", "+4917012345678"}),
            opt_in_required=frozenset({Medium.EMAIL}),
        )
        form = await actions.rules_as_written(tx, kolkata.brand_id)
        assert await actions.rules_of(tx, other_shop.brand_id) == Rules(ZoneInfo("UTC"))

    assert msgspec.json.decode(msgspec.json.encode(form)) == WRITTEN


async def test_what_is_left_out_is_as_by_default_again(shop: Shop) -> None:
    """A file is all the rules there are: nothing of an older one lives on unseen."""
    async with shop.database.transaction() as tx:
        await actions.change_rules(tx, shop.brand_id, WRITTEN)
        await actions.change_rules(tx, shop.brand_id, {})
        assert await actions.rules_of(tx, shop.brand_id) == Rules(ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("written", "mistakes"),
    [
        ([], [Mistake("Expected `object`, got `array`")]),
        ({"quiet": {}}, [Mistake("Object contains unknown field `quiet`")]),
        (
            {"caps": {"email": {"messages": 0}}},
            [Mistake("Expected `int` >= 1 - at `$.caps[...].messages`")],
        ),
        (
            {
                "quiet_hours": {"monday": ["22:00-08:00", "9-10"]},
                "caps": {"email": {"days": 3}},
                "test_mode": ["ada", "@example.com"],
                "opt_in_required": ["email", "push"],
            },
            [
                Mistake("must be a part of a day, such as 22:00-08:00", "quiet_hours.monday[1]"),
                Mistake("must be an address, or a domain such as @example.com", "test_mode[0]"),
                Mistake("must have messages, gap_seconds or both", "caps.email"),
                Mistake("has no opt-in", "opt_in_required[1]"),
            ],
        ),
        (
            {"quiet_hours": {day.value: ["00:00-24:00"] for day in Weekday}},
            [
                Mistake(
                    "no minute of the week is left; to stop everything, make test_mode []",
                    "quiet_hours",
                )
            ],
        ),
    ],
)
async def test_rules_that_mean_nothing_are_refused_with_every_mistake(
    shop: Shop, written: object, mistakes: list[Mistake]
) -> None:
    """And those there are hold on."""
    async with shop.database.transaction() as tx:
        await actions.change_rules(tx, shop.brand_id, WRITTEN)
        before = await actions.rules_of(tx, shop.brand_id)
        with pytest.raises(Refused) as refused:
            await actions.change_rules(tx, shop.brand_id, written)
        assert await actions.rules_of(tx, shop.brand_id) == before

    assert (refused.value.code, list(refused.value.mistakes)) == (Code.INVALID, mistakes)


async def test_an_unknown_brand_has_no_rules(shop: Shop) -> None:
    """Rather than those that hold by default."""
    async with shop.database.transaction() as tx:
        for ask in (actions.rules_of, actions.rules_as_written):
            with pytest.raises(Refused, match="9999"):
                await ask(tx, BrandId(9999))
        with pytest.raises(Refused, match="9999"):
            await actions.change_rules(tx, BrandId(9999), {})
