"""The model itself: a mistake in it would hide one in the server."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.people.model import (
    Born,
    CannotApply,
    Claimed,
    Event,
    Held,
    Kind,
    Name,
    Person,
    Record,
    Step,
    after_event,
    after_steps,
    follow,
    merged,
    merges_alone,
)

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=9)
NOW = Born(LATER, LATER + timedelta(seconds=1))
ADA, BOB = Name(Kind.USER_ID, "ada"), Name(Kind.USER_ID, "bob")
MAIL, OTHER_MAIL = Name(Kind.EMAIL, "a@x.in"), Name(Kind.EMAIL, "b@x.in")
VISITOR, OTHER = Name(Kind.ANONYMOUS_ID, "v"), Name(Kind.ANONYMOUS_ID, "w")


def person(*names: Name, born: datetime = NOON, place: int = 1, **attributes: object) -> Person:
    """Make somebody who was read from the database."""
    held = frozenset((name, Held(value)) for name, value in attributes.items())
    return Person(frozenset(names), Born(born, born), (0, place), held)


def record(*names: Name) -> Record:
    """Make a record that names these."""
    return Record(tuple((name.kind, name.value) for name in names))


def partition(claimed: Claimed) -> set[frozenset[Name]]:
    """Return which identifiers lead to one person each."""
    return {one.names for one in claimed.world}


def test_an_unknown_identifier_is_given_to_the_person_of_the_record() -> None:
    """Whoever is there stays who they are."""
    ada = person(ADA)

    [claimed] = follow(Claimed(frozenset({ada})), record(ADA, MAIL, VISITOR), NOW)

    assert claimed.world == {ada._replace(names=frozenset({ADA, MAIL, VISITOR}))}
    assert (claimed.fresh, claimed.merges) == (frozenset(), ())


def test_who_is_unknown_by_everything_is_created_with_all_of_it() -> None:
    """And known as new, so that an answer can say inserted."""
    [claimed] = follow(Claimed(frozenset()), record(ADA, MAIL), NOW)

    [new] = claimed.world
    assert (new.names, new.born, new.place) == ({ADA, MAIL}, NOW, None)
    assert claimed.has_created(new)


def test_the_user_stays_however_old_the_visitor_is() -> None:
    """Of two without a user id, the one who was there first."""
    ada, old, young = person(ADA, born=LATER), person(VISITOR), person(OTHER, born=LATER)

    [with_user] = follow(Claimed(frozenset({ada, old})), record(ADA, VISITOR), NOW)
    [without] = follow(Claimed(frozenset({young, old})), record(OTHER, VISITOR, MAIL), NOW)

    assert with_user.world == {merged(ada, old)}
    assert without.world == {
        merged(old._replace(names=old.names), young)._replace(
            names=frozenset({VISITOR, OTHER, MAIL})
        )
    }


def test_either_may_stay_of_two_who_came_in_the_same_second() -> None:
    """Instants of creation are whole seconds."""
    one, other = person(VISITOR, place=1, x="1"), person(OTHER, place=2, x="2")

    ways = [*follow(Claimed(frozenset({one, other})), record(VISITOR, OTHER), NOW)]

    assert {way.world for way in ways} == {
        frozenset({merged(one, other)}),
        frozenset({merged(other, one)}),
    }


def test_two_users_stay_two_and_the_identifier_stays_whose_it_was() -> None:
    """Whatever else the record names is followed all the same."""
    world = frozenset({person(ADA, MAIL), person(BOB), person(VISITOR)})

    [claimed] = follow(Claimed(world), record(BOB, MAIL, VISITOR), NOW)

    assert partition(claimed) == {frozenset({ADA, MAIL}), frozenset({BOB, VISITOR})}
    assert claimed.refused == ((MAIL, "two_users"),)


def test_a_placeholder_joins_nobody_and_is_somebody_only_where_there_is_nothing_else() -> None:
    """The record is stored by the first identifier that is none."""
    nobody = Name(Kind.USER_ID, "null")

    [beside] = follow(Claimed(frozenset()), record(nobody, MAIL), NOW)
    [alone] = follow(Claimed(frozenset()), record(nobody), NOW)

    assert record(nobody, MAIL).own == MAIL
    assert (partition(beside), beside.refused) == ({frozenset({MAIL})}, ((nobody, "placeholder"),))
    assert (partition(alone), alone.refused) == ({frozenset({nobody})}, ())


def test_a_record_that_creates_somebody_merges_nobody() -> None:
    """Who is created for the user id is the person of the address from the start."""
    mail = person(MAIL, x="1")

    [claimed] = follow(Claimed(frozenset({mail})), record(ADA, MAIL), NOW)

    assert claimed.world == {mail._replace(names=frozenset({ADA, MAIL}))}
    assert claimed.merges == ()


def test_merges_alone_leave_all_else_of_a_claim_undone() -> None:
    """They are committed before the identifiers of nobody are given."""
    ada, visitor, bob = person(ADA), person(VISITOR), person(BOB)
    world = frozenset({ada, visitor, bob})

    [after] = merges_alone(world, [record(ADA, MAIL, VISITOR), record(BOB, OTHER_MAIL)], NOW)

    assert after == {merged(ada, visitor), bob}
    assert [*merges_alone(world, [record(BOB, MAIL)], NOW)] == []


def test_merges_alone_follow_a_chain_through_identifiers_of_nobody() -> None:
    """Two visitors claim one unknown address: they are one, though it leads to nobody yet."""
    old, young = person(VISITOR), person(OTHER, born=LATER)

    [after] = merges_alone(
        frozenset({old, young}), [record(MAIL, VISITOR), record(MAIL, OTHER)], NOW
    )

    assert after == {merged(old, young)}


def test_merged_attributes_stay_and_gaps_are_filled() -> None:
    """What was put aside is a value too; events and identifiers add up."""
    stays = person(ADA, x="1")._replace(events=frozenset({Event(1)}))
    stays = stays._replace(attributes=stays.attributes | {("score", Held(None, "many"))})
    goes = person(VISITOR, born=LATER, x="2", y="2", score=7)
    goes = goes._replace(events=frozenset({Event(2)}))

    one = merged(stays, goes)

    assert dict(one.attributes) == {"x": Held("1"), "y": Held("2"), "score": Held(None, "many")}
    assert (one.names, one.events) == ({ADA, VISITOR}, {Event(1), Event(2)})
    assert (one.born, one.place) == (stays.born, stays.place)


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        (None, Step("set", "score", 7), Held(7)),
        (Held(7), Step("set", "score", "many"), Held(7, "many")),
        (Held(7, "many"), Step("set", "score", 7), Held(7)),
        (Held(7, "many"), Step("unset", "score"), None),
        (None, Step("inc", "n", 2), Held(2)),
        (Held(3), Step("inc", "n", 2), Held(5)),
        (None, Step("inc", "word", 1), Held(None, 1)),
        (None, Step("push", "tags", "a"), Held(("a",))),
        (Held(("a",)), Step("push", "tags", "b"), Held(("a", "b"))),
    ],
)
def test_a_step_does_what_either_wire_says(
    before: Held | None, step: Step, after: Held | None
) -> None:
    """A value of another type is put aside, and gone with the next that fits."""
    held = {} if before is None else {step.attribute: before}
    ada = person(ADA)._replace(attributes=frozenset(held.items()))

    changed, aside = after_steps(ada, [step])

    assert dict(changed.attributes).get(step.attribute) == after
    assert aside == ([step.attribute] if after is not None and after.aside is not None else [])


def test_a_text_cannot_be_counted_on() -> None:
    """The record fails."""
    with pytest.raises(CannotApply):
        after_steps(person(ADA, word="a"), [Step("inc", "word", 1)])


def test_an_event_id_counts_once_for_a_person() -> None:
    """Without one, every event counts."""
    one = after_event(after_event(person(ADA), Event(1, "e1")), Event(2))

    assert after_event(one, Event(3, "e1")) == one
    assert after_event(one, Event(4)).events == {Event(1, "e1"), Event(2), Event(4)}
