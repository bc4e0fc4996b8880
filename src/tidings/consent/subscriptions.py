"""What people subscribe to, and what they say of it."""

import re
from itertools import groupby

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.consent import store
from tidings.consent.model import Subscription, SubscriptionState, Topic, TopicKind
from tidings.identity.heirs import hold_or_heir
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx

_KEY = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{limits.MAX_TOPIC_KEY_CHARACTERS - 1}}}")
_STRICTEST_FIRST = tuple(SubscriptionState)


async def create_topic(tx: Tx, brand_id: BrandId, topic: Topic) -> None:
    """Add something that people subscribe to.

    Errors: `invalid` for a key or a name, or when the brand has too many; `conflict` for a key that
            another topic has; `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    if _KEY.fullmatch(topic.key) is None:
        most = limits.MAX_TOPIC_KEY_CHARACTERS
        message = f"A key has 1 to {most} small letters, digits, hyphens and underscores."
        raise Refused(Code.INVALID, message)
    if not 1 <= len(topic.name.strip()) <= limits.MAX_TOPIC_NAME_CHARACTERS:
        message = f"A name has 1 to {limits.MAX_TOPIC_NAME_CHARACTERS} characters."
        raise Refused(Code.INVALID, message)
    if await store.count_topics(tx, brand_id) >= limits.MAX_TOPICS_PER_BRAND:
        message = f"A brand has at most {limits.MAX_TOPICS_PER_BRAND} topics; delete one."
        raise Refused(Code.INVALID, message)
    if not await store.insert_topic(tx, brand_id, topic, at=clock.now()):
        raise Refused(Code.CONFLICT, f"Brand {brand_id} has a topic {topic.key!r} already.")


async def list_topics(tx: Tx, brand_id: BrandId) -> list[Topic]:
    """Return a brand's topics, by key.

    Errors: `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    return await store.select_topics(tx, brand_id)


async def find_topic(tx: Tx, brand_id: BrandId, key: str) -> Topic:
    """Return one topic.

    Errors: `not_found` when the brand has none of this key.
    """
    for topic in await store.select_topics(tx, brand_id):
        if topic.key == key:
            return topic
    raise _unknown_topic(brand_id, key)


async def delete_topic(tx: Tx, brand_id: BrandId, key: str) -> None:
    """Delete a topic, and who subscribes to it; messages about it are sent to nobody then.

    Errors: `not_found` when the brand has none of this key.
    """
    if not await store.delete_topic(tx, brand_id, key):
        raise _unknown_topic(brand_id, key)


async def subscriptions_of(tx: Tx, brand_id: BrandId, person: ProfileRef) -> list[Subscription]:
    """Return what a person said of topics, by topic; of people made one, the strictest holds."""
    return [
        min(of_topic, key=lambda one: _STRICTEST_FIRST.index(one.state))
        for _, of_topic in groupby(
            await store.select_subscriptions(tx, brand_id, person), key=lambda one: one.topic.key
        )
    ]


async def subscribe(
    tx: Tx, brand_id: BrandId, person: ProfileRef, topic: str, *, source: str
) -> SubscriptionState:
    """Write down that a person wants a topic; return whether that is to be confirmed first.

    Who was subscribed stays so, by what they said then.

    Shape:  person - or somebody who went into them; topic - its key; source - where they said it.
    Errors: `not_found` for an unknown topic or person; `invalid` for a source.
    """
    which = await find_topic(tx, brand_id, topic)
    held = await hold_or_heir(tx, brand_id, person)
    said = await _said(tx, brand_id, held, which)
    if said is not None and said.state is SubscriptionState.SUBSCRIBED:
        return said.state
    is_double = which.kind is TopicKind.DOUBLE_OPT_IN
    state = SubscriptionState.PENDING if is_double else SubscriptionState.SUBSCRIBED
    await _write(tx, brand_id, held, Subscription(which, state, source, clock.now()))
    return state


async def confirm(tx: Tx, brand_id: BrandId, person: ProfileRef, topic: str) -> None:
    """Write down that a person confirmed; once more changes nothing.

    Errors: `conflict` when they have unsubscribed meanwhile, or never asked; else as `subscribe`.
    """
    which = await find_topic(tx, brand_id, topic)
    held = await hold_or_heir(tx, brand_id, person)
    said = await _said(tx, brand_id, held, which)
    if said is None or said.state is SubscriptionState.UNSUBSCRIBED:
        message = f"There is no subscription to {topic} to be confirmed; subscribe first."
        raise Refused(Code.CONFLICT, message)
    if said.state is SubscriptionState.PENDING:
        confirmed = Subscription(
            which,
            SubscriptionState.SUBSCRIBED,
            said.source,
            said.changed_at,
            confirmed_at=clock.now(),
        )
        await _write(tx, brand_id, held, confirmed)


async def unsubscribe(
    tx: Tx, brand_id: BrandId, person: ProfileRef, topic: str, *, source: str
) -> None:
    """Write down that a person wants a topic no more, or never did; once more changes nothing.

    Errors: as `subscribe`.
    """
    which = await find_topic(tx, brand_id, topic)
    held = await hold_or_heir(tx, brand_id, person)
    said = await _said(tx, brand_id, held, which)
    if said is None or said.state is not SubscriptionState.UNSUBSCRIBED:
        ended = Subscription(which, SubscriptionState.UNSUBSCRIBED, source, clock.now())
        await _write(tx, brand_id, held, ended)


async def _said(tx: Tx, brand_id: BrandId, held: ProfileRef, topic: Topic) -> Subscription | None:
    for one in await subscriptions_of(tx, brand_id, held):
        if one.topic == topic:
            return one
    return None


async def _write(tx: Tx, brand_id: BrandId, held: ProfileRef, said: Subscription) -> None:
    if not 1 <= len(said.source) <= limits.MAX_CONSENT_SOURCE_CHARACTERS:
        message = f"A source has 1 to {limits.MAX_CONSENT_SOURCE_CHARACTERS} characters."
        raise Refused(Code.INVALID, message)
    await store.upsert_subscription(tx, brand_id, held, said)


def _unknown_topic(brand_id: BrandId, key: str) -> Refused:
    return Refused(Code.NOT_FOUND, f"Brand {brand_id} has no topic {key!r}.")
