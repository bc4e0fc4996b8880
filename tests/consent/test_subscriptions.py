"""What people say of topics, and what becomes of it when they are merged or forgotten."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from unittest import mock

import pytest

from tests.consent.asking import (
    confirm,
    decision_of,
    make_topic,
    merge,
    ref_of,
    said_by,
    subscribe,
    unsubscribe,
)
from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.consent import subscriptions
from tidings.consent.model import (
    Allowed,
    Denied,
    Purpose,
    Reason,
    Subscription,
    SubscriptionState,
    Topic,
    TopicKind,
)
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef

UNSUBSCRIBED, PENDING, SUBSCRIBED = SubscriptionState
MONDAY = datetime(2026, 3, 30, 9, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 31, 9, tzinfo=UTC)


@contextmanager
def at(moment: datetime) -> Generator[None]:
    """Let it be a moment."""
    with mock.patch.object(clock, "now", return_value=moment):
        yield


async def newcomer(shop: Shop, user_id: str = "ada") -> ProfileRef:
    """Create a person with an address of their own."""
    await shop.send(shop.change(user_id, {"email": f"{user_id}@example.com"}))
    return await ref_of(shop, user_id)


async def bring(shop: Shop, person: ProfileRef, state: SubscriptionState | None) -> None:
    """Bring somebody into a state of the topic, which is a double opt-in."""
    if state is UNSUBSCRIBED:
        await unsubscribe(shop, person)
    elif state is not None:
        await subscribe(shop, person)
        if state is SUBSCRIBED:
            await confirm(shop, person)


async def test_a_subscription_keeps_when_and_where_it_was_asked_for_and_confirmed(
    shop: Shop,
) -> None:
    """Whoever is asked for the consent must be able to show it."""
    topic = await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    ada = await newcomer(shop)

    with at(MONDAY):
        assert await subscribe(shop, ada, source="shop.example/form") is PENDING
    asked = Subscription(topic, PENDING, "shop.example/form", MONDAY)
    assert await said_by(shop, ada) == [asked]

    with at(TUESDAY):
        await confirm(shop, ada)
        await confirm(shop, ada)
        assert await subscribe(shop, ada, source="elsewhere") is SUBSCRIBED
    confirmed = Subscription(topic, SUBSCRIBED, "shop.example/form", MONDAY, TUESDAY)
    assert await said_by(shop, ada) == [confirmed]

    with at(TUESDAY):
        await unsubscribe(shop, ada)
    assert await said_by(shop, ada) == [Subscription(topic, UNSUBSCRIBED, "page", TUESDAY)]
    assert await subscribe(shop, ada) is PENDING


@pytest.mark.parametrize("kind", [TopicKind.OPT_IN, TopicKind.OPT_OUT])
async def test_where_nothing_is_to_be_confirmed_a_word_is_enough(
    shop: Shop, kind: TopicKind
) -> None:
    """And the decision follows it at once."""
    await make_topic(shop, kind)
    ada = await newcomer(shop)

    assert await subscribe(shop, ada) is SUBSCRIBED
    assert await decision_of(shop, "ada", topic="news") == Allowed("ada@example.com")
    await unsubscribe(shop, ada)
    assert await decision_of(shop, "ada", topic="news") == Denied(
        Reason.NOT_SUBSCRIBED, "The person has unsubscribed from news."
    )


@pytest.mark.parametrize("purpose", Purpose)
async def test_who_is_pending_is_sent_nothing_about_the_topic(shop: Shop, purpose: Purpose) -> None:
    """Known bug 7: unconfirmed people were mailed."""
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    ada = await newcomer(shop)
    await subscribe(shop, ada)

    assert await decision_of(shop, "ada", topic="news", purpose=purpose) == Denied(
        Reason.PENDING_CONFIRMATION, "The subscription to news is not confirmed."
    )
    await confirm(shop, ada)
    assert await decision_of(shop, "ada", topic="news", purpose=purpose) == Allowed(
        "ada@example.com"
    )


@pytest.mark.parametrize("state", [None, UNSUBSCRIBED])
async def test_only_who_asked_can_confirm(shop: Shop, state: SubscriptionState | None) -> None:
    """An old link in a mail must not undo what was said since."""
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    ada = await newcomer(shop)
    await bring(shop, ada, state)

    with pytest.raises(Refused, match="no subscription to news to be confirmed") as refused:
        await confirm(shop, ada)

    assert refused.value.code is Code.CONFLICT
    assert [one.state for one in await said_by(shop, ada)] == ([] if state is None else [state])


STATES = (None, *SubscriptionState)


@pytest.mark.parametrize(("stays", "goes"), list(product(STATES, STATES)))
async def test_of_two_who_are_merged_the_stricter_word_counts(
    shop: Shop, stays: SubscriptionState | None, goes: SubscriptionState | None
) -> None:
    """In every combination, and by the next word of theirs alone from then on."""
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.change(ada, {"email": "ada@example.com"}), shop.event(visitor))
    ref, other = await ref_of(shop, ada), await ref_of(shop, visitor)
    await bring(shop, ref, stays)
    await bring(shop, other, goes)

    await merge(shop, ada, visitor)

    spoken = [state for state in SubscriptionState if state in (stays, goes)]
    assert [one.state for one in await said_by(shop, ref)] == spoken[:1]
    decision = await decision_of(shop, "ada", topic="news")
    assert isinstance(decision, Allowed) is (spoken == [SUBSCRIBED])
    await subscribe(shop, ref)
    await confirm(shop, ref)
    assert await decision_of(shop, "ada", topic="news") == Allowed("ada@example.com")


async def test_who_went_into_somebody_who_went_into_another_is_still_heard(shop: Shop) -> None:
    """An unsubscription outlives any number of merges."""
    await make_topic(shop, TopicKind.OPT_OUT)
    ada, first, second = shop.user("ada"), shop.anonymous("v"), shop.anonymous("w")
    for one in (first, second, ada):
        await shop.send(shop.event(one))
    await unsubscribe(shop, await ref_of(shop, first))

    await merge(shop, second, first)
    await merge(shop, ada, second)

    assert [one.state for one in await said_by(shop, await ref_of(shop, ada))] == [UNSUBSCRIBED]


async def test_links_of_who_was_merged_speak_for_whom_they_became(shop: Shop) -> None:
    """The mail with the link was sent before."""
    await make_topic(shop)
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    await shop.send(shop.event(ada), shop.event(visitor))
    old = await ref_of(shop, visitor)
    await subscribe(shop, await ref_of(shop, ada))
    await merge(shop, ada, visitor)

    await unsubscribe(shop, old)

    assert [one.state for one in await said_by(shop, await ref_of(shop, ada))] == [UNSUBSCRIBED]


async def test_the_forgotten_leave_no_subscription_nor_those_who_went_into_them(
    shop: Shop, other_shop: Shop
) -> None:
    """A row without a person would be nobody's to delete. Others keep theirs."""
    for each in (shop, other_shop):
        await make_topic(each)
        ada, visitor = each.user("ada"), each.anonymous("v")
        await each.send(each.event(ada), each.event(visitor), each.event("bob"))
        for one in (ada, visitor, each.user("bob")):
            await subscribe(each, await ref_of(each, one))
        await merge(each, ada, visitor)

    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user("ada")])
        rows = await tx.fetch("SELECT brand_id FROM subscriptions ORDER BY brand_id")

    assert [row["brand_id"] for row in rows] == [shop.brand_id] + [other_shop.brand_id] * 3


async def test_to_forget_waits_for_who_subscribes_at_this_moment(shop: Shop) -> None:
    """The subscription would else come to lie under a person who is gone."""
    await make_topic(shop)
    ada = await newcomer(shop)

    async def forget() -> None:
        async with shop.database.transaction() as tx:
            await privacy.forget(tx, shop.brand_id, [shop.user("ada")])

    async def is_one_waiting() -> bool:
        return await count_waiting(shop.database) == 1

    async with shop.database.transaction() as tx:
        await subscriptions.subscribe(tx, shop.brand_id, ada, "news", source="form")
        forgetting = asyncio.create_task(forget())
        await wait_until(is_one_waiting)
    await forgetting

    async with shop.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM subscriptions") == 0
    with pytest.raises(Refused, match="does not have this person any more") as refused:
        await subscribe(shop, ada)
    assert refused.value.code is Code.NOT_FOUND


async def test_a_deleted_topic_takes_its_subscriptions_along(shop: Shop) -> None:
    """And messages about it go to nobody, while who was pending there is free of it."""
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    await make_topic(shop, TopicKind.OPT_OUT, key="offers")
    ada = await newcomer(shop)
    await subscribe(shop, ada)

    async with shop.database.transaction() as tx:
        await subscriptions.delete_topic(tx, shop.brand_id, "news")

    assert await said_by(shop, ada) == []
    assert await decision_of(shop, "ada", topic="news") == Denied(
        Reason.NOT_SUBSCRIBED, "There is no topic news."
    )
    assert await decision_of(shop, "ada", topic="offers") == Allowed("ada@example.com")


async def test_topics_are_the_brands_own(shop: Shop, other_shop: Shop) -> None:
    """Whatever another brand calls its own, and whatever is said of that."""
    mine = await make_topic(shop)
    ada = await newcomer(shop)
    await newcomer(other_shop)
    await subscribe(shop, ada)

    async with other_shop.database.transaction() as tx:
        assert await subscriptions.list_topics(tx, other_shop.brand_id) == []
        assert await subscriptions.subscriptions_of(tx, other_shop.brand_id, ada) == []
    with pytest.raises(Refused, match="has no topic 'news'"):
        await unsubscribe(other_shop, await ref_of(other_shop, "ada"))
    await make_topic(other_shop)
    with pytest.raises(Refused, match="does not have this person"):
        await unsubscribe(other_shop, ada)
    async with other_shop.database.transaction() as tx:
        await subscriptions.delete_topic(tx, other_shop.brand_id, "news")
    assert [one.topic for one in await said_by(shop, ada)] == [mine]


@pytest.mark.parametrize(
    ("topic", "code", "said"),
    [
        (Topic("News", "News", TopicKind.OPT_IN), Code.INVALID, "A key has 1 to 50 small letters"),
        (Topic("n" * 51, "News", TopicKind.OPT_IN), Code.INVALID, "A key has 1 to 50"),
        (Topic("offers", " ", TopicKind.OPT_IN), Code.INVALID, "A name has 1 to 200 characters."),
        (Topic("news", "Other", TopicKind.OPT_IN), Code.CONFLICT, "has a topic 'news' already."),
    ],
)
async def test_a_topic_that_cannot_be_made_is_refused(
    shop: Shop, topic: Topic, code: Code, said: str
) -> None:
    """With what is in the way."""
    await make_topic(shop)
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused, match=said) as refused:
            await subscriptions.create_topic(tx, shop.brand_id, topic)
    assert refused.value.code is code


async def test_a_source_is_no_document(shop: Shop) -> None:
    """It is shown in a table."""
    await make_topic(shop)
    ada = await newcomer(shop)
    with pytest.raises(Refused, match="A source has 1 to 200 characters"):
        await subscribe(shop, ada, source="x" * 201)
