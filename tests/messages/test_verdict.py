"""What comes of a push is summed up over the devices that it was handed over for."""

from collections.abc import Sequence
from itertools import combinations_with_replacement, permutations

import pytest

from tidings.channels.outcome import (
    Broken,
    Deferred,
    Outcome,
    Reason,
    Rejected,
    Sent,
    was_tried,
)
from tidings.messages.verdict import is_gone, summed

SENT = Sent("theirs")
GONE = Rejected(Reason.RECIPIENT, "410")
WRONG = Rejected(Reason.MESSAGE, "413")
BUSY = Deferred(Reason.BUSY, "429", retry_after_seconds=60.0)
UNREACHABLE = Deferred(Reason.UNREACHABLE)
UNKNOWN = Deferred(Reason.UNKNOWN, "504")
PACED = Deferred(Reason.PACED, retry_after_seconds=2.0)
PAUSED = Deferred(Reason.PAUSED, retry_after_seconds=30.0)
BROKEN = Broken(Reason.CREDENTIALS, "401")
ALL: Sequence[Outcome] = (SENT, GONE, WRONG, BUSY, UNREACHABLE, UNKNOWN, PACED, PAUSED, BROKEN)

COMBINATIONS = [
    combination for count in (1, 2, 3) for combination in combinations_with_replacement(ALL, count)
]


def expected(outcomes: Sequence[Outcome]) -> set[Outcome]:
    """Say what may be the sum: as the page says it, one sentence after the other."""
    ranks: Sequence[set[Outcome]] = (
        {SENT},
        # What may have come is not sent a third time, whatever the others want.
        {UNKNOWN},
        {BUSY, UNREACHABLE},
        {BROKEN},
        {PACED, PAUSED},
        {WRONG},
    )
    for kinds in ranks:
        if found := kinds & set(outcomes):
            return found
    return {GONE}


@pytest.mark.parametrize("outcomes", COMBINATIONS)
def test_the_sum_is_the_best_that_can_still_be_done(outcomes: tuple[Outcome, ...]) -> None:
    """In whatever order they come."""
    for order in permutations(outcomes):
        assert summed(order) in expected(outcomes)


def test_only_a_device_that_is_not_there_is_gone() -> None:
    """One that did not like this one message is there for the next."""
    assert [one for one in ALL if is_gone(one)] == [GONE]


def test_who_only_waited_for_a_turn_was_not_tried() -> None:
    """The provider has heard nothing of it."""
    assert [one for one in ALL if not was_tried(one)] == [PACED, PAUSED]
