"""The short way for small groups: one statement stores them, and crosses to the database once.

What most single calls hold is an event of known type with nothing else asked. The general way
(`ingest`) crosses seven times, whatever it holds, which for a few events costs more than
all the rest; from about a hundred on, its COPY costs less than this way's arrays.
"""

from collections.abc import Sequence

from msgspec.structs import astuple

from tidings.base import ids
from tidings.base.ids import BrandId, NameId
from tidings.events import store
from tidings.events.ingest import created_at, locks_of
from tidings.events.model import Batch, Stored
from tidings.events.store import PlainEvents, plain_event
from tidings.schema.catalog import Catalog, Sighting
from tidings.schema.check import part
from tidings.schema.model import Watched
from tidings.storage.pool import committing
from tidings.storage.tx import Connection

MAX_PLAIN_RECORDS = 100  # measured (bench/README.md)


async def store_plain(
    connection: Connection, catalog: Catalog, batches: Sequence[Batch]
) -> Sequence[Stored] | None:
    """Store batches whose types are learned, as a transaction of its own, if all in them is plain.

    Shape:  returns None, and has stored nothing, when the batches need the general way: they are
            many, change profiles, claim identifiers, carry idempotency keys, event ids or values of
            another type, or an operator changed a type meanwhile.
    Errors: `unavailable` when the database is lost meanwhile; the outcome is then unknown.
    """
    plain = _plain_events(catalog, batches)
    if plain is None:
        return None
    with committing(connection):
        is_stored = await store.insert_plain_events(connection, plain)
    return [Stored([]) for _ in batches] if is_stored else None


def _plain_events(catalog: Catalog, batches: Sequence[Batch]) -> PlainEvents | None:
    if sum(batch.record_count for batch in batches) > MAX_PLAIN_RECORDS:
        return None
    if any(
        batch.changes or batch.operations or batch.claims or batch.once is not None
        for batch in batches
    ):
        return None
    people = sorted({event.identifier for batch in batches for event in batch.events})
    positions = {identifier: position for position, identifier in enumerate(people)}
    versions: dict[BrandId, int] = {}
    events: list[tuple[object, ...]] = []
    for batch in batches:
        types = catalog.known(batch.brand_id)
        if types is None:
            return None
        versions[batch.brand_id] = types.version
        for event in batch.events:
            verdict = types.verdicts.get(event.shape) or types.find(
                Sighting(event.name, event.shape, event.attributes)
            )
            if (
                verdict is None
                or event.event_id is not None
                or (types.watched is not None and _is_told(types.watched, verdict.owner))
                or part(verdict, event.attributes).kept is not None
            ):
                return None
            events.append(plain_event(positions[event.identifier], verdict.owner, batch, event))
    return PlainEvents(
        locks=locks_of(versions, people),
        versions=list(versions.items()),
        people=[(*astuple(one), ids.new_profile_id()) for one in people],
        created_at=created_at(batches),
        events=events,
    )


def _is_told(watched: Watched, name_id: NameId) -> bool:
    # Whoever did it may be new.
    return watched.births or watched.any_event or name_id in watched.names
