"""What /openapi.json says of the Campaign API."""

from collections.abc import Mapping
from functools import partial

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifyvisitors import campaign_examples as examples
from tidings.web.notifyvisitors.answers import WrappedRefusal
from tidings.web.notifyvisitors.campaign_answers import (
    CampaignChanged,
    CampaignFound,
    CampaignsListed,
    MessagesQueued,
)
from tidings.web.notifyvisitors.campaign_records import (
    CampaignCreation,
    CampaignReference,
    CampaignsQuery,
    MessageCall,
    MessageRecord,
    WinnerPicked,
)
from tidings.web.openapi import Description

_IN_URL = "The fields may come in the body or in the URL."
_say = partial(
    Description,
    refusal=WrappedRefusal,
    messages={
        Code.INVALID: "Error: channel is no channel of the brand.",
        Code.NOT_FOUND: "Brand 1001 has no campaign 7.",
        Code.CONFLICT: "Campaign 1 is finished and cannot be paused.",
    },
    reasons={Code.CONFLICT: "What is stored does not allow it; nothing was changed."},
)
_change = partial(
    _say,
    body=CampaignReference,
    answer=CampaignChanged,
    examples=examples.REFERENCE,
    refused_with=(Code.NOT_FOUND, Code.CONFLICT),
)

DESCRIPTIONS: Mapping[str, Description] = {
    "/api/v1/campaign/send": _say(
        summary="Send messages to users",
        text=f"1 to {limits.MAX_MESSAGES_PER_CALL} messages a call, now or at a time of the next "
        f"{limits.MAX_SEND_AHEAD_DAYS} days. A mistake in one of them queues none. What may not "
        "be sent, because the user does not want it, say, is skipped with its reason; the same is "
        "asked again when a message is sent.",
        body=MessageCall,
        answer=MessagesQueued,
        mandatory={MessageRecord: ("channel",)},
        examples=examples.SEND,
        answer_example=examples.QUEUED,
        is_repeatable=True,
    ),
    "/api/v1/campaign/create": _say(
        summary="Send a message to everybody in some segments",
        text="Once: now, at a time, or for each person when their own clock shows one. The people "
        "are those who are in the segments when it starts. With `test`, its variants go to a "
        "share of them first, and the one that does best to everybody else.",
        body=CampaignCreation,
        answer=CampaignChanged,
        mandatory={CampaignCreation: ("name", "channel")},
        examples=examples.CREATION,
        answer_example=examples.CREATED,
        is_repeatable=True,
    ),
    "/api/v1/campaign/list": _say(
        summary="List campaigns",
        text="The latest first, without their definitions; send the answer's `cursor` to go on. "
        f"{_IN_URL}",
        body=CampaignsQuery,
        query=CampaignsQuery,
        answer=CampaignsListed,
        examples=examples.CAMPAIGNS_QUERY,
        answer_example=examples.LISTED,
    ),
    "/api/v1/campaign/get": _say(
        summary="Read one campaign",
        text=f"With its definition, its state, and how many messages did what so far. {_IN_URL}",
        body=CampaignReference,
        query=CampaignReference,
        answer=CampaignFound,
        examples=examples.REFERENCE,
        answer_example=examples.FOUND,
        refused_with=(Code.NOT_FOUND,),
    ),
    "/api/v1/campaign/cancel": _change(
        summary="Send no more messages of a campaign",
        text=f"For good: what is not sent yet is skipped. {_IN_URL}",
        answer_example=examples.CANCELLED,
    ),
    "/api/v1/campaign/pause": _change(
        summary="Stop sending a campaign for a while",
        text=f"No further message begins until it is resumed. {_IN_URL}",
        answer_example=examples.PAUSED,
    ),
    "/api/v1/campaign/winner": _change(
        summary="Pick the winner of a test",
        text="Before it is decided by itself: who waits for it gets this variant now. Who is in "
        f"the test still gets their own. {_IN_URL}",
        body=WinnerPicked,
        mandatory={WinnerPicked: ("campaign_id", "variant")},
        examples=examples.WINNER,
        answer_example=examples.RESUMED,
    ),
    "/api/v1/campaign/resume": _change(
        summary="Go on sending a campaign",
        text=f"Where it was paused. {_IN_URL}",
        answer_example=examples.RESUMED,
    ),
}
