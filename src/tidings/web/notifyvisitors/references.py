"""Reading whom a call is about when it says no more than their ids: pure."""

from collections.abc import Mapping, Sequence

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
from tidings.web.notifyvisitors.records import DeleteCall, UserReference

_delete_call = msgspec.json.Decoder(DeleteCall)
_reference = msgspec.json.Decoder(UserReference)


def parse_deletion(body: bytes, brand: Brand, query: Mapping[str, str]) -> list[Identifier]:
    """Read `user/delete`, whose user may come in the URL instead of the body.

    Errors: `forbidden` when a record has no user; `invalid` for every other mistake.
    """
    references = _references(body, query)
    mistakes = list(wrong_count(len(references), limits.MAX_USERS_PER_CALL))
    nameless: list[Mistake] = []
    identifiers: list[Identifier] = []
    for index, reference in enumerate(references):
        named = identify(reference, brand)
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


def parse_reference(body: bytes, brand: Brand, query: Mapping[str, str]) -> Identifier:
    """Read a question about one user, who may come in the URL instead of the body.

    Errors: `invalid` when there is no user, and for every other mistake.
    """
    reference = _in_url(query)
    if reference is None:
        reference = read_call(body or b"{}", _reference, UserReference)
    named = identify(reference, brand)
    if isinstance(named, str):
        raise refuse([Mistake(named, field=USER_ID_OF_REFUSALS)])
    return named


def _references(body: bytes, query: Mapping[str, str]) -> Sequence[UserReference]:
    reference = _in_url(query)
    if reference is not None:
        return [reference]
    call = read_call(body or b"{}", _delete_call, UserReference)
    if call.nv is None:
        return [UserReference(call.userID, call.anonymousID, call.nv_uid)]
    return call.nv if isinstance(call.nv, list) else [call.nv]


def _in_url(query: Mapping[str, str]) -> UserReference | None:
    # Whoever is named in the URL, by any field, is the one meant: a userID left in the body must
    # not turn the deletion of a visitor into that of a user.
    named = {name: query[name] for name in UserReference.__struct_fields__ if name in query}
    return UserReference(**named) if named else None
