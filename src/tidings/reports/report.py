"""From what was counted to a report: pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from tidings.messages.model import Count, LaneId, What
from tidings.reports.model import Conversion, Counts, Rates, Tally


def counts_by_key(tallies: Iterable[Tally]) -> dict[str, Counts]:
    """Put together what was counted of each key, by key in the order in which they come first."""
    of_key: defaultdict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        of_key[tally.key].append(tally)
    return {key: counts_of(each) for key, each in of_key.items()}


def counts_of(tallies: Iterable[Tally]) -> Counts:
    """Sum up what was counted, whatever the key."""
    numbers: Counter[What] = Counter()
    by_reason: dict[What, Counter[str]] = {What.SKIPPED: Counter(), What.FAILED: Counter()}
    revenue = 0.0
    for tally in tallies:
        numbers[tally.what] += tally.number
        if tally.what in by_reason:
            by_reason[tally.what][tally.detail] += tally.number
        if tally.what is What.CONVERTED:
            revenue += tally.amount
    return Counts(
        intended=numbers[What.INTENDED],
        skipped=dict(sorted(by_reason[What.SKIPPED].items())),
        sent=numbers[What.SENT],
        failed=dict(sorted(by_reason[What.FAILED].items())),
        delivered=numbers[What.DELIVERED],
        opened=numbers[What.OPENED],
        unique_opened=numbers[What.UNIQUE_OPENED],
        clicked=numbers[What.CLICKED],
        unique_clicked=numbers[What.UNIQUE_CLICKED],
        bounced=numbers[What.BOUNCED],
        complained=numbers[What.COMPLAINED],
        unsubscribed=numbers[What.UNSUBSCRIBED],
        scanned=numbers[What.SCANNED],
        converted=numbers[What.CONVERTED],
        revenue=revenue,
    )


def rates_of(counts: Counts) -> Rates:
    """Return which share of what was sent did what; who opened twice opened."""

    def share(number: int) -> float | None:
        return number / counts.sent if counts.sent else None

    return Rates(
        delivered=share(counts.delivered),
        opened=share(counts.unique_opened),
        clicked=share(counts.unique_clicked),
        bounced=share(counts.bounced),
        complained=share(counts.complained),
        unsubscribed=share(counts.unsubscribed),
        converted=share(counts.converted),
    )


def tally_conversions(
    conversions: Iterable[Conversion], zone: tzinfo
) -> dict[tuple[LaneId, date], Mapping[Count, int]]:
    """Put conversions together by lane and by the day on which each happened on the brand's clock.

    Shape:  one `Count` a template: two with other amounts would be two sums for one row.
    """
    numbers: Counter[tuple[LaneId, date, Count]] = Counter()
    amounts: defaultdict[tuple[LaneId, date, Count], float] = defaultdict(float)
    for one in conversions:
        day = one.occurred_at.astimezone(zone).date()
        place = one.lane_id, day, Count(one.template_id, What.CONVERTED)
        numbers[place] += 1
        amounts[place] += one.amount
    tallied: dict[tuple[LaneId, date], Mapping[Count, int]] = {}
    for (lane_id, day, count), number in sorted(numbers.items(), key=lambda one: one[0][:2]):
        summed = count._replace(amount=amounts[lane_id, day, count])
        tallied[lane_id, day] = {**tallied.get((lane_id, day), {}), summed: number}
    return tallied
