"""Explaining a round: what has an order is explained by as little as possible, nothing else is."""

from tests.web.people.model import (
    Born,
    Call,
    Event,
    Held,
    Kind,
    Name,
    Person,
    Record,
    Step,
    Told,
    Wire,
    World,
    merged,
)
from tests.web.people.order import Freedom, explain
from tests.web.people.storing import Sent
from tests.web.people.test_model import ADA, BOB, MAIL, NOON, NOW, VISITOR, person

NOTHING = Told()


def sent(
    wire: Wire, *records: Record, told: Told = NOTHING, process: int = 0, number: int = 0
) -> Sent:
    """Make a call with its answer."""
    return Sent(Call(wire, records, process, number), told)


def about(*names: Name, **what: str) -> Record:
    """Make a record that sets attributes."""
    steps = tuple(Step("set", name, value) for name, value in what.items())
    return Record(tuple((name.kind, name.value) for name in names), steps)


def done(mark: int, *names: Name) -> Record:
    """Make a record of an event."""
    return about(*names)._replace(event=Event(mark))


def holding(one: Person, **attributes: object) -> Person:
    """Return somebody with these attributes."""
    held = frozenset((name, Held(value)) for name, value in attributes.items())
    return one._replace(attributes=held)


def world(*people: Person) -> World:
    """Make a world."""
    return frozenset(people)


DELETED = Told(found=(VISITOR,))


def test_the_last_writer_may_be_either_and_no_third() -> None:
    """Two calls set one attribute at the same time."""
    calls = [
        sent(Wire.USERS, about(ADA, x=value), number=number)
        for number, value in enumerate(["1", "2"])
    ]

    for value in ("1", "2"):
        after = world(holding(person(ADA), x=value))
        assert explain(world(person(ADA)), calls, after, NOW) is Freedom.ONE_BY_ONE
    assert explain(world(person(ADA)), calls, world(holding(person(ADA), x="3")), NOW) is None


def test_calls_have_one_order_for_all_they_touch() -> None:
    """Not the first before the second for one attribute, and after it for another."""
    calls = [
        sent(Wire.USERS, about(ADA, x=value, y=value), number=number)
        for number, value in enumerate(["1", "2"])
    ]
    after = world(holding(person(ADA), x="1", y="2"))

    assert explain(world(person(ADA)), calls, after, NOW) is None


def test_every_count_counts() -> None:
    """In whatever order; one that is lost is found."""
    add = Record(((ADA.kind, ADA.value),), (Step("inc", "n", 1),))
    calls = [sent(Wire.CONTACTS, add, number=number) for number in range(3)]
    before = world(person(ADA))

    assert explain(before, calls, world(holding(person(ADA), n=3)), NOW) is Freedom.ONE_BY_ONE
    assert explain(before, calls, world(holding(person(ADA), n=2)), NOW) is None


def test_an_event_amid_a_deletion_is_forgotten_or_somebody_new_has_it() -> None:
    """Nobody has it beside what was there before."""
    old = person(VISITOR)._replace(events=frozenset({Event(1)}))
    calls = [
        sent(Wire.DELETION, about(VISITOR), told=DELETED),
        sent(Wire.EVENTS, done(2, VISITOR), number=1),
    ]
    new = Person(old.names, Born(NOW.earliest, NOW.earliest), (0, 2), events=frozenset({Event(2)}))
    both = old._replace(events=frozenset({Event(1), Event(2)}))

    assert explain(world(old), calls, world(), NOW) is Freedom.ONE_BY_ONE
    assert explain(world(old), calls, world(new), NOW) is Freedom.ONE_BY_ONE
    assert explain(world(old), calls, world(both), NOW) is None
    revived = new._replace(born=Born(NOON, NOON))
    assert explain(world(old), calls, world(revived), NOW) is None


def test_an_answer_must_be_true_in_that_order() -> None:
    """Who was refused an address cannot have come first."""
    refused = Told(refused=((0, Kind.EMAIL, "two_users"),))
    calls = [
        sent(Wire.USERS, about(ADA, MAIL)),
        sent(Wire.USERS, about(BOB, MAIL), told=refused, number=1),
    ]
    before = world(person(ADA), person(BOB, place=2))

    right = world(person(ADA, MAIL), person(BOB, place=2))
    wrong = world(person(ADA), person(BOB, MAIL, place=2))
    assert explain(before, calls, right, NOW) is Freedom.ONE_BY_ONE
    assert explain(before, calls, wrong, NOW) is None


def test_what_waits_in_one_process_is_claimed_first_and_written_then() -> None:
    """No order of whole calls does that; calls of two processes never come to it."""
    before = world(holding(person(ADA), x="0", y="0"))
    claim = about(ADA, MAIL, x="1")
    write = about(MAIL, x="2", y="2")
    after = world(holding(person(ADA, MAIL), x="1", y="2"))

    for process, freedom in ((0, Freedom.TOGETHER), (1, None)):
        calls = [
            sent(Wire.CONTACTS, claim),
            sent(Wire.USERS, write, process=process, number=1),
        ]
        assert explain(before, calls, after, NOW) is freedom


def test_a_deletion_may_come_between_a_merge_and_the_rest_of_its_call() -> None:
    """The merge is committed: whoever is deleted by the visitor's id was ada by then."""
    ada = person(ADA)._replace(events=frozenset({Event(1)}))
    calls = [
        sent(Wire.USERS, about(ADA, VISITOR, x="1")),
        sent(Wire.DELETION, about(VISITOR), told=DELETED, number=1),
    ]
    names = frozenset({ADA, VISITOR})
    new = holding(Person(names, Born(NOW.earliest, NOW.earliest), (0, 9)), x="1")

    before = world(ada, person(VISITOR, place=2))
    assert explain(before, calls, world(new), NOW) is Freedom.MERGES_FIRST


def test_parts_that_share_nothing_are_explained_apart() -> None:
    """And whoever nobody spoke of must be as before."""
    bob = person(BOB, place=2)
    calls = [
        sent(Wire.USERS, about(ADA, x="1")),
        sent(Wire.EVENTS, done(5, VISITOR), number=1),
    ]
    visitor = person(VISITOR, place=3)
    happened = visitor._replace(events=frozenset({Event(5)}))
    before = world(person(ADA), bob, visitor)

    after = world(holding(person(ADA), x="1"), bob, happened)
    assert explain(before, calls, after, NOW) is Freedom.ONE_BY_ONE
    changed = world(holding(person(ADA), x="1"), holding(bob, x="1"), happened)
    assert explain(before, calls, changed, NOW) is None


def test_who_stays_keeps_the_profile() -> None:
    """A merge into the younger of two visitors is none of the orders."""
    old, young = person(VISITOR), person(MAIL, place=2, born=NOW.earliest)
    calls = [sent(Wire.USERS, about(MAIL, VISITOR))]

    before = world(old, young)
    assert explain(before, calls, world(merged(old, young)), NOW) is Freedom.ONE_BY_ONE
    assert explain(before, calls, world(merged(young, old)), NOW) is None


def test_a_record_fails_by_its_own_turn_whoever_claims_after_it() -> None:
    """Bob, who was to be the person of the address, failed; then somebody else became that."""
    adding = Record(((BOB.kind, BOB.value), (MAIL.kind, MAIL.value)), (Step("inc", "word", 1),))
    claiming = Record(
        ((ADA.kind, ADA.value), (MAIL.kind, MAIL.value)), (Step("push", "tags", "a"),)
    )
    told = Told(failed=frozenset({0}))
    call = sent(Wire.CONTACTS, adding, claiming, told=told)
    before = holding(person(MAIL), word="one")
    after = holding(person(ADA, MAIL), word="one", tags=("a",))

    assert explain(world(before), [call], world(after), NOW) is Freedom.ONE_BY_ONE
    call = sent(Wire.CONTACTS, claiming, told=told)
    assert explain(world(before), [call], world(before), NOW) is None


def test_who_was_to_fail_may_succeed_once_somebody_else_was_merged() -> None:
    """Ada would have been the visitor, whose word does not count; then Bob was the visitor."""
    ada = Record(((ADA.kind, ADA.value), (MAIL.kind, MAIL.value)), (Step("inc", "word", 1),))
    bob = Record(((BOB.kind, BOB.value), (MAIL.kind, MAIL.value)), (Step("set", "x", "1"),))
    told = Told(refused=((ADA.value, Kind.EMAIL, "two_users"),), aside=((ADA.value, "word"),))
    before = world(person(ADA), person(BOB), holding(person(MAIL), word="one"))
    counted = person(ADA)._replace(attributes=frozenset({("word", Held(None, 1))}))
    after = world(counted, holding(person(BOB, MAIL), word="one", x="1"))

    call = sent(Wire.CONTACTS, ada, bob, told=told)

    assert explain(before, [call], after, NOW) is Freedom.MERGES_FIRST
