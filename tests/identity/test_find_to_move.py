"""Whoever moves people or forgets them meets an ingest that gives them something at that moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from tests.events.people import claim, conflicts_of, merge, ref_of
from tests.privacy.test_forget import is_waiting
from tests.shop import Shop
from tests.support import wait_until
from tidings.events import ingest
from tidings.events.merging import merge_claimed
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Claim, Identifier
from tidings.profiles.model import ProfileRef
from tidings.storage.locks import LockKind
from tidings.storage.tx import Tx

LIST_HELD_ALONE = """
SELECT objid::integer AS slot
FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = $1 AND mode = 'ExclusiveLock'
ORDER BY slot
"""

Act = Callable[[Tx], Awaitable[object]]


class Found(NamedTuple):
    """Whom an identifier leads to, all that leads to them, and the slots that are held alone."""

    refs: dict[Identifier, ProfileRef]
    has: dict[ProfileRef, list[Identifier]]
    held: list[int]


async def find(shop: Shop, asked: Identifier) -> Found:
    """Find somebody to move, in a transaction of its own."""
    async with shop.database.transaction() as tx:
        refs, has = await identity.find_to_move(tx, [asked])
        held = await tx.fetch(LIST_HELD_ALONE, LockKind.PEOPLE)
    return Found(refs, has, [row["slot"] for row in held])


async def find_amid(shop: Shop, asked: Identifier, act: Act) -> Found:
    """Find somebody to move while another transaction has acted and is committed only then."""
    async with shop.database.transaction() as tx:
        await act(tx)
        finding = asyncio.create_task(find(shop, asked))
        # It has read what was there before, and waits for a lock.
        await wait_until(lambda: is_waiting(shop, 1))
    return await finding


def store(shop: Shop, said: Claim) -> Act:
    """Ingest an event of a claim's own identifier, with the claim."""

    async def act(tx: Tx) -> None:
        batch = shop.batch(shop.event(said.identifier), claims=[said])
        await ingest.store_batches(tx, shop.catalog, [batch])

    return act


def address(shop: Shop, beside: Identifier, *, is_in_slot: bool) -> Identifier:
    """Return a mailbox that lies in the slot of another identifier, or does not."""
    mailboxes = (shop.email(f"{number}@x.in") for number in range(10_000))
    return next(one for one in mailboxes if (one.slot == beside.slot) is is_in_slot)


def slots_of(*identifiers: Identifier) -> list[int]:
    """Return their slots as they are held."""
    return sorted({one.slot for one in identifiers})


@pytest.mark.parametrize("known", ["ada", "bob"])
async def test_an_identifier_gained_meanwhile_in_a_slot_that_nobody_holds_begins_anew(
    shop: Shop, known: str
) -> None:
    """Ingest by it would not be kept away; whether or not there was anybody to look at before."""
    ada = shop.user("ada")
    mail = address(shop, ada, is_in_slot=False)
    await shop.send(shop.event(known))

    with pytest.raises(ClaimsChanged):
        await find_amid(shop, ada, store(shop, claim(ada, mail)))

    ref = await ref_of(shop, ada)
    assert await find(shop, ada) == Found({ada: ref}, {ref: [ada, mail]}, slots_of(ada, mail))


async def test_an_identifier_gained_meanwhile_in_a_slot_that_is_held_is_seen(shop: Shop) -> None:
    """What was read before the wait is old; nobody need begin anew for that."""
    ada = shop.user("ada")
    mail = address(shop, ada, is_in_slot=True)
    await shop.send(shop.event(ada))

    found = await find_amid(shop, ada, store(shop, claim(ada, mail)))

    ref = await ref_of(shop, ada)
    assert found == Found({ada: ref}, {ref: [ada, mail]}, slots_of(ada))


async def test_somebody_merged_meanwhile_begins_anew(shop: Shop) -> None:
    """They are another person now, whose other identifiers were not looked for."""
    ada = shop.user("ada")
    mail = address(shop, ada, is_in_slot=False)
    await shop.send(shop.event(ada), shop.event(mail))

    with pytest.raises(ClaimsChanged):
        await find_amid(shop, mail, lambda tx: merge_claimed(tx, [claim(ada, mail)]))

    ref = await ref_of(shop, ada)
    assert await find(shop, mail) == Found({mail: ref}, {ref: [ada, mail]}, slots_of(ada, mail))


async def test_a_claim_refused_meanwhile_in_a_slot_that_nobody_holds_begins_anew(
    shop: Shop,
) -> None:
    """The conflict is handed on with whom is moved, and must not speak of somebody who is gone."""
    ada, bob = shop.user("ada"), shop.user("bob")
    mail = address(shop, bob, is_in_slot=False)
    await merge(shop, ada, mail)
    await shop.send(shop.event(bob))

    with pytest.raises(ClaimsChanged):
        await find_amid(shop, bob, store(shop, claim(bob, mail)))

    ref = await ref_of(shop, bob)
    assert [(one.claimant, one.claimed) for one in await conflicts_of(shop)] == [(ref, mail)]
    assert await find(shop, bob) == Found({bob: ref}, {ref: [bob]}, slots_of(bob, mail))


async def test_a_claim_refused_meanwhile_in_a_slot_that_is_held_changes_nothing(
    shop: Shop,
) -> None:
    """Whoever it leads to stays all the same: this slot is held alone."""
    ada, bob = shop.user("ada"), shop.user("bob")
    mail = address(shop, bob, is_in_slot=True)
    await merge(shop, ada, mail)
    await shop.send(shop.event(bob))

    found = await find_amid(shop, bob, store(shop, claim(bob, mail)))

    ref = await ref_of(shop, bob)
    assert [(one.claimant, one.claimed) for one in await conflicts_of(shop)] == [(ref, mail)]
    assert found == Found({bob: ref}, {ref: [bob]}, slots_of(bob))
