"""Whatever is claimed, in whatever order: what planning claims never does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.identity.people import BRAND, person
from tests.shop import NOON
from tidings.base import limits
from tidings.identity.claim import claim_of
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of
from tidings.identity.resolve import Person, Plan, plan
from tidings.profiles.model import ProfileRef

MOST = limits.MAX_IDENTIFIERS_PER_PERSON
# Few, so that they meet; two placeholders among them.
VALUES = {
    IdentifierKind.USER_ID: ["ada", "bob", "cyd", "null"],
    IdentifierKind.EMAIL: ["a@x.in", "b@x.in", "c@x.in"],
    IdentifierKind.MOBILE: ["+911", "+912"],
    IdentifierKind.ANONYMOUS_ID: ["v", "w", "x", "y", "0"],
}
EVERYTHING = [
    identifier_of(BRAND, kind, value) for kind, values in VALUES.items() for value in values
]

Known = Mapping[Identifier, Person]


@dataclass(frozen=True)
class World:
    """People, and claims about them."""

    known: dict[Identifier, Person]
    claims: list[Claim]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw people of whom at most one user id each is known, and claims as records make them."""
    owners = draw(
        st.dictionaries(st.sampled_from(EVERYTHING), st.integers(1, 5), max_size=len(EVERYTHING))
    )
    leading: dict[int, list[Identifier]] = {}
    for identifier, number in owners.items():
        others = leading.setdefault(number, [])
        if identifier.kind is IdentifierKind.USER_ID and user_ids(others):
            continue
        others.append(identifier)
    known: dict[Identifier, Person] = {}
    for number, identifiers in leading.items():
        names = user_ids(identifiers)
        made = person(
            number,
            names[0] if names else None,
            created_at=NOON + timedelta(seconds=draw(st.integers(0, 2))),
            identifiers=max(
                len(identifiers), draw(st.sampled_from([0, 0, 0, MOST // 2, MOST - 2]))
            ),
        )
        known |= dict.fromkeys(identifiers, made)
    said = st.fixed_dictionaries(
        {}, optional={kind: st.sampled_from(values) for kind, values in VALUES.items()}
    ).filter(bool)
    records = [claim_of(BRAND, one, position=0).claim for one in draw(st.lists(said, max_size=12))]
    claims = [
        replace(claim, position=position)
        for position, claim in enumerate(claim for claim in records if claim is not None)
    ]
    return World(known, claims)


def user_ids(identifiers: Iterable[Identifier]) -> list[str]:
    """Return the user ids among these."""
    return [one.value for one in identifiers if one.kind is IdentifierKind.USER_ID]


def made_of(known: Known, made: Plan) -> dict[Identifier, Person]:
    """Do what a plan says: return whom each identifier leads to afterwards."""
    people = {one.ref: one for one in known.values()}
    refs = {identifier: one.ref for identifier, one in known.items()}
    for merge in made.merges:
        gone, kept = people.pop(merge.absorbed), people[merge.kept]
        people[merge.kept] = kept._replace(
            user_id=kept.user_id or gone.user_id,
            created_at=min(kept.created_at, gone.created_at),
            identifiers=kept.identifiers + gone.identifiers,
        )
        refs = {one: merge.kept if ref == merge.absorbed else ref for one, ref in refs.items()}
    for number, new in enumerate(made.people, start=1_000):
        one = person(number, new.user_id, identifiers=0)
        people[one.ref] = one
        refs |= dict.fromkeys(new.identifiers, one.ref)
    refs |= made.attach
    for ref, user_id in made.named.items():
        people[ref] = people[ref]._replace(user_id=user_id)
    gained = Counter(refs[one] for one in refs.keys() - known.keys())
    people = {
        ref: one._replace(identifiers=one.identifiers + gained[ref]) for ref, one in people.items()
    }
    return {identifier: people[ref] for identifier, ref in refs.items()}


def leading_to(known: Known) -> dict[ProfileRef, list[Identifier]]:
    """Return which identifiers lead to each person."""
    leading: dict[ProfileRef, list[Identifier]] = {}
    for identifier, one in known.items():
        leading.setdefault(one.ref, []).append(identifier)
    return leading


@given(worlds())
def test_no_two_users_end_in_one_person(world: World) -> None:
    """Whatever a claim says, and however long the chain: two customers stay two."""
    after = made_of(world.known, plan(world.claims, world.known))

    for identifiers in leading_to(after).values():
        assert len(user_ids(identifiers)) <= 1
        assert after[identifiers[0]].user_id in {*user_ids(identifiers), None}
    assert [
        one for one in after if one.kind is IdentifierKind.USER_ID and not after[one].user_id
    ] == []


@given(worlds())
def test_every_record_has_its_person(world: World) -> None:
    """By its own identifier, which no rule can refuse: it must be stored."""
    after = made_of(world.known, plan(world.claims, world.known))

    assert {one.identifier for one in world.claims} <= after.keys()


@given(worlds())
def test_each_identifier_ends_with_exactly_one_person(world: World) -> None:
    """Nobody gets it twice, and what led to somebody is neither given away nor lost."""
    made = plan(world.claims, world.known)

    given_away = [one for new in made.people for one in new.identifiers] + list(made.attach)
    after = made_of(world.known, made)
    assert len(given_away) == len(set(given_away))
    assert world.known.keys().isdisjoint(given_away)
    assert after.keys() == world.known.keys() | set(given_away)
    claimed = {one for claim in world.claims for one in (claim.identifier, *claim.also)}
    unfollowed = {refused.claimed for refused in made.refused}
    assert claimed <= after.keys() | unfollowed


@given(worlds())
def test_what_is_followed_is_true_afterwards(world: World) -> None:
    """All identifiers of a record lead to one person, but for those it was refused."""
    made = plan(world.claims, world.known)

    after = made_of(world.known, made)
    refused = {(one.claim.position, one.claimed) for one in made.refused}
    for claim in world.claims:
        taken = [one for one in claim.also if (claim.position, one) not in refused]
        assert {after[one].ref for one in taken} <= {after[claim.identifier].ref}


@given(worlds())
def test_nobody_goes_twice_and_nobody_comes_back(world: World) -> None:
    """Merges are done one after the other: who went is not there for the next."""
    made = plan(world.claims, world.known)

    there = {one.ref for one in world.known.values()}
    for merge in made.merges:
        assert {merge.kept, merge.absorbed} <= there
        there.remove(merge.absorbed)
    assert set(made.attach.values()) | made.named.keys() <= there


@given(worlds())
def test_a_plan_is_the_same_whoever_makes_it(world: World) -> None:
    """The database gives rows in any order, and every process must come to the same."""
    backwards = dict(reversed(world.known.items()))

    assert plan(world.claims, backwards) == plan(world.claims, world.known)


@given(worlds())
def test_the_same_claims_again_change_nothing(world: World) -> None:
    """Else a call that begins anew would never end; only what was refused is refused again."""
    first = plan(world.claims, world.known)

    again = plan(world.claims, made_of(world.known, first))

    assert again == Plan([], {}, {}, [], again.refused)
    assert told(again) == told(first)


@given(worlds())
def test_merges_alone_settle_as_well(world: World) -> None:
    """They are a transaction of their own; the call begins anew and does the rest."""
    whole = plan(world.claims, world.known)
    merged = made_of(world.known, Plan([], {}, {}, whole.merges, []))

    rest = plan(world.claims, merged)

    assert rest.merges == []
    assert told(rest) == told(whole)
    assert refs_of(made_of(merged, rest)) == refs_of(made_of(world.known, whole))


@given(worlds())
def test_a_person_never_gets_more_identifiers_than_allowed(world: World) -> None:
    """However they come to them."""
    after = made_of(world.known, plan(world.claims, world.known))

    assert max((one.identifiers for one in after.values()), default=0) <= MOST


def told(made: Plan) -> Sequence[tuple[int, Identifier]]:
    """Return what was refused, without reason: a merge may have given another meanwhile."""
    return [(one.claim.position, one.claimed) for one in made.refused]


def refs_of(known: Known) -> dict[Identifier, ProfileRef]:
    """Return where the person of each identifier lies."""
    return {identifier: one.ref for identifier, one in known.items()}
