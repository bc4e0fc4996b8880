"""Custom lists: imported beside their old members, named by other segments, and never evaluated."""

import pytest

from tests.segments.house import House
from tests.segments.importing import add, begin, finish, imported
from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.identity.model import IdentifierKind
from tidings.privacy import actions as privacy
from tidings.segments import actions as segments
from tidings.segments import lists
from tidings.segments.follow import ENTERED, LEFT
from tidings.segments.lists import Added
from tidings.segments.saved import State


async def people(shop: Shop, *users: str) -> None:
    """Let users be there who did something of no interest."""
    await shop.send(*(shop.event(user, "Seen") for user in users))


async def versions(shop: Shop) -> list[int]:
    """Return the versions that have members."""
    async with shop.database.transaction() as tx:
        rows = await tx.fetch("SELECT DISTINCT version FROM memberships ORDER BY 1")
    return [row["version"] for row in rows]


async def test_a_list_has_whom_was_imported(shop: Shop) -> None:
    """Each announced once, when all are there and not before."""
    house = House(shop)
    await people(shop, "ada", "bob", "cyd")
    begun = await begin(house)
    first = await add(house, begun, [[shop.user("ada")], [shop.user("nobody")]])
    second = await add(house, begun, [[shop.user("bob")], [shop.user("ada")], []])
    await house.work()
    segment_id = begun.which.segment_id
    assert (first, second) == (Added([True, False], 1), Added([True, True, False], 1))
    assert await house.members(segment_id) == []
    assert await house.state(segment_id) is State.PROCESSING

    await finish(house, begun)
    await house.work()

    both = sorted(await house.whom("ada", "bob"))
    assert await house.members(segment_id) == both
    assert house.take_heard() == [(ENTERED, segment_id, ref) for ref in both]
    one = await house.segment(segment_id)
    assert (one.name, one.definition, one.state) == ("List", None, State.PUBLISHED)


async def test_the_first_identifier_that_is_known_counts(shop: Shop) -> None:
    """Whatever the others lead to."""
    house = House(shop)
    visitor = shop.anonymous("visitor")
    await people(shop, "ada", "bob")
    await shop.send(shop.event(visitor))
    begun = await begin(house)

    added = await add(
        house,
        begun,
        [
            [shop.user("nobody"), visitor, shop.user("ada")],
            [shop.user("bob"), visitor],
        ],
    )

    assert added == Added([True, True], 2)
    await finish(house, begun)
    await house.work()
    [bob] = await house.whom("bob")
    profile = await shop.profile(visitor)
    assert profile is not None
    assert await house.members(begun.which.segment_id) == sorted([bob, profile.ref])


async def test_an_import_takes_the_place_of_the_members_before_at_once(shop: Shop) -> None:
    """Who is on both lists neither leaves nor enters; and nothing is left of the old one."""
    house = House(shop)
    await people(shop, "ada", "bob", "cyd")
    ada, bob, cyd = await house.whom("ada", "bob", "cyd")
    segment_id = await imported(house, "ada", "bob")
    house.take_heard()

    begun = await begin(house, str(segment_id))
    await add(house, begun, [[shop.user("bob")], [shop.user("cyd")]])
    await house.work()
    assert await house.state(segment_id) is State.UPDATING
    assert await house.members(segment_id) == sorted([ada, bob])
    await finish(house, begun)
    await house.work()

    assert await house.members(segment_id) == sorted([bob, cyd])
    assert house.take_heard() == sorted([(LEFT, segment_id, ada), (ENTERED, segment_id, cyd)])
    assert await versions(shop) == [2]


async def test_a_killed_import_changes_nothing_and_the_next_one_clears_it_away(shop: Shop) -> None:
    """Whoever comes back to it learns that somebody else was quicker."""
    house = House(shop)
    await people(shop, "ada", "bob", "cyd")
    ada, cyd = await house.whom("ada", "cyd")
    segment_id = await imported(house, "ada")
    killed = await begin(house)
    await add(house, killed, [[shop.user("bob")]])
    await house.sweep()
    assert await house.members(segment_id) == [ada]

    assert await imported(house, "cyd") == segment_id
    assert await house.members(segment_id) == [cyd]
    assert await versions(shop) == [3]
    for continued in (add(house, killed, [[shop.user("bob")]]), finish(house, killed)):
        with pytest.raises(Refused, match="was deleted, or somebody else imports it"):
            await continued


async def test_an_import_that_is_given_up_leaves_everything_as_it_was(shop: Shop) -> None:
    """A list that was made for it is gone; of another, the members before count on."""
    house = House(shop)
    await people(shop, "ada", "bob")
    [ada] = await house.whom("ada")
    segment_id = await imported(house, "ada")
    for wanted in ("List", "Other"):
        begun = await begin(house, wanted)
        await add(house, begun, [[shop.user("bob")]])
        async with shop.database.transaction() as tx:
            await lists.give_up(tx, shop.brand_id, begun)
            await lists.give_up(tx, shop.brand_id, begun)
    await house.work()

    async with shop.database.transaction() as tx:
        assert [one.name for one in await segments.list_page(tx, shop.brand_id)] == ["List"]
    assert await house.state(segment_id) is State.PUBLISHED
    assert await house.members(segment_id) == [ada]
    assert await versions(shop) == [1]


async def test_a_segment_follows_the_list_it_names(shop: Shop) -> None:
    """Its members change with each import, and with what people do; the list cannot go."""
    house = House(shop)
    await people(shop, "ada", "bob", "cyd")
    await shop.send(shop.event("bob"))
    ada, bob, cyd = await house.whom("ada", "bob", "cyd")
    begun = await begin(house)
    outer = {"all": [{"segment": begun.which.segment_id}, {"not": {"event": {"name": "Bought"}}}]}
    with pytest.raises(Refused, match="is 1, which is no published segment"):
        await house.begin("Outer", outer)
    await add(house, begun, [[shop.user("ada")], [shop.user("bob")]])
    inner = await finish(house, begun)
    await house.work()
    named = await house.publish("Outer", outer)
    without = await house.publish("Without", {"not": {"segment": inner}})
    assert (await house.members(named), await house.members(without)) == ([ada], [cyd])

    await imported(house, "bob", "cyd")
    assert (await house.members(named), await house.members(without)) == ([cyd], [ada])
    await shop.send(shop.event("cyd"))
    await house.work()
    await house.sweep()

    assert await house.members(named) == []
    assert await house.members(inner) == sorted([bob, cyd])
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused, match=f"names segment {inner}: change it"):
            await segments.delete(tx, shop.brand_id, inner)


async def test_whoever_is_forgotten_is_on_no_list(shop: Shop) -> None:
    """Not on the one that counts, and not on the one that is being imported."""
    house = House(shop)
    await people(shop, "ada", "bob")
    [bob] = await house.whom("bob")
    segment_id = await imported(house, "ada", "bob")
    begun = await begin(house)
    await add(house, begun, [[shop.user("ada")], [shop.user("bob")]])

    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user("ada")])
    assert await house.members(segment_id) == [bob]
    await finish(house, begun)
    await house.work()

    assert await house.members(segment_id) == [bob]


async def test_whoever_is_forgotten_between_finding_and_storing_is_on_no_list(shop: Shop) -> None:
    """Their row comes too late to be deleted with them."""
    house = House(shop)
    await people(shop, "ada")
    begun = await begin(house)

    async with shop.database.transaction() as tx:
        await lists.add(tx, shop.brand_id, begun.which, [[shop.user("ada")]])
        async with shop.database.transaction() as beside:
            await privacy.forget(beside, shop.brand_id, [shop.user("ada")])
    await finish(house, begun)
    await house.work()

    assert await house.members(begun.which.segment_id) == []
    assert await versions(shop) == []


async def test_a_deleted_list_leaves_nothing(shop: Shop) -> None:
    """No member, no watch, no version; also of an import that was under way."""
    house = House(shop)
    await people(shop, "ada")
    segment_id = await imported(house, "ada")
    begun = await begin(house)
    await add(house, begun, [[shop.user("ada")]])

    async with shop.database.transaction() as tx:
        await segments.delete(tx, shop.brand_id, segment_id)
    await house.work()

    async with shop.database.transaction() as tx:
        left = [
            await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - of our own making
            for table in ("memberships", "watches", "segment_versions", "segments", "tasks")
        ]
    assert left == [0, 0, 0, 0, 0]


async def test_a_brand_reaches_no_list_and_nobody_of_another(shop: Shop, other_shop: Shop) -> None:
    """Another brand's ids are unknown, and so are its lists."""
    house, other = House(shop), House(other_shop)
    await people(shop, "ada")
    await people(other_shop, "bob")
    segment_id = await imported(house, "ada")

    with pytest.raises(Refused, match=f"has no segment {segment_id}"):
        await begin(other, str(segment_id))
    theirs = await begin(other)
    assert await add(other, theirs, [[other_shop.user("ada")]]) == Added([False], 0)
    with pytest.raises(Refused, match="this import is given up"):
        await add(house, theirs, [[shop.user("ada")]])


@pytest.mark.parametrize("kind", [IdentifierKind.EMAIL, IdentifierKind.MOBILE])
async def test_a_kind_that_leads_to_nobody_is_refused_with_the_way_out(
    shop: Shop, kind: IdentifierKind
) -> None:
    """As long as people do not merge, an address is an attribute like any other."""
    asked = {IdentifierKind.USER_ID, kind}

    async with shop.database.transaction() as tx:
        with pytest.raises(Refused) as refused:
            await lists.begin(tx, shop.brand_id, "List", asked)
    assert (refused.value.code, refused.value.message) == (
        Code.INVALID,
        f"Brand {shop.brand_id} does not merge people, so no {kind.name.lower()} leads to anybody. "
        "Import by user_id or anonymous_id, or switch merging on: tidings brand merging "
        f"{shop.brand_id} on",
    )


async def test_a_list_has_no_definition_and_a_segment_with_one_is_no_list(shop: Shop) -> None:
    """Each can be changed in its own way only."""
    house = House(shop)
    await people(shop, "ada")
    await shop.send(shop.event("ada"))
    list_id = await imported(house, "ada")
    buyers = await house.publish("Buyers", {"event": {"name": "Bought"}})

    async with shop.database.transaction() as tx:
        for change in (
            segments.publish(tx, shop.brand_id, list_id),
            segments.update(tx, shop.brand_id, list_id, {"event": {"name": "Bought"}}),
        ):
            with pytest.raises(Refused, match=f"{list_id} is a custom list: import it again"):
                await change
        for wanted in ("Buyers", str(buyers)):
            with pytest.raises(Refused, match=f"Segment {buyers} has a definition"):
                await lists.begin(tx, shop.brand_id, wanted, [])
        with pytest.raises(Refused, match=r"has no segment 99\."):
            await lists.begin(tx, shop.brand_id, "99", [])
