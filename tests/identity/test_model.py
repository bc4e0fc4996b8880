"""Identifiers sort as their rows, and their kinds are what is stored."""

from tests.shop import Shop
from tidings.base.ids import BrandId
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.storage.slots import slot_of

BRAND = BrandId(1001)


def test_the_numbers_of_the_kinds_never_change() -> None:
    """They lie in every identifier's row."""
    assert {kind.name: kind.value for kind in IdentifierKind} == {
        "USER_ID": 1,
        "EMAIL": 2,
        "MOBILE": 3,
        "ANONYMOUS_ID": 4,
    }


def test_an_identifier_lies_in_the_slot_of_its_brand_kind_and_value() -> None:
    """The kind by its name: `user_id`, `email`, `mobile`, `anonymous_id`, as in docs/house.md."""
    made = {kind.name: identifier_of(BRAND, kind, "ada").slot for kind in IdentifierKind}

    assert made == {
        "USER_ID": slot_of(1001, "user_id", "ada"),
        "EMAIL": slot_of(1001, "email", "ada"),
        "MOBILE": slot_of(1001, "mobile", "ada"),
        "ANONYMOUS_ID": slot_of(1001, "anonymous_id", "ada"),
    }


async def test_identifiers_sort_as_the_primary_key_of_their_rows(shop: Shop) -> None:
    """Two processes that insert the same people then wait for each other in one order."""
    people = [f"user {number}" for number in range(300)] + [
        "Ünal",
        "नमस्ते",
        "\U0001f600",
        "Zoe",
        "zoe",
    ]
    await shop.send(*(shop.event(user) for user in people))

    async with shop.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT value FROM identifiers ORDER BY slot, brand_id, kind, value"
        )

    in_python = sorted(shop.user(user) for user in people)
    assert [row["value"] for row in rows] == [identifier.value for identifier in in_python]
