"""Addresses: whether a text is one, and how it is known again. Pure."""

import hashlib

from tidings.base.ids import BrandId
from tidings.base.media import ADDRESS_ATTRIBUTES, Medium
from tidings.identity.claim import normal_email, normal_mobile
from tidings.profiles.accept import is_email, is_mobile


def is_address(text: str, medium: Medium) -> bool:
    """Say whether a text has the form that a medium's addresses have.

    Shape:  medium - one whose address is an attribute of people.
    """
    return is_email(text) if medium is Medium.EMAIL else is_mobile(text)


def normal_address(text: str) -> str:
    """Write a mail address or a mobile number in the one way in which it is compared."""
    return normal_email(text) if "@" in text else normal_mobile(text)


def suppressible(text: str, medium: Medium | None) -> str | None:
    """Return the normal form of what can be suppressed, None for what is no address.

    Shape:  medium - None for all media that an address may be of.
    """
    normal = normal_address(text)
    media = [one for one in ADDRESS_ATTRIBUTES if medium in (None, one)]
    return normal if any(is_address(normal, one) for one in media) else None


def address_key(brand_id: BrandId, normal: str) -> bytes:
    """Return by what a brand knows an address again that it may not keep.

    Who has the database can find a number by trying all of them: it is no secret, but no list of
    addresses either.

    Source: our choice: SHA-256 of the brand and the normal address.
    """
    return hashlib.sha256(f"{brand_id}:{normal}".encode()).digest()
