"""One channel of one process at work: takes messages in hand, sends them, notes what came of it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tidings.base import clock, limits, log
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.channels import actions as channels
from tidings.channels.keyring import Keyring
from tidings.channels.line import Line
from tidings.channels.model import Channel, ChannelId
from tidings.devices import actions as devices
from tidings.devices.model import DeviceId
from tidings.messages import book, store, store_lanes
from tidings.messages.compose import Composer
from tidings.messages.handing import hand_over
from tidings.messages.journal import Journal
from tidings.messages.model import Claimed, Ended, Lane, Packed, Status
from tidings.messages.preparing import Ready, prepare
from tidings.messages.verdict import after
from tidings.storage.pool import Database
from tidings.work.loop import take_turns

# Measured (bench/README.md): the more is taken or noted at a time, the less each costs, up to this.
_PER_CLAIM = 200
_MOST_IN_HAND = 400  # so that there is something to send while the next are taken in hand
_PER_NOTE = 200
_NOTE_AFTER_SECONDS = 0.05  # fewer of them
_PERIOD_SECONDS = 2.0
_REST_SECONDS = 1.0

_BUG = "internal"
_NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class Tools:
    """What all outlets of a process share."""

    database: Database
    keyring: Keyring
    composer: Composer
    journal: Journal


@dataclass(frozen=True, slots=True)
class _Done:
    ended: Ended
    content: Packed | None = None
    gone: Sequence[DeviceId] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    channel: Channel
    line: Line


class Outlet:
    """Sends the messages of one channel, of all its lanes in turn."""

    def __init__(self, tools: Tools, brand_id: BrandId, channel_id: ChannelId) -> None:
        self._tools = tools
        self._brand_id = brand_id
        self._channel_id = channel_id
        self._lanes: deque[Lane] = deque()
        self._opened: _Opened | None = None
        self._pace = _Pace()
        self._in_hand = 0
        self._nothing_in_hand = asyncio.Event()
        self._nothing_in_hand.set()
        self._used_at = clock.monotonic()
        self._sending: set[asyncio.Task[None]] = set()
        self._done: list[_Done] = []
        self._note_at = 0.0
        self._work_to_take = asyncio.Event()
        self._work_to_note = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is in hand or was of late, so that its connections may go."""
        rested_seconds = clock.monotonic() - self._used_at
        return self._in_hand == 0 and rested_seconds > limits.IDLE_CONNECTION_SECONDS

    def give(self, lanes: Sequence[Lane]) -> None:
        """Say which lanes of the channel have messages that are due."""
        self._lanes = deque(lanes)
        self._used_at = clock.monotonic()
        self._work_to_take.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until told to stop; what is in hand is finished first."""
        all_sent = asyncio.Event()
        async with asyncio.TaskGroup() as together:
            together.create_task(
                take_turns(self._note, name="notes", stop=all_sent, rung=self._work_to_note)
            )
            await take_turns(self._take, name="outlet", stop=stop, rung=self._work_to_take)
            await self._finish()
            all_sent.set()

    async def _finish(self) -> None:
        """Wait until nothing is in hand, and close the line."""
        await self._nothing_in_hand.wait()
        if self._opened is not None:
            await self._opened.line.close()
            self._opened = None

    # --- taking in hand ------------------------------------------------------------------

    async def _take(self) -> float:
        self._work_to_take.clear()
        if not self._lanes:
            return _REST_SECONDS
        try:
            opened = await self._open_channel()
        except Refused as refused:
            return await self._go_without(refused)
        connections = opened.channel.pace.connections
        most = self._pace.most_in_hand(connections)
        room = most - self._in_hand
        pause = opened.line.pause()
        # Half of them at a time: one by one, each would cost a transaction.
        if pause > 0.0 or room < max(connections, min(_PER_CLAIM, most // 2)):
            return min(_REST_SECONDS, pause or _REST_SECONDS)
        lane = self._lanes.popleft()
        at_most = min(room, _PER_CLAIM)
        if await self._claim(lane, opened, at_most) == at_most:
            self._lanes.append(lane)
        return 0.0

    async def _open_channel(self) -> _Opened:
        """Return the channel, opened anew when its settings were changed."""
        tools = self._tools
        async with tools.database.transaction() as tx:
            channel = await channels.find_by_id(tx, tools.keyring, self._brand_id, self._channel_id)
        if self._opened is None or self._opened.channel.updated_at != channel.updated_at:
            await self._finish()
            self._opened = _Opened(channel, Line(channel))
        return self._opened

    async def _go_without(self, refused: Refused) -> float:
        """Do what there is to do for a channel that was removed, or whose secrets do not open."""
        match refused.code:
            case Code.NOT_FOUND:
                await self._give_up(self._lanes.popleft())
                return 0.0
            case Code.CONFLICT:
                # Its messages wait until somebody has mended that.
                log.error(log.Action.CHANNEL_UNUSABLE, cause=refused)
                self._lanes.clear()
                return _REST_SECONDS
            case _:
                raise refused

    async def _give_up(self, lane: Lane) -> None:
        """Let messages fail whose channel was removed."""
        name, now = self._tools.journal.name, clock.now()
        async with self._tools.database.transaction() as tx:
            claimed = await store.claim(tx, lane, now=now, at_most=_PER_CLAIM, claimer=name)
            await book.note(tx, lane.brand_id, name, [_failed(one, _NO_CHANNEL) for one in claimed])

    async def _claim(self, lane: Lane, opened: _Opened, at_most: int) -> int:
        """Take messages in hand and begin to send those that may be; return how many were due."""
        now, taken_at = clock.now(), clock.monotonic()
        tools = self._tools
        async with tools.database.transaction() as tx:
            turns = at_most
            if lane.per_minute is not None:
                minute = now.replace(second=0, microsecond=0)
                turns = await store_lanes.take_turns(tx, lane, minute=minute, at_most=at_most)
            claimed = await store.claim(
                tx, lane, now=now, at_most=turns, claimer=tools.journal.name
            )
            ready, ended = await prepare(
                tx, lane, claimed, platforms=opened.channel.settings.platforms, now=now
            )
            await tools.composer.learn(tx, lane, lane.medium, ready)
            await book.note(tx, lane.brand_id, tools.journal.name, ended)
        self._in_hand += len(ready)
        if ready:
            self._nothing_in_hand.clear()
        for one in ready:
            task = asyncio.create_task(self._send(lane, opened, one, taken_at))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(claimed)

    # --- sending -------------------------------------------------------------------------

    async def _send(self, lane: Lane, opened: _Opened, ready: Ready, taken_at: float) -> None:
        try:
            done = await self._tried(lane, opened, ready, taken_at)
        except Exception as error:
            # A bug about this message must not keep the others from being sent.
            log.error(log.Action.MESSAGE_FAILED, cause=error)
            done = _Done(_failed(ready.claimed, _BUG))
        if done.ended.status is Status.SENT:
            self._write_down(done.ended)
        self._done.append(done)
        if len(self._done) == 1:
            self._note_at = clock.monotonic() + _NOTE_AFTER_SECONDS
        if len(self._done) == 1 or self._is_worth_noting:
            self._work_to_note.set()

    def _write_down(self, ended: Ended) -> None:
        try:
            self._tools.journal.write(self._brand_id, ended)
        except OSError as error:
            # It was sent all the same, and is noted in a moment.
            log.error(log.Action.JOURNAL_FAILED, cause=error)

    async def _tried(self, lane: Lane, opened: _Opened, ready: Ready, taken_at: float) -> _Done:
        composed = self._tools.composer.compose(lane, ready, opened.channel)
        if isinstance(composed, Ended):
            return _Done(composed)
        # Later, others may take us for dead before it is sent, and send it, too.
        before = taken_at + limits.IN_HAND_SECONDS
        handed = await hand_over(opened.line, composed.messages, ready.devices, before=before)
        # What was made of a secret tells it, and is not kept.
        has_secret = any(name.startswith("_") for name in ready.claimed.data)
        content = None if has_secret else composed.content
        ended = after(ready.claimed, handed.outcome, now=clock.now())
        return _Done(ended, content, handed.gone)

    # --- noting --------------------------------------------------------------------------

    @property
    def _is_worth_noting(self) -> bool:
        return len(self._done) >= min(_PER_NOTE, self._in_hand)

    async def _note(self) -> float:
        self._work_to_note.clear()
        if not self._done:
            return _REST_SECONDS
        early_seconds = self._note_at - clock.monotonic()
        if early_seconds > 0.0 and not self._is_worth_noting:
            return early_seconds
        done = self._done[:_PER_NOTE]
        tools, brand_id = self._tools, self._brand_id
        async with tools.database.transaction() as tx:
            noted = await book.note(tx, brand_id, tools.journal.name, [one.ended for one in done])
            contents = {
                one.ended.message_id: one.content
                for one in done
                if one.content is not None
                and one.ended.status is Status.SENT
                and one.ended.message_id in noted
            }
            await book.keep(tx, brand_id, contents)
            await devices.drop(tx, brand_id, {gone for one in done for gone in one.gone})
        del self._done[: len(done)]
        self._note_at = clock.monotonic() + _NOTE_AFTER_SECONDS
        sent = sum(one.ended.status is Status.SENT for one in done)
        tools.journal.noted(sent)
        self._in_hand -= len(done)
        if self._in_hand == 0:
            self._nothing_in_hand.set()
        self._pace.note(len(done))
        self._work_to_take.set()
        return 0.0


class _Pace:
    """How many messages it pays to have in hand: as many as were sent of late, twice over."""

    def __init__(self) -> None:
        self._since = clock.monotonic()
        self._count = 0
        self._last = 0

    def note(self, count: int) -> None:
        """Note that so many were sent."""
        now = clock.monotonic()
        if now - self._since > _PERIOD_SECONDS:
            self._since, self._last, self._count = now, self._count, 0
        self._count += count

    def most_in_hand(self, connections: int) -> int:
        """Return how many it pays to have in hand at most."""
        return max(4 * connections, min(_MOST_IN_HAND, 2 * max(self._last, self._count)))


def _failed(claimed: Claimed, reason: str) -> Ended:
    return Ended(
        claimed.message_id, Status.FAILED, clock.now(), attempts=claimed.attempts, reason=reason
    )
