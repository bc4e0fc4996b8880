"""Before messages are sent: whose they are by now, and whether each may be sent now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId
from tidings.consent import actions as consent
from tidings.consent.decide import decide, remembers
from tidings.consent.model import Allowed, Denied, Facts, Held, Purpose, Reason, Rules, Sending
from tidings.identity.heirs import heirs_of
from tidings.messages import store, store_sent
from tidings.messages.model import Claimed, Ended, Lane, Status
from tidings.profiles import actions as profiles
from tidings.profiles.model import Profile, ProfileRef
from tidings.storage.tx import Tx

Media = Mapping[ChannelId, Medium]
"""What the messages of each channel of a brand are."""

MERGED = "merged"
"""Why a message was skipped whose person has become somebody who has the same one."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may be sent now, to whom and where."""

    claimed: Claimed
    profile: Profile
    address: str | None


class _Asked(NamedTuple):
    lane: Lane
    media: Media
    rules: Rules
    now: datetime


async def prepare(
    tx: Tx, lane: Lane, claimed: Sequence[Claimed], media: Media, *, now: datetime
) -> tuple[list[Ready], list[Ended]]:
    """Part messages in hand into those that may be sent now, and what becomes of the others.

    Shape:  a message of somebody who went into somebody else is handed on, and is in neither.
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
        medium=media[lane.channel_id],
        topic=lane.options.topic,
    )
    facts = await _with_recent(tx, kept, facts, _Asked(lane, media, rules, now))
    purpose = Purpose.MARKETING if lane.options.is_marketing else Purpose.TRANSACTIONAL
    ready: list[Ready] = []
    for one in kept:
        of_person = facts[one.person]
        match decide(of_person, rules, purpose, now):
            case Allowed(address):
                ready.append(Ready(one, there[one.person], address))
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
    return [
        _skipped(one, MERGED if one.person in heirs else Reason.FORGOTTEN, now=now)
        for one in gone
        if one.person not in heirs
        or not await store.give_to_heir(tx, brand_id, one.message_id, heirs[one.person])
    ]


async def _with_recent(
    tx: Tx, claimed: Sequence[Claimed], facts: Mapping[ProfileRef, Facts], asked: _Asked
) -> dict[ProfileRef, Facts]:
    period = remembers(asked.rules)
    if period is None or not claimed:
        return dict(facts)
    recent = await store_sent.select_recent(
        tx, asked.lane.brand_id, claimed, since=asked.now - period, now=asked.now
    )
    media = asked.media
    return {
        ref: replace(
            of_person,
            recent=tuple(
                Sending(media[channel], at)
                for channel, at in recent.get(ref, ())
                if channel in media
            ),
        )
        for ref, of_person in facts.items()
    }


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
