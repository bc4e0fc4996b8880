"""How people and what leads to them are called at a terminal."""

from collections.abc import Mapping

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.cli.table import shown
from tidings.identity import actions as identity
from tidings.identity.model import Identifier, IdentifierKind, identifier_of
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx


def named(identifier: Identifier) -> str:
    """Return an identifier's kind and value, as in `email ada@example.com`."""
    return shown(f"{identifier.kind.name.lower()} {identifier.value}")


def person(ref: ProfileRef, names: Mapping[ProfileRef, Identifier]) -> str:
    """Return what an operator knows somebody by; who was forgotten meanwhile has no name."""
    return named(names[ref]) if ref in names else "(forgotten)"


async def find_user(tx: Tx, brand_id: BrandId, user_id: str) -> ProfileRef:
    """Find the person whom an operator names by a user id.

    Errors: `not_found` for an unknown brand or user.
    """
    await brands.find_brand(tx, brand_id)
    found = await identity.find(tx, identifier_of(brand_id, IdentifierKind.USER_ID, user_id))
    if found is None:
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no user {user_id!r}.")
    return found
