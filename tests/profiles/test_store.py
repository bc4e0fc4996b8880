"""People are read and deleted by their place, and only by their own brand."""

from tests.shop import NOON, Shop
from tidings.base import ids
from tidings.profiles import actions as profiles
from tidings.profiles.model import Patch, Profile, ProfileRef


async def place_of(shop: Shop, user: str) -> ProfileRef:
    """Say where a person lies."""
    profile = await shop.profile(user)
    assert profile is not None
    return profile.ref


async def test_a_person_is_read_as_written(shop: Shop) -> None:
    """Known bug 24: types survive the round trip; a number does not become a text."""
    attributes = {
        "text": "12",
        "integer": 12,
        "float": 12.5,
        "large": 2**60,
        "boolean": True,
        "date": "2022-03-27 04:08:18",
        "object": {"a": {"b": [None, 1]}},
        "objects": [{"a": 1}],
        "array": ["1", 1, True, None],
        "नाम": "अदा \U0001f600",
    }
    await shop.send(shop.change("ada", attributes))
    ref = await place_of(shop, "ada")

    assert await shop.profile("ada") == Profile(
        ref=ref,
        user_id="ada",
        attributes=attributes,
        mismatched={},
        created_at=NOON,
        updated_at=NOON,
    )


async def test_several_people_are_read_at_once_in_the_order_of_their_places(shop: Shop) -> None:
    """Each once, whatever the order asked; nobody who is not there."""
    users = [f"user {number}" for number in range(30)]
    await shop.send(*(shop.change(user, {"name": user}) for user in users))
    refs = [await place_of(shop, user) for user in users]

    async with shop.database.transaction() as tx:
        read = await profiles.read_many(
            tx, shop.brand_id, [*reversed(refs), ProfileRef(refs[0].slot, ids.new_profile_id())]
        )

    assert [one.ref for one in read] == sorted(refs)
    assert sorted(str(one.attributes["name"]) for one in read) == sorted(users)


async def test_another_brand_sees_and_changes_nobody(shop: Shop, other_shop: Shop) -> None:
    """Not even one who knows where the person lies."""
    await shop.send(shop.change("ada", {"city": "Pune"}))
    before = await shop.profile("ada")
    ref = await place_of(shop, "ada")

    async with shop.database.transaction() as tx:
        stranger = other_shop.brand_id
        read = await profiles.read(tx, stranger, ref), await profiles.read_many(tx, stranger, [ref])
        await profiles.patch(tx, {ref: (stranger, Patch({"city": "X"}, {}, set()))}, at=NOON)
        await profiles.forget(tx, stranger, [ref])

    assert read == (None, [])
    assert await shop.profile("ada") == before


async def test_nobody_to_create_or_change_is_nothing_to_do(shop: Shop) -> None:
    """A commit of events only has nobody to change."""
    async with shop.database.transaction() as tx:
        await profiles.create(tx, [])
        await profiles.patch(tx, {}, at=NOON)
        assert await profiles.read_many(tx, shop.brand_id, []) == []
