"""From what a record says of its person to identifiers: normalised, and never a placeholder. Pure.

What leads to a person must be written one way: an address that differs in case, or by a space that
nobody sees, would make a second person.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tidings.base.ids import BrandId
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of
from tidings.profiles.accept import is_email, is_mobile
from tidings.profiles.model import Profile

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
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS)) + 2  # a blank on either side
_IN_MOBILE = re.compile(r"[\s().-]+")


class Named(msgspec.Struct, frozen=True):
    """By which identifier a record is stored, and what it claims beside that.

    Shape:  claim - None when the record names one kind, and without merging.
    """

    identifier: Identifier
    claim: Claim | None = None


class ProfileClaim(NamedTuple):
    """What a stored person claims by what their profile holds.

    Shape:  own - an identifier that leads to them already.
    """

    own: Identifier
    claim: Claim


def normal_email(text: str) -> str:
    """Write an e-mail address as it identifies: compatible letters alike, no space, no case."""
    if text.isascii():
        return "".join(text.lower().split())
    # Again after folding, which can take letters apart, and again without blanks: a letter meets
    # its mark only once the blank between them is gone.
    folded = _alike(_alike(text).casefold())
    return _alike("".join(folded.split()))


def normal_mobile(text: str) -> str:
    """Write a mobile number as it identifies: digits of E.164 and their plus, nothing between."""
    return _alike(_IN_MOBILE.sub("", _alike(text)))


def is_placeholder(identifier: Identifier) -> bool:
    """Say whether a value stands for having none; it leads to a person, and never merges."""
    value = identifier.value
    if len(value) > _LONGEST_PLACEHOLDER:
        return not value.strip("0")
    value = value.strip().casefold()
    return value in _PLACEHOLDERS or not value.strip("0")


def claim_of(brand_id: BrandId, said: Mapping[IdentifierKind, str], *, position: int) -> Named:
    """Say whom a record is about, where merging is on.

    Shape:  said - a text for each kind that the record names, none empty, at least one.
    """
    named: list[Identifier] = []
    for kind, normal in _NORMAL:
        text = said.get(kind)
        if text is not None:
            named.append(identifier_of(brand_id, kind, text if normal is None else normal(text)))
    own = named[0]
    if len(named) == 1:
        return Named(own)
    if is_placeholder(own):
        own = next((one for one in named if not is_placeholder(one)), own)
        return Named(own, Claim(own, tuple([one for one in named if one is not own]), position))
    return Named(own, Claim(own, tuple(named[1:]), position))


def claim_of_profile(
    brand_id: BrandId, profile: Profile, has: Collection[Identifier], *, position: int
) -> ProfileClaim | None:
    """Return what a person claims by the address and the number among their attributes.

    Shape:  has - all that leads to them, by kind; returns None when nothing would come of it: they
            hold no more than that, or are known by placeholders only. Whose attributes those are
            nobody can say: all who sent no id share that profile.
    """
    own = next((one for one in has if not is_placeholder(one)), None)
    held = [one for one in _held(brand_id, profile) if one not in has]
    if own is None or not held:
        return None
    named = sorted([own, *held], key=lambda one: (one.kind, one.value))
    first = next(one for one in named if not is_placeholder(one))
    also = tuple(one for one in named if one is not first)
    return ProfileClaim(own, Claim(first, also, position))


def _held(brand_id: BrandId, profile: Profile) -> Iterator[Identifier]:
    for kind, (name, is_one, normal) in _ATTRIBUTES.items():
        # What was put aside for its type was said of them all the same, and claimed when sent.
        value = profile.attributes.get(name, profile.mismatched.get(name))
        if isinstance(value, str) and is_one(value):
            yield identifier_of(brand_id, kind, normal(value))


def _alike(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


_NORMAL: Sequence[tuple[IdentifierKind, Callable[[str], str] | None]] = (
    (IdentifierKind.USER_ID, None),
    (IdentifierKind.EMAIL, normal_email),
    (IdentifierKind.MOBILE, normal_mobile),
    (IdentifierKind.ANONYMOUS_ID, None),
)
_ATTRIBUTES: Mapping[IdentifierKind, tuple[str, Callable[[str], bool], Callable[[str], str]]] = {
    IdentifierKind.EMAIL: ("email", is_email, normal_email),
    IdentifierKind.MOBILE: ("mobile", is_mobile, normal_mobile),
}
