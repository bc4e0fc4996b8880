"""Reading whom a call is about when it says no more than their ids: pure."""

from collections.abc import Mapping, Sequence

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.brands.model import Brand
from tidings.identity.model import Identifier
from tidings.web.notifyvisitors.naming import EMPTY, Wrong, name_reference
from tidings.web.notifyvisitors.parse import NO_USER_ID, USER_ID_OF_REFUSALS, wrong_count
from tidings.web.notifyvisitors.records import DeleteCall, UserReference
from tidings.web.reading import read_call, refuse, shorten

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
        named = name_reference(reference, brand)
        if isinstance(named, Wrong):
            said = Mistake(named.words, field="userID", index=index)
            (nameless if named.words == EMPTY else mistakes).append(said)
        else:
            identifiers.append(named.identifier)
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
        reference = read_call(body or b"{}", _reference, UserReference, under="nv")
    named = name_reference(reference, brand)
    if isinstance(named, Wrong):
        raise refuse([Mistake(named.words, field=USER_ID_OF_REFUSALS)])
    return named.identifier


def _references(body: bytes, query: Mapping[str, str]) -> Sequence[UserReference]:
    reference = _in_url(query)
    if reference is not None:
        return [reference]
    call = read_call(body or b"{}", _delete_call, UserReference, under="nv")
    if call.nv is None:
        return [UserReference(call.userID, call.anonymousID, call.nv_uid, call.email, call.mobile)]
    return call.nv if isinstance(call.nv, list) else [call.nv]


def _in_url(query: Mapping[str, str]) -> UserReference | None:
    # Whoever is named in the URL, by any field, is the one meant: a userID left in the body must
    # not turn the deletion of a visitor into that of a user.
    named = {name: query[name] for name in UserReference.__struct_fields__ if name in query}
    return UserReference(**named) if named else None
