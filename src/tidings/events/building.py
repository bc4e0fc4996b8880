"""Building the identifiers of a brand that begins to merge, from the profiles that are there."""

from collections.abc import Sequence
from functools import partial

from tidings.base import clock
from tidings.base.ids import BrandId, ProfileId
from tidings.events.merging import settle
from tidings.events.people import Wanted, find_or_create
from tidings.events.telling import tell_whole
from tidings.identity import actions as identity
from tidings.identity.claim import ProfileClaim
from tidings.identity.resolve import Refused
from tidings.identity.survey import Figures
from tidings.profiles import actions as profiles
from tidings.profiles.model import NewProfile, Patch
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import OpenTransaction, Tx


class Building:
    """Claims from each profile what it holds, and settles that as ingest settles what is sent.

    Beside ingest: every process takes merging for switched on already. Doing it again changes
    nothing, so what was broken off is finished by repeating it.
    """

    def __init__(self, open_transaction: OpenTransaction, brand_id: BrandId) -> None:
        self._open_transaction = open_transaction
        self._brand_id = brand_id
        self.figures = Figures()

    async def take_slot(self, slot: Slot) -> None:
        """Claim for the people of a slot, some hundred in a transaction.

        Errors: `unavailable` when the people change again and again.
        """
        after: ProfileId | None = ProfileId(0)
        while after is not None:
            async with self._open_transaction() as tx:
                page = await identity.read_claims(tx, self._brand_id, slot, after=after)
            self.figures.profiles += page.profiles
            if page.claims:
                await self._settle(page.claims)
            after = page.last

    async def _settle(self, claims: Sequence[ProfileClaim]) -> None:
        follow = partial(_follow, brand_id=self._brand_id, held=claims)
        (identifiers, refused), merges = await settle(self._open_transaction, follow)
        self.figures.identifiers += identifiers
        self.figures.merges += merges
        self.figures.refused.update(one.reason for one in refused)


async def _follow(
    tx: Tx, *, brand_id: BrandId, held: Sequence[ProfileClaim]
) -> tuple[int, Sequence[Refused]]:
    """Follow what profiles claim; return how many identifiers lead to somebody now, and what not.

    Errors: `PeopleAreOne`, `ClaimsChanged`: begin anew.
    """
    # By what was read at first, also when beginning anew: whoever went into another by then still
    # claims all they held.
    asked = {
        identifier for own, claim in held for identifier in (own, claim.identifier, *claim.also)
    }
    await locks.hold_shared(tx, identity.people_locks(asked))
    refs = await identity.find_many(tx, asked)
    # Who was forgotten since claims nothing any more.
    claims = [one.claim for one in held if one.own in refs]
    known = len(refs)
    at = clock.now()
    people = await find_or_create(tx, None, Wanted(set(), set(), claims), refs, at=at)
    # Hardly anybody: an address that comes before a visitor's id, and who has no room for it.
    await profiles.create(
        tx,
        [
            (brand_id, NewProfile(ref, person.user_id, at), Patch())
            for ref, person in people.new.items()
        ],
    )
    await tell_whole(tx, brand_id, people.new)
    await identity.note_conflicts(tx, people.refused, people.refs)
    return len(people.refs) - known, people.refused
