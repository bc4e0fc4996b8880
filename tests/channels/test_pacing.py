"""How fast a channel may be given messages, and when not at all: on a clock of the test's own."""

from tidings.base import limits
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.pacing import Breaker, Bucket, Turn

NOW = 1_000.0
SENT = Sent("1")
REFUSED = Rejected(Reason.RECIPIENT)
BUSY = Deferred(Reason.BUSY)
GREY = Deferred(Reason.MAILBOX_BUSY)
BROKEN = Broken(Reason.CREDENTIALS)
PAUSE = limits.BREAKER_SECONDS


def noted(*outcomes: Outcome, at: float = NOW) -> Breaker:
    """Make a breaker that was told of these."""
    breaker = Breaker()
    for outcome in outcomes:
        breaker.admit(at)
        breaker.note(outcome, at)
    return breaker


def test_a_channel_without_a_pace_gives_every_turn_at_once() -> None:
    """Its provider says itself when it is too much."""
    bucket = Bucket(None)
    assert [bucket.reserve(NOW) for _ in range(1_000)] == [Turn(0)] * 1_000


def test_a_second_of_turns_comes_at_once_and_the_rest_evenly() -> None:
    """So many a second, over any long time."""
    bucket = Bucket(4)
    waits = [bucket.reserve(NOW).seconds for _ in range(8)]
    assert waits == [0, 0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert bucket.reserve(NOW + 10) == Turn(0)


def test_a_slow_channel_gives_one_turn_at_a_time() -> None:
    """One in two seconds is no burst of half a message."""
    bucket = Bucket(0.5)
    assert [bucket.reserve(NOW).seconds for _ in range(3)] == [0, 2, 4]


def test_who_would_wait_too_long_is_told_when_to_come_again_and_takes_no_turn() -> None:
    """Waiting here would hold what somebody else could use."""
    bucket = Bucket(1)
    taken = [bucket.reserve(NOW) for _ in range(limits.LONGEST_PACE_SECONDS + 1)]
    assert all(turn.is_taken for turn in taken)
    assert bucket.reserve(NOW) == bucket.reserve(NOW) == Turn(1, is_taken=False)
    assert bucket.reserve(NOW + 1) == Turn(limits.LONGEST_PACE_SECONDS)


def test_who_waits_in_any_case_takes_a_turn_that_comes_late() -> None:
    """And those after it wait for longer."""
    bucket = Bucket(0.05)
    turns = [bucket.reserve(NOW, is_late=True) for _ in range(3)]
    assert turns == [Turn(0), Turn(20), Turn(40)]
    assert bucket.reserve(NOW + 30) == Turn(20, is_taken=False)


def test_a_broken_channel_is_left_alone_at_once() -> None:
    """A second wrong login is one nearer to a locked account."""
    breaker = noted(SENT, BROKEN)
    assert breaker.admit(NOW) == PAUSE
    assert breaker.admit(NOW + 10) == PAUSE - 10


def test_so_many_deferred_in_a_row_are_the_channels_doing() -> None:
    """And one fewer are not, nor so many with a sent one in between."""
    few = [BUSY] * (limits.BREAKER_FAILURES - 1)
    assert noted(*few).admit(NOW) == 0
    assert noted(*few, SENT, *few).admit(NOW) == 0
    assert noted(*few, REFUSED, *few).admit(NOW) == 0
    assert noted(*few, BUSY).admit(NOW) == PAUSE


def test_what_is_about_one_recipient_says_nothing_about_the_channel() -> None:
    """A list of full mailboxes must not stop the mails to everybody else."""
    assert noted(*[GREY] * 100).admit(NOW) == 0
    assert noted(*[BUSY] * (limits.BREAKER_FAILURES - 1), GREY, BUSY).admit(NOW) == PAUSE


def test_after_the_pause_one_may_try_and_the_others_wait_for_it() -> None:
    """All at once would be what broke it."""
    breaker = noted(BROKEN)
    assert breaker.admit(NOW + PAUSE) == 0
    assert breaker.admit(NOW + PAUSE) == PAUSE
    breaker.note(SENT, NOW + PAUSE)
    assert [breaker.admit(NOW + PAUSE) for _ in range(3)] == [0, 0, 0]


def test_a_try_that_fails_makes_the_pause_twice_as_long_up_to_a_limit() -> None:
    """And one that succeeds makes it short again."""
    breaker, now = noted(BROKEN), NOW
    pauses: list[float] = []
    for _ in range(7):
        now += breaker.admit(now)
        assert breaker.admit(now) == 0
        breaker.note(BUSY, now)
        pauses.append(breaker.admit(now))
    assert pauses == [60, 120, 240, 480, 600, 600, 600]
    now += breaker.admit(now)
    breaker.admit(now)
    breaker.note(GREY, now)
    breaker.note(BROKEN, now)
    assert breaker.admit(now) == PAUSE


def test_a_try_that_came_to_nothing_lets_another_one_try() -> None:
    """It was cancelled; nobody else would ever be let through."""
    breaker = noted(BROKEN)
    assert breaker.admit(NOW + PAUSE) == 0
    breaker.note(None, NOW + PAUSE)
    assert breaker.admit(NOW + PAUSE) == 0
