"""What follows for a person when a message did not reach them, or they wanted none."""

from collections.abc import Iterator
from contextlib import suppress as suppress_errors
from typing import NamedTuple

from tidings.base import clock, limits
from tidings.base.ids import BrandId
from tidings.base.media import ADDRESS_ATTRIBUTES, OPT_IN_ATTRIBUTES, Medium
from tidings.channels.mime import wire_address
from tidings.consent import actions as consent
from tidings.consent.address import address_key, normal_address, suppressible
from tidings.consent.model import OptIn, SuppressionReason
from tidings.messages import store_sent
from tidings.profiles import actions as profiles
from tidings.profiles.model import Patch, Profile
from tidings.storage.tx import Tx


class Recipient(NamedTuple):
    """Somebody who was sent a message, held by the transaction."""

    person: Profile
    medium: Medium

    @property
    def address(self) -> str | None:
        """The address that they have now; None where it is no attribute of people."""
        value = self.person.attributes.get(ADDRESS_ATTRIBUTES.get(self.medium, ""))
        return value if isinstance(value, str) else None

    def has(self, key: bytes, brand_id: BrandId) -> bool:
        """Say whether that is the address of this key (`consent.address`)."""
        address = self.address
        return address is not None and any(
            address_key(brand_id, normal_address(written)) == key for written in _written(address)
        )


def _written(address: str) -> Iterator[str]:
    """Yield an address as people write it and as it goes over the wire."""
    yield address
    # What has no such form was never written to.
    with suppress_errors(ValueError):
        yield wire_address(address)


async def mark_undeliverable(tx: Tx, brand_id: BrandId, recipient: Recipient) -> list[str]:
    """Send nothing to an address any more that does not exist; return what was changed."""
    await suppress(tx, brand_id, recipient, SuppressionReason.HARD_BOUNCE)
    if recipient.address is not None:
        person, medium = recipient.person.ref, recipient.medium
        await consent.note_hard_bounce(tx, brand_id, person, recipient.address, medium=medium)
    return await set_opt_in(tx, brand_id, recipient, OptIn.UNDELIVERABLE)


async def set_opt_in(tx: Tx, brand_id: BrandId, recipient: Recipient, said: OptIn) -> list[str]:
    """Write down what an opt-in is from now on; return the attributes that were changed by it."""
    opt_in = OPT_IN_ATTRIBUTES.get(recipient.medium)
    if opt_in is None or recipient.person.attributes.get(opt_in) == said:
        return []
    patch = Patch({opt_in: said.value})
    await profiles.patch(tx, {recipient.person.ref: (brand_id, patch)}, at=clock.now())
    return [opt_in]


async def suppress(
    tx: Tx, brand_id: BrandId, recipient: Recipient, reason: SuppressionReason
) -> None:
    """Send nothing of the medium to somebody's address any more."""
    address, medium = recipient.address, recipient.medium
    if address is not None and suppressible(address, medium) is not None:
        await consent.suppress(tx, brand_id, [address], reason=reason, medium=medium)


async def came_back_too_often(tx: Tx, brand_id: BrandId, recipient: Recipient) -> bool:
    """Say whether the last messages of the medium that somebody was sent all came back."""
    bounces = await store_sent.count_last_bounces(
        tx, brand_id, recipient.person.ref, recipient.medium, at_most=limits.SOFT_BOUNCES
    )
    return bounces == limits.SOFT_BOUNCES
