"""Messages that somebody asks for one by one: what each is made of, and whether it is queued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from tidings.base import clock, ids, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId, CallId
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.kinds import platforms_of
from tidings.channels.model import ChannelId, ShutChannel
from tidings.consent import actions as consent
from tidings.consent.decide import decide
from tidings.consent.model import Denied, Facts, Purpose
from tidings.messages import actions
from tidings.messages.model import (
    LaneOptions,
    MessageId,
    MessageOptions,
    NewMessage,
    Source,
    TemplateAt,
)
from tidings.messages.reach import narrowed
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.templates.model import Template

ANY = "*"
"""Ends the key of a template of which any will do whose key begins so."""

NO_OPTIONS = MessageOptions()

# All messages of calls by one channel share a lane, but those under other rules are beside it.
_LANES: Mapping[Purpose, int] = {Purpose.MARKETING: 0, Purpose.TRANSACTIONAL: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message as a call asks for it.

    Shape:  channel, template - their keys; content - JSON, in the place of a template; data - what
            the template is given, JSON.
    """

    channel: str
    due_at: datetime
    purpose: Purpose
    template: str | None = None
    content: bytes | None = None
    data: bytes | None = None
    options: MessageOptions = NO_OPTIONS


class Made(NamedTuple):
    """A message that can be queued, as far as the call goes.

    Shape:  template - None for one with a content of its own.
    """

    asked: Asked
    channel: ShutChannel
    template: Template | None


async def look_up(
    tx: Tx, brand_id: BrandId, asked: Sequence[Asked]
) -> list[Made | Sequence[Mistake]]:
    """Find what messages name, or say of each what is wrong with it.

    Shape:  returns one for each, in order; fields of mistakes are those of `Asked`.
    """
    there = _There(
        {one.key: one for one in await channels.list_channels(tx, brand_id)},
        {one.key: one for one in await templates.list_all(tx, brand_id)},
    )
    contents: dict[tuple[Medium, bytes], Sequence[Mistake]] = {}
    made: list[Made | Sequence[Mistake]] = []
    for one in asked:
        found = _found(one, there)
        if isinstance(found, Made) and one.content is not None:
            key = found.channel.medium, one.content
            if key not in contents:
                is_one_too_many = len(contents) >= limits.MAX_CONTENTS_PER_CALL
                contents[key] = (
                    _TOO_MANY_CONTENTS if is_one_too_many else await _wrong(tx, brand_id, *key)
                )
            found = contents[key] or found
        made.append(found)
    return made


def mistakes_in(found: Sequence[Made | Sequence[Mistake]]) -> list[Mistake]:
    """Return what is wrong with messages that were looked up, each with the index of its own."""
    return [
        Mistake(wrong.message, wrong.field, index)
        for index, one in enumerate(found)
        if not isinstance(one, Made)
        for wrong in one
    ]


async def queue(
    tx: Tx, brand_id: BrandId, call_id: CallId, wanted: Sequence[tuple[Made, ProfileRef]]
) -> list[MessageId | Denied]:
    """Queue messages to whom they may be sent to; say of each other why not.

    What is allowed now is asked again when the message is sent.

    Shape:  call_id - of the call, once: a person may get several messages of it.
    """
    facts = await _facts(tx, brand_id, wanted)
    rules, now = await consent.rules_of(tx, brand_id), clock.now()
    answers: dict[int, MessageId | Denied] = {}
    of_lane: dict[tuple[Purpose, ChannelId, Medium], list[int]] = {}
    for position, (made, person) in enumerate(wanted):
        purpose = made.asked.purpose
        known = facts.get((made.channel.medium, person))
        if known is not None:
            known = narrowed(known, platforms_of(made.channel.provider), None, made.asked.options)
        decision = decide(known, rules, purpose, now)
        if isinstance(decision, Denied):
            answers[position] = decision
        else:
            key = purpose, made.channel.channel_id, made.channel.medium
            of_lane.setdefault(key, []).append(position)
    # In one order, so that two calls do not wait for each other's counts.
    for (purpose, channel_id, medium), positions in sorted(of_lane.items()):
        lane = await actions.open_lane(
            tx,
            (brand_id, channel_id),
            source=(Source.CALL, _LANES[purpose]),
            medium=medium,
            options=LaneOptions(is_marketing=purpose is Purpose.MARKETING),
        )
        new = [_new(*wanted[position], key=f"{call_id}:{position}") for position in positions]
        places = await actions.enqueue(tx, (brand_id, lane.lane_id), new)
        for position, place in zip(positions, places, strict=True):
            if place is None:
                raise AssertionError("every message of a call has a key of its own")
            answers[position] = place
    return [answers[position] for position in range(len(wanted))]


class _There(NamedTuple):
    channels: Mapping[str, ShutChannel]
    templates: Mapping[str, Template]


_TOO_MANY_CONTENTS = [
    Mistake(
        f"is one too many: a call has {limits.MAX_CONTENTS_PER_CALL} different contents; "
        "save a template",
        "content",
    )
]


def _found(asked: Asked, there: _There) -> Made | Sequence[Mistake]:
    channel = there.channels.get(asked.channel)
    if channel is None:
        return [Mistake("is no channel of the brand", "channel")]
    if asked.template is None:
        return Made(asked, channel, None)
    template = _template(asked.template, channel.medium, there.templates)
    if isinstance(template, Mistake):
        return [template]
    return Made(asked, channel, template)


def _template(key: str, medium: Medium, known: Mapping[str, Template]) -> Template | Mistake:
    if key.endswith(ANY):
        start = key.removesuffix(ANY)
        among = [one for one in known.values() if one.key.startswith(start)]
        fitting = [one for one in among if one.medium == medium]
        if not fitting:
            return Mistake(f"is the beginning of no template for {medium}", "template")
        return ids.draw_one(fitting)
    template = known.get(key)
    if template is None:
        return Mistake("is no template of the brand", "template")
    if template.medium != medium:
        return Mistake(f"is for {template.medium}, not {medium}", "template")
    return template


async def _wrong(tx: Tx, brand_id: BrandId, medium: Medium, content: bytes) -> Sequence[Mistake]:
    if len(content) > limits.MAX_TEMPLATE_BYTES:
        return [Mistake(f"has at most {limits.MAX_TEMPLATE_BYTES:,} bytes", "content")]
    try:
        await templates.compiled_from(tx, brand_id, medium, msgspec.json.decode(content))
    except Refused as refused:
        if refused.code is not Code.INVALID:
            raise
        return [
            Mistake(one.message, f"content.{one.field}" if one.field else "content")
            for one in refused.mistakes
        ]
    return []


async def _facts(
    tx: Tx, brand_id: BrandId, wanted: Sequence[tuple[Made, ProfileRef]]
) -> dict[tuple[Medium, ProfileRef], Facts]:
    """Return what is known of people for each medium on which they are to get something."""
    there = {
        profile.ref: profile
        for profile in await profiles.read_many(
            tx, brand_id, sorted({person for _, person in wanted})
        )
    }
    facts: dict[tuple[Medium, ProfileRef], Facts] = {}
    for medium in sorted({made.channel.medium for made, _ in wanted}):
        people = {ref for made, ref in wanted if made.channel.medium is medium and ref in there}
        gathered = await consent.gather(
            tx,
            brand_id,
            [(ref, there[ref].attributes) for ref in sorted(people)],
            medium=medium,
        )
        facts |= {(medium, ref): each for ref, each in gathered.items()}
    return facts


def _new(made: Made, person: ProfileRef, *, key: str) -> NewMessage:
    template = made.template
    return NewMessage(
        person=person,
        due_at=made.asked.due_at,
        template=None
        if template is None
        else TemplateAt(template.template_id, template.last_version),
        content=made.asked.content,
        data=made.asked.data,
        options=made.asked.options,
        dedupe_key=key,
    )
