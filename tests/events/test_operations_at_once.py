"""Operations on the same people at the same time: none is lost, none done twice."""

import asyncio
import random
from collections import Counter

import pytest

from tests.events.people import claim, failed, identifiers_of, merge, told
from tests.privacy.test_forget import is_waiting
from tests.shop import NOON, Shop
from tests.support import wait_until
from tidings.events.model import Stored


async def test_every_increment_of_every_process_counts(shop: Shop) -> None:
    """What is read is held until it is written: of two who read 5, one would write 6 in vain."""
    people = [f"user {n}" for n in range(7)]
    counted: Counter[str] = Counter()

    async def visit(each: Shop, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - the same visits in every run
        for number in range(15):
            whom = draw.choices(people, k=draw.choice([1, 5, 30]))
            outcome = await each.send(
                *(
                    each.operations(
                        one, {"$inc": {"visits": 1}, "$push": {"by": f"{seed} {number} {at}"}}
                    )
                    for at, one in enumerate(whom)
                )
            )
            assert isinstance(outcome, Stored)
            assert {one.failure for one in outcome.operated} == {None}
            counted.update(whom)

    async with shop.another_process() as two, shop.another_process() as three:
        visits = asyncio.gather(
            *(visit(each, seed) for seed, each in enumerate((shop, two, three) * 2))
        )
        await asyncio.wait_for(visits, timeout=60)

    stored = {one: (await shop.attributes(one))[0] for one in people}
    assert {one: has["visits"] for one, has in stored.items()} == counted
    for has in stored.values():
        assert len(has["by"]) == len(set(has["by"])) == has["visits"]
    assert await shop.count_orphans() == 0


async def test_somebody_whom_many_create_at_once_is_new_once(shop: Shop) -> None:
    """To one of them; whatever the others do is done to the same person."""
    async with shop.another_process() as two, shop.another_process() as three:
        outcomes = await asyncio.gather(
            *(
                each.send(each.operations(f"user {n}", {"$addToSet": {"by": by}}))
                for n in range(10)
                for by, each in enumerate((shop, two, three))
            )
        )

    new = [told(outcome) for outcome in outcomes]
    assert Counter(map(str, new)) == {"[True]": 10, "[False]": 20}
    for n in range(10):
        attributes, _ = await shop.attributes(f"user {n}")
        assert sorted(attributes["by"]) == [0, 1, 2]


async def test_people_in_all_orders_do_not_wait_in_a_circle(shop: Shop) -> None:
    """Operations hold their people's rows; changes and visitors who sign up hold them as well."""
    people = [f"user {n}" for n in range(30)]
    counted: Counter[str] = Counter()

    async def change_shuffled(each: Shop, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - the same orders in every run
        for _ in range(4):
            shuffled = draw.sample(people, len(people))
            records = [each.operations(one, {"$inc": {"n": 1}}) for one in shuffled[::2]]
            counted.update(shuffled[::2])
            visitor = each.anonymous(f"{seed} {draw.random()}")
            whom = each.user(draw.choice(people))
            changes = [each.change(one, {"changed": seed}) for one in shuffled[1::2]]
            await each.send(*records, *changes, each.event(whom), claims=[claim(whom, visitor)])

    async with shop.another_process() as two, shop.another_process() as three:
        changing = asyncio.gather(
            *(change_shuffled(each, seed) for seed, each in enumerate((shop, two, three) * 2))
        )
        await asyncio.wait_for(changing, timeout=60)

    stored = {one: (await shop.attributes(one))[0] for one in people}
    assert Counter({one: has["n"] for one, has in stored.items() if "n" in has}) == counted


async def test_operations_on_two_who_become_one_all_count(shop: Shop) -> None:
    """Before the merge, after it, and those that waited for it."""
    people = [(shop.user(f"user {n}"), shop.anonymous(f"v{n}")) for n in range(4)]
    counted: Counter[str] = Counter()

    async def visit(each: Shop, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - the same visits in every run
        for number in range(20):
            user, visitor = draw.choice(people)
            whom = draw.choice([user, visitor])
            outcome = await each.send(
                each.operations(whom, {"$set": {f"{seed}-{number}": 1}}), each.event(whom)
            )
            assert isinstance(outcome, Stored)
            assert [one.failure for one in outcome.operated] == [None]
            counted[user.value] += 1

    async def sign_up(each: Shop) -> None:
        for user, visitor in people:
            await merge(each, user, visitor)

    async with shop.another_process() as two, shop.another_process() as three:
        deeds = asyncio.gather(
            visit(shop, 1), visit(two, 2), visit(three, 3), sign_up(two), sign_up(three)
        )
        await asyncio.wait_for(deeds, timeout=60)

    for user, visitor in people:
        assert await identifiers_of(shop, user) == [user, visitor]
        attributes, _ = await shop.attributes(user)
        assert len(attributes) == counted[user.value]
    assert len(await shop.events()) == sum(counted.values()) + 8
    assert await shop.count_orphans() == 0


@pytest.mark.parametrize("fails", [True, False])
async def test_operations_wait_for_a_change_in_flight_and_see_it(shop: Shop, fails: bool) -> None:  # noqa: FBT001
    """They are held against what is there when they are done, not when they came."""
    await shop.send(shop.change("ada", {"n": 1}))
    async with shop.another_process() as other:
        async with shop.database.transaction() as tx:
            value = b'{"n": "x"}' if fails else b'{"n": 5}'
            await tx.execute("UPDATE profiles SET attributes = $1", value)
            sending = asyncio.create_task(
                other.send(other.operations("ada", {"$inc": {"n": 1}}), other.operations("bob", {}))
            )
            await wait_until(lambda: is_waiting(shop, 1))
        outcome = await sending

    assert told(outcome) == [failed("n", "is a text, not a number") if fails else False, True]
    assert await shop.attributes("ada") == ({"n": "x" if fails else 6}, {})


async def test_a_record_that_fails_by_a_change_in_flight_claims_nothing(shop: Shop) -> None:
    """It was to succeed when it came: the call begins anew, and its claim is not followed."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.change(ada, {"n": 1}))
    async with shop.another_process() as other:
        async with shop.database.transaction() as tx:
            await tx.execute("UPDATE profiles SET attributes = $1", b'{"n": "x"}')
            sending = asyncio.create_task(
                other.send(other.operations(ada, {"$inc": {"n": 1}}), claims=[claim(ada, mail)])
            )
            await wait_until(lambda: is_waiting(shop, 1))
        outcome = await sending

    assert told(outcome) == [failed("n", "is a text, not a number")]
    assert await shop.profile(mail) is None
    assert await identifiers_of(shop, ada) == [ada]


async def test_two_first_records_at_once_agree_from_when_somebody_is_there(shop: Shop) -> None:
    """Whoever creates them says so; the other finds them, and says it in vain."""
    years = [1999, 2010]
    async with shop.another_process() as other:
        outcomes = await asyncio.gather(
            *(
                each.send(each.operations("ada", {}, created_at=NOON.replace(year=year)))
                for each, year in zip((shop, other), years, strict=True)
            )
        )

    profile = await shop.profile("ada")
    assert profile is not None
    (first,) = (
        year for year, outcome in zip(years, outcomes, strict=True) if told(outcome) == [True]
    )
    assert profile.created_at.year == first
