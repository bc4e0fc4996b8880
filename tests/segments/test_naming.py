"""Which segments a definition names: by path, also in one that has mistakes."""

import pytest

from tests.segments.world import tree
from tidings.base.errors import Mistake
from tidings.segments.model import SegmentId
from tidings.segments.naming import leads_back, places_of_segments, unpublished

NAMES_TWO = {"all": [{"segment": 1}, {"not": {"any": [{"segment": 2}, {"reachable": "sms"}]}}]}
NAMES_OTHERS = {"any": [{"reachable": "sms"}, {"segment": 2}]}
ONE, TWO, THREE = SegmentId(1), SegmentId(2), SegmentId(3)


def test_every_segment_is_found_with_its_path() -> None:
    """In whatever node it is named."""
    assert places_of_segments({"segment": 1}) == {"segment": 1}
    assert places_of_segments(NAMES_TWO) == {
        "all[0].segment": 1,
        "all[1].not.any[0].segment": 2,
    }
    assert places_of_segments({"attribute": "segment", "equals": "all"}) == {}


@pytest.mark.parametrize(
    "definition",
    [None, 7, "segment", [], {"segment": "1"}, {"segment": True}, {"all": {"segment": 1}}],
)
def test_what_is_no_definition_names_nothing(definition: object) -> None:
    """Its mistakes are told by those who read it."""
    assert places_of_segments(definition) == {}


def test_a_definition_beside_its_mistakes_still_names_segments() -> None:
    """So that all mistakes are told at once."""
    mistaken = {"all": [{"segment": 9}, {"evnt": 1}, 7], "any": [None, {"segment": 1}]}

    told = unpublished(mistaken, {ONE: None}, mistakes=[])

    assert told == [Mistake("is 9, which is no published segment", "all[0].segment")]


def test_a_place_that_is_wrong_anyway_is_told_once() -> None:
    """0 is no segment because it is no number of one."""
    wrong = [Mistake("must be a whole number from 1 to 2,147,483,647", "segment")]

    assert unpublished({"segment": 0}, {}, mistakes=wrong) == []


def test_a_definition_of_a_thousand_levels_is_walked_as_far_as_one_may_go() -> None:
    """The decoder reads what Python cannot walk down by calling itself."""
    deep: object = {"segment": 1}
    for _ in range(5_000):
        deep = {"not": deep}

    assert places_of_segments(deep) == {}


def test_the_way_back_is_told_where_it_begins() -> None:
    """And only there: the other segment is not to blame."""
    stored = {TWO: tree({"segment": 3}), THREE: tree({"not": {"segment": 1}})}

    told = leads_back(ONE, tree(NAMES_OTHERS), NAMES_OTHERS, nameable=stored)

    words = "leads back to the segment itself: 1 names 2 names 3 names 1"
    assert told == [Mistake(words, "any[1].segment")]
    assert leads_back(SegmentId(4), tree(NAMES_OTHERS), NAMES_OTHERS, nameable=stored) == []
