"""The URLs about messages.

A message goes to somebody who is there, so its contact is stored first: by the committer, as
`contacts.upsert` does. The messages follow in a transaction of their own. A process that ends in
between leaves contacts without messages, and a client without an answer, which sends again: the
contact's operations are then not done twice, and the messages are queued.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import msgspec

from tidings.base import clock, ids
from tidings.base.errors import Code, Mistake, Refused
from tidings.brands import unread
from tidings.brands.model import Api, Brand, SentCall, UnreadAnswer
from tidings.brands.reading import Reading
from tidings.channels import actions as channels
from tidings.consent.model import Denied
from tidings.events.committer import Committer
from tidings.events.model import Answer, Batch, OnceKey, Resendable, Stored
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.messages import actions as messages
from tidings.messages import calls
from tidings.messages.calls import Made
from tidings.messages.contents import content_of
from tidings.messages.model import Message, MessageId
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifuse import message_reply, reply
from tidings.web.notifuse.message_parse import (
    NO_MESSAGE,
    NotSent,
    ToSend,
    parse_message_query,
    parse_messages,
    wrong_with_contact,
)
from tidings.web.notifuse.message_reply import Around, Json
from tidings.web.notifuse.names import wire_path
from tidings.web.notifuse.routes import both, sent_call
from tidings.web.once import do_once

_FORGOTTEN = "contact is not there any more"
# No header can have it in its value: so the two keys of one call meet no other call's.
_OF_MESSAGES = "\n"
_TIME_ZONE = "time_zone"

_failures = msgspec.json.Decoder(list[tuple[str, str] | None]).decode


@dataclass(frozen=True, slots=True)
class _Contacts:
    """What became of the contacts of a call.

    Shape:  failures - of each, None where it is stored; call - what is to be marked when the
            answer was read, None for a call with a key.
    """

    failures: Sequence[tuple[str, str] | None]
    call: SentCall | None


class Messages:
    """The calls about messages.

    Shape:  database - connections of their own.
    """

    def __init__(self, committer: Committer, database: Database, reading: Reading) -> None:
        self._committer = committer
        self._database = database
        self._reading = reading

    def endpoints(self) -> list[Endpoint]:
        """Return every URL about messages."""
        found = [
            # The clients ask for a message at either URL.
            *both(Api.CAMPAIGN, "messages.send", ("GET", "POST"), self.send),
            *both(Api.CAMPAIGN, "messages.info", ("GET",), self.read),
        ]
        refuse = partial(reply.refuse, records="messages")
        return [replace(endpoint, refuse=refuse) for endpoint in found]

    async def send(self, call: Call) -> Reply:
        """Store the contacts and queue messages to them, each by itself."""
        if call.method == "GET":
            return await self.read(call)
        parsed = parse_messages(call.body, call.brand, call.received_at)
        to_send = [one for one in parsed if isinstance(one, ToSend)]
        if not to_send:
            failed = [one for one in parsed if isinstance(one, NotSent)]
            return message_reply.messages_sent([], failed)
        contacts = await self._store_contacts(call, to_send)
        try:
            return await self._queue(call, contacts, _without_failed(parsed, contacts.failures))
        except Exception:
            await self._let_be_sent_again(contacts)
            raise

    async def read(self, call: Call) -> Reply:
        """Read one message."""
        message_id = parse_message_query(call.query)
        brand = call.brand
        async with self._database.transaction() as tx:
            found = await messages.find_many(tx, brand.brand_id, [message_id])
            if message_id not in found:
                raise Refused(Code.NOT_FOUND, NO_MESSAGE)
            kept = await content_of(tx, brand.brand_id, message_id)
            [around] = await _around(tx, brand, list(found.values()))
        around = replace(around, kept=kept)
        return message_reply.message_found(
            message_reply.message_object(brand, found[message_id], around, now=clock.now())
        )

    async def _store_contacts(self, call: Call, to_send: Sequence[ToSend]) -> _Contacts:
        contacts = [one.contact for one in to_send]
        once = resendable = None
        if call.idempotency_key is not None:
            once = OnceKey(call.idempotency_key, call.fingerprint(), _kept_failures)
        else:
            resendable = Resendable(sent_call(call), _kept_failures, call.is_client_gone)
        outcome = await self._committer.submit(
            Batch(
                brand_id=call.brand.brand_id,
                received_at=call.received_at,
                operations=[(contact.identifier, contact.operations) for contact in contacts],
                claims=[contact.claim for contact in contacts if contact.claim is not None],
                once=once,
                resendable=resendable,
            )
        )
        said = outcome if isinstance(outcome, Answer) else _kept_failures(outcome)
        first = None if resendable is None else said.first or resendable.call
        return _Contacts(_failures(said.body), first)

    async def _queue(
        self, call: Call, contacts: _Contacts, wanted: Sequence[ToSend | NotSent]
    ) -> Reply:
        act = partial(_send, call=call, wanted=wanted)
        if call.idempotency_key is not None or contacts.call is None:
            key = f"{call.idempotency_key}{_OF_MESSAGES}"
            return await do_once(self._database, call, act, key=key)
        sent = _of_messages(sent_call(call))
        async with self._database.transaction() as tx:
            first = (await unread.find(tx, [sent])).get(sent.call_id)
            if first is None:
                answer = await act(tx)
                gone = call.is_client_gone()
                await unread.keep(tx, [UnreadAnswer(sent, answer.status, answer.body, gone)])
            else:
                sent, answer = first.call, Reply(first.status, first.body)
        return Reply(answer.status, answer.body, partial(self._sent, (contacts.call, sent)))

    async def _let_be_sent_again(self, contacts: _Contacts) -> None:
        """Have it known, before the client is, that it was not told what became of the contacts."""
        # Without a database it cannot be noted now; it counts as not read after some seconds.
        with suppress(Refused):
            async with self._database.transaction() as tx:
                if contacts.call is not None:
                    await unread.mark(tx, contacts.call)

    def _sent(self, sent: Sequence[SentCall], is_read: bool) -> None:  # noqa: FBT001 - as the gate calls it
        for call in sent:
            self._reading.note(call, is_read=is_read)


async def _send(tx: Tx, *, call: Call, wanted: Sequence[ToSend | NotSent]) -> Reply:
    """Queue what can be, and say of each other message why not."""
    brand_id = call.brand.brand_id
    to_send = [one for one in wanted if isinstance(one, ToSend)]
    failed: dict[int, NotSent] = {}
    found = iter(await calls.look_up(tx, brand_id, [one.asked for one in to_send]))
    refs = await identity.find_many(tx, {one.contact.identifier for one in to_send})
    ready: dict[int, tuple[Made, ProfileRef]] = {}
    for position, one in enumerate(wanted):
        checked = one if isinstance(one, NotSent) else _checked(one, next(found), refs)
        if isinstance(checked, NotSent):
            failed[position] = checked
        else:
            ready[position] = checked
    answers = await calls.queue(tx, brand_id, ids.new_call_id(), list(ready.values()))
    queued: list[MessageId] = []
    for position, answer in zip(ready, answers, strict=True):
        if isinstance(answer, Denied):
            user_id = _user_id(wanted[position])
            failed[position] = NotSent(user_id, answer.detail, answer.reason.value)
        else:
            queued.append(answer)
    shown = await _shown(tx, call.brand, queued)
    return message_reply.messages_sent(shown, [failed[position] for position in sorted(failed)])


def _checked(
    one: ToSend, found: Made | Sequence[Mistake], refs: Mapping[Identifier, ProfileRef]
) -> tuple[Made, ProfileRef] | NotSent:
    if not isinstance(found, Made):
        said = "; ".join(f"{wrong.field} {wrong.message}" for wrong in found)
        return NotSent(one.contact.user_id, said)
    person = refs.get(one.contact.identifier)
    # Somebody forgot them since they were stored.
    return NotSent(one.contact.user_id, _FORGOTTEN) if person is None else (found, person)


def _user_id(one: ToSend | NotSent) -> str:
    return one.user_id if isinstance(one, NotSent) else one.contact.user_id


async def _shown(tx: Tx, brand: Brand, message_ids: Sequence[MessageId]) -> list[Json]:
    found = await messages.find_many(tx, brand.brand_id, message_ids)
    ordered = [found[message_id] for message_id in message_ids]
    now = clock.now()
    return [
        message_reply.message_object(brand, message, around, now=now)
        for message, around in zip(ordered, await _around(tx, brand, ordered), strict=True)
    ]


def _kept_failures(stored: Stored) -> Answer:
    """Write down what became of contacts: what is kept for the same call, sent again."""
    failures = [
        None
        if outcome.failure is None
        else (wire_path(outcome.failure.path), outcome.failure.message)
        for outcome in stored.operated
    ]
    return Answer(200, msgspec.json.encode(failures))


def _without_failed(
    parsed: Sequence[ToSend | NotSent], failures: Sequence[tuple[str, str] | None]
) -> list[ToSend | NotSent]:
    """Take out the messages whose contacts could not be stored.

    Shape:  failures - one for each message to send, in order.
    """
    remaining = iter(failures)
    wanted: list[ToSend | NotSent] = []
    for one in parsed:
        failure = next(remaining) if isinstance(one, ToSend) else None
        if failure is not None and isinstance(one, ToSend):
            wanted.append(NotSent(one.contact.user_id, wrong_with_contact(*failure)))
        else:
            wanted.append(one)
    return wanted


def _of_messages(call: SentCall) -> SentCall:
    """Return what tells the messages of a call, beside its contacts."""
    return replace(call, fingerprint=sha256(call.fingerprint + _OF_MESSAGES.encode()).digest())


async def _around(tx: Tx, brand: Brand, shown: Sequence[Message]) -> list[Around]:
    """Return what stands beside messages, for each in order."""
    channels_by_id = {
        one.channel_id: one for one in await channels.list_channels(tx, brand.brand_id)
    }
    keys = {one.template_id: one.key for one in await templates.list_all(tx, brand.brand_id)}
    people = sorted({one.person for one in shown})
    zones = {
        profile.ref: profile.attributes.get(_TIME_ZONE)
        for profile in await profiles.read_many(tx, brand.brand_id, people)
    }
    around: list[Around] = []
    for one in shown:
        zone = zones.get(one.person)
        around.append(
            Around(
                channel=channels_by_id.get(one.lane.channel_id),
                template_key=None if one.template_id is None else keys.get(one.template_id),
                time_zone=zone if isinstance(zone, str) else None,
            )
        )
    return around
