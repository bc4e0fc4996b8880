"""Of all to whom something happened, a segment asks again only of those whom it concerns."""

from dataclasses import replace

import pytest

from tests.segments.world import BOUGHT, NOON, VIEWED
from tidings.base.ids import ProfileId
from tidings.events.telling import PeopleChanged
from tidings.segments.follow import concerned
from tidings.segments.interest import Interest

BUYER, VIEWER, BOTH, MOVED = map(ProfileId, (1, 2, 3, 4))
TOLD = PeopleChanged(
    NOON, [MOVED], did={BOUGHT: [BUYER, BOTH], VIEWED: [VIEWER, BOTH]}, attributes=["city"]
)
NOTHING = Interest()


@pytest.mark.parametrize(
    ("interest", "expected"),
    [
        (NOTHING, []),
        (replace(NOTHING, names=frozenset({BOUGHT})), [BUYER, BOTH]),
        (replace(NOTHING, names=frozenset({BOUGHT, VIEWED})), [BUYER, VIEWER, BOTH]),
        (replace(NOTHING, any_event=True), [BUYER, VIEWER, BOTH]),
        (replace(NOTHING, attributes=frozenset({"city"})), [MOVED]),
        (replace(NOTHING, attributes=frozenset({"age"})), []),
        (replace(NOTHING, births=True), []),
        (
            replace(NOTHING, names=frozenset({VIEWED}), attributes=frozenset({"city"})),
            [VIEWER, BOTH, MOVED],
        ),
    ],
)
def test_those_who_did_or_changed_what_it_is_about(
    interest: Interest, expected: list[ProfileId]
) -> None:
    """Asking of everybody who did anything takes as many times longer as there are names."""
    assert sorted(concerned(interest, TOLD)) == expected


def test_the_newborn_concern_whoever_listens_for_births() -> None:
    """And nobody else."""
    born = PeopleChanged(NOON, [MOVED], births=True)

    assert concerned(replace(NOTHING, births=True), born) == {MOVED}
    assert concerned(replace(NOTHING, any_event=True), born) == set()


def test_who_may_be_other_in_any_way_concerns_every_segment() -> None:
    """After a merge nobody says what is new."""
    assert concerned(NOTHING, PeopleChanged(NOON, [MOVED], is_whole=True)) == {MOVED}
