"""What a merge does to conflicts, and what is left of a merged person who is forgotten."""

from datetime import timedelta

from tests.events.people import (
    claim,
    conflicts_of,
    identifiers_of,
    merge,
    merges_of,
    ref_of,
    refused,
)
from tests.events.test_merging import put_task
from tests.privacy.test_forget import rows_of_people
from tests.shop import NOON, Shop
from tidings.identity import actions as identity
from tidings.identity.model import Conflict, Identifier, Refusal
from tidings.privacy import actions as privacy


async def refuse(shop: Shop, own: Identifier, claimed: Identifier) -> None:
    """Send an event whose claim is refused."""
    outcome = await shop.send(shop.event(own), claims=[claim(own, claimed)])
    assert outcome in [refused((0, claimed, reason)) for reason in Refusal]


async def test_conflicts_of_who_goes_are_those_of_who_stays(shop: Shop) -> None:
    """As the one who claimed, and as the one whose it is."""
    ada, bob, visitor, mail = (
        shop.user("ada"), shop.user("bob"), shop.anonymous("v"), shop.email("v@x.in"))  # fmt: skip
    null = shop.anonymous("null")
    await shop.send(shop.event(visitor), claims=[claim(mail, visitor)])
    await refuse(shop, mail, null)
    await shop.send(shop.event(bob), claims=[claim(bob, shop.email("b@x.in"))])
    await shop.send(shop.event(ada))

    await merge(shop, ada, visitor)
    await refuse(shop, bob, mail)

    kept = await ref_of(shop, ada)
    assert [(one.claimant, one.claimed, one.owner) for one in await conflicts_of(shop)] == [
        (kept, null, None),
        (await ref_of(shop, bob), mail, kept),
    ]


async def test_the_same_conflict_of_both_is_one_and_adds_up(shop: Shop) -> None:
    """It was claimed as often, by one person as it turns out; what was decided holds."""
    ada, visitor, null = shop.user("ada"), shop.anonymous("v"), shop.anonymous("null")
    mail = shop.email("v@x.in")
    await shop.send(shop.event(visitor), claims=[claim(mail, visitor)])
    for own, times in ((mail, 3), (ada, 2)):
        for _ in range(times):
            await refuse(shop, own, null)
    first, second = await conflicts_of(shop)

    await merge(shop, ada, mail)

    assert await conflicts_of(shop) == [
        Conflict(
            conflict_id=second.conflict_id,
            claimant=await ref_of(shop, ada),
            claimed=null,
            reason=Refusal.PLACEHOLDER,
            owner=None,
            times=5,
            first_at=first.first_at,
            last_at=second.last_at,
        )
    ]


async def test_what_a_merge_settles_is_no_conflict_any_more(shop: Shop) -> None:
    """Ada was refused a visitor's id for want of room, and has the visitor now."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    many = [shop.anonymous(f"a{number}") for number in range(99)]
    await shop.send(shop.event(visitor))
    await shop.send(shop.event(ada), claims=[claim(ada, *many)])
    await refuse(shop, ada, visitor)
    assert [one.reason for one in await conflicts_of(shop)] == [Refusal.TOO_MANY]

    async with shop.database.transaction() as tx:
        # As if there were room: an operator's merge does not count.
        _, held = await identity.find_to_move(tx, [ada, visitor])
        kept, gone = await ref_of(shop, ada), await ref_of(shop, visitor)
        assert held.keys() == {kept, gone}
        await identity.move(tx, shop.brand_id, of=gone, to=kept)

    assert await conflicts_of(shop) == []


async def test_a_dismissed_conflict_is_counted_and_not_shown(shop: Shop) -> None:
    """It is right as it is: two people share a mailbox."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(shop.event(ada), claims=[claim(ada, mail)])
    await refuse(shop, bob, mail)
    (conflict,) = await conflicts_of(shop)

    async with shop.database.transaction() as tx:
        await identity.dismiss_conflict(tx, shop.brand_id, conflict.conflict_id)
    await refuse(shop, bob, mail)

    async with shop.database.transaction() as tx:
        kept = await identity.find_conflict(tx, shop.brand_id, conflict.conflict_id)
    assert await conflicts_of(shop) == []
    assert kept.times == 2


async def test_a_merge_never_reaches_another_brand(shop: Shop, other_shop: Shop) -> None:
    """The same ids there are other people: they stay two, with all that is theirs."""
    for each in (shop, other_shop):
        for one in (each.user("ada"), each.anonymous("v")):
            await each.send(each.change(one, {"said": one.value}), each.event(one, event_id="e"))
    before = await all_of(other_shop)

    await merge(shop, shop.user("ada"), shop.anonymous("v"))

    assert await all_of(other_shop) == before
    assert len(await merges_of(shop, shop.user("ada"))) == 1
    assert await shop.count_orphans() == 0


async def all_of(shop: Shop) -> tuple[object, ...]:
    """Return all that is kept of Ada and the visitor."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    return (
        await shop.profile(ada),
        await shop.profile(visitor),
        await shop.events(),
        [await identifiers_of(shop, one) for one in (ada, visitor)],
        [await merges_of(shop, one) for one in (ada, visitor)],
    )


async def test_nothing_of_a_forgotten_person_is_left_who_was_two(shop: Shop) -> None:
    """By whichever identifier they are named: no row of either, in any table."""
    ada, visitor, other = shop.user("ada"), shop.anonymous("v"), shop.anonymous("w")
    mail, null = shop.email("v@x.in"), shop.anonymous("null")
    for asked in (ada, visitor, mail):
        await shop.send(shop.event(ada, event_id="e"), shop.change(ada, {"age": 1}))
        await shop.send(shop.change(ada, {"age": "x"}))
        await shop.send(
            shop.event(visitor, event_id="v", at=NOON - timedelta(days=700)),
            claims=[claim(mail, visitor)],
        )
        await shop.send(shop.event(other))
        await refuse(shop, visitor, null)
        await merge(shop, mail, other)
        await put_task(shop, await ref_of(shop, visitor), "queued")
        await put_task(shop, await ref_of(shop, visitor), "dead", is_dead=True)
        await merge(shop, ada, visitor)
        async with shop.database.transaction() as tx:
            before = await rows_of_people(tx)

        async with shop.database.transaction() as tx:
            found = await privacy.forget(tx, shop.brand_id, [asked])

        async with shop.database.transaction() as tx:
            after = await rows_of_people(tx)
        assert found == [asked]
        assert {
            "dead_tasks", "event_ids", "events", "identifiers", "identity_conflicts", "merges",
            "profiles", "tasks",
        } <= before.keys()  # fmt: skip
        assert after == {}


async def test_forgetting_an_owner_forgets_the_conflicts_about_them(shop: Shop) -> None:
    """Also one that arose in the call that created them; who claimed stays, and may claim again."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(
        shop.event(ada), shop.event(bob), claims=[claim(ada, mail), claim(bob, mail, position=1)]
    )

    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [ada])
    left = await conflicts_of(shop)
    outcome = await shop.send(shop.event(bob), claims=[claim(bob, mail)])

    assert left == []
    assert outcome == refused()
    assert await identifiers_of(shop, bob) == [bob, mail]
