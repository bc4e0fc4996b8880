"""From pushes that were asked for to this wire's words: pure."""

from collections.abc import Sequence

from tidings.base.errors import Mistake, Refused
from tidings.consent.model import Denied
from tidings.identity.model import Identifier
from tidings.messages.model import MessageId
from tidings.web.gate import Reply
from tidings.web.notifyvisitors.campaign_reply import Json, all_queued, outcome_told
from tidings.web.notifyvisitors.naming import FIELD_OF_KIND
from tidings.web.notifyvisitors.push_send_parse import Pushing, wire_field
from tidings.web.reading import refuse

UNKNOWN_SUBSCRIBER = "unknown_subscriber"
"""Why a push is not queued to a device that is not there, or not on the platform of the call."""


def queued(outcomes: Sequence[tuple[Pushing, MessageId | Denied | None]]) -> Reply:
    """Answer `send`: each push in the order of the call.

    Shape:  outcomes - what became of each push; None for one to nobody who is there.
    """
    return all_queued([_told(push, outcome) for push, outcome in outcomes])


def placed(refused: Refused) -> Refused:
    """Call fields as these calls do; another refusal stays as it is."""
    if not refused.mistakes:
        return refused
    return refuse(
        [Mistake(one.message, wire_field(one.field), one.index) for one in refused.mistakes]
    )


def _told(push: Pushing, outcome: MessageId | Denied | None) -> Json:
    if isinstance(push.to, Identifier):
        return {FIELD_OF_KIND[push.to.kind]: push.to.value} | outcome_told(outcome)
    named: Json = {"subscriberID": str(push.to)}
    if outcome is not None:
        return named | outcome_told(outcome)
    return named | {
        "status": "skipped",
        "reason": UNKNOWN_SUBSCRIBER,
        "message": "There is no such subscriber, or not on this platform.",
    }
