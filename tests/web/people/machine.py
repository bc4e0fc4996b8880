"""Calls at the same moment, round after round, held against the model.

After each round there must be an order in which the calls, done one after the other, tell what each
was told and leave what the database holds; and both wires must show what is there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.web.people import calls
from tests.web.people.calls import numbered
from tests.web.people.model import Born, Call, Kind, Name, Person, Wire, World, find
from tests.web.people.order import Freedom, explain
from tests.web.people.rows import read_world
from tests.web.people.storing import Sent
from tests.web.people.wire import Line, hold_contact, hold_user, send
from tests.web.server import Caller, at_once
from tidings.base import clock

BOUNDS = settings(
    max_examples=125,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    # What was found once comes of a race, and would not come again for each smaller example.
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
_FIRST_OF_RIVALS = 100
_ANY = st.one_of(calls.CREATE, calls.EVENTS, calls.UPSERT, calls.USER_EVENT, calls.DELETE)


class Figures:
    """What runs of the machine came to.

    Shape:  failure - the first, in words: what Hypothesis tells last is what came of repeating it.
    """

    def __init__(self) -> None:
        self.calls = Counter[Wire]()
        self.freedoms = Counter[Freedom]()
        self.refused = Counter[str]()
        self.merges = 0
        self.failure: str | None = None

    def __str__(self) -> str:
        of_wires = ", ".join(f"{self.calls[wire]} {wire.name}" for wire in Wire)
        refused = ", ".join(f"{times} {why}" for why, times in sorted(self.refused.items()))
        orders = ", ".join(f"{self.freedoms[one]} {one.name}" for one in Freedom)
        return (
            f"{self.calls.total()} calls ({of_wires}), {self.freedoms.total()} rounds ({orders}), "
            f"{self.merges} merges, refused: {refused}"
        )


def run(
    make_callers: Callable[[], tuple[Caller, Caller]], figures: Figures, bounds: settings
) -> None:
    """Run the machine, each time with a brand of its own.

    Errors: AssertionError with the first failure.
    """
    # Typed for classes, and documented for "anything which returns an instance".
    machine: Any = lambda: PeopleMachine(*make_callers(), figures)  # noqa: E731
    try:
        run_state_machine_as_test(machine, settings=bounds)
    except Exception as error:
        raise AssertionError(figures.failure or "outside of a round") from error


class PeopleMachine(RuleBasedStateMachine):
    """One brand with merging, at two web processes."""

    def __init__(self, here: Caller, there: Caller, figures: Figures) -> None:
        super().__init__()
        self._here = here
        self._callers = (here, there)
        self._lines: dict[tuple[int, int], Line] = {}
        self._figures = figures
        self._sent = 0
        self._rounds = 0
        self._world: World = frozenset()

    def teardown(self) -> None:
        """Hang up."""
        for line in self._lines.values():
            line.close()

    @initialize()
    def lock_types(self) -> None:
        """Say what is a number and what a text, so that it does not hang on who comes first."""
        line = self._line(0, 0)
        first = {"id": "first", "profile": {"$set": {"score": 1, "word": "a"}}}
        line.post(Wire.CONTACTS.value, {"contacts": [first]})
        line.post(Wire.DELETION.value, {"userID": "first"})

    @rule(drawn=st.lists(_ANY, min_size=2, max_size=6))
    def anything(self, drawn: list[Call]) -> None:
        """Send any calls."""
        self._round(drawn)

    @rule(drawn=st.lists(st.one_of(calls.CLAIM, calls.EVENTS), min_size=3, max_size=6))
    def claims(self, drawn: list[Call]) -> None:
        """Say many times who is one: in chains and rings, and against each other."""
        self._round(drawn)

    @rule(
        drawn=st.lists(st.one_of(calls.COUNT, calls.UPSERT), min_size=2, max_size=5),
        claim=calls.CLAIM,
    )
    def counts_amid_a_claim(self, drawn: list[Call], claim: Call) -> None:
        """Count for people who may become others at this moment."""
        self._round([*drawn, claim])

    @rule(
        drawn=st.lists(
            st.one_of(calls.EVENTS, calls.CLAIM, calls.USER_EVENT), min_size=1, max_size=5
        ),
        deletion=calls.DELETE,
    )
    def a_deletion_amid_more(self, drawn: list[Call], deletion: Call) -> None:
        """Forget somebody of whom more is said at this moment."""
        self._round([deletion, *drawn])

    @rule(drawn=calls.RIVALS)
    def rivals(self, drawn: Sequence[Call]) -> None:
        """Let several users claim at once to be somebody who is no user yet: only one may be."""
        somebody, *claims = drawn
        generation = _FIRST_OF_RIVALS + self._rounds
        self._round([somebody], generation=generation)
        self._round(claims, generation=generation)

    def _round(self, drawn: Sequence[Call], *, generation: int | None = None) -> None:
        # Every other round meets old acquaintances, the rest people who are three rounds old.
        self._rounds += 1
        if generation is None:
            generation = 0 if self._rounds % 2 == 0 else 1 + self._rounds // 6
        sent = [
            numbered(call, self._sent + position, generation=generation)
            for position, call in enumerate(drawn)
        ]
        self._sent += len(sent)
        answered: list[Sent] = []
        before = self._world
        try:
            self._send(sent, answered)
        except Exception as error:
            if self._figures.failure is None:
                told = {one.call.number: str(one.told) for one in answered}
                asked = [f"{call}\n    {told.get(call.number, 'no answer')}" for call in sent]
                self._figures.failure = "\n".join(
                    [f"{error}; before:", *_lines(before), *asked, "after:", *_lines(self._world)]
                )
            raise

    def _send(self, sent: Sequence[Call], answered: list[Sent]) -> None:
        def ask(line: Line, call: Call) -> None:
            told = send(line, call)
            answered.append(Sent(call, told))

        lines = [self._line(call.process, position) for position, call in enumerate(sent)]
        begun_at = clock.now().replace(microsecond=0)
        at_once(partial(ask, line, call) for line, call in zip(lines, sent, strict=True))
        at = Born(begun_at, clock.now())
        before, self._world = self._world, read_world(self._here)
        freedom = explain(before, answered, self._world, at)
        assert freedom is not None, "no order of these calls explains what came of them"
        self._figures.calls.update(call.wire for call in sent)
        self._figures.freedoms[freedom] += 1
        self._figures.merges += _count_merges(before, self._world)
        self._figures.refused.update(why for one in answered for *_, why in one.told.refused)
        self._hold_wires({name for call in sent for one in call.records for name in one.names})

    def _hold_wires(self, named: set[Name]) -> None:
        """Hold what is shown of whom a round named, each by one identifier on one wire."""
        looks: list[Callable[[], None]] = []
        seen: set[Person] = set()
        for name in sorted(named):
            person = find(self._world, name)
            if person in seen:
                continue
            if person is not None:
                seen.add(person)
            number = len(looks) + self._rounds
            line = self._line(number % 2, len(looks))
            if name.kind is Kind.USER_ID and number % 3 == 0:
                looks.append(partial(hold_contact, line, name.value, person))
            else:
                looks.append(partial(hold_user, line, name, person))
        at_once(looks)

    def _line(self, process: int, number: int) -> Line:
        key = (process, number)
        if key not in self._lines:
            self._lines[key] = Line(self._callers[process])
        return self._lines[key]


def _count_merges(before: World, after: World) -> int:
    """Count those who went into others who were there as well."""
    places = {person.place for person in before}
    gone = [person for person in before if person.place not in {one.place for one in after}]
    heirs = [find(after, name) for person in gone for name in sorted(person.names)[:1]]
    return sum(heir is not None and heir.place in places for heir in heirs)


def _lines(world: World) -> list[str]:
    return [
        f"  {[tuple(name) for name in sorted(person.names)]} {dict(sorted(person.attributes))}"
        f" {sorted(person.events)} {person.place} {person.born.earliest}"
        for person in sorted(world, key=lambda person: sorted(person.names))
    ]
