"""What the database holds of a brand, as a world: everything of everybody in one place, once."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from tests.web.people.model import Born, Event, Kind, Name, Person, World
from tests.web.people.wire import held_of
from tests.web.server import Caller

_ROWS = """
SELECT
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            slot, profile_id::text, user_id, attributes, mismatched, created_at
        )), '[]')
        FROM profiles
        WHERE brand_id = $1
    ) AS profiles,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            profile_slot, profile_id::text, kind, value
        )), '[]')
        FROM identifiers
        WHERE brand_id = $1
    ) AS identifiers,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            slot, profile_id::text, attributes -> 'mark', event_id
        )), '[]')
        FROM events
        WHERE brand_id = $1
    ) AS events,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(slot, profile_id::text, event_id)), '[]')
        FROM event_ids
        WHERE brand_id = $1
    ) AS event_ids,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(slot, profile_id::text)), '[]')
        FROM (
            SELECT slot, profile_id FROM merges WHERE brand_id = $1
            UNION ALL
            SELECT slot, profile_id FROM identity_conflicts WHERE brand_id = $1
            UNION ALL
            SELECT owner_slot, owner_id
            FROM identity_conflicts
            WHERE brand_id = $1 AND owner_id IS NOT NULL
        ) AS spoken_of (slot, profile_id)
    ) AS spoken_of,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(absorbed_slot, absorbed_id::text)), '[]')
        FROM merges
        WHERE brand_id = $1
    ) AS absorbed
"""
Place = tuple[int, int]


def read_world(caller: Caller) -> World:
    """Read everybody of a brand.

    Errors: AssertionError when a row belongs to nobody, to two, or is there twice.
    """
    [row] = caller.rows(_ROWS, caller.brand_id)
    read = {name: json.loads(value) for name, value in row.items()}
    names, events = _by_place(read["identifiers"]), _by_place(read["events"])
    event_ids = _by_place(read["event_ids"])
    people: set[Person] = set()
    for slot, number, user_id, attributes, mismatched, created_at in read["profiles"]:
        place = (slot, int(number))
        known_as = [Name(Kind(kind), value) for kind, value in names.pop(place)]
        users = [name.value for name in known_as if name.kind is Kind.USER_ID]
        assert users == ([] if user_id is None else [user_id]), f"{user_id} is known as {users}"
        done = [Event(mark, event_id) for mark, event_id in events.pop(place, [])]
        recorded = {event_id for [event_id] in event_ids.pop(place, [])}
        assert recorded == {event.event_id for event in done} - {None}, f"{recorded}, not {done}"
        born = datetime.fromisoformat(created_at)
        held = held_of(attributes, mismatched)
        people.add(Person(frozenset(known_as), Born(born, born), place, held, frozenset(done)))
    left = (names, events, event_ids)
    assert left == ({}, {}, {}), f"these belong to nobody: {left}"
    places = {person.place for person in people}
    lost = _places(read["spoken_of"]) - places
    assert not lost, f"who is gone is spoken of: {lost}"
    come_back = _places(read["absorbed"]) & places
    assert not come_back, f"who went into others is there: {come_back}"
    marks = Counter(mark for _, _, mark, _ in read["events"])
    twice = [mark for mark, times in marks.items() if times > 1]
    assert not twice, f"these events are there twice: {twice}"
    return frozenset(people)


def _places(rows: list[list[Any]]) -> set[Place]:
    return {(slot, int(number)) for slot, number in rows}


def _by_place(rows: list[list[Any]]) -> dict[Place, list[list[Any]]]:
    found: dict[Place, list[list[Any]]] = {}
    for slot, number, *rest in rows:
        found.setdefault((slot, int(number)), []).append(rest)
    return found
