"""What recipients want to get, as they say it by a link in a message.

Who has such a link has the mailbox, or the telephone, that the message went to: what they ask for
is confirmed by that, and only the medium of the message can be chosen or refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import OPT_IN_ATTRIBUTES, Medium
from tidings.brands import actions as brands
from tidings.consent import actions as consent
from tidings.consent import subscriptions
from tidings.consent.model import OptIn, SubscriptionState, Topic, TopicKind
from tidings.events.happening import NO_EVENT, OneHappened, tell
from tidings.messages import store
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What
from tidings.messages.recipient import find_recipient, hold_recipient
from tidings.profiles import actions as profiles
from tidings.profiles.model import Patch, Profile, ProfileRef
from tidings.storage.tx import Tx

SOURCE = "preferences"
"""Where a person said so who chose on the page of preferences."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about, as far as that is known still.

    Shape:  topic - None for one about nothing in particular, or about a topic that was deleted.
    """

    brand_name: str
    medium: Medium | None
    topic: Topic | None


class TopicWanted(NamedTuple):
    """Whether somebody gets what is about a topic, or only has to confirm that."""

    topic: Topic
    is_wanted: bool
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody gets, as far as a link of a message may change it.

    Shape:  medium - of the message, None where none can be refused as a whole.
    """

    medium: Medium | None
    is_medium_wanted: bool
    topics: Sequence[TopicWanted]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody changed.

    Shape:  medium - whether they want the medium of the message, None when that stays as it is;
            topics - by key, without those that stay.
    """

    medium: bool | None
    topics: Mapping[str, bool]


async def about(tx: Tx, brand_id: BrandId, message_id: MessageId) -> About:
    """Say what a message is about.

    Errors: `not_found` for an unknown brand; a message that is not there is about nothing.
    """
    brand = await brands.find_brand(tx, brand_id)
    message = await store.select_message(tx, brand_id, message_id)
    if message is None:
        return About(brand.name, None, None)
    key = message.lane.options.topic
    topics = await subscriptions.list_topics(tx, brand_id)
    topic = next((one for one in topics if one.key == key), None)
    return About(brand.name, message.lane.medium, topic)


async def preferences_of(tx: Tx, brand_id: BrandId, message_id: MessageId) -> Preferences | None:
    """Return what the recipient of a message gets, None when they or it are not there any more."""
    message = await store.select_message(tx, brand_id, message_id)
    person = None if message is None else await find_recipient(tx, brand_id, message.person)
    if message is None or person is None:
        return None
    sent_by = message.lane.medium
    medium = sent_by if sent_by in OPT_IN_ATTRIBUTES else None
    said = await subscriptions.subscriptions_of(tx, brand_id, person.ref)
    states = {one.topic.key: one.state for one in said}
    return Preferences(
        medium,
        medium is not None and await _is_wanted(tx, brand_id, person, medium),
        [
            _as_wanted(topic, states.get(topic.key))
            for topic in await subscriptions.list_topics(tx, brand_id)
        ],
    )


async def choose(tx: Tx, brand_id: BrandId, message_id: MessageId, wishes: Wishes) -> None:
    """Do as the recipient of a message wishes; of who is not there any more, nothing is kept.

    Leaving what the message was about counts as unsubscribing by it.
    """
    message = await store.select_message(tx, brand_id, message_id)
    if message is None:
        return
    topic = message.lane.options.topic
    is_left = wishes.medium is False if topic is None else wishes.topics.get(topic) is False
    if is_left:
        await hear(tx, brand_id, message_id, Feedback(What.UNSUBSCRIBED, clock.now()))
    person = await hold_recipient(tx, brand_id, message.person)
    if person is None:
        return
    there = {one.key for one in await subscriptions.list_topics(tx, brand_id)}
    for key, is_wanted in sorted(wishes.topics.items()):
        if key not in there:
            continue  # it was deleted while the page was open
        if is_wanted:
            await _subscribe(tx, brand_id, person.ref, key)
        else:
            await subscriptions.unsubscribe(tx, brand_id, person.ref, key, source=SOURCE)
    if wishes.medium is not None:
        said = OptIn.YES if wishes.medium else OptIn.NO
        await _opt(tx, brand_id, person, medium=message.lane.medium, said=said)


async def subscribe_again(tx: Tx, brand_id: BrandId, message_id: MessageId) -> bool:
    """Undo unsubscribing by a message; False when its recipient is not there any more."""
    message = await store.select_message(tx, brand_id, message_id)
    person = None if message is None else await hold_recipient(tx, brand_id, message.person)
    if message is None or person is None:
        return False
    topic = message.lane.options.topic
    if topic is not None:
        try:
            await _subscribe(tx, brand_id, person.ref, topic)
        except Refused as refused:
            if refused.code is not Code.NOT_FOUND:
                raise
            # It was deleted, so who unsubscribed by it had refused the medium.
        else:
            return True
    await _opt(tx, brand_id, person, medium=message.lane.medium, said=OptIn.YES)
    return True


async def _is_wanted(tx: Tx, brand_id: BrandId, person: Profile, medium: Medium) -> bool:
    asked = [(person.ref, person.attributes)]
    opt_in = (await consent.gather(tx, brand_id, asked, medium=medium))[person.ref].opt_in
    if opt_in is None:
        return medium not in (await consent.rules_of(tx, brand_id)).opt_in_required
    return opt_in is OptIn.YES


def _as_wanted(topic: Topic, state: SubscriptionState | None) -> TopicWanted:
    is_wanted = state is SubscriptionState.SUBSCRIBED or (
        state is None and topic.kind is TopicKind.OPT_OUT
    )
    return TopicWanted(topic, is_wanted, state is SubscriptionState.PENDING)


async def _subscribe(tx: Tx, brand_id: BrandId, person: ProfileRef, topic: str) -> None:
    state = await subscriptions.subscribe(tx, brand_id, person, topic, source=SOURCE)
    if state is SubscriptionState.PENDING:
        await subscriptions.confirm(tx, brand_id, person, topic)


async def _opt(tx: Tx, brand_id: BrandId, person: Profile, *, medium: Medium, said: OptIn) -> None:
    """Let a person have an opt-in, at once, and have it told to whoever listens."""
    attribute = OPT_IN_ATTRIBUTES.get(medium)
    if attribute is None or person.attributes.get(attribute) == said:
        return
    now = clock.now()
    await profiles.patch(tx, {person.ref: (brand_id, Patch({attribute: said.value}))}, at=now)
    told = OneHappened(person.ref.profile_id, NO_EVENT, now, {}, [attribute])
    await tell(tx, brand_id, {person.ref.slot: [told]})
