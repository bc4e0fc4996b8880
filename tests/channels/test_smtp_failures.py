"""What comes of a mail when the server says no, says nothing, or goes away."""

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from tests.channels.mails import mail, smtp
from tests.channels.mailserver import MailServer, Reply, hang_up, keep_silent
from tests.support import wait_until
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.conversation import Answer, Stage
from tidings.channels.providers.smtp import SmtpProvider
from tidings.channels.providers.smtp_answers import outcome_of_answer


@pytest.fixture(params=["pipelining", "one at a time"])
async def server(request: pytest.FixtureRequest) -> AsyncGenerator[MailServer]:
    """Run a server that answers as it is told."""
    async with MailServer(pipelining=request.param == "pipelining") as running:
        yield running


@pytest.fixture
async def provider(server: MailServer) -> AsyncGenerator[SmtpProvider]:
    """Lend a provider that waits a moment only."""
    made = SmtpProvider(smtp(server.port, timeout_seconds=0.5))
    yield made
    await made.close()


def rejected(reason: Reason, code: str, said: str) -> Outcome:
    """Make what comes of a 5xx."""
    return Rejected(reason, code, said)


def deferred(reason: Reason, code: str, said: str) -> Outcome:
    """Make what comes of a 4xx."""
    return Deferred(reason, code, said)


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("mail", "553 5.7.1 Not yours", rejected(Reason.MESSAGE, "553 5.7.1", "Not yours")),
        ("mail", "451 4.3.0 Later", deferred(Reason.BUSY, "451 4.3.0", "Later")),
        ("rcpt", "550 5.1.1 Nobody", rejected(Reason.RECIPIENT, "550 5.1.1", "Nobody")),
        ("rcpt", "550 No such user", rejected(Reason.RECIPIENT, "550", "No such user")),
        ("rcpt", "554 5.7.1 No relay", rejected(Reason.MESSAGE, "554 5.7.1", "No relay")),
        ("rcpt", "552 5.2.2 Full", rejected(Reason.MESSAGE, "552 5.2.2", "Full")),
        ("rcpt", "450 4.2.0 Grey", deferred(Reason.MAILBOX_BUSY, "450 4.2.0", "Grey")),
        ("data", "554 5.6.0 Spam", rejected(Reason.MESSAGE, "554 5.6.0", "Spam")),
        ("data", "550 5.1.1 Nobody", rejected(Reason.RECIPIENT, "550 5.1.1", "Nobody")),
        ("data", "451 4.7.1 Slow down", deferred(Reason.BUSY, "451 4.7.1", "Slow down")),
        ("data", "452 4.2.2 Full", deferred(Reason.MAILBOX_BUSY, "452 4.2.2", "Full")),
    ],
)
async def test_a_no_is_for_now_or_for_good_and_the_connection_serves_the_next_mail(
    server: MailServer, provider: SmtpProvider, *, command: str, answer: str, outcome: Outcome
) -> None:
    """One address that does not exist must not stop those who come after it."""
    server.answers[command] = answer
    assert await provider.send(mail()) == outcome
    del server.answers[command]

    assert await provider.send(mail()) == Sent("0001")
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
async def test_a_server_that_closes_is_asked_again_on_another_connection(
    server: MailServer, provider: SmtpProvider, command: str
) -> None:
    """421 is its goodbye at any time (RFC 5321 3.8)."""
    server.answers[command] = "421 4.3.2 Going down"
    assert await provider.send(mail()) == deferred(Reason.BUSY, "421 4.3.2", "Going down")
    del server.answers[command]

    assert await provider.send(mail()) == Sent("0001")
    assert server.connections == 2


@pytest.mark.parametrize("answer", [hang_up, keep_silent])
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("mail", Reason.UNREACHABLE),
        ("rcpt", Reason.UNREACHABLE),
        ("data", Reason.UNKNOWN),
    ],
)
async def test_silence_after_the_whole_mail_may_mean_that_it_was_sent(
    server: MailServer, provider: SmtpProvider, *, command: str, answer: Reply, reason: Reason
) -> None:
    """Before that it cannot have been; the next one has a new connection either way."""
    server.answers[command] = answer
    outcome = await provider.send(mail())
    assert isinstance(outcome, Deferred)
    assert outcome.reason is reason
    server.answers.clear()

    assert await provider.send(mail()) == Sent("0001")
    assert server.connections == 2


async def test_a_kept_connection_that_fails_in_the_middle_is_no_reason_to_send_twice(
    server: MailServer, provider: SmtpProvider
) -> None:
    """Only before MAIL is answered it is certain that nothing was taken."""
    assert await provider.send(mail()) == Sent("0001")
    server.answers["data"] = hang_up
    outcome = await provider.send(mail())

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNKNOWN
    assert server.connections == 1


async def test_a_server_that_says_nothing_at_all_is_not_waited_for() -> None:
    """A port behind a firewall that swallows everything."""

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    over = asyncio.Event()
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    provider = SmtpProvider(smtp(silent.sockets[0].getsockname()[1], timeout_seconds=0.2))
    outcome = await provider.send(mail())
    over.set()
    silent.close()
    await silent.wait_closed()

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("greeting", [b"554 5.3.2 No service\r\n", b"421 Busy\r\n", b"hello\r\n"])
async def test_a_server_that_greets_with_a_no_is_broken_or_busy(greeting: bytes) -> None:
    """It never came to a mail."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    rude = await asyncio.start_server(greet, "127.0.0.1", 0)
    provider = SmtpProvider(smtp(rude.sockets[0].getsockname()[1]))
    outcome = await provider.send(mail())
    rude.close()
    await rude.wait_closed()

    assert (type(outcome), getattr(outcome, "reason", None)) == {
        b"5": (Broken, Reason.HOST),
        b"4": (Deferred, Reason.BUSY),
        b"h": (Broken, Reason.SETTINGS),
    }[greeting[:1]]


async def test_a_mail_that_is_given_up_in_the_middle_leaves_no_half_spoken_connection(
    server: MailServer, provider: SmtpProvider
) -> None:
    """The next mail would be given the answer to this one."""
    server.answers["data"] = keep_silent
    sending = asyncio.create_task(provider.send(mail()))
    await wait_until(lambda: server.connections)
    await asyncio.sleep(0.05)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert sending.cancelled()
    given_up = server.sessions[0]
    await wait_until(lambda: given_up.transport is None or given_up.transport.is_closing())
    server.answers.clear()

    assert await provider.send(mail()) == Sent("0001")
    assert server.connections == 2


async def test_what_a_server_says_unasked_is_no_answer_to_the_next_mail(
    server: MailServer, provider: SmtpProvider
) -> None:
    """Each answer would be taken for the one before it, and a refused mail for a sent one."""
    assert await provider.send(mail()) == Sent("0001")
    (kept,) = provider._idle  # pyright: ignore[reportPrivateUsage]
    cast("asyncio.Transport", server.sessions[0].transport).write(b"250 2.0.0 By the way\r\n")
    await wait_until(lambda: not kept.conversation.is_ready)
    server.answers["data"] = "554 5.6.0 Spam"

    assert await provider.send(mail()) == rejected(Reason.MESSAGE, "554 5.6.0", "Spam")
    assert server.connections == 2


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("stage", list(Stage))
def test_credentials_break_the_channel_at_any_stage(code: int, stage: Stage) -> None:
    """RFC 4954 6: some servers say so at the login, others at the first mail."""
    assert outcome_of_answer(Answer(code, "5.7.8 No"), stage=stage) == Broken(
        Reason.CREDENTIALS, f"{code} 5.7.8", "No"
    )
