"""From what is known of campaigns and their messages to this wire's words: pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tidings.base.errors import Mistake, Refused
from tidings.brands.model import Brand
from tidings.campaigns.model import Campaign, CampaignId, Definition
from tidings.campaigns.progress import Progress
from tidings.campaigns.winner import Standing
from tidings.consent.model import Denied
from tidings.messages.model import MessageId
from tidings.messages.naming import public_id
from tidings.web.gate import Reply
from tidings.web.notifyvisitors.campaign_parse import wire_field
from tidings.web.notifyvisitors.reply import instant, success
from tidings.web.reading import refuse

Json = dict[str, Any]

UNKNOWN_USER = "unknown_user"
"""Why a message is not queued whose user nobody knows."""

_encode = msgspec.json.Encoder().encode


def queued(outcomes: Sequence[tuple[Json, MessageId | Denied | None]]) -> Reply:
    """Answer `campaign/send`: each message in the order of the call.

    Shape:  outcomes - how the call names the user, and what became of the message; None for a user
            whom nobody knows.
    """
    return all_queued([user | outcome_told(outcome) for user, outcome in outcomes])


def all_queued(messages: Sequence[Json]) -> Reply:
    """Answer a call for messages, what became of each being told."""
    body = {"data": {"messages": messages}, "message": "queued", "status": "queued"}
    return Reply(200, _encode({"response": body}))


def changed(campaign: Campaign) -> Reply:
    """Answer a call that made or changed a campaign."""
    return success({"campaign_id": campaign.campaign_id, "state": campaign.state.value})


def found(brand: Brand, campaign: Campaign, progress: Progress) -> Reply:
    """Answer `campaign/get`."""
    definition = shown_definition(campaign.definition)
    return success({**_shown(brand, campaign, progress), "definition": definition})


def listed(
    brand: Brand,
    campaigns: Sequence[Campaign],
    *,
    progress: Mapping[CampaignId, Progress],
    cursor: str | None,
) -> Reply:
    """Answer `campaign/list`.

    Shape:  cursor - None after the last page.
    """
    shown = [_shown(brand, one, progress[one.campaign_id]) for one in campaigns]
    return success({"campaigns": shown, "cursor": cursor})


def placed(refused: Refused) -> Refused:
    """Call the fields of a definition as this wire does; another refusal stays as it is."""
    if not refused.mistakes:
        return refused
    return refuse(
        [Mistake(one.message, wire_field(one.field), one.index) for one in refused.mistakes]
    )


def shown_definition(definition: Definition) -> Json:
    """Return a definition as `campaign/create` takes it."""
    said: Json = msgspec.to_builtins(definition)
    if "exclude" in said:
        said["exclude_segments"] = said.pop("exclude")
    if "goal" in said:
        said["goal"]["window"] = said["goal"].pop("within")
    return said


def shown_test(brand: Brand, test: Standing | None) -> Json | None:
    """Return how far the test of a campaign is; None for one without."""
    if test is None:
        return None
    winner = test.winner
    return {
        "share": test.test.share,
        "winner_by": test.test.winner.value,
        "variants": [
            {
                "variant": number,
                "template": template,
                "sent": trial.sent,
                "unique_opens": trial.opened,
                "unique_clicks": trial.clicked,
                "conversions": trial.converted,
            }
            for number, (template, trial) in enumerate(
                zip(test.templates, test.trials, strict=True), start=1
            )
        ],
        "winner": None if winner is None else winner.position + 1,
        "picked": None if winner is None else winner.how.value,
        "decides_at": instant(brand, test.decides_at),
        "decided_at": instant(brand, test.decided_at),
    }


def outcome_told(outcome: MessageId | Denied | None) -> Json:
    """Tell what became of one message; None for a user whom nobody knows."""
    match outcome:
        case None:
            return {
                "status": "skipped",
                "reason": UNKNOWN_USER,
                "message": "There is no such user.",
            }
        case Denied(reason, detail):
            return {"status": "skipped", "reason": reason.value, "message": detail}
        case MessageId():
            return {"status": "queued", "message_id": public_id(outcome)}


def _shown(brand: Brand, campaign: Campaign, progress: Progress) -> Json:
    return {
        "campaign_id": campaign.campaign_id,
        "name": campaign.definition.name,
        "channel": campaign.definition.channel,
        "state": campaign.state.value,
        "error": campaign.error,
        "messages": {
            "intended": progress.intended,
            "waiting": progress.waiting,
            "sent": progress.sent,
            "skipped": progress.skipped,
            "failed": progress.failed,
        },
        "test": shown_test(brand, progress.test),
        "created_at": instant(brand, campaign.created_at),
        "send_at": instant(brand, campaign.start_at),
        "started_at": instant(brand, campaign.started_at),
        "finished_at": instant(brand, campaign.finished_at),
    }
