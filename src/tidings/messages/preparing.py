"""Before messages are sent: whose they are by now, and whether each may be sent now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tidings.base.ids import BrandId
from tidings.consent import actions as consent
from tidings.consent.decide import decide
from tidings.consent.model import Allowed, Denied, Held, Purpose, Reason, Rules, Sending
from tidings.devices.model import Device, Platform
from tidings.identity.heirs import heirs_of
from tidings.messages import store
from tidings.messages.model import Claimed, Ended, Lane, Status
from tidings.messages.reach import narrowed
from tidings.messages.recent import sent_of_late
from tidings.profiles import actions as profiles
from tidings.profiles.model import Profile, ProfileRef
from tidings.storage.tx import Tx

MERGED = "merged"
"""Why a message was skipped whose person has become somebody who has the same one."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may be sent now, to whom and where.

    Shape:  devices - to which a push goes, one at least; none for other media.
    """

    claimed: Claimed
    profile: Profile
    address: str | None
    devices: Sequence[Device] = ()


async def prepare(
    tx: Tx,
    lane: Lane,
    claimed: Sequence[Claimed],
    *,
    platforms: Collection[Platform],
    now: datetime,
) -> tuple[list[Ready], list[Ended]]:
    """Part messages in hand into those that may be sent now, and what becomes of the others.

    Shape:  platforms - which the channel reaches, if it is one for pushes; a message of somebody
            who went into somebody else is handed on, and is in neither.
    """
    rules = await consent.rules_of(tx, lane.brand_id)
    there = await _people(tx, lane.brand_id, claimed, rules)
    gone = [one for one in claimed if one.person not in there]
    ended = await _hand_on(tx, lane.brand_id, gone, now=now) if gone else []
    kept = [one for one in claimed if one.person in there]
    facts = await consent.gather(
        tx,
        lane.brand_id,
        [(ref, profile.attributes) for ref, profile in sorted(there.items())],
        medium=lane.medium,
        topic=lane.options.topic,
    )
    ids = [one.message_id for one in kept]
    recent = await sent_of_late(tx, lane.brand_id, facts, rules, now=now, besides=ids)
    facts = {ref: replace(facts[ref], recent=tuple(recent.get(ref, ()))) for ref in facts}
    purpose = Purpose.MARKETING if lane.options.is_marketing else Purpose.TRANSACTIONAL
    ready: list[Ready] = []
    for one in kept:
        of_person = facts[one.person]
        reached = narrowed(of_person, platforms, lane.options.platform, one.options)
        match decide(reached, rules, purpose, now):
            case Allowed(address):
                ready.append(Ready(one, there[one.person], address, reached.devices))
                # The same person may have another message here.
                sending = Sending(of_person.medium, now)
                facts[one.person] = replace(of_person, recent=(*of_person.recent, sending))
            case Held(until, reason):
                ended.append(_put_off(one, until, reason, now=now))
            case Denied(reason):
                ended.append(_skipped(one, reason, now=now))
    return ready, ended


async def _people(
    tx: Tx, brand_id: BrandId, claimed: Sequence[Claimed], rules: Rules
) -> dict[ProfileRef, Profile]:
    people = sorted({one.person for one in claimed})
    if rules.caps:
        # Held until this is committed, so that of two who send to one person at the same time the
        # second sees what the first does.
        return await profiles.hold(tx, [(brand_id, ref) for ref in people])
    return {profile.ref: profile for profile in await profiles.read_many(tx, brand_id, people)}


async def _hand_on(
    tx: Tx, brand_id: BrandId, gone: Sequence[Claimed], *, now: datetime
) -> list[Ended]:
    """Give messages to whom their people have become; who has one already gets no other."""
    heirs = await heirs_of(tx, brand_id, sorted({one.person for one in gone}))
    # In one order, so that two who hand on to the same people do not wait in a circle.
    ordered = sorted(gone, key=lambda one: heirs.get(one.person, one.person))
    return [
        _skipped(one, MERGED if one.person in heirs else Reason.FORGOTTEN, now=now)
        for one in ordered
        if one.person not in heirs
        or not await store.give_to_heir(tx, brand_id, one.message_id, heirs[one.person])
    ]


def _put_off(one: Claimed, until: datetime, reason: Reason, *, now: datetime) -> Ended:
    return Ended(
        one.message_id,
        Status.QUEUED,
        now,
        attempts=one.attempts - 1,
        reason=reason.value,
        due_at=until,
    )


def _skipped(one: Claimed, reason: str, *, now: datetime) -> Ended:
    return Ended(one.message_id, Status.SKIPPED, now, attempts=one.attempts - 1, reason=str(reason))
