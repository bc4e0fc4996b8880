"""How far the messages of a campaign are: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidings.campaigns.winner import Standing
from tidings.messages.model import What


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages of a campaign did what, and how far its test is, if it has one.

    Shape:  failed, skipped - by reason.
    """

    intended: int = 0
    sent: int = 0
    failed: Mapping[str, int] = field(default_factory=dict[str, int])
    skipped: Mapping[str, int] = field(default_factory=dict[str, int])
    test: Standing | None = None

    @property
    def waiting(self) -> int:
        """Return how many are still to be sent, or in hand."""
        return self.intended - self.sent - sum(self.failed.values()) - sum(self.skipped.values())


def progress_of(counts: Mapping[tuple[What, str], int], test: Standing | None = None) -> Progress:
    """Sum up what was counted of a lane, by what and detail."""

    def by_reason(what: What) -> dict[str, int]:
        return {detail: count for (one, detail), count in sorted(counts.items()) if one is what}

    return Progress(
        intended=sum(by_reason(What.INTENDED).values()),
        sent=sum(by_reason(What.SENT).values()),
        failed=by_reason(What.FAILED),
        skipped=by_reason(What.SKIPPED),
        test=test,
    )
