"""What claims make of people, rule by rule: pure."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.identity.people import anonymous, claim, email, mobile, person, user
from tests.shop import NOON
from tidings.base import limits
from tidings.identity.model import Identifier, Refusal
from tidings.identity.resolve import Merge, NewPerson, Person, Plan, Refused, plan

MOST = limits.MAX_IDENTIFIERS_PER_PERSON
NOTHING = Plan(people=[], attach={}, named={}, merges=[], refused=[])
ADA, BOB, MAIL, VISITOR = user("ada"), user("bob"), email("ada@x.in"), anonymous("visitor")


def planned(
    *claims: tuple[Identifier, ...], known: Mapping[Identifier, Person] | None = None
) -> Plan:
    """Plan claims of these identifiers, the first of each being the record's own."""
    return plan([claim(*named) for named in claims], known or {})


def refused(
    named: tuple[Identifier, ...],
    claimed: Identifier,
    reason: Refusal,
    owner: Person | None = None,
) -> Refused:
    """Make the refusal of one claim."""
    return Refused(claim(*named), claimed, reason, None if owner is None else owner.ref)


def test_nothing_is_made_of_no_claims() -> None:
    """A brand without merging claims nothing."""
    assert plan([], {}) == NOTHING


def test_nothing_is_made_of_what_is_so_already() -> None:
    """Most records say what is known."""
    ada = person(1, "ada", identifiers=2)

    assert planned((ADA, MAIL), known={ADA: ada, MAIL: ada}) == NOTHING


def test_identifiers_of_nobody_make_a_person() -> None:
    """With all of them, in the order of their kinds: in the slot of the first the person lies."""
    made = planned((ADA, MAIL, mobile("+911"), VISITOR))

    assert made.people == [NewPerson((ADA, MAIL, mobile("+911"), VISITOR), "ada")]
    assert made == Plan(made.people, {}, {}, [], [])


def test_without_a_user_id_the_person_is_a_visitor() -> None:
    """An address is no user id."""
    assert planned((MAIL, VISITOR)).people == [NewPerson((MAIL, VISITOR), None)]


def test_an_unknown_identifier_is_given_to_the_person_of_the_others() -> None:
    """Whichever of them is known."""
    ada = person(1, "ada")

    forwards = planned((ADA, MAIL), known={ADA: ada})
    backwards = planned((MAIL, VISITOR), known={VISITOR: ada})

    assert forwards == Plan([], {MAIL: ada.ref}, {}, [], [])
    assert backwards == Plan([], {MAIL: ada.ref}, {}, [], [])


def test_a_visitor_becomes_the_user_who_signs_up() -> None:
    """Their history stays where it is: nobody is created, nobody merged."""
    visitor = person(7)

    made = planned((ADA, MAIL, VISITOR), known={VISITOR: visitor})

    both = {ADA: visitor.ref, MAIL: visitor.ref}
    assert made == Plan([], both, {visitor.ref: "ada"}, [], [])


def test_a_user_keeps_the_first_user_id() -> None:
    """An operator may have made one of two users: both ids lead there, one is the name."""
    both = person(1, "ada", identifiers=2)

    made = planned((BOB, MAIL), known={ADA: both, BOB: both})

    assert made == Plan([], {MAIL: both.ref}, {}, [], [])


@pytest.mark.parametrize("is_older", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_of_a_user_and_a_visitor_the_user_stays(is_older: bool, is_first: bool) -> None:  # noqa: FBT001
    """Also when the visitor was there first, and whoever of them the record names first."""
    ada = person(1, "ada")
    visitor = person(7, created_at=NOON + timedelta(days=1 if is_older else -1))
    known = {MAIL: ada, VISITOR: visitor} if is_first else {MAIL: visitor, VISITOR: ada}

    made = planned((MAIL, VISITOR), known=known)

    assert made == Plan([], {}, {}, [Merge(ada.ref, visitor.ref, VISITOR)], [])


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_visitors_who_was_there_first_stays(is_first: bool) -> None:  # noqa: FBT001
    """Whoever of them the record names first."""
    old, young = person(8, created_at=NOON), person(7, created_at=NOON + timedelta(seconds=1))
    known = {MAIL: old, VISITOR: young} if is_first else {MAIL: young, VISITOR: old}

    assert planned((MAIL, VISITOR), known=known).merges == [Merge(old.ref, young.ref, VISITOR)]


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_made_in_one_commit_the_place_decides(is_first: bool) -> None:  # noqa: FBT001
    """Something must, and it must be the same in every process."""
    one, other = person(7), person(8)
    known = {MAIL: one, VISITOR: other} if is_first else {MAIL: other, VISITOR: one}

    assert planned((MAIL, VISITOR), known=known).merges == [Merge(one.ref, other.ref, VISITOR)]


def test_a_record_may_lead_to_more_than_two() -> None:
    """Each merge says by which identifier; what is unknown goes to who stays."""
    old, ada, young = person(1), person(2, "ada"), person(3, created_at=NOON + timedelta(days=1))
    known = {MAIL: old, mobile("+911"): ada, VISITOR: young}

    made = planned((MAIL, mobile("+911"), VISITOR, anonymous("new")), known=known)

    merges = [Merge(ada.ref, old.ref, mobile("+911")), Merge(ada.ref, young.ref, VISITOR)]
    assert made == Plan([], {anonymous("new"): ada.ref}, {}, merges, [])


def test_claims_make_chains_inside_one_call() -> None:
    """A and B, then B and C, make one person of all three."""
    ada, one, two = person(1, "ada"), person(2), person(3)
    known = {ADA: ada, MAIL: one, VISITOR: two}

    made = planned((MAIL, VISITOR), (ADA, VISITOR), known=known)

    merges = [Merge(one.ref, two.ref, VISITOR), Merge(ada.ref, one.ref, VISITOR)]
    assert made == Plan([], {}, {}, merges, [])


def test_people_to_be_made_are_made_once() -> None:
    """Two new people who turn out to be one, and one who turns out to be known."""
    visitor = person(7)
    claims = [
        (MAIL, anonymous("a")),
        (ADA, anonymous("b")),
        (MAIL, anonymous("b")),
        (email("bob@x.in"), anonymous("c")),
        (BOB, email("bob@x.in"), VISITOR),
    ]

    made = planned(*claims, known={VISITOR: visitor})

    gained = dict.fromkeys([BOB, email("bob@x.in"), anonymous("c")], visitor.ref)
    assert made.people == [NewPerson((ADA, anonymous("b"), MAIL, anonymous("a")), "ada")]
    assert made == Plan(made.people, gained, {visitor.ref: "bob"}, [], [])


def test_the_place_of_somebody_new_follows_from_the_first_identifier_given() -> None:
    """Of two new visitors the one whom the later record names first stays."""
    made = planned((MAIL, anonymous("a")), (mobile("+911"), anonymous("b")),
                   (mobile("+911"), anonymous("a")))  # fmt: skip

    wanted = (mobile("+911"), anonymous("b"), MAIL, anonymous("a"))
    assert made == Plan([NewPerson(wanted, None)], {}, {}, [], [])


def test_two_users_never_become_one() -> None:
    """Known bug 19. A shared mailbox must not fuse two customers: it stays whose it was."""
    ada, bob = person(1, "ada", identifiers=2), person(2, "bob")
    named = (BOB, MAIL, VISITOR)

    made = planned(named, known={ADA: ada, BOB: bob, MAIL: ada})

    told = [refused(named, MAIL, Refusal.TWO_USERS, ada)]
    assert made == Plan([], {VISITOR: bob.ref}, {}, [], told)


def test_two_users_of_one_call_never_become_one() -> None:
    """Neither is there yet; who comes first has the mailbox."""
    made = planned((ADA, MAIL), (BOB, MAIL))

    people = [NewPerson((ADA, MAIL), "ada"), NewPerson((BOB,), "bob")]
    assert made == Plan(people, {}, {}, [], [refused((BOB, MAIL), MAIL, Refusal.TWO_USERS)])


def test_a_visitor_who_became_a_user_in_this_call_is_one_from_then_on() -> None:
    """A second user id in the same browser is a second customer."""
    visitor = person(7)

    made = planned((ADA, VISITOR), (BOB, VISITOR), known={VISITOR: visitor})

    told = [refused((BOB, VISITOR), VISITOR, Refusal.TWO_USERS, visitor)]
    people = [NewPerson((BOB,), "bob")]
    assert made == Plan(people, {ADA: visitor.ref}, {visitor.ref: "ada"}, [], told)


def test_a_merge_takes_the_user_id_along() -> None:
    """Through somebody in between two users would become one all the same."""
    ada, visitor, bob = person(1, "ada"), person(7), person(2, "bob")
    known = {ADA: ada, VISITOR: visitor, BOB: bob}

    made = planned((ADA, VISITOR), (BOB, VISITOR), known=known)

    told = [refused((BOB, VISITOR), VISITOR, Refusal.TWO_USERS, ada)]
    assert made == Plan([], {}, {}, [Merge(ada.ref, visitor.ref, VISITOR)], told)


def test_a_placeholder_joins_nobody() -> None:
    """Known bug 20. Not even the person whom it leads to, because somebody sent nothing else."""
    everybody = person(9)
    null, test = anonymous("null"), email("test@example.com")

    made = planned((ADA, test, null), known={null: everybody})

    told = [
        refused((ADA, test, null), test, Refusal.PLACEHOLDER),
        refused((ADA, test, null), null, Refusal.PLACEHOLDER, everybody),
    ]
    assert made == Plan([NewPerson((ADA,), "ada")], {}, {}, [], told)


def test_a_record_of_placeholders_has_the_person_of_the_first() -> None:
    """It must be stored somewhere, and joins nothing there."""
    null, zero = user("null"), anonymous("0")

    made = planned((null, zero))

    told = [refused((null, zero), zero, Refusal.PLACEHOLDER)]
    assert made == Plan([NewPerson((null,), "null")], {}, {}, [], told)


def test_a_placeholder_before_the_records_own_identifier_is_passed_over() -> None:
    """A user id of `0` beside an address: the record is about the address."""
    zero = user("0")

    made = planned((MAIL, zero, VISITOR))

    told = [refused((MAIL, zero, VISITOR), zero, Refusal.PLACEHOLDER)]
    assert made == Plan([NewPerson((MAIL, VISITOR), None)], {}, {}, [], told)


def test_a_person_has_only_so_many_identifiers() -> None:
    """More is an id that many people share; the last that is allowed is given."""
    nearly = person(1, "ada", identifiers=MOST - 1)
    claims = [(ADA, MAIL), (ADA, VISITOR)]

    made = planned(*claims, known={ADA: nearly})

    told = [refused(claims[1], VISITOR, Refusal.TOO_MANY)]
    assert made == Plan([], {MAIL: nearly.ref}, {}, [], told)


def test_people_who_would_have_too_many_identifiers_do_not_become_one() -> None:
    """Counted are all that lead to each, also those that no record of the call names."""
    ada, visitor = person(1, "ada", identifiers=MOST // 2), person(7, identifiers=MOST // 2 + 1)
    known = {ADA: ada, VISITOR: visitor}

    made = planned((ADA, VISITOR), known=known)
    then = planned((ADA, VISITOR), known=known | {VISITOR: visitor._replace(identifiers=MOST // 2)})

    assert made == Plan(
        [], {}, {}, [], [refused((ADA, VISITOR), VISITOR, Refusal.TOO_MANY, visitor)]
    )
    assert then == Plan([], {}, {}, [Merge(ada.ref, visitor.ref, VISITOR)], [])


def test_merges_add_identifiers_up() -> None:
    """What was merged and given earlier in the call counts."""
    ada, one, two = (person(1, "ada", identifiers=MOST - 3), person(2), person(3, identifiers=2))
    claims = [(ADA, MAIL), (ADA, VISITOR), (ADA, anonymous("two"))]
    known = {ADA: ada, VISITOR: one, anonymous("two"): two}

    made = planned(*claims, known=known)

    told = [refused(claims[2], anonymous("two"), Refusal.TOO_MANY, two)]
    merges = [Merge(ada.ref, one.ref, VISITOR)]
    assert made == Plan([], {MAIL: ada.ref}, {}, merges, told)
