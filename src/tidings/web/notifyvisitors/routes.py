"""The URLs of the NotifyVisitors wire."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId
from tidings.brands.model import Api, Brand
from tidings.events import actions as events
from tidings.events.accept import EventRules
from tidings.events.committer import Committer
from tidings.events.model import Activity, Answer, Batch, OnceKey, Stored
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Identifier, IdentifierKind
from tidings.privacy import actions as privacy
from tidings.profiles import actions as profiles
from tidings.profiles.model import Profile
from tidings.segments import actions as segments
from tidings.segments.saved import Membership
from tidings.storage.pool import Database
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import reply
from tidings.web.notifyvisitors.parse import (
    Records,
    parse_events,
    parse_user_event,
    parse_users,
)
from tidings.web.notifyvisitors.queries import parse_event_query, write_cursor
from tidings.web.notifyvisitors.references import parse_deletion, parse_reference
from tidings.web.notifyvisitors.reply import instant
from tidings.web.notifyvisitors.segment_reply import membership

_UNKNOWN_USER = "There is no such user."
# How often a deletion begins anew because one of its users is given an identifier at that moment.
_MOST_BEGINNINGS = 10


class NotifyVisitors:
    """The calls of this wire, on the rooms that do them."""

    def __init__(self, committer: Committer, database: Database) -> None:
        self._committer = committer
        self._database = database
        self._rules = EventRules()

    def endpoints(self) -> list[Endpoint]:
        """Return every URL of this wire."""
        post, query = ("POST",), ("GET", "POST")
        user = partial(Endpoint, api=Api.USER, refuse=reply.refuse_bare)
        user_query = partial(Endpoint, api=Api.USER, refuse=reply.refuse_wrapped)
        event = partial(Endpoint, api=Api.EVENT, refuse=reply.refuse_wrapped)
        return [
            user("/api/v1/user/create", post, act=self.create_users),
            user("/api/v1/user/delete", ("POST", "DELETE"), act=self.delete_users),
            user_query("/api/v1/user/userData", query, act=self.read_user),
            user_query("/api/v1/user/profile", query, act=self.list_doers),
            user_query("/api/v1/user/count", query, act=self.count_doers),
            user_query("/api/v1/user_event/create", post, act=self.create_user_event),
            event("/api/event", post, act=self.create_events),
            event("/api/v1/event/create", post, act=self.create_events_with_users),
            event("/api/v1/event/get", query, act=self.list_doers),
            event("/api/v1/event/count", query, act=self.count_doers),
        ]

    async def create_users(self, call: Call) -> Reply:
        """Create and update profiles."""
        records = parse_users(call.body, call.brand, call.received_at)
        return await self._store(call, records, partial(reply.users_stored, records))

    async def create_events(self, call: Call) -> Reply:
        """Store events."""
        records = parse_events(
            call.body, call.brand, call.received_at, self._rules, with_users=False
        )
        return await self._store(call, records, partial(reply.events_queued, records))

    async def create_events_with_users(self, call: Call) -> Reply:
        """Store events, and profile attributes that come with them."""
        records = parse_events(
            call.body, call.brand, call.received_at, self._rules, with_users=True
        )
        return await self._store(call, records, partial(reply.events_queued, records))

    async def create_user_event(self, call: Call) -> Reply:
        """Store one user and then one event of theirs, together."""
        records = parse_user_event(call.body, call.brand, call.received_at, self._rules)
        return await self._store(call, records, partial(reply.user_event_stored, records))

    async def delete_users(self, call: Call) -> Reply:
        """Forget users."""
        asked = parse_deletion(call.body, call.brand, call.query)
        found = await self._forget(call.brand.brand_id, asked)
        if not found:
            raise Refused(Code.NOT_FOUND, "None of these users exists.")
        return reply.users_deleted([identifier.value for identifier in found])

    async def read_user(self, call: Call) -> Reply:
        """Read one user with all that is known of them."""
        asked = parse_reference(call.body, call.brand, call.query)
        async with self._database.transaction() as tx:
            ref = await identity.find(tx, asked)
            profile = None if ref is None else await profiles.read(tx, call.brand.brand_id, ref)
            if ref is None or profile is None:
                raise Refused(Code.NOT_FOUND, _UNKNOWN_USER)
            identifiers = await identity.identifiers_of(tx, call.brand.brand_id, [ref])
            activity = await events.summarize(tx, call.brand.brand_id, ref)
            memberships = await segments.of_person(tx, call.brand.brand_id, ref)
        data = _user_data(
            call.brand, profile, identifiers[ref], activity=activity, memberships=memberships
        )
        return reply.success(data)

    async def list_doers(self, call: Call) -> Reply:
        """List the users who did an event, a page at a time."""
        doers, after, size = parse_event_query(call.body, call.query, call.brand, call.received_at)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            page = await events.page_of_doers(tx, brand_id, doers, after=after, size=size)
            found = await profiles.read_many(tx, brand_id, [ref for ref, _ in page])
            visitors = [profile.ref for profile in found if profile.user_id is None]
            identifiers_of = await identity.identifiers_of(tx, brand_id, visitors)
        profile_of = {profile.ref: profile for profile in found}
        users = [
            {
                **_ids(profile_of[ref], identifiers_of.get(ref, [])),
                "user_attributes": profile_of[ref].attributes,
                "events": _activity(call.brand, activity),
            }
            for ref, activity in page
            if ref in profile_of
        ]
        cursor = write_cursor(page[-1][0]) if len(page) == size else None
        return reply.success({"users": users, "cursor": cursor})

    async def count_doers(self, call: Call) -> Reply:
        """Count the users who did an event."""
        doers, _, _ = parse_event_query(call.body, call.query, call.brand, call.received_at)
        async with self._database.transaction() as tx:
            count = await events.count_doers(tx, call.brand.brand_id, doers)
        return reply.success({"count": count})

    async def _forget(self, brand_id: BrandId, asked: list[Identifier]) -> list[Identifier]:
        for _ in range(_MOST_BEGINNINGS):
            try:
                async with self._database.transaction() as tx:
                    return await privacy.forget(tx, brand_id, asked)
            except ClaimsChanged:
                continue
        raise unavailable("These users are changing faster than this call. Send again shortly.")

    async def _store(
        self, call: Call, records: Records, answer: Callable[[Stored], Answer]
    ) -> Reply:
        once = None
        if call.idempotency_key is not None:
            once = OnceKey(call.idempotency_key, call.fingerprint(), answer)
        outcome = await self._committer.submit(
            Batch(
                brand_id=call.brand.brand_id,
                received_at=call.received_at,
                changes=records.changes,
                events=records.events,
                claims=records.claims,
                once=once,
            )
        )
        return reply.as_reply(outcome if isinstance(outcome, Answer) else answer(outcome))


def _user_data(
    brand: Brand,
    profile: Profile,
    identifiers: list[Identifier],
    *,
    activity: Activity,
    memberships: list[Membership],
) -> dict[str, Any]:
    data: dict[str, Any] = {
        **_ids(profile, identifiers),
        "user_attributes": profile.attributes,
        "created_at": instant(brand, profile.created_at),
        "first_seen": instant(brand, activity.first or profile.created_at),
        "last_seen": instant(brand, activity.last or profile.updated_at),
        "identifiers": [
            {"kind": identifier.kind.name.lower(), "value": identifier.value}
            for identifier in identifiers
        ],
        "segments": [membership(brand, one) for one in memberships],
        "events": _activity(brand, activity),
    }
    if profile.mismatched:
        data["mismatched"] = profile.mismatched
    return data


def _ids(profile: Profile, identifiers: list[Identifier]) -> dict[str, Any]:
    anonymous_ids = [
        found.value for found in identifiers if found.kind is IdentifierKind.ANONYMOUS_ID
    ]
    if profile.user_id is not None or not anonymous_ids:
        return {"userID": profile.user_id}
    # Without it nobody could say in a later call which of the visitors is meant.
    return {"userID": None, "anonymousID": anonymous_ids[0]}


def _activity(brand: Brand, activity: Activity) -> dict[str, Any]:
    return {
        "count": activity.count,
        "first": instant(brand, activity.first),
        "last": instant(brand, activity.last),
        "ltv": activity.ltv,
    }
