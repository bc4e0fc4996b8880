"""A channel in use: what is let through to its provider, how fast and how many at once."""

import asyncio

import pytest

from tests.channels.lines import Told, channel
from tests.channels.mails import mail
from tests.support import wait_until
from tidings.base import clock, limits
from tidings.channels.line import Line
from tidings.channels.message import Sms
from tidings.channels.outcome import Broken, Deferred, Reason, Rejected, Sent


async def test_no_more_are_on_their_way_than_the_channel_has_connections() -> None:
    """The provider would refuse the others, or close the account."""
    provider = Told()
    provider.go.clear()
    line = Line(channel(connections=3), provider)
    sending = [asyncio.create_task(line.send(mail())) for _ in range(10)]
    await wait_until(lambda: provider.now == 3)
    provider.go.set()

    assert await asyncio.gather(*sending) == [Sent()] * 10
    assert provider.most_at_once == 3


async def test_a_slow_channel_does_not_hold_up_another() -> None:
    """One provider that hangs stopped the mails of all."""
    hanging, quick = Told(), Told()
    hanging.go.clear()
    slow, fast = Line(channel(connections=1), hanging), Line(channel(connections=1), quick)
    waiting = [asyncio.create_task(slow.send(mail())) for _ in range(5)]
    await wait_until(lambda: hanging.now)

    assert await asyncio.gather(*(fast.send(mail()) for _ in range(100))) == [Sent()] * 100
    hanging.go.set()
    await asyncio.gather(*waiting)


async def test_messages_wait_for_their_turn_a_moment_and_are_put_off_beyond_it() -> None:
    """By the pace of the channel."""
    provider = Told()
    line = Line(channel(per_second=100), provider)
    begun = clock.monotonic()
    outcomes = await asyncio.gather(*(line.send(mail()) for _ in range(120)))
    assert outcomes == [Sent()] * 120
    assert clock.monotonic() - begun >= 0.19

    crawling = Line(channel(per_second=0.01), provider)
    assert await crawling.send(mail()) == Sent()
    outcome = await crawling.send(mail())
    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.PACED
    assert outcome.retry_after_seconds == pytest.approx(90, abs=1)


async def test_a_channel_that_does_not_work_gets_no_more_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until it has rested; then one finds out whether it works again."""
    provider = Told(lambda: Broken(Reason.CREDENTIALS))
    line = Line(channel(connections=1), provider)
    outcomes = await asyncio.gather(*(line.send(mail()) for _ in range(5)))
    assert [outcome.reason for outcome in outcomes if not isinstance(outcome, Sent)] == [
        Reason.CREDENTIALS,
        *[Reason.PAUSED] * 4,
    ]
    assert len(provider.got) == 1

    provider.answer = Sent
    later = clock.monotonic() + limits.BREAKER_SECONDS + 1
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assert await line.send(mail()) == Sent()
    assert await line.send(mail()) == Sent()


async def test_a_bug_in_a_provider_leaves_the_line_in_order() -> None:
    """Whoever tries next is not kept out for ever."""

    def fail() -> Sent:
        raise ZeroDivisionError

    provider = Told(fail)
    line = Line(channel(connections=1), provider)
    with pytest.raises(ZeroDivisionError):
        await line.send(mail())
    provider.answer = Sent
    assert await line.send(mail()) == Sent()


async def test_what_no_provider_should_be_given_is_given_to_none() -> None:
    """A message of another medium, and one that is wrong in itself."""
    provider = Told()
    line = Line(channel(), provider)
    assert await line.send(Sms("m1", "+15550100", "Hello")) == Rejected(
        Reason.UNSUPPORTED, said="a channel for email carries no Sms"
    )
    outcome = await line.send(mail(subject="Hi\r\nBcc: all@example.com"))
    assert outcome == Rejected(
        Reason.MESSAGE, said="subject contains a line break or another control character"
    )
    assert provider.got == []


async def test_closing_a_line_closes_its_provider() -> None:
    """Its connections are its own."""
    provider = Told()
    await Line(channel(), provider).close()
    assert provider.is_closed
