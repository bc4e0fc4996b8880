"""The versions of a brand's segments, read and understood: what there is to keep up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import msgspec

from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.profiles.model import ProfileRef
from tidings.schema import actions as schema
from tidings.segments import store
from tidings.segments.compile import Scope
from tidings.segments.interest import Interest, interest_of
from tidings.segments.model import Node, SegmentId
from tidings.segments.parse import first_of, parse
from tidings.segments.reading import Vocabulary
from tidings.segments.saved import Edition, EditionId, Version
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Followed:
    """A version that is kept up to date, and what can change who it has."""

    edition: Edition
    node: Node
    interest: Interest


@dataclass(frozen=True, slots=True)
class Listed:
    """A version of a custom list: who it has was imported, and no more is to be looked for."""

    edition: Edition
    interest: Interest = field(default_factory=Interest)


@dataclass(frozen=True, slots=True)
class BrandEditions:
    """What a brand has.

    Shape:  live - the version that counts of each segment that has one; definitions - of those that
            others may name, by that version; lists - the custom lists that others may name, each
            with that version; broken - versions whose definition means nothing any more, since a
            type was changed, each with why; their members stay as they are.
    """

    brand_id: BrandId
    zone: tzinfo
    followed: Sequence[Followed]
    listed: Sequence[Listed]
    live: Mapping[SegmentId, Version]
    definitions: Mapping[SegmentId, Node]
    lists: Mapping[SegmentId, Version]
    broken: Mapping[EditionId, str]

    @property
    def nameable(self) -> Mapping[SegmentId, Node | None]:
        """Return what others may name: definitions, and None for a custom list."""
        return {**self.definitions, **dict.fromkeys(self.lists)}

    def find(self, which: EditionId) -> Followed | Listed | None:
        """Return one version, None when it is gone or broken."""
        every = (*self.followed, *self.listed)
        return next((one for one in every if one.edition.edition_id == which), None)

    def scope(
        self,
        now: datetime,
        *,
        people: Sequence[ProfileRef] | None = None,
        slots: Sequence[Slot] | None = None,
    ) -> Scope:
        """Return for whom and when a definition is asked; for everybody when nothing is said."""
        return Scope(
            brand_id=self.brand_id,
            zone=self.zone,
            now=now,
            people=people,
            slots=slots,
            segments=self.definitions,
            lists=self.lists,
        )


class Editions:
    """What a process has read of brands' segments; read anew when anything was changed."""

    def __init__(self) -> None:
        self._brands: dict[BrandId, tuple[int, BrandEditions]] = {}

    async def of(self, tx: Tx, brand_id: BrandId) -> BrandEditions:
        """Return what a brand has; the caller holds it still (`segments_lock`)."""
        version = await schema.read_version(tx, brand_id)
        held = self._brands.get(brand_id)
        if held is not None and held[0] == version:
            return held[1]
        found = await read_editions(tx, brand_id)
        self._brands[brand_id] = (version, found)
        return found


async def read_editions(tx: Tx, brand_id: BrandId) -> BrandEditions:
    """Read what a brand has.

    Errors: `not_found` for an unknown brand.
    """
    words = await read_vocabulary(tx, brand_id)
    editions = await store.select_editions(tx, brand_id)
    nodes: dict[EditionId, Node] = {}
    broken: dict[EditionId, str] = {}
    listed = [Listed(edition) for edition in editions if edition.definition is None]
    for edition in editions:
        if edition.definition is None:
            continue
        read = parse(msgspec.json.decode(edition.definition), words)
        if isinstance(read, list):
            broken[edition.edition_id] = first_of(read)
        else:
            nodes[edition.edition_id] = read
    live = {one.edition_id.segment_id: one.edition_id.version for one in editions if one.is_live}
    definitions = {
        which.segment_id: node
        for which, node in nodes.items()
        if live.get(which.segment_id) == which.version
    }
    lists = {
        one.edition.edition_id.segment_id: one.edition.edition_id.version
        for one in listed
        if one.edition.is_live
    }
    nameable = {**definitions, **dict.fromkeys(lists)}
    followed: list[Followed] = []
    for edition in editions:
        node = nodes.get(edition.edition_id)
        if node is not None:
            try:
                followed.append(Followed(edition, node, interest_of(node, nameable)))
            except KeyError as missing:
                broken[edition.edition_id] = (
                    f"Segment {missing.args[0]}, which it names, is broken."
                )
    return BrandEditions(brand_id, words.zone, followed, listed, live, definitions, lists, broken)


async def read_vocabulary(tx: Tx, brand_id: BrandId) -> Vocabulary:
    """Return what a brand's definitions may name.

    Errors: `not_found` for an unknown brand.
    """
    brand = await brands.find_brand(tx, brand_id)
    return Vocabulary(
        zone=brand.clock_zone,
        name_ids=await schema.read_names(tx, brand_id),
        locks=await schema.read_locks(tx, brand_id),
    )
