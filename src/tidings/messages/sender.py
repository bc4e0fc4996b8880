"""Sending: each channel has an outlet of its own in each process, so that none waits for another.

A message is taken in hand in one transaction, sent with none open, and what became of it is noted
in another. A process that dies in between leaves its messages in hand; `recovery` sees to them.
"""

import asyncio
from dataclasses import dataclass

from tidings.base import clock, limits
from tidings.channels.model import ChannelId
from tidings.messages import store_lanes
from tidings.messages.model import Lane
from tidings.messages.outlet import Outlet, Tools
from tidings.work.loop import take_turns


@dataclass(frozen=True, slots=True)
class _Open:
    outlet: Outlet
    stop: asyncio.Event
    running: asyncio.Task[None]


class Sender:
    """All outlets of one process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._open: dict[ChannelId, _Open] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until told to stop; what is in hand is finished first."""
        # A group, so that a bug that ends an outlet ends the process, and it is started anew.
        async with asyncio.TaskGroup() as together:
            await take_turns(lambda: self._turn(together), name="sender", stop=stop)
            for one in self._open.values():
                one.stop.set()
        self._tools.journal.close()

    async def _turn(self, together: asyncio.TaskGroup) -> float:
        """Give due lanes to their outlets; say in how many seconds to look again."""
        async with self._tools.database.transaction() as tx:
            due = await store_lanes.select_due_lanes(tx, clock.now())
        of_channel: dict[ChannelId, list[Lane]] = {}
        for lane in due:
            of_channel.setdefault(lane.channel_id, []).append(lane)
        for channel_id, lanes in of_channel.items():
            if channel_id not in self._open:
                outlet, stop = Outlet(self._tools, lanes[0].brand_id, channel_id), asyncio.Event()
                running = together.create_task(outlet.run(stop))
                self._open[channel_id] = _Open(outlet, stop, running)
            self._open[channel_id].outlet.give(lanes)
        for channel_id in self._open.keys() - of_channel.keys():
            if self._open[channel_id].outlet.is_idle:
                self._open.pop(channel_id).stop.set()
        return limits.SEND_POLL_SECONDS
