"""When a channel may be given the next message: how fast, and whether at all. Pure of any clock."""

from dataclasses import dataclass
from typing import NamedTuple

from tidings.base import limits
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason

# About one recipient, or our own doing: they say nothing about the channel.
_ABOUT_ONE_MESSAGE = frozenset({Reason.MAILBOX_BUSY, Reason.PACED, Reason.PAUSED})


class Turn(NamedTuple):
    """A turn that comes after so many seconds; or none, to be asked for again after as many."""

    seconds: float
    is_taken: bool = True


@dataclass(slots=True)
class Bucket:
    """A bucket of turns, filled evenly; it holds those of a second, and always one at least.

    Shape:  per_second - None for turns without end.
    Units:  now - a reading of `clock.monotonic`, as everywhere here.
    """

    per_second: float | None
    _full_at: float = 0.0

    def reserve(self, now: float, *, is_late: bool = False) -> Turn:
        """Take a turn, unless it comes too late to wait for.

        Shape:  is_late - whether it is taken in any case.
        """
        if self.per_second is None:
            return Turn(0)
        each = 1 / self.per_second
        full_at = max(self._full_at, now) + each
        wait = max(0.0, full_at - now - max(1.0, each))
        if wait > limits.LONGEST_PACE_SECONDS and not is_late:
            return Turn(wait - limits.LONGEST_PACE_SECONDS, is_taken=False)
        self._full_at = full_at
        return Turn(wait)


@dataclass(slots=True)
class Breaker:
    """Keeps messages from a channel that does not work, and finds out when it does again.

    Closed, all go through. It opens when the channel is broken, or defers so many in a row that it
    must be its doing; then nobody goes through for a pause. After that one may try: if the channel
    works again, the breaker closes, else it waits twice as long.
    """

    _failures: int = 0
    _pause_seconds: float = limits.BREAKER_SECONDS
    _open_until: float | None = None
    _is_being_tried: bool = False

    def pause(self, now: float) -> float:
        """Say for how many seconds it is no use to come; 0 when one may at least try."""
        if self._open_until is None:
            return 0.0
        return self._pause_seconds if self._is_being_tried else max(0.0, self._open_until - now)

    def admit(self, now: float) -> float:
        """Let a message through, or say for how many seconds none should come.

        Whoever is let through, which is told by 0, tells what came of it by `note`.
        """
        pause = self.pause(now)
        if self._open_until is not None and pause == 0.0:
            self._is_being_tried = True
        return pause

    def note(self, outcome: Outcome | None, now: float) -> None:
        """Learn what came of a message that was let through, None for nothing."""
        was_tried, self._is_being_tried = self._is_being_tried, False
        if outcome is None:
            return
        if isinstance(outcome, Deferred) and outcome.reason in _ABOUT_ONE_MESSAGE:
            if was_tried:
                self._close()
            return
        if not isinstance(outcome, Deferred | Broken):
            self._close()
            return
        self._failures += 1
        if was_tried:
            self._pause_seconds = min(self._pause_seconds * 2, limits.LONGEST_BREAKER_SECONDS)
        enough = isinstance(outcome, Broken) or self._failures >= limits.BREAKER_FAILURES
        if was_tried or (self._open_until is None and enough):
            self._open_until = now + self._pause_seconds

    def _close(self) -> None:
        self._failures = 0
        self._pause_seconds = limits.BREAKER_SECONDS
        self._open_until = None
