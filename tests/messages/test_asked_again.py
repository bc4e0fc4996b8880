"""Whether somebody may be sent to is asked at the moment of sending, whatever was true before."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.events.people import claim
from tests.messages.post import Post
from tests.support import wait_until
from tidings.base import clock
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.consent import actions as consent
from tidings.consent import subscriptions
from tidings.consent.model import SuppressionReason, Topic, TopicKind
from tidings.messages.model import LaneOptions, MessageId, Status
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef

Deed = Callable[[Post, ProfileRef], Awaitable[None]]

NEWS = LaneOptions(topic="news")


async def add_topic(post: Post, kind: TopicKind) -> None:
    """Give the brand a topic."""
    async with post.shop.database.transaction() as tx:
        await subscriptions.create_topic(tx, post.brand_id, Topic("news", "News", kind))


async def opt_out(post: Post, ada: ProfileRef) -> None:
    """Say by attribute that no mail is wanted."""
    del ada
    await post.shop.send(post.shop.change("ada", {"email_opt_in": 0}))


async def leave_topic(post: Post, ada: ProfileRef) -> None:
    """End the subscription."""
    async with post.shop.database.transaction() as tx:
        await subscriptions.unsubscribe(tx, post.brand_id, ada, "news", source="form")


async def suppress(post: Post, ada: ProfileRef) -> None:
    """Put the address on the list."""
    del ada
    async with post.shop.database.transaction() as tx:
        await consent.suppress(
            tx,
            post.brand_id,
            ["Ada@People.test"],
            reason=SuppressionReason.COMPLAINT,
            medium=Medium.EMAIL,
        )


async def forget(post: Post, ada: ProfileRef) -> None:
    """Be forgotten."""
    del ada
    async with post.shop.database.transaction() as tx:
        await privacy.forget(tx, post.brand_id, [post.shop.user("ada")])


async def ended(post: Post, message_id: MessageId | None) -> None:
    """Send until a message is over."""

    async def is_over() -> bool:
        return (await post.message(message_id)).status not in {Status.QUEUED, Status.SENDING}

    async with post.sending():
        await wait_until(is_over)


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (opt_out, "opted_out"),
        (leave_topic, "not_subscribed"),
        (suppress, "suppressed"),
        (forget, "forgotten"),
    ],
)
async def test_whoever_says_no_after_it_was_queued_gets_nothing(
    post: Post, deed: Deed, reason: str
) -> None:
    """A mail after an unsubscribe is the worst that a sender can do."""
    template = await post.add_template("hello")
    await add_topic(post, TopicKind.OPT_OUT)
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada, options=NEWS)

    await deed(post, ada)
    await ended(post, message_id)

    assert post.server.mails == []
    assert (await post.message(message_id)).reason == reason
    assert await post.counted() == {"intended": 1, f"skipped:{reason}": 1}


async def test_who_has_not_confirmed_is_never_written_to(post: Post) -> None:
    """Whoever typed an address in need not be its owner."""
    template = await post.add_template("hello")
    await add_topic(post, TopicKind.DOUBLE_OPT_IN)
    [ada] = await post.people("ada")
    async with post.shop.database.transaction() as tx:
        await subscriptions.subscribe(tx, post.brand_id, ada, "news", source="form")
    for number, options in enumerate((NEWS, LaneOptions(is_marketing=False, topic="news"))):
        [message_id] = await post.call(template, ada, options=options, key=str(number))
        await ended(post, message_id)

        assert (await post.message(message_id)).reason == "pending_confirmation"
    assert post.server.mails == []

    async with post.shop.database.transaction() as tx:
        await subscriptions.confirm(tx, post.brand_id, ada, "news")
    [message_id] = await post.call(template, ada, options=NEWS, key="confirmed")
    await ended(post, message_id)
    assert post.recipients() == ["ada@people.test"]


async def test_a_capped_person_gets_the_first_and_not_the_second(post: Post) -> None:
    """Two at the same moment, in two lanes, are not both the first."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    async with post.shop.database.transaction() as tx:
        await consent.change_rules(tx, post.brand_id, {"caps": {"email": {"messages": 1}}})
    await post.campaign()
    await post.work()
    [message_id] = await post.call(template, ada)

    async with post.sending(processes=2):
        await wait_until(lambda: bool(post.server.mails))
    async with post.sending():
        await ended(post, message_id)

    counted = await post.counted()
    assert counted == {"intended": 2, "sent": 1, "skipped:frequency_capped": 1}
    assert post.recipients() == ["ada@people.test"]


async def test_quiet_hours_hold_a_message_until_they_end(post: Post) -> None:
    """It is due when they are over, and not before."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada", time_zone="Asia/Kolkata")
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    here = clock.now() + timedelta(hours=5, minutes=30)
    begin, end = here - timedelta(hours=1), here + timedelta(hours=1)
    quiet = {day: [f"{begin:%H:%M}-{end:%H:%M}"] for day in days}
    async with post.shop.database.transaction() as tx:
        await consent.change_rules(tx, post.brand_id, {"quiet_hours": quiet})
    [message_id] = await post.call(template, ada)

    async def is_held() -> bool:
        return (await post.message(message_id)).reason == "quiet_hours"

    async with post.sending():
        await wait_until(is_held)

    held = await post.message(message_id)
    assert held.status is Status.QUEUED
    until = end.replace(second=0, microsecond=0) - timedelta(hours=5, minutes=30)
    assert held.due_at == until
    assert post.server.mails == []


async def test_somebody_who_was_merged_has_a_campaign_once(post: Post) -> None:
    """Both were in it; they are one by the time it is sent."""
    await post.add_template("hello")
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
    await post.people("ada")
    browser = post.shop.anonymous("5f0c")
    await post.shop.send(post.shop.change(browser, {"first_name": "visitor"}))
    await post.campaign()
    await post.work()
    user = post.shop.user("ada")
    await post.shop.send(post.shop.change(user, {}), claims=[claim(user, browser)])

    async with post.sending():
        await wait_until(lambda: bool(post.server.mails))
    await post.work()

    assert post.recipients() == ["ada@people.test"]
    assert await post.counted() == {"intended": 2, "sent": 1, "skipped:merged": 1}


async def test_what_somebody_was_sent_before_a_merge_counts_for_their_cap(post: Post) -> None:
    """It came to the same person; that we knew them by two names is nothing to them."""
    template = await post.add_template("hello")
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
        await consent.change_rules(tx, post.brand_id, {"caps": {"email": {"messages": 1}}})
    ada, bob = await post.people("ada", "bob")
    browser = post.shop.anonymous("5f0c")
    await post.shop.send(post.shop.change(browser, {"email": "visitor@people.test"}))
    visitor = await post.shop.profile(browser)
    assert visitor is not None
    [first] = await post.call(template, visitor.ref)
    async with post.sending():
        await ended(post, first)
    user = post.shop.user("ada")
    await post.shop.send(post.shop.change(user, {}), claims=[claim(user, browser)])

    [of_ada, of_bob] = await post.call(template, ada, bob)
    async with post.sending():
        await ended(post, of_ada)
        await ended(post, of_bob)

    assert (await post.message(of_ada)).reason == "frequency_capped"
    assert post.recipients() == ["bob@people.test", "visitor@people.test"]
