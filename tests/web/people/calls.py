"""Calls about few people, so that they meet."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.web.people.model import (
    PLACEHOLDERS,
    Call,
    Event,
    Kind,
    Record,
    Step,
    Wire,
)

Said = tuple[tuple[Kind, str], ...]

_SPELLED: Mapping[Kind, Sequence[str]] = {
    Kind.USER_ID: ["ada", "bob", "cyd", "ada", "bob", "null"],
    Kind.EMAIL: [
        "a@x.in", "b@x.in", "c@x.in", "A@X.in", "b@x.in\N{NO-BREAK SPACE}", "test@example.com",
    ],
    Kind.MOBILE: ["+9198203010", "+9198203011"],
    Kind.ANONYMOUS_ID: ["v", "w", "x", "y", "v", "0"],
}  # fmt: skip
_USER, _EMAIL, _MOBILE, _VISITOR = Kind
_ALL_TOGETHER: Sequence[tuple[Kind, ...]] = [
    (_USER,), (_EMAIL,), (_MOBILE,), (_VISITOR,),
    (_USER, _EMAIL), (_USER, _VISITOR), (_USER, _MOBILE), (_EMAIL, _VISITOR), (_MOBILE, _VISITOR),
    (_USER, _EMAIL, _VISITOR), (_EMAIL, _MOBILE), (_USER, _EMAIL, _MOBILE, _VISITOR),
]  # fmt: skip
_CLAIMS = [kinds for kinds in _ALL_TOGETHER if len(kinds) > 1]
_OF_CONTACTS: Sequence[tuple[Kind, ...]] = [
    (_USER,), (_USER, _EMAIL), (_USER,), (_USER, _MOBILE), (_USER, _EMAIL, _MOBILE),
]  # fmt: skip
_WAYS_OF_EACH = 72
# What a record says beside its names; a value of None is made of the call's number.
_CHANGES: Sequence[tuple[Step, ...]] = [
    (),
    (Step("set", "x"),),
    (Step("set", "x"), Step("set", "n", 5)),
    (Step("unset", "x"),),
    (Step("set", "score", 7), Step("set", "word")),
    (Step("set", "score", "many"),),
    (Step("set", "n", 50), Step("unset", "score")),
]
RISKY = Step("inc", "word", 1)
"""What fails whom has a text there."""
_OPERATIONS: Sequence[tuple[Step, ...]] = [
    (Step("inc", "n", 1),),
    (Step("inc", "n", 2), Step("push", "tags")),
    (Step("inc", "n", 3), Step("set", "x")),
    (Step("push", "tags"),),
    (Step("set", "score", "few"), Step("inc", "n", 4)),
    (Step("unset", "x"), Step("set", "word")),
    (RISKY, Step("set", "score", 3)),
    (),
]
_INSTANTS = (None, None, None, datetime(2016, 2, 4, tzinfo=UTC), datetime(2017, 2, 4, tzinfo=UTC))
ATTRIBUTES = {Kind.EMAIL: "email", Kind.MOBILE: "mobile"}


def _names(kinds: Sequence[Sequence[Kind]]) -> Sequence[Said]:
    """Return ways to name somebody, as many by each of these sets of kinds."""
    ways: list[Said] = []
    for chosen in kinds:
        spelled = [*product(*([(kind, text) for text in _SPELLED[kind]] for kind in chosen))]
        # With great strides, so that every value has its turn.
        ways += [spelled[37 * number % len(spelled)] for number in range(_WAYS_OF_EACH)]
    return ways


def _calls(
    wire: Wire,
    names: Sequence[Said],
    steps: Sequence[tuple[Step, ...]] = ((),),
    *,
    further: Sequence[tuple[Event | None, datetime | None]] = ((None, None),),
    most: int = 1,
) -> SearchStrategy[Call]:
    # Flat lists, for each draw costs as much as a round trip.
    said, rest = st.sampled_from(names), st.sampled_from([*product(steps, further)])
    frames = st.sampled_from([*product(range(1, most + 1), (0, 1))])

    @st.composite
    def calls(draw: st.DrawFn) -> Call:
        size, process = draw(frames)
        records: list[Record] = []
        for _ in range(size):
            done, (event, instant) = draw(rest)
            records.append(Record(draw(said), done, event, instant))
        return Call(wire, tuple(records), process)

    return calls()


_ANY = _names(_ALL_TOGETHER)
_CONTACTS = [said for said in _names(_OF_CONTACTS) if said[0][1] not in PLACEHOLDERS]
_EVENTS = [(Event(0, event_id), None) for event_id in (None, None, "e1", "e2")]

CREATE = _calls(Wire.USERS, _ANY, _CHANGES, most=3)
EVENTS = _calls(Wire.EVENTS, _ANY, further=_EVENTS, most=3)
USER_EVENT = _calls(Wire.USER_EVENT, _ANY, _CHANGES[1:], further=_EVENTS[:1])
_UPSERTS = _calls(
    Wire.CONTACTS,
    _CONTACTS,
    _OPERATIONS,
    further=[(None, instant) for instant in _INSTANTS],
    most=2,
)
DELETE = _calls(Wire.DELETION, _names([(kind,) for kind in Kind]), most=2)
CLAIM = _calls(Wire.USERS, _names(_CLAIMS), _CHANGES[:2], most=2)
COUNT = _calls(Wire.CONTACTS, _names([(_USER,)]), _OPERATIONS[:3])


def _rivals(said: tuple[Kind, str], wires: Sequence[Wire]) -> Sequence[Call]:
    """Return an event of somebody unknown, and users who claim at once to be them."""
    marks = {wire: None if wire is Wire.USERS else Event(0) for wire in Wire}
    users = ("ada", "bob", "cyd", "dan")
    claims = [
        Call(wire, (Record(((_USER, user), said), event=marks[wire]),), number % 2)
        for number, (user, wire) in enumerate(zip(users, wires, strict=False))
    ]
    return [Call(Wire.EVENTS, (Record((said,), event=Event(0)),)), *claims]


RIVALS = st.builds(
    _rivals,
    st.sampled_from([(_EMAIL, "a@x.in"), (_VISITOR, "v"), (_MOBILE, "+9198203010")]),
    st.lists(st.sampled_from([Wire.USERS, Wire.EVENTS]), min_size=2, max_size=4),
)


def _is_clear(call: Call) -> bool:
    """Say whether the answer tells which record failed: it names the contact only."""
    risky = [record.own for record in call.records if RISKY in record.steps]
    return len(risky) == len(set(risky))


UPSERT = _UPSERTS.filter(_is_clear)


def numbered(call: Call, number: int, *, generation: int) -> Call:
    """Give a call what no other has: its number, marks of its events, values of its own.

    Shape:  generation - each has its own identifiers, so that there are always some of nobody.
    """
    records: list[Record] = []
    for position, record in enumerate(call.records):
        unique = number * 10 + position
        said = tuple((kind, _of_generation(kind, text, generation)) for kind, text in record.said)
        steps = [
            step._replace(value=f"{step.attribute}{unique}")
            if step.operator in {"set", "push"} and step.value is None
            else step
            for step in record.steps
        ]
        # An address is an attribute as well, where it comes as one.
        if call.wire in {Wire.USERS, Wire.USER_EVENT, Wire.CONTACTS}:
            steps += [
                Step("set", ATTRIBUTES[kind], text.strip("\N{NO-BREAK SPACE}"))
                for kind, text in said
                if kind in ATTRIBUTES
            ]
        event = None if record.event is None else record.event._replace(mark=unique)
        records.append(record._replace(said=said, steps=tuple(steps), event=event))
    return call._replace(records=tuple(records), number=number)


def _of_generation(kind: Kind, text: str, generation: int) -> str:
    if text in PLACEHOLDERS:
        return text
    if kind is Kind.EMAIL:
        return text.replace("@", f"{generation}@")
    return f"{text}{generation:02}"
