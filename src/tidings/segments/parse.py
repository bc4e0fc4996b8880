"""From a definition as decoded JSON to a tree, or to every mistake in it, with its path: pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.ids import NameId
from tidings.base.media import Medium
from tidings.schema.model import AttributeType
from tidings.segments import model
from tidings.segments.model import Comparison, End, Function, Node
from tidings.segments.operators import (
    ALL_OPERATORS,
    IGNORE_CASE,
    NUMBER_OPERATORS,
    read_condition,
    read_number_condition,
    type_asked,
)
from tidings.segments.reading import Fields, Reading, Vocabulary, in_order, join

_CONDITION = {*ALL_OPERATORS, IGNORE_CASE}
_WINDOW = ("in_last", "from", "until")
_COUNTS = [comparison.value for comparison in Comparison]
_ENDS = [end.value for end in End]
_AGGREGATES = [function.value for function in Function]
_MEASURES = ["performed", *_COUNTS, *_ENDS, *_AGGREGATES]


def parse(definition: object, words: Vocabulary) -> Node | list[Mistake]:
    """Read a definition.

    Shape:  definition - decoded JSON; returns the tree, or the mistakes in the order of the
            definition, at most `limits.MAX_MISTAKES_REPORTED`, `field` being the path of each.
    """
    reading = Reading(words)
    node = _node(reading, definition, "", depth=1)
    if node is None or reading.mistakes:
        return in_order(reading.mistakes, definition)[: limits.MAX_MISTAKES_REPORTED]
    return node


def first_of(mistakes: Sequence[Mistake]) -> str:
    """Return the first mistake as a sentence."""
    return f"{mistakes[0].field or 'The definition'} {mistakes[0].message}."


def _node(reading: Reading, value: object, path: str, *, depth: int) -> Node | None:
    kind = _kind(reading, value, path) if reading.has_room(path, depth) else None
    if kind is None:
        return None
    if kind == "attribute":
        return _attribute(reading, value, path)
    inner, inner_path = (reading.fields(value, path, [kind]) or {}).get(kind), join(path, kind)
    if kind in _LEAVES:
        return _LEAVES[kind](reading, inner, inner_path)
    if kind == "not":
        node = _node(reading, inner, inner_path, depth=depth + 1)
        return node and model.Not(node)
    nodes = _nodes(reading, inner, inner_path, depth=depth + 1)
    if nodes is None:
        return None
    return model.All(nodes) if kind == "all" else model.Any(nodes)


def _kind(reading: Reading, value: object, path: str) -> str | None:
    if not isinstance(value, dict):
        return reading.wrong(path, "must be an object")
    return reading.choice(cast("Fields", value), path, _KINDS, "a kind")


def _nodes(reading: Reading, value: object, path: str, *, depth: int) -> tuple[Node, ...] | None:
    items = reading.items(value, path, limits.MAX_SEGMENT_NODES)
    if items is None:
        return None
    nodes = [
        _node(reading, item, f"{path}[{index}]", depth=depth) for index, item in enumerate(items)
    ]
    return None if None in nodes else tuple(cast("list[Node]", nodes))


def _attribute(reading: Reading, value: object, path: str) -> Node | None:
    fields = reading.fields(value, path, {"attribute", *_CONDITION})
    if fields is None:
        return None
    found = reading.attribute(fields["attribute"], join(path, "attribute"))
    if found is None:
        return None
    name, kind = found
    condition = read_condition(reading, fields, path, kind)
    return None if condition is None else model.Attribute(name, condition)


def _event(reading: Reading, value: object, path: str) -> Node | None:
    fields = reading.fields(value, path, {"name", "where", *_WINDOW, *_MEASURES})
    if fields is None:
        return None
    step = _step(reading, fields, path)
    window = _window(reading, fields, path)
    measure = _measure(reading, fields, path, None if step is None else step.name_id)
    if isinstance(measure, model.EndIn) and window != model.EVER:
        asked = next(name for name in fields if name in _WINDOW)
        return reading.wrong(join(path, asked), f"cannot stand beside {measure.end.value}")
    if step is None or window is None or measure is None:
        return None
    return model.Event(step, measure, window)


def _step(reading: Reading, fields: Fields, path: str) -> model.Step | None:
    if "name" not in fields:
        return reading.wrong(path, "needs a name")
    found = reading.event(fields["name"], join(path, "name"))
    if found is None:
        return None
    name, name_id = found
    filters: list[model.Filter | None] = []
    if "where" in fields:
        items = reading.items(fields["where"], join(path, "where"), limits.MAX_SEGMENT_NODES)
        for index, item in enumerate(items or [None]):
            where = f"{join(path, 'where')}[{index}]"
            filters.append(None if items is None else _filter(reading, item, where, name_id))
    if None in filters:
        return None
    return model.Step(name, name_id, tuple(cast("list[model.Filter]", filters)))


def _filter(reading: Reading, value: object, path: str, owner: NameId) -> model.Filter | None:
    fields = reading.fields(value, path, {"attribute", "context", *_CONDITION})
    if fields is None or not reading.has_room(path, depth=1):
        return None
    whose = reading.choice(fields, path, ("attribute", "context"), "what it is about")
    if whose is None:
        return None
    if whose == "attribute":
        found = reading.attribute(fields[whose], join(path, whose), owner)
        if found is None:
            return None
        condition = read_condition(reading, fields, path, found[1])
        return None if condition is None else model.AttributeFilter(found[0], condition)
    place = reading.text(fields[whose], join(path, whose))
    if place is None:
        return None
    condition = read_condition(reading, fields, path, type_asked(fields))
    return None if condition is None else model.ContextFilter(tuple(place.split(".")), condition)


def _window(reading: Reading, fields: Fields, path: str) -> model.Window | None:
    """Read the fields of a window, which may all be missing."""
    if "in_last" in fields:
        other = next((name for name in ("from", "until") if name in fields), None)
        if other is not None:
            return reading.wrong(join(path, other), "cannot stand beside in_last")
        duration = reading.duration(fields["in_last"], join(path, "in_last"))
        return None if duration is None else model.InLast(duration)
    ends: dict[str, datetime | None] = {"from": None, "until": None}
    for name in ends:
        if name in fields:
            span = reading.span(fields[name], join(path, name))
            if span is None:
                return None
            ends[name] = span[0].utc.replace(tzinfo=UTC)
    start, end = ends["from"], ends["until"]
    if start is not None and end is not None and start >= end:
        return reading.wrong(join(path, "until"), "must be later than from")
    return model.Between(start, end)


def _inner_window(reading: Reading, value: object, path: str) -> model.Window | None:
    fields = reading.fields(value, path, _WINDOW)
    if fields is None:
        return None
    if not fields:
        return reading.wrong(path, "needs a time: in_last, from or until")
    return _window(reading, fields, path)


def _measure(
    reading: Reading, fields: Fields, path: str, owner: NameId | None
) -> model.Measure | None:
    if not any(name in fields for name in _MEASURES):
        return model.CountIs(Comparison.AT_LEAST, 1)
    kind = reading.choice(fields, path, _MEASURES, "a measure")
    if kind is None:
        return None
    value, inner = fields[kind], join(path, kind)
    if kind == "performed":
        performed = reading.boolean(value, inner)
        comparison = Comparison.AT_LEAST if performed else Comparison.EXACTLY
        return None if performed is None else model.CountIs(comparison, int(performed))
    if kind in _COUNTS:
        least = 1 if kind == Comparison.AT_LEAST else 0
        number = reading.count(value, inner, least=least, most=limits.MAX_SEGMENT_COUNT)
        return None if number is None else model.CountIs(Comparison(kind), number)
    if kind in _ENDS:
        window = _inner_window(reading, value, inner)
        return None if window is None else model.EndIn(End(kind), window)
    return None if owner is None else _aggregate(reading, value, inner, (Function(kind), owner))


def _aggregate(
    reading: Reading, value: object, path: str, of: tuple[Function, NameId]
) -> model.Measure | None:
    function, owner = of
    fields = reading.fields(value, path, {"attribute", *NUMBER_OPERATORS})
    if fields is None:
        return None
    if "attribute" not in fields:
        return reading.wrong(path, "needs an attribute")
    found = reading.attribute(fields["attribute"], join(path, "attribute"), owner)
    condition = read_number_condition(reading, fields, path)
    if found is None or condition is None:
        return None
    name, kind = found
    is_text = kind is AttributeType.STRING
    if kind is not AttributeType.NUMBER and not (is_text and function is Function.DISTINCT):
        wanted = "a Number or a String" if function is Function.DISTINCT else "a Number"
        return reading.wrong(join(path, "attribute"), f"must be {wanted}; it is {kind.value}")
    return model.AggregateIs(function, name, condition, is_text)


def _sequence(reading: Reading, value: object, path: str) -> Node | None:
    fields = reading.fields(value, path, {"first", "then", "within", *_WINDOW})
    if fields is None:
        return None
    missing = [name for name in ("first", "then", "within") if name not in fields]
    if missing:
        return reading.wrong(path, f"needs {missing[0]}")
    steps: list[model.Step | None] = []
    for name in ("first", "then"):
        step_fields = reading.fields(fields[name], join(path, name), ("name", "where"))
        steps.append(None if step_fields is None else _step(reading, step_fields, join(path, name)))
    within = reading.duration(fields["within"], join(path, "within"))
    window = _window(reading, fields, path)
    first, then = steps
    if first is None or then is None or within is None or window is None:
        return None
    return model.Sequence(first, then, within, window)


def _reachable(reading: Reading, value: object, path: str) -> Node | None:
    media = [medium.value for medium in model.REACHING]
    if not isinstance(value, str) or value not in media:
        return reading.wrong(path, f"must be one of {', '.join(media)}")
    return model.Reachable(Medium(value))


def _seen(sight: model.Sight) -> Callable[[Reading, object, str], Node | None]:
    def read(reading: Reading, value: object, path: str) -> Node | None:
        window = _inner_window(reading, value, path)
        return None if window is None else model.Seen(sight, window)

    return read


def _segment(reading: Reading, value: object, path: str) -> Node | None:
    number = reading.count(value, path, least=1, most=2**31 - 1)
    return None if number is None else model.InSegment(model.SegmentId(number))


def _random(reading: Reading, value: object, path: str) -> Node | None:
    fields = reading.fields(value, path, ("percent", "salt"))
    if fields is None:
        return None
    if "percent" not in fields:
        return reading.wrong(path, "needs percent")
    percent = reading.number(fields["percent"], join(path, "percent"))
    salt = reading.text(fields["salt"], join(path, "salt")) if "salt" in fields else ""
    if percent is None or salt is None:
        return None
    parts = percent * model.SHARE_PARTS / 100
    if not 0 <= percent <= 100 or parts != int(parts):
        message = "must be from 0 to 100, with at most two decimals"
        return reading.wrong(join(path, "percent"), message)
    return model.RandomShare(int(parts), salt)


_LEAVES: Mapping[str, Callable[[Reading, object, str], Node | None]] = {
    "event": _event,
    "sequence": _sequence,
    "reachable": _reachable,
    **{sight.value: _seen(sight) for sight in model.Sight},
    "segment": _segment,
    "random": _random,
}
_KINDS = frozenset({"all", "any", "not", "attribute", *_LEAVES})
