"""The JSON that this wire answers with, as /openapi.json shows it.

`reply` writes them from plain dicts; tests hold what a running server answers against these types.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tidings.schema.model import AttributeType

Instant = Annotated[
    str, Meta(description="In UTC, with milliseconds.", extra_json_schema={"format": "date-time"})
]


class RefusedCall(Struct):
    """Why nothing was done."""

    statusCode: int
    error: str
    message: str


class ContactError(Struct):
    """Why nothing of a record was stored."""

    id: str
    path: Annotated[str, Meta(description="The attribute, operator or field that is meant.")]
    message: str


class ContactWarning(Struct):
    """What of a record was not taken as sent.

    A value of another type than its attribute's first is kept aside; an e-mail address or mobile
    number that cannot identify the contact is kept, and identifies nobody.
    """

    id: str
    field: str
    locked_type: AttributeType | UnsetType = UNSET
    got_type: AttributeType | UnsetType = UNSET
    message: str | UnsetType = UNSET


class ContactsUpserted(Struct):
    """What became of each contact, by id, in the order of the call."""

    statusCode: Literal[200]
    success: Annotated[bool, Meta(description="Whether none failed.")]
    inserted: list[str]
    updated: list[str]
    failed: list[str]
    errors: list[ContactError] | UnsetType = UNSET
    warnings: list[ContactWarning] | UnsetType = UNSET


class ContactShown(Struct):
    """One contact."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{24}$", description="Our own id.")]
    externalId: str
    project: Annotated[str, Meta(description="The brand's number.")]
    profile: dict[str, Any]
    stats: Annotated[
        dict[str, dict[str, int]],
        Meta(description="Messages received, by year and month of the brand's calendar."),
    ]
    createdAt: Instant


class ContactFound(Struct):
    """The answer to a question about one contact."""

    statusCode: Literal[200]
    contact: ContactShown


class MessageChannel(Struct):
    """The channel of a message; the kind and key are null when it is gone."""

    id: str
    kind: str | None
    key: str | None
    data: Annotated[dict[str, Any], Meta(description="The `channelOptions` of the call.")]


class MessageContact(Struct):
    """To whom a message goes."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]
    timeZone: str | None


class MessageTemplate(Struct):
    """What a message is made of."""

    id: str
    key: str | None


class MessageCampaign(Struct):
    """For which campaign a message was sent."""

    id: str


class MessageTexts(Struct):
    """What a message says."""

    subject: str
    text: str
    html: str


MessageStatus = Literal[
    "scheduled",
    "queued",
    "sent",
    "failed",
    "delivered",
    "dropped",
    "bounced",
    "spam",
    "opened",
    "clicked",
    "unsubscribed",
]


class MessageShown(Struct):
    """One message."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]
    project: Annotated[str, Meta(description="The brand's number.")]
    channel: MessageChannel
    contact: MessageContact
    notification: str | None
    template: MessageTemplate | None
    campaign: MessageCampaign | None
    templateData: Annotated[dict[str, Any], Meta(description="Without what is secret.")]
    compiledTemplates: Annotated[
        MessageTexts | None,
        Meta(
            description="As it was sent; null before that, when it is not kept any more, and when "
            "the template was given a secret."
        ),
    ]
    status: MessageStatus
    error: Annotated[str | None, Meta(description="Why it failed or was dropped.")]
    createdAt: Instant
    sendAt: Annotated[
        Instant | None, Meta(description="Null while it waits for the winner of a test.")
    ]
    queuedAt: Instant | None
    sentAt: Instant | None
    deliveredAt: Instant | None
    droppedAt: Instant | None
    bouncedAt: Instant | None
    spamAt: Instant | None
    openedAt: Instant | None
    clickedAt: Instant | None
    unsubscribedAt: Instant | None


class MessageFailed(Struct):
    """A message that will not be sent."""

    contact: str
    error: str
    reason: Annotated[str, Meta(description="When the contact may not be sent it.")] | UnsetType = (
        UNSET
    )


class MessagesSent(Struct):
    """What became of each message, both lists in the order of the call."""

    statusCode: Literal[200]
    success: Annotated[bool, Meta(description="Whether none failed.")]
    queued: list[MessageShown]
    failed: list[MessageFailed]


class MessageFound(Struct):
    """The answer to a question about one message."""

    statusCode: Literal[200]
    message: MessageShown
