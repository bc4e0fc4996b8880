"""Which variant of a test is the best, and how far a test is: pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tidings.base.media import Medium
from tidings.campaigns.model import Campaign, Criterion, How, SplitTest, State, Trial, Winner
from tidings.messages.model import TemplateAt, What
from tidings.segments.calendar import read_duration
from tidings.templates.model import TemplateId

Counted = Mapping[TemplateId | None, Mapping[What, int]]
"""How many messages of a lane did what, by template."""

HEARD: Mapping[Medium, Collection[Criterion]] = {
    Medium.EMAIL: tuple(Criterion),
    Medium.WHATSAPP: (Criterion.OPENS, Criterion.GOAL),
    Medium.PUSH: (Criterion.CLICKS, Criterion.GOAL),
    Medium.SMS: (),
    Medium.WEBHOOK: (),
}
"""What comes back of the messages of a medium; a goal counts after an opening or a click."""

_ENDED = frozenset({State.CANCELLED, State.ERROR})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a test is.

    Shape:  templates - the key of each variant; trials - what became of each: so far, or as of when
            it was decided; decides_at - None before all of the test was sent, and when it is
            decided or never will be.
    """

    test: SplitTest
    templates: Sequence[str]
    trials: Sequence[Trial]
    decides_at: datetime | None
    decided_at: datetime | None
    winner: Winner | None


def winner_of(trials: Sequence[Trial], criterion: Criterion) -> Winner:
    """Return the variant with the best rate, the first of those that have it.

    One that was sent to nobody is worse than any that was: its template may be broken.

    Shape:  trials - of each variant, 1..n.
    """
    rates = [_rate(one, criterion) for one in trials]
    best = max(rates)
    how = How.BEST if rates.count(best) == 1 else How.TIE
    return Winner(rates.index(best), how, list(trials))


def trials_of(templates: Sequence[TemplateAt], counted: Counted) -> list[Trial]:
    """Put together what became of each variant, of which each has a template of its own."""
    return [_trial(counted.get(one.template_id, {})) for one in templates]


def standing_of(campaign: Campaign, counted: Counted) -> Standing | None:
    """Say how far the test of a campaign is; None for a campaign without one."""
    definition = campaign.definition
    if definition.test is None:
        return None
    if campaign.winner is not None:
        trials = campaign.winner.trials
    else:
        # Before it starts its templates are known by their keys only.
        trials = trials_of(campaign.templates, counted) or [Trial()] * len(definition.variants)
    return Standing(
        test=definition.test,
        templates=[variant.template for variant in definition.variants],
        trials=trials,
        decides_at=_decides_at(campaign, definition.test),
        decided_at=campaign.decided_at,
        winner=campaign.winner,
    )


def wait_of(test: SplitTest) -> timedelta:
    """Return how long after all of a test was sent it is decided."""
    wait = read_duration(test.after)
    if wait is None:
        raise AssertionError("a campaign is saved with a duration that can be read")
    return wait


def _decides_at(campaign: Campaign, test: SplitTest) -> datetime | None:
    if campaign.tested_at is None or campaign.decided_at is not None or campaign.state in _ENDED:
        return None
    return campaign.tested_at + wait_of(test)


def _trial(counts: Mapping[What, int]) -> Trial:
    return Trial(
        sent=counts.get(What.SENT, 0),
        opened=counts.get(What.UNIQUE_OPENED, 0),
        clicked=counts.get(What.UNIQUE_CLICKED, 0),
        converted=counts.get(What.CONVERTED, 0),
    )


def _rate(trial: Trial, criterion: Criterion) -> Fraction:
    if trial.sent == 0:
        return Fraction(-1)
    match criterion:
        case Criterion.OPENS:
            number = trial.opened
        case Criterion.CLICKS:
            number = trial.clicked
        case Criterion.GOAL:
            number = trial.converted
    return Fraction(number, trial.sent)
