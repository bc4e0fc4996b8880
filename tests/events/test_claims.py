"""Records that claim identifiers: who is created, who gains them, who is refused them."""

from dataclasses import replace

from tests.events.people import claim, conflicts_of, identifiers_of, ref_of, refused
from tests.shop import NOON, Shop
from tidings.base import limits
from tidings.events.model import Stored
from tidings.identity.model import Conflict, Refusal

MOST = limits.MAX_IDENTIFIERS_PER_PERSON


async def test_somebody_new_is_found_by_all_that_the_record_names(shop: Shop) -> None:
    """One person, created as the user; in the slot of the first identifier."""
    ada, mail, visitor = shop.user("ada"), shop.email("ada@x.in"), shop.anonymous("v")

    outcome = await shop.send(shop.change(ada, {"age": 30}), claims=[claim(ada, mail, visitor)])

    profile = await shop.profile(ada)
    assert profile is not None
    assert outcome == refused()
    assert (profile.user_id, profile.attributes, profile.created_at) == ("ada", {"age": 30}, NOON)
    assert profile.ref.slot == ada.slot
    assert [await shop.profile(one) for one in (mail, visitor)] == [profile] * 2
    assert await shop.count_orphans() == 0


async def test_a_visitor_becomes_the_user_who_signs_up(shop: Shop) -> None:
    """The profile stays where it is, with all it has; only the user id is new."""
    visitor = shop.anonymous("v")
    await shop.send(shop.change(visitor, {"city": "Pune"}), shop.event(visitor))
    before = await shop.profile(visitor)

    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.event(ada), claims=[claim(ada, mail, visitor)])

    after = await shop.profile(ada)
    assert before is not None
    assert before.user_id is None
    assert after == replace(before, user_id="ada")
    assert await identifiers_of(shop, visitor) == [ada, mail, visitor]
    assert [kept.ref for kept in await shop.events()] == [before.ref] * 2


async def test_a_visitor_may_become_a_user_by_a_change_or_operations(shop: Shop) -> None:
    """Whatever kind of record it is; what it says is said of that person."""
    for number, record in enumerate(
        (
            shop.change("user 0", {"plan": "gold"}),
            shop.operations("user 1", {"$set": {"plan": "gold"}}),
        )
    ):
        visitor = shop.anonymous(f"v{number}")
        await shop.send(shop.change(visitor, {"city": "Pune"}))
        outcome = await shop.send(record, claims=[claim(record[0], visitor)])

        profile = await shop.profile(visitor)
        assert profile is not None
        assert isinstance(outcome, Stored)
        assert profile.user_id == f"user {number}"
        assert profile.attributes == {"city": "Pune", "plan": "gold"}
        assert await ref_of(shop, record[0]) == profile.ref


async def test_a_claim_that_holds_already_changes_nothing(shop: Shop) -> None:
    """Nearly all calls of a user who is logged in are so."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    said = claim(ada, mail)
    await shop.send(shop.event(ada), claims=[said])
    before = await shop.profile(ada)

    await shop.send_all(*(shop.batch(shop.event(ada), claims=[said]) for _ in range(5)))

    assert await shop.profile(ada) == before
    assert len(await shop.events()) == 6
    assert await conflicts_of(shop) == []


async def test_records_of_one_call_share_what_any_of_them_claims(shop: Shop) -> None:
    """A first event before the log-in, one that logs in, one after: a person of three ids."""
    ada, mail, visitor = shop.user("ada"), shop.email("ada@x.in"), shop.anonymous("v")
    records = [shop.event(visitor), shop.event(ada), shop.event(mail)]

    await shop.send(
        *records, claims=[claim(ada, visitor, position=1), claim(ada, mail, position=2)]
    )

    ref = await ref_of(shop, ada)
    assert [kept.ref for kept in await shop.events()] == [ref] * 3
    assert await identifiers_of(shop, ada) == [ada, mail, visitor]


async def test_a_repeated_event_under_another_identifier_is_stored_once(shop: Shop) -> None:
    """Its id is the person's, by whatever they are named."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(visitor, event_id="e"))

    await shop.send(
        shop.event(ada, event_id="e"),
        shop.event(visitor, event_id="e"),
        claims=[claim(ada, visitor)],
    )

    assert [kept.event_id for kept in await shop.events()] == ["e"]


async def test_a_mailbox_that_two_users_share_stays_whose_it_was(shop: Shop) -> None:
    """Known bug 19: the record is stored for the person of its user id, and the sender is told."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(shop.event(ada), claims=[claim(ada, mail)])

    outcome = await shop.send(
        shop.event("cyd"), shop.event(bob), claims=[claim(bob, mail, position=1)]
    )

    assert outcome == refused((1, mail, Refusal.TWO_USERS))
    assert await identifiers_of(shop, mail) == [ada, mail]
    assert await identifiers_of(shop, bob) == [bob]
    assert len(await shop.events()) == 3
    assert await shop.count_orphans() == 0


async def test_a_conflict_is_one_row_however_often_it_is_claimed(shop: Shop) -> None:
    """In one call, in many of one commit, and later: it is counted, and names both people."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(shop.event(ada), claims=[claim(ada, mail)])
    batches = [
        shop.batch(
            shop.event(bob),
            shop.event(bob),
            claims=[claim(bob, mail, position=position) for position in range(2)],
        )
        for _ in range(6)
    ]

    outcomes = await shop.send_all(*batches[:5])
    await shop.committer.submit(batches[5])

    (conflict,) = await conflicts_of(shop)
    told = [(position, mail, Refusal.TWO_USERS) for position in range(2)]
    assert outcomes == [refused(*told)] * 5
    assert conflict == Conflict(
        conflict_id=conflict.conflict_id,
        claimant=await ref_of(shop, bob),
        claimed=mail,
        reason=Refusal.TWO_USERS,
        owner=await ref_of(shop, ada),
        times=12,
        first_at=conflict.first_at,
        last_at=conflict.last_at,
    )
    assert conflict.first_at < conflict.last_at


async def test_two_users_made_by_one_call_conflict_as_well(shop: Shop) -> None:
    """The owner is known as soon as they are created: forgetting them forgets the conflict."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")

    outcome = await shop.send(
        shop.event(ada),
        shop.event(bob),
        claims=[claim(ada, mail), claim(bob, mail, position=1)],
    )

    (conflict,) = await conflicts_of(shop)
    assert outcome == refused((1, mail, Refusal.TWO_USERS))
    assert (conflict.claimant, conflict.owner) == (await ref_of(shop, bob), await ref_of(shop, ada))


async def test_a_placeholder_leads_nowhere(shop: Shop) -> None:
    """Known bug 20: two people who send it stay two, and nobody is created for it."""
    ada, bob, null = shop.user("ada"), shop.user("bob"), shop.anonymous("null")

    outcome = await shop.send(
        shop.event(ada), shop.event(bob), claims=[claim(ada, null), claim(bob, null, position=1)]
    )

    assert outcome == refused((0, null, Refusal.PLACEHOLDER), (1, null, Refusal.PLACEHOLDER))
    assert await shop.profile(null) is None
    assert await ref_of(shop, ada) != await ref_of(shop, bob)
    assert [(one.reason, one.owner, one.times) for one in await conflicts_of(shop)] == [
        (Refusal.PLACEHOLDER, None, 1)
    ] * 2


async def test_a_person_has_only_so_many_identifiers(shop: Shop) -> None:
    """Known bug 20: a shared computer must not gather a town. The last allowed is given."""
    ada = shop.user("ada")
    visitors = [shop.anonymous(f"v{number}") for number in range(MOST)]
    claims = [claim(ada, one, position=position) for position, one in enumerate(visitors)]

    outcome = await shop.send(*(shop.event(ada) for _ in visitors), claims=claims)

    assert outcome == refused((MOST - 1, visitors[-1], Refusal.TOO_MANY))
    assert len(await identifiers_of(shop, ada)) == MOST
    assert await shop.profile(visitors[-1]) is None
    assert [(one.claimed, one.owner) for one in await conflicts_of(shop)] == [(visitors[-1], None)]
