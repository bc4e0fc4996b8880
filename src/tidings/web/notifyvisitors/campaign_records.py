"""The JSON of the calls about campaigns: the types that they are read into, and /openapi.json has.

Field names are the vendor's where it names any, hence not in our spelling.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tidings.base import limits
from tidings.campaigns.model import TEST_PERCENT, Criterion
from tidings.devices.model import Platform
from tidings.web.notifyvisitors.records import AnonymousId, UserId
from tidings.web.reading import RawObject

LARGEST_ID = 2**63 - 1
NOW = "now"

CampaignIdSent = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="As `create` answered it.")]
ChannelKey = Annotated[
    str,
    Meta(
        max_length=limits.MAX_CHANNEL_KEY_CHARACTERS,
        description="The key of a channel.",
        examples=["mail"],
    ),
]
TemplateKey = Annotated[
    str,
    Meta(
        max_length=limits.MAX_TEMPLATE_KEY_CHARACTERS,
        description="The key of a template; or else `content`.",
        examples=["order-shipped"],
    ),
]
SendAt = Annotated[
    str,
    Meta(
        description="When; without offset in the brand's time zone. One that is over is now.",
        examples=["2026-12-24 09:00:00"],
    ),
]
Label = Annotated[str, Meta(max_length=limits.MAX_MESSAGE_LABEL_CHARACTERS)]
SegmentIds = Annotated[
    list[Annotated[int, Meta(ge=1, le=LARGEST_ID)]],
    Meta(max_length=limits.MAX_CAMPAIGN_SEGMENTS),
]

Transactional = Annotated[
    bool,
    Meta(
        description="True for what somebody caused and waits for, such as a receipt: it goes to "
        "who wants no marketing, too."
    ),
]


class MessageRecord(Struct, forbid_unknown_fields=True):
    """One message of `campaign/send`, to a user as `user/userData` names them.

    `content` is what a template says, in the place of one; `data` is what the template is given.
    """

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None
    channel: ChannelKey | None = None
    template: TemplateKey | None = None
    content: RawObject = msgspec.field(default_factory=msgspec.Raw)
    data: RawObject = msgspec.field(default_factory=msgspec.Raw)
    send_at: SendAt | None = None
    campaign: (
        Annotated[Label, Meta(description="The caller's own word for why it is sent.")] | None
    ) = None
    transactional: Transactional = False


class MessageCall(Struct, forbid_unknown_fields=True):
    """The body of `campaign/send`."""

    nv: (
        Annotated[list[MessageRecord], Meta(max_length=limits.MAX_MESSAGES_PER_CALL)]
        | MessageRecord
    )


class VariantSent(Struct, forbid_unknown_fields=True):
    """One of several templates that are tried against each other."""

    template: TemplateKey
    share: Annotated[
        int,
        Meta(ge=1, le=limits.MAX_CAMPAIGN_SHARE, description="Of all shares together."),
    ] = 1


class GoalSent(Struct, forbid_unknown_fields=True):
    """What people are to do because of a campaign."""

    event: Annotated[str, Meta(min_length=1, max_length=limits.MAX_EVENT_NAME_CHARACTERS)]
    window: Annotated[
        str,
        Meta(
            description="How long after they opened or clicked it still counts.",
            examples=["7 days", "12 hours"],
        ),
    ]
    amount: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=limits.MAX_ATTRIBUTE_NAME_CHARACTERS,
                description="The attribute of the event that says what it was worth.",
            ),
        ]
        | None
    ) = None


class TestSent(Struct, forbid_unknown_fields=True):
    """That the variants go to a part of the people first, and the winner to everybody else."""

    winner: Annotated[
        Criterion, Meta(description="The rate of what was sent that it is picked by.")
    ]
    after: Annotated[
        str,
        Meta(
            description="How long after all of the test was sent, at most "
            f"{limits.MAX_CAMPAIGN_TEST_DAYS} days.",
            examples=["4 hours", "1 day"],
        ),
    ]
    share: Annotated[
        int,
        Meta(
            ge=1,
            le=limits.MAX_CAMPAIGN_TEST_SHARE,
            description="How many people in a hundred are in the test.",
        ),
    ] = TEST_PERCENT


class CampaignCreation(Struct, forbid_unknown_fields=True):
    """The body of `campaign/create`; `content` is what a template says, in the place of one."""

    name: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=limits.MAX_CAMPAIGN_NAME_CHARACTERS,
                description="Unique in the brand.",
                examples=["Summer sale"],
            ),
        ]
        | None
    ) = None
    channel: ChannelKey | None = None
    segments: Annotated[SegmentIds, Meta(description="Who is in one of them.")] | None = None
    exclude_segments: Annotated[SegmentIds, Meta(description="And in none of them.")] | None = None
    audience: (
        Annotated[str, Meta(description="`all`, in the place of segments.", examples=["all"])]
        | None
    ) = None
    template: TemplateKey | None = None
    content: RawObject = msgspec.field(default_factory=msgspec.Raw)
    variants: Annotated[list[VariantSent], Meta(max_length=limits.MAX_CAMPAIGN_VARIANTS)] | None = (
        None
    )
    test: Annotated[TestSent, Meta(description="Of the variants.")] | None = None
    send_at: (
        Annotated[
            str,
            Meta(
                description="`now`, or when; without offset in the brand's time zone.",
                examples=[NOW],
            ),
        ]
        | None
    ) = None
    local_time: (
        Annotated[
            str,
            Meta(
                description="In the place of `send_at`: for each person when their own clock "
                "shows this time.",
                examples=["2026-12-24T09:00"],
            ),
        ]
        | None
    ) = None
    goal: GoalSent | None = None
    throttle_per_minute: Annotated[int, Meta(ge=1, le=limits.MAX_CAMPAIGN_PER_MINUTE)] | None = None
    topic: Annotated[str, Meta(description="The key of a topic.")] | None = None
    utm: (
        Annotated[
            dict[str, Annotated[str, Meta(max_length=limits.MAX_UTM_CHARACTERS)]],
            Meta(description="Parameters for its links.", examples=[{"utm_source": "sale"}]),
        ]
        | None
    ) = None
    platform: (
        Annotated[Platform, Meta(description="Pushes only to devices of this one.")] | None
    ) = None


class CampaignReference(Struct, forbid_unknown_fields=True):
    """One campaign."""

    campaign_id: CampaignIdSent


class WinnerPicked(Struct, forbid_unknown_fields=True):
    """Which variant of a campaign everybody gets who is not in its test."""

    campaign_id: CampaignIdSent | None = None
    variant: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=limits.MAX_CAMPAIGN_VARIANTS,
                description="From 1, in the order in which the campaign has them.",
            ),
        ]
        | None
    ) = None


class CampaignsQuery(Struct, forbid_unknown_fields=True):
    """The body of `campaign/list`."""

    limit: Annotated[
        int,
        Meta(ge=1, le=limits.MAX_CAMPAIGNS_PER_PAGE, description="How many a page has."),
    ] = limits.MAX_CAMPAIGNS_PER_PAGE
    cursor: Annotated[str, Meta(description="From an earlier answer: where to go on.")] | None = (
        None
    )
