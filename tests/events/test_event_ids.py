"""An event that carries an id is stored once, however often it is sent."""

import asyncio

import msgspec

from tests.shop import NOON, Shop
from tidings.events.model import Stored
from tidings.identity.model import IdentifierKind, identifier_of


async def kept(shop: Shop) -> list[tuple[str | None, object]]:
    """Return the id and the `n` of every event."""
    found = [(one.event_id, one.attributes.get("n")) for one in await shop.events()]
    return sorted(found, key=repr)


async def test_an_event_sent_twice_in_a_batch_is_stored_once(shop: Shop) -> None:
    """The first of them; the call succeeds, for all it asked for is there."""
    outcome = await shop.send(
        shop.event("ada", attributes={"n": 1}, event_id="a"),
        shop.event("ada", attributes={"n": 2}, event_id="a"),
        shop.event("ada", attributes={"n": 3}, event_id="b"),
    )

    assert outcome == Stored([])
    assert await kept(shop) == [("a", 1), ("b", 3)]


async def test_a_batch_sent_again_changes_nothing(shop: Shop) -> None:
    """Known bug 15: a replayed batch counted three times."""
    batch = [shop.event("ada", attributes={"n": n}, event_id=f"e{n}") for n in range(50)]
    await shop.send(*batch)
    before = await shop.events()

    outcomes = [await shop.send(*batch), await shop.send(*reversed(batch), batch[0])]

    assert outcomes == [Stored([]), Stored([])]
    assert await shop.events() == before


async def test_a_repeated_event_counts_no_mismatch_again(shop: Shop) -> None:
    """It changes nothing, and what an operator is shown must be what is stored."""
    await shop.send(shop.event("ada", attributes={"n": 1}))
    for _ in range(3):
        await shop.send(shop.event("ada", attributes={"n": "x"}, event_id="a"))

    assert [counted for _, counted in (await shop.types()).values()] == [1]


async def test_batches_sent_at_once_to_several_processes_are_stored_once(shop: Shop) -> None:
    """A client that gives up waiting sends to another process while the first still works."""
    batch = [shop.event(f"user {n % 7}", attributes={"n": n}, event_id=f"e{n}") for n in range(60)]
    async with shop.another_process() as other, shop.another_process() as third:
        for _ in range(4):
            await asyncio.gather(
                shop.send(*batch),
                other.send(*reversed(batch)),
                third.send(*batch[30:], *batch[:30]),
                shop.send(*batch[::2]),
            )

    assert await kept(shop) == sorted(((f"e{n}", n) for n in range(60)), key=repr)
    assert await shop.count_orphans() == 0


async def test_events_without_an_id_are_stored_as_often_as_they_are_sent(shop: Shop) -> None:
    """Nothing tells two purchases of the same thing from one that was sent twice."""
    event = shop.event("ada", attributes={"n": 1})

    await shop.send(event, event)
    await shop.send(event)

    assert await kept(shop) == [(None, 1)] * 3


async def test_an_id_is_the_persons_and_the_brands_own(shop: Shop, other_shop: Shop) -> None:
    """Clients number from one, each for itself."""
    await shop.send(
        shop.event("ada", attributes={"n": 1}, event_id="1"),
        shop.event("bob", attributes={"n": 2}, event_id="1"),
    )
    await other_shop.send(other_shop.event("ada", attributes={"n": 3}, event_id="1"))

    assert await kept(shop) == [("1", 1), ("1", 2)]
    assert await kept(other_shop) == [("1", 3)]


async def test_the_same_id_in_two_batches_of_one_commit_is_stored_once(shop: Shop) -> None:
    """Concurrent calls are folded into one transaction, where no constraint would see the other."""
    batches = [
        shop.batch(shop.event("ada", attributes={"n": n}, event_id="same")) for n in range(20)
    ]

    outcomes = await shop.send_all(*batches)

    assert outcomes == [Stored([])] * 20
    assert len(await kept(shop)) == 1


async def test_an_id_with_another_event_name_or_time_is_still_the_same_event(shop: Shop) -> None:
    """A client that mends its clock or its spelling between two tries did not do it twice."""
    await shop.send(shop.event("ada", "Bought", event_id="a"))

    await shop.send(shop.event("ada", "Sold", event_id="a", at=NOON.replace(year=2020)))

    assert [(one.name, one.occurred_at) for one in await shop.events()] == [("Bought", NOON)]


async def test_a_visitor_and_a_user_of_the_same_name_are_two_people(shop: Shop) -> None:
    """The kind of an identifier is a part of it."""
    visitor = identifier_of(shop.brand_id, IdentifierKind.ANONYMOUS_ID, "ada")
    event = shop.event("ada", attributes={"n": 1}, event_id="a")
    event_of_visitor = msgspec.structs.replace(event, identifier=visitor)

    await shop.send(event, event_of_visitor)

    assert len({one.ref for one in await shop.events()}) == 2
