"""Identifiers made from profiles that are there: the same as if all had been sent with merging."""

import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest

from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.base.ids import ProfileId
from tidings.events import building
from tidings.events.building import Building
from tidings.events.merging import MAX_BEGINNINGS, settle
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.identity.claim import claim_of
from tidings.identity.model import Identifier, IdentifierKind, identifier_of
from tidings.identity.survey import Figures, Survey
from tidings.privacy import actions as privacy
from tidings.storage.pool import Database
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.storage.tx import Tx


@dataclass(frozen=True)
class Somebody:
    """Who is stored without merging."""

    kind: IdentifierKind
    value: str
    email: str | None
    mobile: str | None

    def known_as(self, shop: Shop) -> Identifier:
        """Return the identifier that leads to them."""
        return identifier_of(shop.brand_id, self.kind, self.value)

    @property
    def attributes(self) -> dict[str, str]:
        """What their profile holds."""
        held = {"email": self.email, "mobile": self.mobile}
        return {name: value for name, value in held.items() if value is not None}


def company(seed: int, shop: Shop) -> list[Somebody]:
    """Make people, in few slots, of whom many share addresses; some have an id like none."""
    dice = random.Random(seed)  # noqa: S311 - the same companies in every run
    people: list[Somebody] = []
    for number in count():
        if len(people) == 200:
            return people
        kind = dice.choice([IdentifierKind.USER_ID, IdentifierKind.ANONYMOUS_ID])
        value = "null" if number == 1 else f"p{number}"
        if number != 1 and identifier_of(shop.brand_id, kind, value).slot % 40 != 0:
            continue
        email = f"{dice.choice('Mm')}{dice.randrange(120)}@Example.com"
        mobile = f"+9198203{dice.randrange(10_000, 10_120)}"
        people.append(
            Somebody(
                kind,
                value,
                dice.choice([email, email, "test@example.com", None]),
                dice.choice([mobile, None, None]),
            )
        )
    raise AssertionError


async def store(shop: Shop, people: list[Somebody]) -> None:
    """Store people as a brand without merging does."""
    await shop.send(*(shop.change(one.known_as(shop), one.attributes) for one in people))


async def survey(shop: Shop) -> Figures:
    """Survey a brand."""
    async with Database(shop.database.url, size=1) as database, database.connection() as tx:
        surveying = Survey(tx, shop.brand_id)
        await surveying.begin()
        for slot in range(SLOT_COUNT):
            await surveying.take_slot(Slot(slot))
        return surveying.figures


async def build(shop: Shop) -> Figures:
    """Build the identifiers of a brand."""
    building = Building(shop.database.transaction, shop.brand_id)
    for slot in range(SLOT_COUNT):
        await building.take_slot(Slot(slot))
    return building.figures


async def partition(shop: Shop) -> set[frozenset[tuple[int, str]]]:
    """Return what leads to each person together."""
    async with shop.database.transaction() as tx:
        rows = await tx.fetch(
            """
            SELECT array_agg(kind) AS kinds, array_agg(value) AS values
            FROM identifiers
            WHERE brand_id = $1
            GROUP BY profile_slot, profile_id
            """,
            shop.brand_id,
        )
    return {frozenset(zip(row["kinds"], row["values"], strict=True)) for row in rows}


async def count_rows(shop: Shop) -> tuple[int, int, int, int]:
    """Count profiles, identifiers, merges and refused claims of a brand."""
    async with shop.database.transaction() as tx:
        row = await tx.fetchrow(
            """
            SELECT (SELECT count(*) FROM profiles WHERE brand_id = $1) AS profiles,
                (SELECT count(*) FROM identifiers WHERE brand_id = $1) AS identifiers,
                (SELECT count(*) FROM merges WHERE brand_id = $1) AS merges,
                (SELECT count(*) FROM identity_conflicts WHERE brand_id = $1) AS refused
            """,
            shop.brand_id,
        )
    assert row is not None
    return row["profiles"], row["identifiers"], row["merges"], row["refused"]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_people_are_one_as_if_all_had_been_sent_with_merging(
    shop: Shop, other_shop: Shop, seed: int
) -> None:
    """Record after record, in the order in which the profiles lie."""
    people = company(seed, shop)
    await store(shop, people)
    async with shop.database.transaction() as tx:
        refs = await identity.find_many(tx, {one.known_as(shop) for one in people})
    for one in sorted(people, key=lambda one: refs[one.known_as(shop)]):
        said = {one.kind: one.value}
        # What those hold who sent no id is nobody's.
        if one.email is not None and one.value != "null":
            said[IdentifierKind.EMAIL] = one.email
        if one.mobile is not None and one.value != "null":
            said[IdentifierKind.MOBILE] = one.mobile
        named = claim_of(other_shop.brand_id, said, position=0)
        claims = [] if named.claim is None else [named.claim]
        await other_shop.send(other_shop.change(named.identifier, one.attributes), claims=claims)

    built = await build(shop)

    assert await partition(shop) == await partition(other_shop)
    assert built.merges > 10
    assert await shop.count_orphans() == 0


@pytest.mark.parametrize(("seed", "at_a_time"), [(4, 1), (5, 7), (6, 1000)])
async def test_the_survey_foretells_what_the_building_does(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, seed: int, at_a_time: int
) -> None:
    """However many profiles a page has; and afterwards there is nothing left to do."""
    monkeypatch.setattr(identity, "_PROFILES_AT_A_TIME", at_a_time)
    await store(shop, company(seed, shop))
    before = await count_rows(shop)

    foretold = await survey(shop)
    assert await count_rows(shop) == before
    built = await build(shop)
    profiles, identifiers, merges, refused = await count_rows(shop)
    again = await build(shop)

    assert built == foretold
    assert profiles == before[0] - built.merges
    assert (identifiers, merges) == (before[1] + built.identifiers, built.merges)
    assert refused <= built.refused.total()
    assert (again.identifiers, again.merges) == (0, 0)
    assert await survey(shop) == again


async def test_who_is_forgotten_meanwhile_does_not_come_back(shop: Shop) -> None:
    """Not even as an address that leads to nobody."""
    await shop.send(shop.change("ada", {"email": "ada@example.com"}))
    ada = shop.user("ada")
    async with shop.database.transaction() as tx:
        page = await identity.read_claims(tx, shop.brand_id, ada.slot, after=ProfileId(0))
    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [ada])

    async with shop.database.transaction() as tx:
        done = await building._follow(  # pyright: ignore[reportPrivateUsage]
            tx, brand_id=shop.brand_id, held=page.claims
        )

    assert done == (0, ())
    assert await count_rows(shop) == (0, 0, 0, 0)


def names_in(shop: Shop, slot: int) -> Iterator[str]:
    """Yield user ids whose people lie in a slot."""
    return (f"u{n}" for n in count() if shop.user(f"u{n}").slot == slot)


async def test_what_the_absorbed_one_held_leads_to_who_stays(shop: Shop) -> None:
    """Who stays keeps their own number; the other's is no attribute any more, and still theirs."""
    await shop.send(
        shop.change("ada", {"email": "ada@example.com", "mobile": "+919820301010"}),
        shop.change(shop.anonymous("v"), {"email": "ada@example.com", "mobile": "+919820301099"}),
    )

    built = await build(shop)

    assert (built.identifiers, built.merges) == (3, 1)
    assert await partition(shop) == {
        frozenset(
            {
                (IdentifierKind.USER_ID, "ada"),
                (IdentifierKind.ANONYMOUS_ID, "v"),
                (IdentifierKind.EMAIL, "ada@example.com"),
                (IdentifierKind.MOBILE, "+919820301010"),
                (IdentifierKind.MOBILE, "+919820301099"),
            }
        )
    }


async def test_people_who_have_nothing_to_do_with_each_other_are_merged_apart(shop: Shop) -> None:
    """A merge holds the slots of its own people alone; not those of a whole page."""
    names = names_in(shop, 7)
    for user in [next(names) for _ in range(5)]:
        mail = {"email": f"{user}@example.com"}
        await shop.send(shop.change(user, mail), shop.change(shop.anonymous(user), mail))
    held: list[int] = []

    @asynccontextmanager
    async def watched() -> AsyncGenerator[Tx]:
        async with shop.database.transaction() as tx:
            yield tx
            held.append(
                await tx.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND mode = 'ExclusiveLock' AND pid = pg_backend_pid()"
                )
            )

    claiming = Building(watched, shop.brand_id)
    for slot in range(SLOT_COUNT):
        await claiming.take_slot(Slot(slot))

    merging = [locks for locks in held if locks]
    assert claiming.figures.merges == 5
    assert len(merging) == 5
    assert max(merging) <= 3  # a user id, an anonymous id, an address


async def test_who_collides_again_and_again_is_sent_away(shop: Shop) -> None:
    """It is a script's doing, and must not keep a connection for ever."""
    begun: list[int] = []

    async def attempt(_tx: Tx) -> None:
        begun.append(1)
        raise ClaimsChanged

    with pytest.raises(Refused) as raised:
        await settle(shop.database.transaction, partial(attempt))

    assert raised.value.code is Code.UNAVAILABLE
    assert len(begun) == MAX_BEGINNINGS
