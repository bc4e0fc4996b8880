"""What a process that died had in hand: noted where it was sent, given back where it was not."""

import os
import platform
from datetime import timedelta
from pathlib import Path

from tidings.base import clock, limits
from tidings.messages import book, store
from tidings.messages.journal import read_journal, remove_journals
from tidings.storage.tx import Tx
from tidings.work import heartbeat
from tidings.work.model import Process


class Recovery:
    """Looks after messages of processes that are no more.

    Shape:  data_dir - where the journals of this machine's processes lie.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def run(self, tx: Tx) -> None:
        """Note or give back what dead processes had in hand.

        What a provider was in the middle of taking when the process died is sent again: one
        message for each of its connections at most (docs/operating.md).
        """
        claimers = await store.select_claimers(tx)
        since = clock.now() - timedelta(seconds=limits.DEAD_AFTER_SECONDS)
        alive = {
            one.process_id for one in await heartbeat.seen_since(tx, since) if _may_be_alive(one)
        }
        for name in sorted(claimers.keys() - alive):
            sent = read_journal(self._data_dir, name)
            for brand_id in claimers[name]:
                await book.note(tx, brand_id, name, sent.get(brand_id, []))
                await store.give_back(tx, brand_id, name)
        # Those that were read just now stay until the next round: this may not be committed.
        remove_journals(self._data_dir, but=claimers.keys() | alive, older_than=since)


def _may_be_alive(process: Process) -> bool:
    """Say whether a process that was seen of late can still be there."""
    if process.host != platform.node():
        return True
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
