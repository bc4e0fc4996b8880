"""Agreements between ingest, which comes all the time, and the rare act that must not meet it.

Ingest holds a lock shared for everything it builds on; who would pull that from under it takes the
same lock alone, waits for every ingest in flight and holds off later ones. The locks are advisory:
they live in memory and cost ingest one round trip for hundreds of them, where locking the rows
themselves would write to every row.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from tidings.base.ids import BrandId
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)


class LockKind(IntEnum):
    """What is held; the numbers are arbitrary, ours alone, never changed.

    Shape:  CALLS - calls that ask the same, by the beginning of their fingerprint; TYPES - the
            names and types of a brand, by brand id; PEOPLE - the existence and place of the people
            whose identifiers lie in a slot, by slot; MONTHS - the partitions of events, by 0;
            SEGMENTS - which versions of segments there are and which count, by brand id.
    """

    CALLS = 7420000
    TYPES = 7420002
    PEOPLE = 7420003
    MONTHS = 7420004
    SEGMENTS = 7420005


class Lock(NamedTuple):
    """One thing to hold."""

    kind: LockKind
    key: int


MONTHS = Lock(LockKind.MONTHS, 0)
"""Held by whoever writes events, alone by who makes a month: a row on its way to the default
partition would be refused there, and one that moves to its month would not be found."""


def segments_lock(brand_id: BrandId) -> Lock:
    """Return the lock under which a brand's segments are followed, and alone, changed."""
    return Lock(LockKind.SEGMENTS, brand_id)


async def hold_shared(tx: Tx, locks: Iterable[Lock]) -> None:
    """Hold all of these still, beside others who do the same, until the transaction ends.

    What is read afterwards is the latest: read in a statement of its own, after this one.
    """
    # Everybody takes locks in rising order, so nobody waits in a circle.
    ordered = sorted(set(locks))
    await tx.fetch(
        SQL["hold_shared"], [lock.kind for lock in ordered], [lock.key for lock in ordered]
    )


async def hold_alone(tx: Tx, locks: Iterable[Lock]) -> None:
    """Wait for everybody who holds any of these, and hold off all others until the end."""
    ordered = sorted(set(locks))
    await tx.fetch(
        SQL["hold_alone"], [lock.kind for lock in ordered], [lock.key for lock in ordered]
    )
