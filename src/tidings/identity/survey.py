"""What merging would make of a brand's people, worked out without changing anything.

Each page of profiles is planned as it would be settled, on top of what the pages before would have
left behind. That is kept in a table of the connection, not in memory: of a million people too.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tidings.base.ids import BrandId, ProfileId
from tidings.identity import store
from tidings.identity.actions import (
    ClaimsPage,
    Refs,
    known_people,
    names_of,
    open_claims,
    read_claims,
)
from tidings.identity.claim import ProfileClaim
from tidings.identity.model import Identifier, Refusal
from tidings.identity.resolve import Plan, plan
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

_EXAMPLES = 10


@dataclass(slots=True)
class Figures:
    """How much comes of what profiles claim.

    Shape:  profiles - that were read; identifiers - that lead to somebody then, and not before;
            merges - people who go into others; refused - claims, by the reason.
    """

    profiles: int = 0
    identifiers: int = 0
    merges: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter[Refusal])


class MergeExample(NamedTuple):
    """Two people who would be one, each as an operator knows them, and what they share."""

    kept: Identifier
    absorbed: Identifier
    shared: Identifier


class SharedExample(NamedTuple):
    """Two users who share an identifier, each as an operator knows them."""

    claimant: Identifier
    claimed: Identifier
    owner: Identifier


class Survey:
    """A survey of one brand.

    Shape:  tx - a connection with no survey before this one, and none after: the table goes with
            it. Without a transaction nobody is kept waiting, and what is sent meanwhile may or may
            not be seen.
    """

    def __init__(self, tx: Tx, brand_id: BrandId) -> None:
        self._tx = tx
        self._brand_id = brand_id
        self.figures = Figures()
        self.merges: list[MergeExample] = []
        self.shared: list[SharedExample] = []

    async def begin(self) -> None:
        """Make the table, before the first slot."""
        await store.create_survey(self._tx)

    async def take_slot(self, slot: Slot) -> None:
        """Work out what becomes of the people of a slot; the slots come in rising order."""
        after: ProfileId | None = ProfileId(0)
        while after is not None:
            page = await read_claims(self._tx, self._brand_id, slot, after=after)
            await self._take(page)
            after = page.last

    async def _take(self, page: ClaimsPage) -> None:
        self.figures.profiles += page.profiles
        claims = [one.claim for one in page.claims]
        named = {one for claim in claims for one in (claim.identifier, *claim.also)}
        refs = await self._refs_of(named)
        waiting = open_claims(claims, refs)
        if not waiting:
            return
        people = sorted(set(refs.values()))
        known = await known_people(self._tx, [(self._brand_id, ref) for ref in people])
        more = await store.count_surveyed(self._tx, people)
        counted = {
            ref: person._replace(identifiers=person.identifiers + more.get(ref, 0))
            for ref, person in known.items()
        }
        # Nobody is held here: who was forgotten since leads nowhere.
        planned = plan(waiting, {one: counted[ref] for one, ref in refs.items() if ref in counted})
        self._count(planned)
        await self._note_examples(planned, refs, page.claims)
        for one in planned.merges:
            await store.merge_surveyed(self._tx, self._brand_id, of=one.absorbed, to=one.kept)
        await store.insert_surveyed(self._tx, planned.attach)

    async def _refs_of(self, identifiers: set[Identifier]) -> Refs:
        asked = sorted(identifiers)
        stored = await store.select_links(self._tx, asked)
        return stored | await store.select_surveyed(self._tx, asked)

    def _count(self, planned: Plan) -> None:
        created = sum(len(person.identifiers) for person in planned.people)
        self.figures.identifiers += len(planned.attach) + created
        self.figures.merges += len(planned.merges)
        self.figures.refused.update(one.reason for one in planned.refused)

    async def _note_examples(
        self, planned: Plan, refs: Mapping[Identifier, ProfileRef], held: Sequence[ProfileClaim]
    ) -> None:
        merges = planned.merges[: _EXAMPLES - len(self.merges)]
        shared = [
            (claimant, one.claimed, one.owner)
            for one in planned.refused
            if one.reason is Refusal.TWO_USERS
            and (claimant := refs.get(one.claim.identifier)) is not None
            and one.owner is not None
        ][: _EXAMPLES - len(self.shared)]
        if not merges and not shared:
            return
        people = {ref for one in merges for ref in (one.kept, one.absorbed)}
        people.update(ref for claimant, _, owner in shared for ref in (claimant, owner))
        names = await names_of(self._tx, self._brand_id, people)
        shares = {one.own: _shared_by(one, refs) for one in held}
        self.merges += [
            MergeExample(names[one.kept], names[one.absorbed], shares.get(one.by, one.by))
            for one in merges
            if one.kept in names and one.absorbed in names
        ]
        self.shared += [
            SharedExample(names[claimant], claimed, names[owner])
            for claimant, claimed, owner in shared
            if claimant in names and owner in names
        ]


def _shared_by(held: ProfileClaim, refs: Mapping[Identifier, ProfileRef]) -> Identifier:
    # A visitor's address leads to somebody, and then their own id to themselves.
    others = [one for one in (held.claim.identifier, *held.claim.also) if one != held.own]
    return next((one for one in others if one in refs), others[0])
