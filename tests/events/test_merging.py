"""Two people become one: what the one has then, and what is nobody's any more."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from tests.events.people import (
    activity_of,
    claim,
    identifiers_of,
    merge,
    merges_of,
    ref_of,
    refused,
)
from tests.shop import NOON, KeptEvent, Shop
from tidings.base import clock
from tidings.base.ids import TaskId
from tidings.events.jobs import make_months
from tidings.events.model import Activity
from tidings.identity.model import Identifier, MergeDone
from tidings.profiles.model import Profile, ProfileRef
from tidings.work import queue
from tidings.work.model import NewTask, Task

DAY = timedelta(days=1)

SELECT_EVENT_IDS = "SELECT slot, profile_id, event_id FROM event_ids ORDER BY event_id"
KILL_TASK = """
INSERT INTO dead_tasks (
    slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error, died_at
)
SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, 12, 'no such luck', run_at
FROM tasks
WHERE task_id = $1
"""


def in_other_slots(shop: Shop) -> tuple[Identifier, Identifier]:
    """Make a user and a visitor whose rows lie in two slots."""
    ada, visitor = shop.user("ada"), shop.anonymous("v")
    assert ada.slot != visitor.slot
    return ada, visitor


async def put_task(shop: Shop, ref: ProfileRef, label: str, *, is_dead: bool = False) -> TaskId:
    """Queue work for a person; let it die at once if asked."""
    task = NewTask(
        slot=ref.slot,
        name="note",
        brand_id=shop.brand_id,
        run_at=NOON,
        profile_id=ref.profile_id,
        payload=msgspec.json.encode(label),
    )
    async with shop.database.transaction() as tx:
        await queue.enqueue(tx, [task])
        task_id = TaskId(await tx.fetchval("SELECT max(task_id) FROM tasks"))
        if is_dead:
            await tx.execute(KILL_TASK, task_id)
            await tx.execute("DELETE FROM tasks WHERE task_id = $1", task_id)
    return task_id


async def test_who_stays_has_the_events_of_both_with_all_their_times(shop: Shop) -> None:
    """Only whose they are has changed; counts add up, first is the earliest, last the latest."""
    async with shop.database.transaction() as tx:
        await make_months(tx)
    ada, visitor = in_other_slots(shop)
    rich = b'{"b": [1, 2.0], "a": "\\u00e9"}'
    received_at = NOON + timedelta(seconds=1.5)
    await shop.committer.submit(
        shop.batch(
            shop.event(ada, at=NOON, ltv=1.5),
            shop.event(visitor, json=rich, at=NOON - 9 * DAY, ltv=2.25, event_id="v1"),
            shop.event(visitor, "Seen", {"n": 1}, at=clock.now(), context=b'{"page": "/a"}'),
            received_at=received_at,
        )
    )
    await shop.send(shop.event(visitor, "Seen", {"n": "x"}, at=NOON.replace(year=2001)))
    before = await shop.events()

    await merge(shop, ada, visitor)

    ref = await ref_of(shop, ada)
    after = [kept for kept in await shop.events() if kept != shop_event_of(ref)]
    assert after == [replace(kept, ref=ref) for kept in before]
    assert await activity_of(shop, visitor) == Activity(
        count=5,
        first=min(kept.occurred_at for kept in before),
        last=max(kept.occurred_at for kept in before),
        ltv=33.75,
    )
    assert await shop.count_orphans() == 0


def shop_event_of(ref: ProfileRef) -> KeptEvent:
    """Return the event by which `merge` merges, as kept."""
    return KeptEvent(ref, "Bought", NOON, NOON, 10.0, None, {}, None, None)


async def test_the_profile_that_stays_keeps_its_values_and_is_filled(shop: Shop) -> None:
    """Here it is younger: it takes over the earlier instant, too, and what was put aside."""
    ada, visitor = in_other_slots(shop)
    await shop.send(shop.change("somebody", {"age": 1, "size": 1}))
    early = NOON - DAY
    said = shop.change(visitor, {"city": "Pune", "plan": "gold", "age": "x", "size": "y"})
    await shop.committer.submit(shop.batch(said, received_at=early))
    await shop.send(shop.change(ada, {"city": "Mumbai", "age": 30}))
    ref = await ref_of(shop, ada)

    await merge(shop, ada, visitor)

    profile = await shop.profile(visitor)
    assert profile is not None
    assert profile == Profile(
        ref=ref,
        user_id="ada",
        attributes={"city": "Mumbai", "age": 30, "plan": "gold"},
        mismatched={"size": "y"},
        created_at=early,
        updated_at=profile.updated_at,
    )


async def test_all_identifiers_lead_to_who_stays(shop: Shop) -> None:
    """Also those that no record of the call named."""
    ada, visitor = in_other_slots(shop)
    mail, other = shop.email("v@x.in"), shop.anonymous("w")
    await shop.send(shop.event(visitor), claims=[claim(mail, visitor, other)])
    await shop.send(shop.event(ada))
    ref = await ref_of(shop, ada)

    await merge(shop, ada, mail)

    assert await identifiers_of(shop, ada) == [ada, mail, visitor, other]
    assert [await ref_of(shop, one) for one in (visitor, other, mail)] == [ref] * 3


async def test_of_two_visitors_the_one_who_was_there_first_stays(shop: Shop) -> None:
    """Whichever of them the record names first."""
    for number, names_older_first in enumerate((True, False)):
        older, younger = shop.email(f"{number}@x.in"), shop.anonymous(f"v{number}")
        if not names_older_first:
            older, younger = younger, older
        await shop.send(shop.change(younger, {"city": "Pune"}))
        early = shop.batch(shop.change(older, {"city": "Delhi"}), received_at=NOON - DAY)
        await shop.committer.submit(early)
        ref = await ref_of(shop, older)

        mail, visitor = sorted((older, younger), key=lambda one: one.kind)
        await merge(shop, mail, visitor)

        assert await ref_of(shop, younger) == ref
        assert await shop.attributes(younger) == ({"city": "Delhi"}, {})


async def test_event_ids_go_along(shop: Shop) -> None:
    """An event that was sent for the visitor is known when it comes again for the user."""
    ada, visitor = in_other_slots(shop)
    sent = [shop.event(ada, event_id=one) for one in ("a", "both")]
    sent += [shop.event(visitor, event_id=one) for one in ("v", "both")]
    await shop.send(*sent)

    await merge(shop, ada, visitor)
    await shop.send(shop.event(ada, event_id="v"), shop.event(visitor, event_id="a"), *sent)

    ref = await ref_of(shop, ada)
    async with shop.database.connection() as connection:
        rows = [tuple(row.values()) for row in await connection.fetch(SELECT_EVENT_IDS)]
    assert rows == [(*ref, one) for one in ("a", "both", "v")]
    # What both had sent under one id were two events, and stay two.
    ids = [kept.event_id for kept in await shop.events() if kept.event_id]
    assert sorted(ids) == ["a", "both", "both", "v"]


async def test_work_for_who_goes_is_work_for_who_stays(shop: Shop) -> None:
    """Queued and dead, in its order; that of neighbours in the slot stays theirs."""
    ada, visitor = in_other_slots(shop)
    await shop.send(shop.event(ada), shop.event(visitor))
    kept, gone = await ref_of(shop, ada), await ref_of(shop, visitor)
    neighbour = ProfileRef(gone.slot, type(gone.profile_id)(gone.profile_id + 1))
    ids = [await put_task(shop, ref, label) for ref, label in (
        (gone, "first"), (kept, "second"), (gone, "third"), (neighbour, "other"))]  # fmt: skip
    dead_id = await put_task(shop, gone, "dead", is_dead=True)

    await merge(shop, ada, visitor)

    def task(task_id: TaskId, ref: ProfileRef, label: str) -> Task:
        return Task(
            slot=ref.slot,
            name="note",
            brand_id=shop.brand_id,
            run_at=NOON,
            profile_id=ref.profile_id,
            payload=msgspec.json.encode(label),
            task_id=task_id,
            attempts=0,
        )

    async with shop.database.transaction() as tx:
        waiting, dead = await queue.list_waiting(tx), await queue.list_dead(tx)
    labels = ("first", "second", "third")
    wanted = [task(task_id, kept, label) for task_id, label in zip(ids[:3], labels, strict=True)]
    assert waiting == [*wanted, task(ids[3], neighbour, "other")]
    assert [(one.task_id, one.slot, one.profile_id) for one in dead] == [(dead_id, *kept)]
    (done,) = await merges_of(shop, ada)
    assert done.moved == {"identifiers": 1, "events": 1, "tasks": 3}


async def test_the_account_says_who_went_why_and_what_with_them(shop: Shop) -> None:
    """One row for each merge, the latest first."""
    ada, visitor = in_other_slots(shop)
    mail = shop.email("w@x.in")
    await shop.send(shop.change(ada, {"city": "Mumbai"}))
    await shop.send(shop.change(visitor, {"city": "Pune", "plan": "gold"}), shop.event(visitor))
    await shop.send(shop.change(mail, {"city": "Mumbai"}))
    kept, first, second = [await ref_of(shop, one) for one in (ada, visitor, mail)]

    await merge(shop, ada, visitor)
    await merge(shop, ada, mail)

    latest, earlier = await merges_of(shop, ada)
    assert [latest, earlier] == [
        MergeDone(kept, second, None, mail, (), (), moved(1, 0), latest.merged_at),
        MergeDone(kept, first, None, visitor, ("city",), ("plan",), moved(1, 1), earlier.merged_at),
    ]


def moved(identifiers: int, events: int) -> dict[str, int]:
    """Make the counts of an account."""
    return {"identifiers": identifiers, "events": events, "tasks": 0}


async def test_chains_make_one_person_of_all(shop: Shop) -> None:
    """A and B, then C and A: the account of the first merge goes along with who it speaks of."""
    a, b, c = shop.anonymous("a"), shop.anonymous("b"), shop.user("c")
    mail = shop.email("a@x.in")
    await shop.send(shop.event(a), claims=[claim(mail, a)])
    await shop.committer.submit(shop.batch(shop.event(b), received_at=NOON + DAY))
    await shop.send(shop.event(c))
    gone = [await ref_of(shop, one) for one in (a, b)]

    await merge(shop, mail, b)
    await merge(shop, c, b)

    kept = await ref_of(shop, c)
    assert await identifiers_of(shop, a) == [c, mail, a, b]
    assert [one.absorbed_person for one in await merges_of(shop, c)] == gone
    assert {one.ref for one in await shop.events()} == {kept}
    assert (await activity_of(shop, c)).count == 5
    assert await shop.count_orphans() == 0


async def test_merges_inside_one_call_make_one_person_of_all(shop: Shop) -> None:
    """And every record of it is that person's, whichever identifier it has."""
    a, b, c, mail = (shop.anonymous("a"), shop.anonymous("b"), shop.user("c"), shop.email("a@x.in"))
    await shop.send(*(shop.change(one, {one.value: 1}) for one in (a, b, c)))

    outcome = await shop.send(
        *(shop.event(one) for one in (a, mail, b, c)),
        shop.change(b, {"said": True}),
        claims=[claim(mail, a, position=1), claim(mail, b, position=2), claim(c, a, position=3)],
    )

    ref = await ref_of(shop, c)
    assert outcome == refused()
    assert await identifiers_of(shop, c) == [c, mail, a, b]
    assert await shop.attributes(c) == ({"a": 1, "b": 1, "c": 1, "said": True}, {})
    assert [one.ref for one in await shop.events()] == [ref] * 4
    assert len(await merges_of(shop, c)) == 2
    assert await shop.count_orphans() == 0
