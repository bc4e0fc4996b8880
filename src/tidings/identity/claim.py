"""From what a record says of its person to identifiers: normalised, and never a placeholder. Pure.

What leads to a person must be written one way: an address that differs in case, or by a space that
nobody sees, would make a second person.
"""

import re
import unicodedata
from collections.abc import Mapping

from tidings.base.ids import BrandId
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of

# What programs send when they have no id. They would gather everybody in one person.
# Source: Segment, "Identity resolution: blocked values", and what scripts write for nothing.
_PLACEHOLDERS = frozenset(
    {
        "-1",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "[object object]",
        "anonymous",
        "example@example.com",
        "false",
        "guest",
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "null",
        "test@example.com",
        "true",
        "undefined",
        "unknown",
    }
)
_IN_MOBILE = re.compile(r"[\s().-]+")


def normal_email(text: str) -> str:
    """Write an e-mail address as it identifies: compatible letters alike, no space, no case."""
    if text.isascii():
        return "".join(text.lower().split())
    # Again after folding, which can take letters apart.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(folded.split())


def normal_mobile(text: str) -> str:
    """Write a mobile number as it identifies: digits of E.164 and their plus, nothing between."""
    return _IN_MOBILE.sub("", unicodedata.normalize("NFKC", text))


def is_placeholder(identifier: Identifier) -> bool:
    """Say whether a value stands for having none; it leads to a person, and never merges."""
    value = identifier.value.strip().casefold()
    return value in _PLACEHOLDERS or not value.strip("0")


def claim_of(
    brand_id: BrandId, said: Mapping[IdentifierKind, str], *, position: int
) -> tuple[Identifier, Claim | None]:
    """Return by which identifier a record is stored, and what it claims beside that.

    Shape:  said - a text for each kind that the record names, none empty, at least one; returns no
            claim for a record that names one kind.
    """
    named = [
        identifier_of(brand_id, kind, _NORMAL.get(kind, str)(said[kind])) for kind in sorted(said)
    ]
    own = next((one for one in named if not is_placeholder(one)), named[0])
    also = tuple(one for one in named if one is not own)
    return own, Claim(own, also, position) if also else None


_NORMAL = {IdentifierKind.EMAIL: normal_email, IdentifierKind.MOBILE: normal_mobile}
