"""The URLs of the Notifuse wire."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from tidings.base import ids
from tidings.base.errors import Code, Refused
from tidings.brands.model import Api, SentCall
from tidings.brands.reading import Reading
from tidings.events.committer import Committer
from tidings.events.model import Answer, Batch, OnceKey, Resendable, Stored
from tidings.identity import actions as identity
from tidings.profiles import actions as profiles
from tidings.reports import actions as reports
from tidings.storage.pool import Database
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifuse import reply
from tidings.web.notifuse.parse import Contact, parse_contact_query, parse_contacts

PREFIXES = ("/v2/", "/")
"""Before every method: one of the clients drops the version when its base URL lacks a slash."""

URLS = re.compile(r"/v2(/.*)?|(.*/)?(contacts|messages)\.[^/]*", re.DOTALL)
"""Where callers of this wire go, right or wrong: there they are refused in its words."""


class Notifuse:
    """The calls about contacts, on the rooms that do them."""

    def __init__(self, committer: Committer, database: Database, reading: Reading) -> None:
        self._committer = committer
        self._database = database
        self._reading = reading

    def endpoints(self) -> list[Endpoint]:
        """Return every URL about contacts."""
        return [
            *both(Api.USER, "contacts.upsert", ("POST",), self.upsert_contacts),
            *both(Api.USER, "contacts.info", ("GET",), self.read_contact),
        ]

    async def upsert_contacts(self, call: Call) -> Reply:
        """Create and change contacts; each by itself, whatever becomes of the others."""
        parsed = parse_contacts(call.body, call.brand, call.received_at)
        answer = partial(reply.contacts_upserted, parsed)
        contacts = [record for record in parsed if isinstance(record, Contact)]
        if not contacts:
            return reply.as_reply(answer(Stored()))
        return await self._store(call, contacts, answer)

    async def read_contact(self, call: Call) -> Reply:
        """Read one contact."""
        asked = parse_contact_query(call.query, call.brand)
        async with self._database.transaction() as tx:
            ref = await identity.find(tx, asked)
            profile = None if ref is None else await profiles.read(tx, call.brand.brand_id, ref)
            if profile is None:
                raise Refused(Code.NOT_FOUND, "There is no such contact.")
            received = await reports.received_by_month(tx, call.brand, profile.ref)
        return reply.contact_found(call.brand, asked.value, profile, received=received)

    async def _store(
        self, call: Call, contacts: Sequence[Contact], answer: Callable[[Stored], Answer]
    ) -> Reply:
        once = resendable = None
        if call.idempotency_key is not None:
            once = OnceKey(call.idempotency_key, call.fingerprint(), answer)
        else:
            resendable = Resendable(sent_call(call), answer, call.is_client_gone)
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
        said = outcome if isinstance(outcome, Answer) else answer(outcome)
        if resendable is None:
            return reply.as_reply(said)
        return Reply(said.status, said.body, partial(self._sent, said.first or resendable.call))

    def _sent(self, call: SentCall, is_read: bool) -> None:  # noqa: FBT001 - as the gate calls it
        self._reading.note(call, is_read=is_read)


def sent_call(call: Call) -> SentCall:
    """Return what tells a call that its client sends again."""
    fingerprint = hashlib.sha256(call.key_digest + call.fingerprint()).digest()
    return SentCall(call.brand.brand_id, fingerprint, ids.new_call_id(), call.received_at)


def both(
    api: Api, name: str, methods: tuple[str, ...], act: Callable[[Call], Awaitable[Reply]]
) -> list[Endpoint]:
    """Return the URLs of a method, with the version and without."""
    return [Endpoint(prefix + name, methods, api, act, reply.refuse) for prefix in PREFIXES]
