"""Operations of a record that claims identifiers: both are done, or nothing is."""

import pytest

from tests.events.people import (
    claim,
    conflicts_of,
    failed,
    identifiers_of,
    merges_of,
    ref_of,
    told,
)
from tests.shop import NOON, Shop
from tidings.events.model import Answer, OnceKey, RefusedClaim, Stored
from tidings.identity.model import Refusal

NO_ARRAY = failed("tags", "is a text, not an array")


async def test_a_contact_is_the_person_of_their_address(shop: Shop) -> None:
    """Known by it, or by an earlier record of the call; the operations see who that is."""
    mail, other = shop.email("ada@x.in"), shop.email("bob@x.in")
    await shop.send(shop.change(mail, {"n": 1}))

    outcome = await shop.send(
        shop.operations("ada", {"$inc": {"n": 1}}, created_at=NOON.replace(year=1999)),
        shop.operations(other, {"$inc": {"n": 1}}),
        shop.operations("bob", {"$inc": {"n": 1}}),
        claims=[claim(shop.user("ada"), mail), claim(shop.user("bob"), other, position=2)],
    )

    ada = await shop.profile("ada")
    assert ada is not None
    assert told(outcome) == [False, True, False]
    assert (ada.user_id, ada.attributes, ada.created_at) == ("ada", {"n": 2}, NOON)
    assert await shop.attributes("bob") == ({"n": 2}, {})
    assert await identifiers_of(shop, other) == [shop.user("bob"), other]


async def test_operations_see_what_a_merge_made(shop: Shop) -> None:
    """Of the one who stays and of the one who went."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.change(mail, {"n": 1, "visits": 5}))
    await shop.send(shop.change(ada, {"n": 10}))

    outcome = await shop.send(
        shop.operations(ada, {"$inc": {"n": 1, "visits": 1}}), claims=[claim(ada, mail)]
    )

    assert told(outcome) == [False]
    assert await shop.attributes(mail) == ({"n": 11, "visits": 6}, {})
    assert len(await merges_of(shop, ada)) == 1


async def test_a_record_that_fails_claims_nothing(shop: Shop) -> None:
    """Nobody is created for it, nobody gains an identifier; its neighbours' claims are followed."""
    ada, bob, cyd = (shop.user(one) for one in ("ada", "bob", "cyd"))
    await shop.send(shop.change(cyd, {"tags": "x"}))
    mails = [shop.email(f"{one}@x.in") for one in ("ada", "bob", "cyd")]

    outcome = await shop.send(
        shop.operations(ada, {"$set": {"language": "English"}}),
        shop.operations(bob, {"$push": {"seen": 1}}),
        shop.operations(cyd, {"$push": {"tags": 1}}),
        claims=[claim(one, mail, position=at) for at, (one, mail) in
                enumerate(zip((ada, bob, cyd), mails, strict=True))],
    )  # fmt: skip

    words = "must be two lower-case letters, such as fr"
    assert told(outcome) == [failed("language", words), True, NO_ARRAY]
    assert [await shop.profile(one) for one in (ada, mails[0], mails[2])] == [None] * 3
    assert await identifiers_of(shop, bob) == [bob, mails[1]]
    assert await identifiers_of(shop, cyd) == [cyd]


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_record_is_held_against_the_person_whom_it_claims_to_be(
    shop: Shop,
    is_known: bool,  # noqa: FBT001
) -> None:
    """It would fit Ada alone, but not who has her address. Nobody is merged, nobody created."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("ada@x.in")
    await shop.send(shop.change(mail, {"tags": "x"}))
    if is_known:
        await shop.send(shop.change(ada, {"city": "Pune"}))
    before = [await shop.profile(one) for one in (ada, mail)]

    outcome = await shop.send(
        shop.operations(ada, {"$push": {"tags": 1}}),
        shop.operations(bob, {"$push": {"tags": []}}),
        claims=[claim(ada, mail)],
    )

    assert told(outcome) == [NO_ARRAY, True]
    assert [await shop.profile(one) for one in (ada, mail)] == before


async def test_what_only_a_claim_makes_fit_fits(shop: Shop) -> None:
    """A latitude alone is refused; the person whose address it is has the longitude."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.operations(mail, {"$set": {"latitude": 1, "longitude": 2}}))

    outcome = await shop.send(
        shop.operations(ada, {"$set": {"latitude": 3}}), claims=[claim(ada, mail)]
    )

    assert told(outcome) == [False]
    assert await shop.attributes(ada) == ({"latitude": 3, "longitude": 2}, {})


async def test_records_of_one_new_person_by_two_identifiers_see_each_other(shop: Shop) -> None:
    """The second fails for what the first made, and only the second."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")

    outcome = await shop.send(
        shop.operations(ada, {"$set": {"tags": "x"}}),
        shop.operations(mail, {"$push": {"tags": 1}}),
        claims=[claim(ada, mail)],
    )

    assert told(outcome) == [True, NO_ARRAY]
    assert await shop.attributes(mail) == ({"tags": "x"}, {})


async def test_a_record_does_not_fail_for_a_claim_that_was_not_followed(shop: Shop) -> None:
    """The first fails as the person of the address, so the second is about somebody new."""
    ada, mail = shop.user("ada"), shop.email("ada@x.in")
    await shop.send(shop.change(mail, {"tags": "x"}))

    outcome = await shop.send(
        shop.operations(ada, {"$push": {"tags": 1}}),
        shop.operations(ada, {"$push": {"tags": 2}}),
        claims=[claim(ada, mail)],
    )

    assert told(outcome) == [NO_ARRAY, True]
    # Aside, for the first value of the name was the text.
    assert await shop.attributes(ada) == ({}, {"tags": [2]})
    assert await shop.attributes(mail) == ({"tags": "x"}, {})


async def test_many_failures_that_hang_together_come_to_an_end(shop: Shop) -> None:
    """Each claims another address, and fails as its person; what fits is done."""
    mails = [shop.email(f"{n}@x.in") for n in range(40)]
    await shop.send(*(shop.change(mail, {"tags": "x"}) for mail in mails))
    records = [shop.operations("ada", {"$push": {"tags": n}}) for n in range(40)]
    claims = [claim(shop.user("ada"), mail, position=at) for at, mail in enumerate(mails)]

    outcome = await shop.send(*records, shop.operations("ada", {"$set": {"n": 1}}), claims=claims)

    assert told(outcome) == [NO_ARRAY] * 40 + [True]
    assert await shop.attributes("ada") == ({"n": 1}, {})
    assert await shop.count_orphans() == 0


async def test_a_refused_claim_does_not_fail_the_record(shop: Shop) -> None:
    """The operations are done on the person of the user id, and both are told."""
    ada, bob, mail = shop.user("ada"), shop.user("bob"), shop.email("us@x.in")
    await shop.send(shop.change(ada, {"tags": "x"}), claims=[claim(ada, mail)])

    outcome = await shop.send(
        shop.operations("cyd", {}), shop.operations(bob, {"$push": {"tags": 1}}),
        claims=[claim(bob, mail, position=1)],
    )  # fmt: skip

    assert isinstance(outcome, Stored)
    assert told(outcome) == [True, True]
    assert outcome.refused == (RefusedClaim(1, mail, Refusal.TWO_USERS),)
    assert [one.times for one in await conflicts_of(shop)] == [1]
    assert await ref_of(shop, mail) == await ref_of(shop, ada)


async def test_a_repeated_call_operates_once(shop: Shop) -> None:
    """A lost answer must not count a visit twice."""

    def answer(stored: Stored) -> Answer:
        return Answer(200, repr(told(stored)).encode())

    once = OnceKey("k", b"", answer)
    calls = [shop.batch(shop.operations("ada", {"$inc": {"n": 1}}), once=once) for _ in range(3)]

    outcomes = await shop.send_all(*calls)

    assert told(outcomes[0]) == [True]
    assert outcomes[1:] == [Answer(200, b"[True]")] * 2
    assert await shop.attributes("ada") == ({"n": 1}, {})
