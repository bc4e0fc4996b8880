"""The tables of consent: rows in, models out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.consent.model import (
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
    Topic,
    TopicKind,
)
from tidings.profiles.model import ProfileRef
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of

SQL = Queries(__file__)

_EVERY_MEDIUM = ""


class Said(NamedTuple):
    """What a person, and everybody who went into them, said of a topic and of topics in all.

    Shape:  kind - None when there is no such topic; states - none when they said nothing of it.
    """

    kind: TopicKind | None
    states: Sequence[SubscriptionState]
    is_unconfirmed: bool


async def select_rules(tx: Tx, brand_id: BrandId) -> bytes | None:
    """Return the rules that a brand was given, as JSON."""
    return cast("bytes | None", await tx.fetchval(SQL["select_rules"], brand_id))


async def upsert_rules(tx: Tx, brand_id: BrandId, rules: bytes, *, at: datetime) -> None:
    """Write the rules of a brand."""
    await tx.execute(SQL["upsert_rules"], brand_id, rules, at)


# --- suppressions ------------------------------------------------------------------------


async def insert_suppressions(
    tx: Tx,
    brand_id: BrandId,
    addresses: Mapping[bytes, str],
    *,
    medium: Medium | None,
    reason: SuppressionReason,
    at: datetime,
) -> int:
    """Suppress addresses, given by their keys; return how many were not for this reason."""
    added = await tx.fetchval(
        SQL["insert_suppressions"],
        brand_id,
        list(addresses.keys()),
        list(addresses.values()),
        _EVERY_MEDIUM if medium is None else medium.value,
        reason.value,
        at,
    )
    return cast("int", added)


async def delete_suppressions(
    tx: Tx, brand_id: BrandId, key: bytes, *, reason: SuppressionReason | None
) -> int:
    """Delete the suppressions of an address, or those for one reason; return how many."""
    wanted = None if reason is None else reason.value
    return rows_of(await tx.execute(SQL["delete_suppressions"], brand_id, key, wanted))


async def select_suppressions(
    tx: Tx, brand_id: BrandId, *, after: int, at_most: int
) -> list[Suppression]:
    """Return suppressions by id."""
    rows = await tx.fetch(SQL["select_suppressions"], brand_id, after, at_most)
    return [
        Suppression(
            suppression_id=row["suppression_id"],
            address=row["address"],
            medium=None if row["medium"] == _EVERY_MEDIUM else Medium(row["medium"]),
            reason=SuppressionReason(row["reason"]),
            added_at=row["added_at"],
        )
        for row in rows
    ]


async def select_suppressed(
    tx: Tx, brand_id: BrandId, keys: Sequence[bytes], *, medium: Medium
) -> dict[bytes, set[SuppressionReason]]:
    """Return why these addresses are suppressed on a medium; one that is not has no entry."""
    found: dict[bytes, set[SuppressionReason]] = {}
    for row in await tx.fetch(SQL["select_suppressed"], brand_id, keys, medium.value):
        found.setdefault(row["address_key"], set()).add(SuppressionReason(row["reason"]))
    return found


async def forget_addresses(tx: Tx, brand_id: BrandId, keys: Sequence[bytes]) -> None:
    """Keep nothing but the keys of these addresses."""
    await tx.execute(SQL["forget_addresses"], brand_id, keys)


# --- topics ------------------------------------------------------------------------------


async def insert_topic(tx: Tx, brand_id: BrandId, topic: Topic, *, at: datetime) -> bool:
    """Insert a topic; say whether the brand had none of its key."""
    row = (brand_id, topic.key, topic.name, topic.kind.value, at)
    return await tx.fetchval(SQL["insert_topic"], *row) is not None


async def count_topics(tx: Tx, brand_id: BrandId) -> int:
    """Count a brand's topics."""
    return cast("int", await tx.fetchval(SQL["count_topics"], brand_id))


async def select_topics(tx: Tx, brand_id: BrandId) -> list[Topic]:
    """Return a brand's topics, by key."""
    return [_topic(row) for row in await tx.fetch(SQL["select_topics"], brand_id)]


async def delete_topic(tx: Tx, brand_id: BrandId, key: str) -> bool:
    """Delete a topic and all subscriptions to it; say whether there was one."""
    return rows_of(await tx.execute(SQL["delete_topic"], brand_id, key)) == 1


# --- subscriptions -----------------------------------------------------------------------


async def select_standings(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef], *, topic: str | None
) -> dict[ProfileRef, Said]:
    """Return what each of these people said."""
    slots, ids = [ref.slot for ref in people], [ref.profile_id for ref in people]
    return {
        people[row["position"] - 1]: Said(
            None if row["kind"] is None else TopicKind(row["kind"]),
            [SubscriptionState(state) for state in row["states"] or ()],
            is_unconfirmed=bool(row["is_unconfirmed"]),
        )
        for row in await tx.fetch(SQL["select_standings"], brand_id, slots, ids, topic)
    }


async def select_subscriptions(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> list[Subscription]:
    """Return what a person and all who went into them said of topics, by topic."""
    return [
        Subscription(
            topic=_topic(row),
            state=SubscriptionState(row["state"]),
            source=row["source"],
            changed_at=row["changed_at"],
            confirmed_at=row["confirmed_at"],
        )
        for row in await tx.fetch(SQL["select_subscriptions"], brand_id, *ref)
    ]


async def upsert_subscription(
    tx: Tx, brand_id: BrandId, ref: ProfileRef, said: Subscription
) -> None:
    """Write what a person says of a topic, in place of all that was said before."""
    await tx.execute(SQL["delete_inherited"], brand_id, *ref, said.topic.key)
    await tx.execute(
        SQL["upsert_subscription"],
        brand_id,
        *ref,
        said.topic.key,
        said.state.value,
        said.source,
        said.changed_at,
        said.confirmed_at,
    )


async def delete_subscriptions(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete all that these people and who went into them said."""
    slots, ids = [ref.slot for ref in people], [ref.profile_id for ref in people]
    await tx.execute(SQL["delete_subscriptions"], brand_id, slots, ids)


# --- hard bounces ------------------------------------------------------------------------


async def upsert_hard_bounce(
    tx: Tx, brand_id: BrandId, person: ProfileRef, *, medium: Medium, key: bytes, at: datetime
) -> None:
    """Write down which address of a person does not exist, in the place of the one before."""
    await tx.execute(SQL["upsert_hard_bounce"], brand_id, *person, medium.value, key, at)


async def select_hard_bounces(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef], *, medium: Medium
) -> dict[ProfileRef, Sequence[bytes]]:
    """Return the keys of addresses of people that did not exist; who has none has no entry."""
    rows = await tx.fetch(
        SQL["select_hard_bounces"],
        brand_id,
        [ref.slot for ref in people],
        [ref.profile_id for ref in people],
        medium.value,
    )
    return {people[row["position"] - 1]: row["address_keys"] for row in rows}


async def delete_hard_bounces(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete which addresses of people, and of those who went into them, did not exist."""
    slots = [ref.slot for ref in people]
    await tx.execute(
        SQL["delete_hard_bounces"], brand_id, slots, [ref.profile_id for ref in people]
    )


def _topic(row: Row) -> Topic:
    return Topic(row["key"], row["name"], TopicKind(row["kind"]))
