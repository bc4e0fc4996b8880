"""A channel to open a line of, and a provider that does as it is told."""

import asyncio
from collections.abc import Callable

from tests.channels.mails import NOON, smtp
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.message import Message
from tidings.channels.model import Channel, ChannelId, Pace
from tidings.channels.outcome import Outcome, Sent
from tidings.channels.settings import Settings


def channel(
    settings: Settings | None = None,
    *,
    medium: Medium = Medium.EMAIL,
    provider: str = "smtp",
    per_second: float | None = None,
    connections: int = 4,
) -> Channel:
    """Make a channel."""
    return Channel(
        channel_id=ChannelId(1),
        brand_id=BrandId(1001),
        key="main",
        medium=medium,
        provider=provider,
        settings=settings or smtp(25),
        pace=Pace(per_second, connections),
        updated_at=NOON,
    )


class Told:
    """A provider that keeps what it gets, and answers as `answer` says."""

    def __init__(self, answer: Callable[[], Outcome] = Sent) -> None:
        self.answer = answer
        self.got: list[Message] = []
        self.most_at_once = 0
        self.now = 0
        self.go = asyncio.Event()
        self.go.set()
        self.is_closed = False

    async def send(self, message: Message) -> Outcome:
        """Keep a message until it may go."""
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await self.go.wait()
        finally:
            self.now -= 1
        self.got.append(message)
        return self.answer()

    async def close(self) -> None:
        """Note that it was closed."""
        self.is_closed = True
