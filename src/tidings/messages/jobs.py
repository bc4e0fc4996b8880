"""What the room of messages does on the queue, and by the clock."""

from collections.abc import Mapping
from datetime import timedelta

from tidings.base import clock
from tidings.messages import store_sent
from tidings.messages.book import UNDELIVERABLE
from tidings.messages.hearing import NOTICED, hear_kept
from tidings.messages.undeliverable import mark
from tidings.storage.tx import Tx
from tidings.work.model import Handler


def handlers() -> Mapping[str, Handler]:
    """Return who does which tasks."""
    return {NOTICED: hear_kept, UNDELIVERABLE: mark}


async def forget_old_contents(tx: Tx) -> None:
    """Delete what was sent and need not be kept any more."""
    await store_sent.delete_old_contents(tx, clock.now())


async def fold_counts(tx: Tx) -> None:
    """Keep in one row what many counted side by side, on days that are over everywhere.

    A report adds up the days of months: it would read sixteen times as many rows.
    """
    # What is today somewhere is today, tomorrow or yesterday in UTC.
    await store_sent.fold_counts(tx, clock.now().date() - timedelta(days=1))
