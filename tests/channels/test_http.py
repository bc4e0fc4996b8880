"""What an answer of an API means by its status, and what no answer means."""

import asyncio
from typing import Any

import pytest

from tests.channels.apiserver import ApiServer, never, opened, send, settings_of
from tests.channels.mails import NOON
from tidings.base import clock
from tidings.base.media import Medium
from tidings.channels.message import Sms
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.http import retry_after
from tidings.channels.settings import Settings

SMS = Sms("m1", "+15550100", "Hello")


def twilio(server: ApiServer, **changes: Any) -> Settings:
    """Make settings that lead to the server."""
    given = {"account_sid": "AC1", "auth_token": "t", "sender": "+15550199"}
    return settings_of("twilio", endpoint=server.url, **{**given, **changes})


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (301, Broken, Reason.SETTINGS),
        (400, Rejected, Reason.MESSAGE),
        (401, Broken, Reason.CREDENTIALS),
        (402, Broken, Reason.SETTINGS),
        (403, Broken, Reason.CREDENTIALS),
        (404, Broken, Reason.SETTINGS),
        (408, Deferred, Reason.BUSY),
        (413, Rejected, Reason.MESSAGE),
        (422, Rejected, Reason.MESSAGE),
        (429, Deferred, Reason.BUSY),
        (500, Deferred, Reason.BUSY),
        (503, Deferred, Reason.BUSY),
        (504, Deferred, Reason.UNKNOWN),
    ],
)
async def test_a_status_says_whether_to_try_again(
    status: int, kind: type[Outcome], reason: Reason
) -> None:
    """Where the provider has no code of its own."""
    async with ApiServer(status=status, said=b"no", headers={"Location": "/x"}) as server:
        outcome = await send(twilio(server), SMS, Medium.SMS)

    assert not isinstance(outcome, Sent)
    assert (type(outcome), outcome.reason) == (kind, reason)
    assert (outcome.code, outcome.said) == (str(status), "no")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("", None),
        ("soon", None),
        ("Sun, 29 Mar 2026 12:00:20 GMT", 20),
        ("Sun, 29 Mar 2026 11:00:00 GMT", 0),
    ],
)
def test_when_to_come_again_is_a_number_or_a_date(
    text: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9110 10.2.3."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert retry_after({"Retry-After": text}) == seconds


async def test_a_provider_says_when_to_come_again() -> None:
    """And is not asked before."""
    async with ApiServer(status=429, headers={"Retry-After": "17"}) as server:
        outcome = await send(twilio(server), SMS, Medium.SMS)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after_seconds == 17


async def test_no_answer_may_mean_that_it_was_sent() -> None:
    """The request was there whole, and nobody knows what became of it."""
    async with ApiServer(instead=never) as server:
        outcome = await send(twilio(server, timeout_seconds=0.2), SMS, Medium.SMS)
        assert isinstance(outcome, Deferred)
        assert outcome.reason is Reason.UNKNOWN

    async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    rude = await asyncio.start_server(close_at_once, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{rude.sockets[0].getsockname()[1]}"
    outcome = await send(twilio(ApiServer(url=url)), SMS, Medium.SMS)
    rude.close()
    await rude.wait_closed()
    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNKNOWN


async def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    """Nothing was sent: there was nobody to send it to."""
    async with ApiServer() as server:
        pass
    outcome = await send(twilio(server), SMS, Medium.SMS)
    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNREACHABLE


async def test_a_url_that_is_none_breaks_the_channel() -> None:
    """Trying again makes it none better."""
    outcome = await send(twilio(ApiServer(url="http://[")), SMS, Medium.SMS)
    assert isinstance(outcome, Broken)
    assert outcome.reason is Reason.SETTINGS


async def test_calls_share_a_connection() -> None:
    """TLS costs more than a call does."""
    async with (
        ApiServer(said={"sid": "SM1"}) as server,
        opened(twilio(server), Medium.SMS) as provider,
    ):
        for _ in range(5):
            assert await provider.send(SMS) == Sent("SM1")
    assert len({asked.port for asked in server.asked}) == 1


async def test_a_huge_answer_is_not_read_to_its_end() -> None:
    """A server that goes on for ever would fill the memory."""
    async with ApiServer(status=400, said=b"x" * 5_000_000) as server:
        outcome = await send(twilio(server), SMS, Medium.SMS)
    assert outcome == Rejected(Reason.MESSAGE, "400", "x" * 500)
