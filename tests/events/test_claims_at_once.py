"""Claims that meet others of the same moment: in one commit, in other processes, and aside."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest

from tests.events.people import claim, conflicts_of, identifiers_of, merge, ref_of, refused
from tests.events.test_aside import noting, store_beside
from tests.events.test_plain import learn
from tests.events.test_statements import CountingTx
from tests.privacy.test_forget import is_waiting
from tests.shop import Shop
from tests.support import wait_until
from tidings.brands import actions as brands
from tidings.events import ingest
from tidings.events.model import Answer, OnceKey, Outcome, Stored
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Identifier, Refusal
from tidings.profiles.store import SQL
from tidings.storage.pool import Database
from tidings.storage.tx import Row, Tx


async def test_two_user_ids_at_once_make_two_users_of_one_visitor(shop: Shop) -> None:
    """Neither sees the other name the visitor: who comes second must look again."""
    visitor = shop.anonymous("v")
    await shop.send(shop.event(visitor))
    async with shop.another_process() as other:
        async with shop.database.transaction() as tx:
            # Both stop here: they have planned to name the visitor, and wait to do it.
            await tx.execute("SELECT FROM profiles FOR UPDATE")
            sending = [
                asyncio.create_task(each.send(each.event(user), claims=[claim(user, visitor)]))
                for each, user in ((shop, shop.user("ada")), (other, shop.user("bob")))
            ]
            await wait_until(lambda: is_waiting(shop, 2))
        outcomes = await asyncio.gather(*sending)

    told = refused((0, visitor, Refusal.TWO_USERS))
    assert sorted(outcomes, key=repr) == sorted([refused(), told], key=repr)
    profiles = [await shop.profile(user) for user in ("ada", "bob")]
    assert [profile and profile.user_id for profile in profiles] == ["ada", "bob"]
    assert len(await shop.events()) == 3


class MeetingTx(CountingTx):
    """A transaction in which something happens when it asks who somebody is, once."""

    def __init__(self, tx: Tx, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(tx)
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        """Let it happen, and pass on."""
        if query == SQL["select_origins"] and self._meanwhile is not None:
            happens, self._meanwhile = self._meanwhile, None
            await happens()
        return await super().fetch(query, *args)


async def test_nobody_is_refused_what_is_theirs(shop: Shop) -> None:
    """Two calls say the same of a visitor who signs up: the second saw a visitor, then a user."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.event(mail))
    batch = shop.batch(shop.event(ada), claims=[claim(ada, mail)])
    await learn(shop, batch)

    async def meet() -> None:
        async with shop.database.transaction() as tx:
            meeting = MeetingTx(tx, lambda: merge(shop, ada, mail))
            await ingest.store_batches(meeting, shop.catalog, [batch])

    with pytest.raises(ClaimsChanged):
        await meet()
    assert await shop.committer.submit(batch) == refused()
    assert await conflicts_of(shop) == []
    assert await identifiers_of(shop, ada) == [ada, mail]


async def test_two_calls_at_once_about_one_new_person_make_one(shop: Shop) -> None:
    """Each knows another identifier; the mailbox is what they share."""
    async with shop.another_process() as other:
        for number in range(10):
            one, two = shop.anonymous(f"a{number}"), shop.anonymous(f"b{number}")
            mail = shop.email(f"{number}@x.in")
            outcomes = await asyncio.gather(
                shop.send(shop.event(mail), claims=[claim(mail, one)]),
                other.send(other.event(mail), claims=[claim(mail, two)]),
            )
            assert outcomes == [refused(), refused()]
            assert await identifiers_of(shop, mail) == [mail, one, two]

    assert len({kept.ref for kept in await shop.events()}) == 10
    assert len(await shop.events()) == 20
    assert await shop.count_orphans() == 0


async def test_an_identifier_goes_to_one_of_those_who_claim_it_at_once(shop: Shop) -> None:
    """Of many users with one mailbox one has it, whoever was first; the others are told."""
    mail = shop.email("us@x.in")
    users = [shop.user(f"user {number}") for number in range(12)]
    async with shop.another_process() as other:
        outcomes = await asyncio.gather(
            *(
                each.send(each.event(user), claims=[claim(user, mail)])
                for each, user in zip((shop, other) * 6, users, strict=True)
            )
        )

    owners = [user for user, told in zip(users, outcomes, strict=True) if told == refused()]
    told = refused((0, mail, Refusal.TWO_USERS))
    assert Counter(map(repr, outcomes)) == {repr(refused()): 1, repr(told): 11}
    assert await identifiers_of(shop, mail) == [*owners, mail]
    owner = await ref_of(shop, mail)
    assert Counter(one.owner for one in await conflicts_of(shop)) == {owner: 11}
    assert await shop.count_orphans() == 0


async def test_two_brands_never_meet(shop: Shop) -> None:
    """One process serves many: in one commit, the same values are other people's."""
    async with shop.database.transaction() as tx:
        brand = await brands.create_brand(tx, name="Neighbour")
    neighbour = Shop(shop.database, brand.brand_id)
    batches = [
        each.batch(
            each.event(each.user("ada")),
            each.event(each.user("bob")),
            claims=[
                claim(each.user("ada"), each.email("us@x.in"), each.anonymous("v")),
                claim(each.user("bob"), each.email("us@x.in"), position=1),
            ],
        )
        for _ in range(10)
        for each in (shop, neighbour)
    ]

    outcomes = await shop.send_all(*batches)

    told = [refused((1, each.email("us@x.in"), Refusal.TWO_USERS)) for each in (shop, neighbour)]
    assert outcomes == told * 10
    assert shop.measured("tidings_commit_batches_count") < 20
    for each in (shop, neighbour):
        known = [each.user("ada"), each.email("us@x.in"), each.anonymous("v")]
        assert await identifiers_of(each, known[0]) == known
        assert [one.times for one in await conflicts_of(each)] == [10]
    assert await ref_of(shop, shop.user("ada")) != await ref_of(neighbour, neighbour.user("ada"))


async def test_a_repeated_call_claims_nothing_again(shop: Shop) -> None:
    """Its first answer is all it gets: the conflict is counted once."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(shop.event(ada), claims=[claim(ada, mail)])

    def answer(stored: Stored) -> Answer:
        return Answer(200, str(len(stored.refused)).encode())

    once = OnceKey("k", b"", answer)
    said = [shop.batch(shop.event(bob), claims=[claim(bob, mail)], once=once) for _ in range(3)]

    outcomes = [await shop.committer.submit(one) for one in said]

    assert outcomes == [refused((0, mail, Refusal.TWO_USERS)), *[Answer(200, b"1")] * 2]
    assert [one.times for one in await conflicts_of(shop)] == [1]


async def test_new_people_with_several_identifiers_are_made_aside(shop: Shop) -> None:
    """Nobody who meets one of them by any identifier waits for the end of a long commit."""
    people = [(shop.user(f"user {n}"), shop.email(f"{n}@x.in")) for n in range(9)]
    first = shop.batch(
        *(shop.event(user) for user, _ in people[:5]),
        claims=[claim(*one, position=at) for at, one in enumerate(people[:5])],
    )
    second = shop.batch(
        *(shop.event(mail) for _, mail in people[3:]),
        claims=[claim(*one, position=at) for at, one in enumerate(people[3:])],
    )
    await learn(shop, first, second)

    async with Database(shop.database.url, size=4) as database, database.transaction() as tx:
        await ingest.store_batches(tx, shop.catalog, [first], aside=database.transaction)
        await asyncio.wait_for(store_beside(database, shop, second), timeout=10)

    kept = await shop.events()
    assert len(kept) == 11
    assert len({event.ref for event in kept}) == 9
    for user, mail in people:
        assert await identifiers_of(shop, user) == [user, mail]
    assert await shop.count_orphans() == 0


async def test_an_identifier_for_somebody_known_is_given_in_the_commit_itself(shop: Shop) -> None:
    """Aside there are only whole new people; what fails takes its claim with it."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("ada@x.in")
    await shop.send(shop.event(ada))
    batch = shop.batch(
        shop.event(ada),
        shop.event(bob),
        claims=[claim(ada, mail), claim(bob, shop.anonymous("b"), position=1)],
    )
    made: list[str] = []

    async def fail() -> None:
        async with shop.database.transaction() as tx:
            opened = noting(shop.database.transaction, made)
            await ingest.store_batches(tx, shop.catalog, [batch], aside=opened)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert made == ["opened"]
    assert await shop.profile(mail) is None
    assert await identifiers_of(shop, bob) == [bob, shop.anonymous("b")]
    assert len(await shop.events()) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_long_commits_of_many_processes_agree_who_is_who(shop: Shop, seed: int) -> None:
    """Calls of hundreds of events with claims that overlap: everybody once, every event kept."""
    dice = random.Random(seed)  # noqa: S311 - the same calls in every run
    people = [
        (shop.user(f"user {n}"), shop.email(f"{n}@x.in"), shop.anonymous(f"v{n}"))
        for n in range(150)
    ]

    async def send_some(each: Shop, draw: random.Random) -> int:
        company = draw.sample(people, 120)
        named = [draw.sample(one, draw.randint(1, 3)) for one in company]
        named = [sorted(one, key=by_kind) for one in named]
        claims = [claim(*one, position=at) for at, one in enumerate(named) if len(one) > 1]
        outcome: Outcome = await each.send(*(each.event(one[0]) for one in named), claims=claims)
        assert outcome == refused()
        return len(named)

    async with shop.another_process() as two, shop.another_process() as three:
        draws = [random.Random(dice.random()) for _ in range(9)]  # noqa: S311 - as above
        sending = asyncio.gather(
            *(
                send_some(each, draw)
                for each, draw in zip((shop, two, three) * 3, draws, strict=True)
            )
        )
        sent = await asyncio.wait_for(sending, timeout=60)

    for one in people:
        await shop.send(shop.event(one[0]), claims=[claim(*one)])
        assert await identifiers_of(shop, one[0]) == list(one)
    kept = await shop.events()
    assert len(kept) == sum(sent) + len(people)
    assert len({event.ref for event in kept}) == len(people)
    assert await shop.count_orphans() == 0


def by_kind(identifier: Identifier) -> int:
    """Sort as records name their identifiers."""
    return identifier.kind
