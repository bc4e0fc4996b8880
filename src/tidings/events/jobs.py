"""What events do by the clock: months are made before anything happens in them."""

from datetime import date

from tidings.base import clock
from tidings.events import store
from tidings.storage import locks
from tidings.storage.tx import Tx

# Enough for a worker that was off for a quarter; and a year back, so that a history sent on the
# first day lies in its months and not in the default partition.
MONTHS_AHEAD = 4
MONTHS_BACK = 12


async def make_months(tx: Tx) -> None:
    """Make the partitions of the coming months; in a new database also those of the past year."""
    await locks.hold_alone(tx, [locks.MONTHS])
    this_month = clock.now().date().replace(day=1)
    is_new = not await store.has_months(tx)
    for offset in range(-MONTHS_BACK if is_new else 0, MONTHS_AHEAD + 1):
        await store.make_month(tx, _month(this_month, offset), _month(this_month, offset + 1))


def _month(first_day: date, offset: int) -> date:
    months = first_day.year * 12 + first_day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
