"""Reading whom a call is about when it says no more than their ids: pure."""

from collections.abc import Sequence

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.brands.model import Brand
from tidings.identity.model import Identifier
from tidings.web.notifyvisitors.parse import (
    EMPTY,
    NO_USER_ID,
    USER_ID_OF_REFUSALS,
    identify,
    wrong_count,
)
from tidings.web.notifyvisitors.reading import read_call, refuse, shorten
from tidings.web.notifyvisitors.records import DeleteCall, UserRecord, UserReference

_delete_call = msgspec.json.Decoder(DeleteCall)
_reference = msgspec.json.Decoder(UserReference)


def parse_deletion(body: bytes, brand: Brand, query_user_id: str | None) -> list[Identifier]:
    """Read `user/delete`, whose user may come in the URL instead.

    Errors: `forbidden` when a record has no user; `invalid` for every other mistake.
    """
    references = _references(body, query_user_id)
    mistakes = list(wrong_count(len(references), limits.MAX_USERS_PER_CALL))
    nameless: list[Mistake] = []
    identifiers: list[Identifier] = []
    for index, reference in enumerate(references):
        named = _named(reference, brand)
        if isinstance(named, str):
            said = Mistake(named, field="userID", index=index)
            (nameless if named == EMPTY else mistakes).append(said)
        else:
            identifiers.append(named)
    if nameless:
        raise Refused(Code.FORBIDDEN, NO_USER_ID, mistakes=shorten(nameless + mistakes))
    if mistakes:
        raise refuse(mistakes)
    return identifiers


def parse_reference(body: bytes, brand: Brand, query_user_id: str | None) -> Identifier:
    """Read a question about one user, who may come in the URL instead of the body.

    Errors: `invalid` when there is no user, and for every other mistake.
    """
    reference = UserReference(userID=query_user_id)
    if query_user_id is None and body:
        reference = read_call(body, _reference, UserReference)
    named = _named(reference, brand)
    if isinstance(named, str):
        raise refuse([Mistake(named, field=USER_ID_OF_REFUSALS)])
    return named


def _references(body: bytes, query_user_id: str | None) -> Sequence[UserReference]:
    if query_user_id is not None or not body:
        return [UserReference(userID=query_user_id)]
    call = read_call(body, _delete_call, UserReference)
    if call.nv is None:
        return [UserReference(userID=call.userID)]
    return call.nv if isinstance(call.nv, list) else [call.nv]


def _named(reference: UserReference, brand: Brand) -> Identifier | str:
    return identify(UserRecord(userID=reference.userID), brand)
