"""The JSON that the calls of the Campaign API are answered with, as /openapi.json shows it.

`campaign_reply` writes them from plain dicts; tests hold what a running server answers against
these types.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tidings.campaigns.model import Criterion, How
from tidings.web.notifyvisitors.answers import AnonymousIdShown, Instant
from tidings.web.notifyvisitors.segment_answers import NextPage

StateShown = Literal["draft", "scheduled", "sending", "paused", "finished", "cancelled", "error"]
ByReason = Annotated[dict[str, int], Meta(description="How many, by reason.")]


class MessageShown(Struct):
    """What became of one message: whom it is for, as the call names them."""

    status: Literal["queued", "skipped"]
    userID: str | UnsetType = UNSET
    anonymousID: AnonymousIdShown | UnsetType = UNSET
    email: str | UnsetType = UNSET
    mobile: str | UnsetType = UNSET
    subscriberID: str | UnsetType = UNSET
    message_id: Annotated[str, Meta(pattern="^[0-9a-f]{24}$")] | UnsetType = UNSET
    reason: Annotated[str, Meta(description="Why it is skipped.")] | UnsetType = UNSET
    message: str | UnsetType = UNSET


class MessagesShown(Struct):
    """Every message, in the order of the call."""

    messages: list[MessageShown]


class QueuedMessages(Struct):
    """They will be sent, but for those that are skipped."""

    data: MessagesShown
    message: str
    status: Literal["queued"]


class MessagesQueued(Struct):
    """The answer to `campaign/send`."""

    response: QueuedMessages


class CampaignSaved(Struct):
    """Which campaign, and how far it is."""

    campaign_id: int
    state: StateShown


class ChangedSuccess(Struct):
    """It was done."""

    data: CampaignSaved
    message: str
    status: Literal["success"]


class CampaignChanged(Struct):
    """The answer to a call that made or changed a campaign."""

    response: ChangedSuccess


class MessagesCounted(Struct):
    """How many messages of a campaign did what so far."""

    intended: Annotated[int, Meta(description="All of them.")]
    waiting: Annotated[int, Meta(description="Those that are still to be sent, or in hand.")]
    sent: int
    skipped: ByReason
    failed: ByReason


class VariantShown(Struct):
    """What a variant has got in the test: so far, or as of when that was decided."""

    variant: Annotated[int, Meta(description="From 1, in the order of the definition.")]
    template: Annotated[str, Meta(description="The key.")]
    sent: int
    unique_opens: Annotated[int, Meta(description="How many messages were opened.")]
    unique_clicks: Annotated[int, Meta(description="How many messages were clicked in.")]
    conversions: Annotated[int, Meta(description="Goal events that messages led to.")]


class TestShown(Struct):
    """How far the test of a campaign is."""

    share: Annotated[int, Meta(description="How many people in a hundred are in it.")]
    winner_by: Criterion
    variants: list[VariantShown]
    winner: Annotated[int | None, Meta(description="The variant that everybody else gets.")]
    picked: Annotated[
        How | None,
        Meta(
            description="Why it is that one: the `best`; the first of several that are the best, a "
            "`tie`; or since an `operator`, or a call, said so."
        ),
    ]
    decides_at: Annotated[
        Instant | None,
        Meta(description="When the winner is picked; null until all of the test was sent."),
    ]
    decided_at: Instant | None


class CampaignShown(Struct):
    """A campaign without its definition."""

    campaign_id: int
    name: str
    channel: Annotated[str, Meta(description="The key of the channel.")]
    state: StateShown
    error: Annotated[str | None, Meta(description="Why it could not be sent.")]
    messages: MessagesCounted
    test: Annotated[TestShown | None, Meta(description="Null without one.")]
    created_at: Instant
    send_at: Annotated[Instant | None, Meta(description="When it begins; null for a draft.")]
    started_at: Instant | None
    finished_at: Instant | None


class CampaignWhole(CampaignShown):
    """A campaign."""

    definition: Annotated[
        dict[str, Any], Meta(description="As `create` takes it, without when it is sent.")
    ]


class CampaignSuccess(Struct):
    """It was found."""

    data: CampaignWhole
    message: str
    status: Literal["success"]


class CampaignFound(Struct):
    """The answer to `campaign/get`."""

    response: CampaignSuccess


class CampaignsPage(Struct):
    """One page of campaigns, the latest first."""

    campaigns: list[CampaignShown]
    cursor: NextPage


class CampaignsSuccess(Struct):
    """The page was read."""

    data: CampaignsPage
    message: str
    status: Literal["success"]


class CampaignsListed(Struct):
    """The answer to `campaign/list`."""

    response: CampaignsSuccess
