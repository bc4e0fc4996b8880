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

    statusCode: int  # noqa: N815
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

    statusCode: Literal[200]  # noqa: N815
    success: Annotated[bool, Meta(description="Whether none failed.")]
    inserted: list[str]
    updated: list[str]
    failed: list[str]
    errors: list[ContactError] | UnsetType = UNSET
    warnings: list[ContactWarning] | UnsetType = UNSET


class ContactShown(Struct):
    """One contact."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{24}$", description="Our own id.")]
    externalId: str  # noqa: N815
    project: Annotated[str, Meta(description="The brand's number.")]
    profile: dict[str, Any]
    stats: Annotated[
        dict[str, dict[str, int]],
        Meta(description="Messages received, by year and month. Empty until there are any."),
    ]
    createdAt: Instant  # noqa: N815


class ContactFound(Struct):
    """The answer to a question about one contact."""

    statusCode: Literal[200]  # noqa: N815
    contact: ContactShown
