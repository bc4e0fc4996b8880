"""People of a shop, and what is decided about them."""

from tests.shop import Shop
from tidings.base import clock
from tidings.base.media import Medium
from tidings.consent import actions, subscriptions
from tidings.consent.decide import decide
from tidings.consent.model import (
    Decision,
    Facts,
    Purpose,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Topic,
    TopicKind,
)
from tidings.events.merging import merge_claimed
from tidings.identity.model import Claim, Identifier
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef


async def ref_of(shop: Shop, whom: str | Identifier) -> ProfileRef:
    """Return where a person is."""
    profile = await shop.profile(whom)
    assert profile is not None
    return profile.ref


async def facts_of(
    shop: Shop, *people: str | Identifier, medium: Medium = Medium.EMAIL, topic: str | None = None
) -> list[Facts]:
    """Gather what is known of people."""
    refs = [await ref_of(shop, one) for one in people]
    async with shop.database.transaction() as tx:
        found = {one.ref: one for one in await profiles.read_many(tx, shop.brand_id, sorted(refs))}
        asked = [(ref, found[ref].attributes) for ref in refs]
        facts = await actions.gather(tx, shop.brand_id, asked, medium=medium, topic=topic)
    return [facts[ref] for ref in refs]


async def decision_of(
    shop: Shop,
    whom: str | Identifier,
    *,
    medium: Medium = Medium.EMAIL,
    purpose: Purpose = Purpose.MARKETING,
    topic: str | None = None,
) -> Decision:
    """Decide about a person as a sender does."""
    (facts,) = await facts_of(shop, whom, medium=medium, topic=topic)
    async with shop.database.transaction() as tx:
        rules = await actions.rules_of(tx, shop.brand_id)
    return decide(facts, rules, purpose, clock.now())


async def make_topic(shop: Shop, kind: TopicKind = TopicKind.OPT_IN, *, key: str = "news") -> Topic:
    """Make a topic."""
    topic = Topic(key, "Our newsletter", kind)
    async with shop.database.transaction() as tx:
        await subscriptions.create_topic(tx, shop.brand_id, topic)
    return topic


async def subscribe(
    shop: Shop, person: ProfileRef, *, topic: str = "news", source: str = "form"
) -> SubscriptionState:
    """Subscribe a person in a transaction of its own."""
    async with shop.database.transaction() as tx:
        return await subscriptions.subscribe(tx, shop.brand_id, person, topic, source=source)


async def confirm(shop: Shop, person: ProfileRef, *, topic: str = "news") -> None:
    """Confirm in a transaction of its own."""
    async with shop.database.transaction() as tx:
        await subscriptions.confirm(tx, shop.brand_id, person, topic)


async def unsubscribe(
    shop: Shop, person: ProfileRef, *, topic: str = "news", source: str = "page"
) -> None:
    """Unsubscribe a person in a transaction of its own."""
    async with shop.database.transaction() as tx:
        await subscriptions.unsubscribe(tx, shop.brand_id, person, topic, source=source)


async def said_by(shop: Shop, person: ProfileRef) -> list[Subscription]:
    """Return what a person said of topics."""
    async with shop.database.transaction() as tx:
        return await subscriptions.subscriptions_of(tx, shop.brand_id, person)


async def merge(shop: Shop, stays: Identifier, goes: Identifier) -> None:
    """Make one person of two."""
    async with shop.database.transaction() as tx:
        assert await merge_claimed(tx, [Claim(stays, (goes,), 0)]) == 1


async def suppress(
    shop: Shop,
    *addresses: str,
    reason: SuppressionReason = SuppressionReason.MANUAL,
    medium: Medium | None = None,
) -> int:
    """Suppress addresses in a transaction of its own."""
    async with shop.database.transaction() as tx:
        return await actions.suppress(tx, shop.brand_id, addresses, reason=reason, medium=medium)
