"""The JSON of this wire: the types that calls are read into, and that /openapi.json is made from.

What is wrong with one contact must not refuse its neighbours, so only the id has a type here;
the rest is looked at contact by contact (`parse`).
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from tidings.base import limits

ContactId = Annotated[
    str,
    Meta(
        max_length=limits.MAX_USER_ID_CHARACTERS,
        description="The caller's own id of the contact.",
        examples=["123"],
        extra_json_schema={"minLength": 1},
    ),
]
ProfileOperations = Annotated[
    Any,
    Meta(
        description="Operations on the profile, as MongoDB has them: `$set`, `$unset`, `$inc`, "
        "`$mul`, `$min`, `$max`, `$push` and `$addToSet` (with `$each`), `$pull`, `$pop`, "
        "`$rename`. Names may be dotted paths. An empty array stands for an empty object.",
        examples=[{"$set": {"firstName": "Justin"}, "$inc": {"totalOrders": 1}}],
        extra_json_schema={"type": ["object", "array", "null"], "maxItems": 0},
    ),
]
CreatedAt = Annotated[
    Any,
    Meta(
        description="When the contact was created, ISO 8601; counts only when this call is the "
        "first to name it. Without offset in the brand's time zone. Left out: now.",
        examples=["2016-02-04T22:44:30.652Z"],
        extra_json_schema={"type": ["string", "null"]},
    ),
]


class ContactRecord(Struct):
    """One contact of `contacts.upsert`."""

    id: ContactId = ""
    profile: ProfileOperations = None
    createdAt: CreatedAt = None


class UpsertCall(Struct):
    """The body of `contacts.upsert`."""

    contacts: Annotated[list[ContactRecord], Meta(max_length=limits.MAX_CONTACTS_PER_CALL)]


class ContactQuery(Struct):
    """The URL of `contacts.info`."""

    contact: ContactId = ""
