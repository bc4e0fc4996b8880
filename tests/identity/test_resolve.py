"""One person for each identifier, whoever meets it first and however many at once."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.shop import NOON, Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.identity import actions as identity
from tidings.identity.actions import people_locks
from tidings.identity.model import Identifier
from tidings.identity.resolve import NewPerson
from tidings.profiles import actions as profiles
from tidings.profiles.model import NewProfile, Patch, ProfileRef
from tidings.storage import locks
from tidings.storage.pool import Database
from tidings.storage.tx import Tx


@dataclass(frozen=True)
class Resolved:
    """Where everybody asked for lies, and who of them was made for it."""

    refs: dict[Identifier, ProfileRef]
    created: dict[Identifier, ProfileRef]


async def resolve_and_create(tx: Tx, identifiers: Sequence[Identifier]) -> Resolved:
    """Find and create people as ingest does: held still, and with their profiles."""
    await locks.hold_shared(tx, people_locks(identifiers))
    refs = await identity.find_many(tx, set(identifiers))
    unknown = sorted(set(identifiers) - refs.keys())
    placed, found = await identity.settle(tx, [NewPerson((one,), one.value) for one in unknown], {})
    await profiles.create(
        tx,
        [
            (person.identifiers[0].brand_id, NewProfile(ref, person.user_id, NOON), Patch())
            for ref, person in placed.items()
        ],
    )
    created = {person.identifiers[0]: ref for ref, person in placed.items()}
    return Resolved(refs | created | found, created)


async def resolve(database: Database, identifiers: Sequence[Identifier]) -> Resolved:
    """Resolve in a transaction of its own."""
    async with database.transaction() as tx:
        return await resolve_and_create(tx, identifiers)


async def count_rows(database: Database) -> tuple[int, int]:
    """Count identifiers and profiles."""
    async with database.transaction() as tx:
        return (
            await tx.fetchval("SELECT count(*) FROM identifiers"),
            await tx.fetchval("SELECT count(*) FROM profiles"),
        )


async def test_somebody_unknown_is_created_and_found_from_then_on(shop: Shop) -> None:
    """In the slot of the first identifier; the place never changes."""
    ada = shop.user("ada")

    first = await resolve(shop.database, [ada, ada])
    then = [await resolve(shop.database, [ada]) for _ in range(3)]

    assert first.refs == first.created
    assert list(first.refs) == [ada]
    assert first.refs[ada].slot == ada.slot
    assert then == [Resolved(refs=first.refs, created={})] * 3


async def test_of_a_mixed_company_only_the_unknown_are_created(shop: Shop) -> None:
    """All of them are found in one statement, and all have a place afterwards."""
    people = [shop.user(f"user {number}") for number in range(20)]
    known = await resolve(shop.database, people[::2])

    mixed = await resolve(shop.database, people)

    assert sorted(mixed.created) == sorted(people[1::2])
    assert {one: mixed.refs[one] for one in people[::2]} == dict(known.refs)
    assert sorted(mixed.refs) == sorted(people)
    assert len(set(mixed.refs.values())) == 20


async def test_nobody_asked_for_is_nobody_found(shop: Shop) -> None:
    """A batch of repeated calls has no people."""
    assert await resolve(shop.database, []) == Resolved(refs={}, created={})


async def test_many_at_once_make_each_person_once(database_url: str, shop: Shop) -> None:
    """Overlapping companies in all orders: nobody waits in a circle, nobody is made twice."""
    company = [shop.user(f"user {number}") for number in range(200)]

    async def resolve_some(database: Database, seed: int) -> list[Resolved]:
        dice = random.Random(seed)  # noqa: S311 - the same companies in every run
        return [
            await resolve(database, dice.sample(company[: 20 * (turn + 1)], 15))
            for turn in range(10)
        ]

    async with Database(database_url, size=12) as database:
        resolving = asyncio.gather(*(resolve_some(database, seed) for seed in range(12)))
        rounds = await asyncio.wait_for(resolving, timeout=60)

    found: dict[Identifier, set[ProfileRef]] = {}
    created: list[Identifier] = []
    for resolved in (one for turns in rounds for one in turns):
        created += resolved.created
        for identifier, ref in resolved.refs.items():
            found.setdefault(identifier, set()).add(ref)
    assert {len(refs) for refs in found.values()} == {1}
    assert sorted(created) == sorted(found)
    assert await count_rows(shop.database) == (len(found), len(found))
    assert await shop.count_orphans() == 0


async def test_whoever_comes_second_waits_and_finds_the_first_ones_person(shop: Shop) -> None:
    """It cannot see a person that is not durable yet, and must not make another."""
    ada, bob = shop.user("ada"), shop.user("bob")
    async with shop.database.transaction() as tx:
        first = await resolve_and_create(tx, [ada])
        second = asyncio.create_task(resolve(shop.database, [ada, bob]))
        await wait_until(lambda: count_waiting(shop.database))

    resolved = await second
    assert resolved.refs[ada] == first.refs[ada]
    assert list(resolved.created) == [bob]
    assert await count_rows(shop.database) == (2, 2)


async def test_when_the_first_gives_up_the_second_makes_the_person(shop: Shop) -> None:
    """A transaction that failed has made nobody."""
    ada = shop.user("ada")

    async def give_up() -> asyncio.Task[Resolved]:
        async with shop.database.transaction() as tx:
            await resolve_and_create(tx, [ada])
            second = asyncio.create_task(resolve(shop.database, [ada]))
            await wait_until(lambda: count_waiting(shop.database))
            await tx.execute("ROLLBACK")
            await tx.execute("BEGIN")
        return second

    second = await give_up()

    resolved = await second
    assert list(resolved.created) == [ada]
    assert await count_rows(shop.database) == (1, 1)


async def test_the_same_value_in_another_brand_is_another_person(
    shop: Shop, other_shop: Shop
) -> None:
    """Two brands never see each other, also within one commit."""
    people = [shop.user("ada"), other_shop.user("ada")]

    resolved = await resolve(shop.database, people)

    assert len(set(resolved.refs.values())) == 2
    async with shop.database.transaction() as tx:
        found = [await identity.find(tx, one) for one in people]
    assert found == [resolved.refs[one] for one in people]


async def test_a_persons_identifiers_are_listed_and_forgotten(shop: Shop) -> None:
    """Until then each leads to them, and afterwards none does."""
    ada, bob = shop.user("ada"), shop.user("bob")
    refs = (await resolve(shop.database, [ada, bob])).refs

    async with shop.database.transaction() as tx:
        before = await identity.identifiers_of(tx, shop.brand_id, [refs[bob], refs[ada]])
        await identity.forget(tx, shop.brand_id, [refs[ada]])
        after = await identity.identifiers_of(tx, shop.brand_id, [refs[bob], refs[ada]])
        found = [await identity.find(tx, one) for one in (ada, bob)]

    assert before == {refs[ada]: [ada], refs[bob]: [bob]}
    assert after == {refs[ada]: [], refs[bob]: [bob]}
    assert found == [None, refs[bob]]


async def test_another_brand_can_neither_list_nor_forget_a_person(
    shop: Shop, other_shop: Shop
) -> None:
    """Not even one who knows where the person lies."""
    ada = shop.user("ada")
    resolved = await resolve(shop.database, [ada])

    async with shop.database.transaction() as tx:
        await identity.forget(tx, other_shop.brand_id, [resolved.refs[ada]])
        listed = await identity.identifiers_of(tx, other_shop.brand_id, [resolved.refs[ada]])
        found = await identity.find(tx, ada)

    assert (listed, found) == ({resolved.refs[ada]: []}, resolved.refs[ada])
