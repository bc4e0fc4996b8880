"""What comes back of a message after it was sent: noted, counted, told, and heeded."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import OPT_IN_ATTRIBUTES
from tidings.consent import subscriptions
from tidings.consent.model import OptIn, SuppressionReason
from tidings.events.happening import NO_EVENT, OneHappened, tell
from tidings.messages import book, store_sent
from tidings.messages.heeding import (
    Recipient,
    came_back_too_often,
    mark_undeliverable,
    set_opt_in,
    suppress,
)
from tidings.messages.model import Count, Lane, LaneId, MessageId, SentMessage, What
from tidings.messages.naming import event_name
from tidings.messages.recipient import hold_recipient
from tidings.messages.returning import returned
from tidings.profiles.model import Profile
from tidings.storage.tx import Tx

SOURCE = "message"
"""Where a person said so who unsubscribed by a link in a message."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Something that came back.

    Shape:  what - delivered, opened, clicked, bounced, complained or unsubscribed; detail - the
            target of a click, the code of a bounce; is_machine - whether a scanner did it, which
            is marked and counts for nobody; is_lasting - whether a bounce is for good;
            is_rejected - whether the provider did not even try; recipient - to whom it was, as
            consent knows an address again: of one that the person has no more, nothing follows;
            empty when nobody says.
    """

    what: What
    at: datetime
    detail: str = ""
    is_machine: bool = False
    is_lasting: bool = True
    is_rejected: bool = False
    recipient: bytes = b""


async def hear(tx: Tx, brand_id: BrandId, message_id: MessageId, feedback: Feedback) -> bool:
    """Note what came back of a message; say whether there is such a message, which was sent.

    The same again changes nothing but how many openings and clicks there were. Who unsubscribes
    again may have subscribed meanwhile: that is heeded each time, and counted and told once.
    """
    return bool(await hear_all(tx, brand_id, [(message_id, feedback)]))


async def hear_all(
    tx: Tx, brand_id: BrandId, heard: Sequence[tuple[MessageId, Feedback]]
) -> set[MessageId]:
    """Do the same for many, all counted together; return of which there is such a message."""
    # Messages first and counts last, each in one order, so that two who hear the same do not wait
    # in a circle.
    counts: dict[LaneId, Counter[Count]] = {}
    there: set[MessageId] = set()
    for message_id, feedback in sorted(heard, key=itemgetter(0)):
        sent = await store_sent.hold_message(tx, brand_id, message_id)
        if sent is None:
            continue
        there.add(message_id)
        outcome = returned(sent.heard, feedback.what, feedback.at, is_machine=feedback.is_machine)
        if outcome.heard != sent.heard:
            await store_sent.note_heard(tx, brand_id, message_id, outcome.heard)
        link = feedback.detail[: limits.MAX_LINK_CHARACTERS]
        for what in outcome.counted:
            count = Count(sent.template_id, what, link if what is What.CLICKED else "")
            counts.setdefault(sent.lane.lane_id, Counter())[count] += 1
        if outcome.is_told or feedback.what is What.UNSUBSCRIBED:
            await _tell(tx, message_id, sent, feedback, is_new=outcome.is_told)
    if counts:
        await book.count(tx, brand_id, counts)
    return there


async def _tell(
    tx: Tx, message_id: MessageId, sent: SentMessage, feedback: Feedback, *, is_new: bool
) -> None:
    """Heed what came back, and have it recorded of the person."""
    lane = sent.lane
    brand_id = lane.brand_id
    person = await hold_recipient(tx, brand_id, sent.person)
    if person is None:
        return
    changed = await _heed(tx, lane, Recipient(person, lane.medium), feedback)
    what = What.FAILED if feedback.is_rejected else feedback.what
    name = event_name(lane.medium, what) if is_new else None
    if name is None and not changed:
        return
    keys = await book.channel_keys(tx, brand_id)
    attributes = book.said_of(lane, keys, message_id)
    if feedback.detail:
        detail = "url" if feedback.what is What.CLICKED else "reason"
        attributes[detail] = feedback.detail
    told = OneHappened(person.ref.profile_id, name or NO_EVENT, feedback.at, attributes, changed)
    await tell(tx, brand_id, {person.ref.slot: [told]})


async def _heed(tx: Tx, lane: Lane, recipient: Recipient, feedback: Feedback) -> list[str]:
    """Do what follows for later messages, at once; return which attributes were changed by it."""
    brand_id = lane.brand_id
    if recipient.medium not in OPT_IN_ATTRIBUTES:
        return []
    match feedback.what:
        case What.UNSUBSCRIBED:
            if await _has_left_topic(tx, lane, recipient.person):
                return []
            return await set_opt_in(tx, brand_id, recipient, OptIn.NO)
        case _ if feedback.recipient and not recipient.has(feedback.recipient, brand_id):
            pass  # it is about an address that they have no more
        case What.BOUNCED if feedback.is_lasting:
            return await mark_undeliverable(tx, brand_id, recipient)
        case What.BOUNCED if not feedback.is_rejected:
            if await came_back_too_often(tx, brand_id, recipient):
                await suppress(tx, brand_id, recipient, SuppressionReason.SOFT_BOUNCES)
        case What.COMPLAINED:
            await suppress(tx, brand_id, recipient, SuppressionReason.COMPLAINT)
        case _:
            pass
    return []


async def _has_left_topic(tx: Tx, lane: Lane, person: Profile) -> bool:
    """End a person's subscription to what the lane is about; False when it is about nothing."""
    topic = lane.options.topic
    if topic is None:
        return False
    try:
        await subscriptions.unsubscribe(tx, lane.brand_id, person.ref, topic, source=SOURCE)
    except Refused as refused:
        if refused.code is not Code.NOT_FOUND:
            raise
        # The topic was deleted, and the person wants no more of it: so of nothing.
        return False
    return True
