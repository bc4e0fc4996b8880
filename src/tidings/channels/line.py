"""A channel in use: its provider, its pace and its breaker. No line waits for another."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels.check import refusal_of
from tidings.channels.message import Email, Message, Push, Sms, Webhook, WhatsApp
from tidings.channels.model import Channel
from tidings.channels.outcome import Deferred, Outcome, Reason, Rejected, was_tried
from tidings.channels.pacing import Breaker, Bucket
from tidings.channels.providers.opening import open_provider
from tidings.channels.providers.provider import Provider

_MESSAGE_OF: Mapping[Medium, type[Message]] = {
    Medium.EMAIL: Email,
    Medium.SMS: Sms,
    Medium.WHATSAPP: WhatsApp,
    Medium.PUSH: Push,
    Medium.WEBHOOK: Webhook,
}


class Line:
    """One channel of one process, open until it is closed.

    Call it with no transaction open: a provider may take half a minute to answer.
    """

    def __init__(self, channel: Channel, provider: Provider[Any] | None = None) -> None:
        self._medium = channel.medium
        self._provider = provider or open_provider(channel)
        self._turns = asyncio.Semaphore(channel.pace.connections)
        self._bucket = Bucket(channel.pace.per_second)
        self._breaker = Breaker()

    def pause(self) -> float:
        """Say for how many seconds it is no use to send anything; 0 when it may be."""
        return self._breaker.pause(clock.monotonic())

    async def send(self, message: Message, *, before: float | None = None) -> Outcome:
        """Hand a message to the provider as soon as it may have it, and say what came of it.

        Units:  before - a reading of `clock.monotonic` after which it is not begun any more.
        """
        if refusal := self._refusal_of(message):
            return refusal
        turn = self._bucket.reserve(clock.monotonic())
        if not turn.is_taken:
            return Deferred(Reason.PACED, retry_after_seconds=turn.seconds)
        if turn.seconds:
            await asyncio.sleep(turn.seconds)
        async with self._turns:
            return await self._give(message, before)

    async def send_each(
        self, messages: Sequence[Message], *, before: float | None = None
    ) -> list[Outcome]:
        """Hand over messages that are one to whom they are for: all of them, once one is begun.

        One after the other, as one of those that may be on their way at a time: otherwise a process
        that is killed would have begun everything it has in hand, and ended none.

        Shape:  messages - 1..n; returns an outcome for each, in order.
        Units:  as `send`.
        """
        first, *others = messages
        if refusal := self._refusal_of(first):
            return [refusal] * len(messages)
        turn = self._bucket.reserve(clock.monotonic())
        if not turn.is_taken:
            return [Deferred(Reason.PACED, retry_after_seconds=turn.seconds)] * len(messages)
        if turn.seconds:
            await asyncio.sleep(turn.seconds)
        async with self._turns:
            outcomes = [await self._give(first, before)]
            if not was_tried(outcomes[0]):
                return outcomes * len(messages)
            for message in others:
                late = self._bucket.reserve(clock.monotonic(), is_late=True)
                if late.seconds:
                    await asyncio.sleep(late.seconds)
                outcomes.append(await self._give(message, None))
            return outcomes

    async def _give(self, message: Message, before: float | None) -> Outcome:
        if before is not None and clock.monotonic() > before:
            return Deferred(Reason.PACED, retry_after_seconds=0.0)
        # Only now: what came of those before is known.
        pause = self._breaker.admit(clock.monotonic())
        if pause:
            return Deferred(Reason.PAUSED, retry_after_seconds=pause)
        outcome: Outcome | None = None
        try:
            outcome = await self._provider.send(message)
            return outcome
        finally:
            self._breaker.note(outcome, clock.monotonic())

    def _refusal_of(self, message: Message) -> Rejected | None:
        if isinstance(message, _MESSAGE_OF[self._medium]):
            return refusal_of(message)
        said = f"a channel for {self._medium} carries no {type(message).__name__}"
        return Rejected(Reason.UNSUPPORTED, said=said)

    async def close(self) -> None:
        """Close the provider's connections; nothing is being sent any more."""
        await self._provider.close()
