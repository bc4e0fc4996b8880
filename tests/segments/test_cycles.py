"""Segments that name others, and none that names itself."""

from typing import Any

import pytest

from tests.segments.world import tree
from tidings.segments.interest import cycle_through, names_segments
from tidings.segments.model import Node, SegmentId


def naming(*numbers: int) -> Node:
    """Return a definition that names segments."""
    return tree({"any": [{"segment": one} for one in numbers]})


def test_a_definition_itself_names_only_what_stands_in_it() -> None:
    """Wherever in the tree."""
    node = tree(
        {"not": {"any": [{"segment": 7}, {"all": [{"segment": 9}, {"event": {"name": "Bought"}}]}]}}
    )

    assert names_segments(node) == {7, 9}


@pytest.mark.parametrize(
    ("named", "cycle"),
    [
        ([17], (17, 17)),
        ([18], (17, 18, 17)),
        ([20], (17, 20, 19, 18, 17)),
        ([18, 25], (17, 18, 17)),
        ([5, 21, 23, 99], None),
    ],
)
def test_a_segment_that_would_name_itself_is_told_the_way(named: list[int], cycle: Any) -> None:
    """The shortest, through others too; what it named before does not count any more."""
    stored = {17: naming(17, 22), 18: naming(17), 19: naming(18), 20: naming(21, 19)}
    stored |= {21: naming(5), 22: naming(17), 23: naming(24), 24: naming(23), 25: naming(22)}
    segments = {SegmentId(number): node for number, node in stored.items()}

    assert cycle_through(SegmentId(17), naming(*named), {**segments, SegmentId(5): None}) == cycle
