"""Merges beside everything else: no event is lost, doubled, or left to somebody who is gone."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import pytest

from tests.events.people import claim, identifiers_of, merge, merges_of, ref_of, refused
from tests.privacy.test_forget import is_waiting
from tests.shop import Shop
from tests.support import wait_until
from tidings.base.errors import Code, Refused
from tidings.events.merging import merge_claimed
from tidings.events.model import Stored
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Identifier
from tidings.privacy import actions as privacy
from tidings.storage import locks


async def test_a_merge_waits_for_ingest_in_flight(shop: Shop) -> None:
    """Its events would else come to lie under a person who is gone."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.change(ada, {"age": 30}), shop.event(visitor))
    async with shop.another_process() as other:
        async with shop.database.transaction() as tx:
            # Ingest stops here: it has found the visitor, and waits to count a mismatch.
            await tx.execute("SELECT FROM attribute_types FOR UPDATE")
            sending = asyncio.create_task(
                shop.send(shop.event(visitor), shop.change(visitor, {"age": "x"}))
            )
            await wait_until(lambda: is_waiting(shop, 1))
            merging = asyncio.create_task(
                other.send(other.event(ada), claims=[claim(ada, visitor)])
            )
            await wait_until(lambda: is_waiting(shop, 2))

        assert isinstance(await sending, Stored)
        assert await merging == refused()
    ref = await ref_of(shop, ada)
    assert [kept.ref for kept in await shop.events()] == [ref] * 3
    assert await shop.attributes(ada) == ({"age": 30}, {})
    assert await shop.count_orphans() == 0


async def test_ingest_waits_for_a_merge(shop: Shop) -> None:
    """And finds one person, whichever of the two it names; short calls and long ones alike."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(ada), shop.event(visitor))
    async with shop.another_process() as other:
        async with shop.database.transaction() as tx:
            assert await merge_claimed(tx, [claim(ada, visitor)]) == 1
            many = [other.event(visitor) for _ in range(150)]
            sending = [
                asyncio.create_task(shop.send(shop.event(visitor))),
                asyncio.create_task(other.send(*many, other.change(ada, {"a": 1}))),
            ]
            await wait_until(lambda: is_waiting(shop, 2))

        assert await asyncio.gather(*sending) == [refused()] * 2
    ref = await ref_of(shop, visitor)
    assert {kept.ref for kept in await shop.events()} == {ref}
    assert len(await shop.events()) == 153
    assert await shop.attributes(visitor) == ({"a": 1}, {})
    assert await shop.count_orphans() == 0


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_merge_waits_for_the_worker_of_either(shop: Shop, is_kept: bool) -> None:  # noqa: FBT001
    """It may have a task of theirs in hand, and would write for somebody who is gone."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(ada), shop.event(visitor))
    slot = (await ref_of(shop, ada if is_kept else visitor)).slot
    async with shop.database.transaction() as tx:
        await tx.execute("SELECT FROM slots WHERE slot = $1 FOR UPDATE", slot)
        merging = asyncio.create_task(merge(shop, ada, visitor))
        await wait_until(lambda: is_waiting(shop, 1))

    await merging
    assert await ref_of(shop, ada) == await ref_of(shop, visitor)


async def test_a_merge_waits_until_a_month_is_made(shop: Shop) -> None:
    """An event on its way to the month's partition would not be found, and be left behind."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(ada), shop.event(visitor))

    async def merge_now() -> int:
        async with shop.database.transaction() as tx:
            return await merge_claimed(tx, [claim(ada, visitor)])

    async with shop.database.transaction() as tx:
        await locks.hold_alone(tx, [locks.MONTHS])
        merging = asyncio.create_task(merge_now())
        await wait_until(lambda: is_waiting(shop, 1))

    assert await merging == 1
    assert {kept.ref for kept in await shop.events()} == {await ref_of(shop, ada)}


async def test_a_merge_that_fails_has_moved_nothing(shop: Shop) -> None:
    """All of it is one transaction."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    for one in (ada, visitor):
        await shop.send(shop.change(one, {"said": one.value}), shop.event(one, event_id="e"))
    before = [await shop.profile(ada), await shop.profile(visitor), await shop.events()]

    async def fail() -> None:
        async with shop.database.transaction() as tx:
            await merge_claimed(tx, [claim(ada, visitor)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert [await shop.profile(ada), await shop.profile(visitor), await shop.events()] == before
    assert await merges_of(shop, ada) == []


async def test_the_same_merge_from_many_processes_is_done_once(shop: Shop) -> None:
    """Who comes second finds one person."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(ada), shop.event(visitor))
    async with shop.another_process() as two, shop.another_process() as three:
        outcomes = await asyncio.gather(
            *(
                each.send(each.event(one), claims=[claim(ada, visitor)])
                for each in (shop, two, three)
                for one in (ada, visitor) * 3
            )
        )

    assert outcomes == [refused()] * 18
    assert len(await merges_of(shop, ada)) == 1
    assert {kept.ref for kept in await shop.events()} == {await ref_of(shop, ada)}
    assert len(await shop.events()) == 20


@pytest.mark.parametrize("seed", range(4))
async def test_no_event_is_lost_amid_merges(shop: Shop, seed: int) -> None:
    """Known bug 18: every event sent is kept, once, and is of the one person in the end."""
    dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
    people = [
        [shop.user(f"u{n}"), shop.email(f"{n}@x.in"), shop.anonymous(f"v{n}")] for n in range(6)
    ]
    everything = [one for identifiers in people for one in identifiers]
    sent: Counter[tuple[Identifier, int]] = Counter()

    async def track(each: Shop, draw: random.Random, numbers: range) -> None:
        for number in numbers:
            # Short calls take the short way, those with ids the general one, long ones make aside.
            whom = draw.choices(everything, k=draw.choice([1, 3, 5, 120]))
            named = draw.random() < 0.5
            records = [
                each.event(
                    one,
                    attributes={"kind": one.kind, "value": one.value, "n": number, "at": at},
                    event_id=f"{number} {at}" if named else None,
                )
                for at, one in enumerate(whom)
            ]
            assert await each.send(*records) == refused()
            sent.update((one, number) for one in whom)

    async def identify(each: Shop, draw: random.Random) -> None:
        for known in draw.sample(people, len(people)):
            pair = sorted(draw.sample(known, 2), key=lambda one: one.kind)
            await merge(each, *pair)
            await merge(each, *known)
            await each.send(each.change(draw.choice(known), {draw.choice("abc"): 1}))

    async with shop.another_process() as two, shop.another_process() as three:
        draws = [random.Random(dice.random()) for _ in range(6)]  # noqa: S311 - as above
        processes = (shop, two, three)
        deeds = [identify(each, draw) for each, draw in zip(processes, draws[:3], strict=True)]
        for number, (each, draw) in enumerate(zip(processes, draws[3:], strict=True)):
            deeds.append(track(each, draw, range(100 * number, 100 * number + 25)))
        await asyncio.wait_for(asyncio.gather(*deeds), timeout=60)

    owner = {one: await ref_of(shop, one) for one in everything}
    assert len(set(owner.values())) == len(people)
    tracked = [kept for kept in await shop.events() if kept.attributes]
    kept: Counter[tuple[Identifier, int]] = Counter()
    by_name = {(one.kind, one.value): one for one in everything}
    for event in tracked:
        one = by_name[event.attributes["kind"], event.attributes["value"]]
        assert event.ref == owner[one]
        kept[one, event.attributes["n"]] += 1
    assert kept == sent
    assert await shop.count_orphans() == 0


@pytest.mark.parametrize("seed", range(3))
async def test_merges_in_all_orders_do_not_wait_in_a_circle(shop: Shop, seed: int) -> None:
    """Pairs that overlap, from many processes: in the end all of a chain are one."""
    dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
    visitors = [shop.anonymous(f"v{n}") for n in range(40)]
    await shop.send(*(shop.event(one, event_id=one.value) for one in visitors))
    pairs = [(visitors[at], visitors[at + 1]) for at in range(39)]

    async def merge_some(each: Shop, some: Sequence[tuple[Identifier, Identifier]]) -> None:
        for one, other in some:
            await send_again(each, one, other)

    async with shop.another_process() as two, shop.another_process() as three:
        parts = [dice.sample(pairs, len(pairs)) for _ in range(3)]
        merging = asyncio.gather(
            *(merge_some(each, part) for each, part in zip((shop, two, three), parts, strict=True))
        )
        await asyncio.wait_for(merging, timeout=60)

    assert await identifiers_of(shop, visitors[0]) == sorted(visitors, key=lambda one: one.value)
    assert len(await merges_of(shop, visitors[0])) == 39
    assert {kept.ref for kept in await shop.events()} == {await ref_of(shop, visitors[0])}
    assert len(await shop.events()) == 40 + 3 * 39
    assert await shop.count_orphans() == 0


async def send_again(shop: Shop, one: Identifier, other: Identifier) -> None:
    """Merge two, and send again when told to, as a client does."""
    while True:
        (failure,) = await asyncio.gather(merge(shop, one, other), return_exceptions=True)
        if failure is None:
            return
        assert isinstance(failure, Refused)
        assert failure.code is Code.UNAVAILABLE


@pytest.mark.parametrize("seed", range(4))
async def test_people_merged_and_forgotten_amid_ingest_leave_nothing_behind(
    shop: Shop, seed: int
) -> None:
    """Known bug 18: identify, track, merge and delete at once. Those let alone have everything."""
    dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
    coming_and_going = [
        [shop.user(f"u{n}"), shop.email(f"{n}@x.in"), shop.anonymous(f"v{n}")] for n in range(5)
    ]
    friends = [shop.user(f"friend {n}") for n in range(3)]
    sent: Counter[str] = Counter()

    async def ingest(each: Shop, draw: random.Random) -> None:
        for number in range(30):
            known = draw.choice(coming_and_going)
            named = sorted(draw.sample(known, draw.randint(1, 3)), key=lambda one: one.kind)
            friend = draw.choice(friends)
            sent.update([friend.value])
            claims = [claim(*named)] if len(named) > 1 else []
            records = [each.event(named[0]), each.event(friend), each.event(draw.choice(known))]
            if draw.random() < 0.3:
                records = [each.event(named[0]) for _ in range(120)] + records
            if draw.random() < 0.3:
                operations = each.operations(named[0], {"$inc": {"n": 1}})
                outcome = await each.send(operations, *records, claims=claims)
            else:
                outcome = await each.send(
                    each.change(named[0], {"n": number}), *records, claims=claims
                )
            assert isinstance(outcome, Stored)
            assert outcome.refused == ()

    async def forget_often(draw: random.Random) -> None:
        for _ in range(25):
            asked = [draw.choice(known) for known in draw.sample(coming_and_going, 2)]
            with suppress(ClaimsChanged):
                async with shop.database.transaction() as tx:
                    await privacy.forget(tx, shop.brand_id, asked)

    async with shop.another_process() as two, shop.another_process() as three:
        draws = [random.Random(dice.random()) for _ in range(5)]  # noqa: S311 - as above
        processes = (shop, two, three)
        deeds = [ingest(each, draw) for each, draw in zip(processes, draws[:3], strict=True)]
        deeds += [forget_often(draw) for draw in draws[3:]]
        await asyncio.wait_for(asyncio.gather(*deeds), timeout=60)

    assert await shop.count_orphans() == 0
    kept = Counter(event.ref for event in await shop.events())
    assert {one.value: kept[await ref_of(shop, one)] for one in friends} == sent
    for known in coming_and_going:
        await merge(shop, *known)
        await forget(shop, known[0])
    left = {event.ref for event in await shop.events()}
    assert left == {await ref_of(shop, one) for one in friends}
    assert await shop.count_orphans() == 0


async def forget(shop: Shop, whom: Identifier) -> None:
    """Forget somebody in a transaction of its own."""
    async with shop.database.transaction() as tx:
        assert await privacy.forget(tx, shop.brand_id, [whom]) == [whom]
