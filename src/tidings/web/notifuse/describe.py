"""What /openapi.json says of the calls about contacts."""

from collections.abc import Mapping

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifuse import examples
from tidings.web.notifuse.answers import ContactFound, ContactsUpserted, RefusedCall
from tidings.web.notifuse.records import ContactQuery, ContactRecord, UpsertCall
from tidings.web.notifuse.routes import PREFIXES
from tidings.web.openapi import Description

_UPSERT = Description(
    summary="Create and change contacts",
    text=f"1 to {limits.MAX_CONTACTS_PER_CALL} contacts a call; several records of one contact "
    "apply in their order. The operations of a record apply together or not at all. One that "
    "cannot be applied puts the contact's id into `failed` and its reason into `errors`; its "
    "neighbours are stored all the same.",
    body=UpsertCall,
    answer=ContactsUpserted,
    refusal=RefusedCall,
    mandatory={ContactRecord: ("id",)},
    examples=examples.UPSERT,
    answer_example=examples.UPSERTED,
    messages={Code.INVALID: "contacts[0].id can not be empty"},
    is_repeatable=True,
)
_INFO = Description(
    summary="Read one contact",
    text="All that is known of a contact, by the caller's own id.",
    query=ContactQuery,
    answer=ContactFound,
    refusal=RefusedCall,
    mandatory={ContactQuery: ("contact",)},
    answer_example=examples.FOUND,
    refused_with=(Code.NOT_FOUND,),
    messages={
        Code.INVALID: "contact is required",
        Code.NOT_FOUND: "There is no such contact.",
    },
)

DESCRIPTIONS: Mapping[str, Description] = {
    prefix + name: said
    for prefix in PREFIXES
    for name, said in (("contacts.upsert", _UPSERT), ("contacts.info", _INFO))
}
