"""Which segments a definition names, and what is wrong with that: pure."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import cast

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.segments.interest import cycle_through
from tidings.segments.model import Node, SegmentId
from tidings.segments.reading import Fields, join

Nameable = Mapping[SegmentId, Node | None]


def places_of_segments(definition: object) -> dict[str, SegmentId]:
    """Return which segments a definition names, by path; there may be mistakes in it.

    Shape:  definition - decoded JSON.
    """
    places: dict[str, SegmentId] = {}
    level = [("", definition)]
    for _ in range(limits.MAX_SEGMENT_DEPTH):
        inner: list[tuple[str, object]] = []
        for path, node in level:
            fields = cast("Fields", node) if isinstance(node, dict) else {}
            named = fields.get("segment")
            if isinstance(named, int) and not isinstance(named, bool):
                places[join(path, "segment")] = SegmentId(named)
            if "not" in fields:
                inner.append((join(path, "not"), fields["not"]))
            for kind in ("all", "any"):
                nodes = fields.get(kind)
                items = cast("list[object]", nodes) if isinstance(nodes, list) else []
                some = islice(items, limits.MAX_SEGMENT_NODES)
                inner += [(f"{join(path, kind)}[{index}]", one) for index, one in enumerate(some)]
        level = inner[: limits.MAX_SEGMENT_NODES]
    return places


def unpublished(
    definition: object, nameable: Nameable, *, mistakes: Sequence[Mistake]
) -> list[Mistake]:
    """Return a mistake for each segment that cannot be named.

    Shape:  mistakes - what is wrong with the definition otherwise; a place with one needs no other.
    """
    wrong = {mistake.field for mistake in mistakes}
    return [
        Mistake(f"is {named}, which is no published segment", path)
        for path, named in places_of_segments(definition).items()
        if named not in nameable and path not in wrong
    ]


def leads_back(
    segment_id: SegmentId, node: Node, definition: object, *, nameable: Nameable
) -> list[Mistake]:
    """Return a mistake for each place by which a segment would name itself."""
    way = cycle_through(segment_id, node, nameable)
    if way is None:
        return []
    words = f"leads back to the segment itself: {' names '.join(map(str, way))}"
    places = places_of_segments(definition)
    return [Mistake(words, path) for path, named in places.items() if named == way[1]]
