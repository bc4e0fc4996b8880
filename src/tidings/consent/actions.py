"""What is asked and done about consent: facts, rules, and addresses that nothing is sent to."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import ADDRESS_ATTRIBUTES, OPT_IN_ATTRIBUTES, Medium
from tidings.brands import actions as brands
from tidings.consent import store
from tidings.consent.address import address_key, normal_address, suppressible
from tidings.consent.model import (
    Facts,
    OptIn,
    Rules,
    Standing,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from tidings.consent.rules import RulesForm, read_form, rules_of_form
from tidings.consent.store import Said
from tidings.devices import actions as devices
from tidings.devices.model import Device, Platform
from tidings.identity import actions as identity
from tidings.identity.model import IdentifierKind
from tidings.profiles import actions as profiles
from tidings.profiles.accept import trimmed
from tidings.profiles.model import ProfileRef
from tidings.profiles.reserved import is_time_zone
from tidings.storage.tx import Tx

_ADDRESSES_AT_A_TIME = 10_000
_TIME_ZONE = "time_zone"
_STRICTEST_FIRST = tuple(SubscriptionState)

_encode = msgspec.json.Encoder().encode
_read_stored = msgspec.json.Decoder(RulesForm).decode


async def gather(
    tx: Tx,
    brand_id: BrandId,
    people: Sequence[tuple[ProfileRef, Mapping[str, Any]]],
    *,
    medium: Medium,
    topic: str | None = None,
) -> dict[ProfileRef, Facts]:
    """Return what is to be known of people before they are sent something.

    In two statements, and for pushes one more, as for somebody whose address did not exist.

    Shape:  people - who is there, each with their attributes; topic - the key of what the message
            is about. `Facts.recent` is the caller's to add.
    """
    said = await store.select_standings(tx, brand_id, [ref for ref, _ in people], topic=topic)
    addresses = {ref: _address(attributes, medium) for ref, attributes in people}
    keys = {
        ref: address_key(brand_id, normal_address(address))
        for ref, address in addresses.items()
        if address
    }
    suppressed = await store.select_suppressed(
        tx, brand_id, sorted(set(keys.values())), medium=medium
    )
    opt_ins = await _opt_ins(tx, brand_id, people, keys, medium=medium)
    reached: Mapping[ProfileRef, Sequence[Device]] = {}
    if medium is Medium.PUSH:
        refs = [ref for ref, _ in people]
        reached = await devices.of_people(tx, brand_id, refs, platforms=tuple(Platform))
    return {
        ref: Facts(
            medium=medium,
            address=addresses[ref],
            opt_in=opt_ins[ref],
            zone=_zone(attributes),
            suppressed=frozenset(suppressed.get(keys.get(ref, b""), ())),
            topic=None if topic is None else _standing(topic, said[ref]),
            is_unconfirmed=said[ref].is_unconfirmed,
            devices=tuple(reached.get(ref, ())),
        )
        for ref, attributes in people
    }


async def _opt_ins(
    tx: Tx,
    brand_id: BrandId,
    people: Sequence[tuple[ProfileRef, Mapping[str, Any]]],
    keys: Mapping[ProfileRef, bytes],
    *,
    medium: Medium,
) -> dict[ProfileRef, OptIn | None]:
    """Return the opt-ins of people, but none for who has mended the address that was wrong.

    Shape:  keys - of the addresses that they have now.
    """
    opt_ins = {ref: _opt_in(attributes, medium) for ref, attributes in people}
    asked = [ref for ref, said in opt_ins.items() if said is OptIn.UNDELIVERABLE]
    if asked:
        # Of what a client calls undeliverable we do not know the address: it holds for any.
        bounced = await store.select_hard_bounces(tx, brand_id, asked, medium=medium)
        mended = [ref for ref in bounced if keys.get(ref) not in bounced[ref]]
        opt_ins |= dict.fromkeys(mended)
    return opt_ins


def _address(attributes: Mapping[str, Any], medium: Medium) -> str | None:
    value = attributes.get(ADDRESS_ATTRIBUTES.get(medium, ""))
    return trimmed(value) if isinstance(value, str) else None


def _opt_in(attributes: Mapping[str, Any], medium: Medium) -> OptIn | None:
    value = attributes.get(OPT_IN_ATTRIBUTES.get(medium, ""))
    if value is None:
        return None
    # Both wires store nothing but these. What an operator made of them by another type is no yes.
    return OptIn(value) if type(value) is int and value in tuple(OptIn) else OptIn.NO


def _zone(attributes: Mapping[str, Any]) -> ZoneInfo | None:
    value = attributes.get(_TIME_ZONE)
    return ZoneInfo(value) if isinstance(value, str) and is_time_zone(value) else None


def _standing(topic: str, said: Said) -> Standing:
    states = sorted(said.states, key=_STRICTEST_FIRST.index)
    return Standing(topic, said.kind, states[0] if states else None)


async def note_hard_bounce(
    tx: Tx, brand_id: BrandId, person: ProfileRef, address: str, *, medium: Medium
) -> None:
    """Write down which address of a person does not exist: an opt-in of 2 is about this one."""
    key = address_key(brand_id, normal_address(trimmed(address)))
    await store.upsert_hard_bounce(tx, brand_id, person, medium=medium, key=key, at=clock.now())


# --- rules -------------------------------------------------------------------------------


async def rules_of(tx: Tx, brand_id: BrandId) -> Rules:
    """Return the rules of a brand, those that hold by default if it was given none.

    Errors: `not_found` for an unknown brand.
    """
    brand = await brands.find_brand(tx, brand_id)
    return rules_of_form(await _form_of(tx, brand_id), brand.time_zone)


async def rules_as_written(tx: Tx, brand_id: BrandId) -> RulesForm:
    """Return the rules of a brand as `change_rules` takes them.

    Errors: `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    return await _form_of(tx, brand_id)


async def change_rules(tx: Tx, brand_id: BrandId, written: object) -> None:
    """Give a brand other rules in the place of all it had; they hold for whatever is asked next.

    Shape:  written - decoded JSON; what it leaves out is as by default.
    Errors: `invalid` with every mistake; `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    form = read_form(written)
    if isinstance(form, list):
        named = "; ".join(": ".join(filter(None, (one.field, one.message))) for one in form)
        raise Refused(Code.INVALID, f"The rules are wrong. {named}.", mistakes=form)
    await store.upsert_rules(tx, brand_id, _encode(form), at=clock.now())


async def _form_of(tx: Tx, brand_id: BrandId) -> RulesForm:
    stored = await store.select_rules(tx, brand_id)
    return RulesForm() if stored is None else _read_stored(stored)


# --- suppressions ------------------------------------------------------------------------


async def suppress(
    tx: Tx,
    brand_id: BrandId,
    addresses: Sequence[str],
    *,
    reason: SuppressionReason,
    medium: Medium | None = None,
) -> int:
    """Send nothing to these addresses any more, whoever has them; return how many are new.

    Shape:  medium - None for all media. An address may be suppressed for several reasons.
    Errors: `invalid` when one is no address of the medium, with the index of each; none is
            suppressed then. `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    normal = [suppressible(address, medium) for address in addresses]
    wrong = [
        Mistake(f"is no address{'' if medium is None else f' for {medium}'}", index=index)
        for index, one in enumerate(normal)
        if one is None
    ]
    if wrong:
        message = f"{len(wrong):,} of {len(addresses):,} are no addresses."
        raise Refused(Code.INVALID, message, mistakes=wrong[: limits.MAX_MISTAKES_REPORTED])
    # In one order, so that two who suppress the same do not wait in a circle.
    keyed = sorted((address_key(brand_id, one), one) for one in set(normal) if one is not None)
    rows, now = iter(keyed), clock.now()
    added = 0
    while part := dict(islice(rows, _ADDRESSES_AT_A_TIME)):
        added += await store.insert_suppressions(
            tx, brand_id, part, medium=medium, reason=reason, at=now
        )
    return added


async def unsuppress(
    tx: Tx, brand_id: BrandId, address: str, *, reason: SuppressionReason | None = None
) -> None:
    """Let an address be sent to again, on every medium, unless something else is in the way.

    Shape:  reason - the only one to be dropped; None for all.
    Errors: `not_found` when it is not suppressed, or not for this reason.
    """
    key = address_key(brand_id, normal_address(address))
    if not await store.delete_suppressions(tx, brand_id, key, reason=reason):
        why = "" if reason is None else f" for {reason}"
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} does not suppress this address{why}.")


async def list_suppressions(
    tx: Tx, brand_id: BrandId, *, after: int = 0, at_most: int = limits.MAX_PAGE_SIZE
) -> list[Suppression]:
    """Return a page of what a brand suppresses, the oldest first.

    Errors: `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    return await store.select_suppressions(tx, brand_id, after=after, at_most=at_most)


# --- people ------------------------------------------------------------------------------


async def forget(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete what people said of topics, and show their addresses no more.

    An address that is suppressed stays so: it must not be written to when it comes again. Called
    while the people and their identifiers are still there, and kept so for the caller.
    """
    # Whoever writes down what one of them says holds them, too: see `subscriptions`.
    held = await profiles.hold(tx, [(brand_id, ref) for ref in people])
    has = await identity.identifiers_of(tx, brand_id, people)
    addresses = {
        value
        for profile in held.values()
        for side in (profile.attributes, profile.mismatched)
        for value in _addresses_among(side)
    }
    # Those of people who went into them, too.
    addresses |= {one.value for each in has.values() for one in each if one.kind in _ADDRESS_KINDS}
    keys = {address_key(brand_id, normal_address(address)) for address in addresses}
    await store.delete_subscriptions(tx, brand_id, people)
    await store.delete_hard_bounces(tx, brand_id, people)
    await store.forget_addresses(tx, brand_id, sorted(keys))


def _addresses_among(attributes: Mapping[str, Any]) -> Iterator[str]:
    for name in set(ADDRESS_ATTRIBUTES.values()):
        value = attributes.get(name)
        if isinstance(value, str):
            yield value


_ADDRESS_KINDS = frozenset({IdentifierKind.EMAIL, IdentifierKind.MOBILE})
