"""Mail over SMTP, to a server that speaks it."""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.channels.conftest import Certificate
from tests.channels.mails import mail, part, smtp
from tests.channels.mailserver import MailServer
from tidings.base import clock
from tidings.channels.kinds import Smtp
from tidings.channels.message import Address
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.smtp import SmtpProvider


@asynccontextmanager
async def opened(settings: Smtp) -> AsyncGenerator[SmtpProvider]:
    """Lend a provider that takes its leave at the end."""
    provider = SmtpProvider(settings)
    try:
        yield provider
    finally:
        await provider.close()


async def send(settings: Smtp, **changes: Any) -> Outcome:
    """Send one mail over a connection of its own."""
    async with opened(settings) as provider:
        return await provider.send(mail(**changes))


async def test_a_mail_arrives_whole() -> None:
    """Envelope, headers and both parts, and the server's own name for it."""
    async with MailServer() as server:
        assert await send(smtp(server.port)) == Sent("0001")

    (got,) = server.mails
    assert (got.sender, got.recipient) == ("shop@example.com", "ada@example.com")
    assert got.options == [f"SIZE={len(got.content)}"]
    assert (got.is_encrypted, got.account) == (False, None)
    assert got.parsed["Message-ID"] == "<m1@example.com>"
    assert part(got.parsed, "plain") == "It is on its way.\n"
    assert part(got.parsed, "html") == "<p>It is on its way.</p>\n"


@pytest.mark.parametrize("text", [".\n", "..\n.\n", "a\n.\nb\n", "\n.", "x" * 3_000 + "\n.y\n"])
async def test_a_line_of_a_dot_ends_no_mail(text: str) -> None:
    """What came after it was lost, or taken for commands."""
    async with MailServer() as server, opened(smtp(server.port)) as provider:
        assert await provider.send(mail(text=text, html="")) == Sent("0001")
        assert await provider.send(mail(subject="The next")) == Sent("0002")

    first, second = server.mails
    assert part(first.parsed, "plain").rstrip("\n") == text.rstrip("\n")
    assert second.parsed["Subject"] == "The next"


async def test_many_mails_share_a_connection_up_to_its_limit() -> None:
    """Greeting, TLS and login cost more than a mail does."""
    async with (
        MailServer() as server,
        opened(smtp(server.port, messages_per_connection=3)) as provider,
    ):
        for _ in range(7):
            assert isinstance(await provider.send(mail()), Sent)

    assert (len(server.mails), server.connections) == (7, 3)


async def test_mails_at_one_time_have_connections_of_their_own_and_leave_them_open() -> None:
    """Those who come next need not wait for greetings."""
    async with MailServer() as server, opened(smtp(server.port)) as provider:
        for _ in range(3):
            await asyncio.gather(*(provider.send(mail()) for _ in range(4)))

    assert (len(server.mails), server.connections) == (12, 4)


async def test_an_idle_connection_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is about to close it, and who knows whether it did."""
    async with MailServer() as server, opened(smtp(server.port, idle_seconds=30)) as provider:
        await provider.send(mail())
        later = clock.monotonic() + 31
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        await provider.send(mail())

    assert (len(server.mails), server.connections) == (2, 2)


async def test_a_connection_that_was_closed_meanwhile_costs_no_mail() -> None:
    """The server hangs up just before or just after we ask for the next mail."""
    async with MailServer() as server, opened(smtp(server.port)) as provider:
        await provider.send(mail())
        server.hang_up()
        assert await provider.send(mail()) == Sent("0002")
        server.hang_up()
        await asyncio.sleep(0)
        assert await provider.send(mail()) == Sent("0003")

    assert server.connections == 3


async def test_starttls_encrypts_and_the_login_comes_after(certificate: Certificate) -> None:
    """The server demands both, and knows the account."""
    settings: dict[str, Any] = {"username": "ada", "password": "lovelace", "ca": certificate.pem}
    async with MailServer(tls=certificate.server, password="lovelace") as server:
        assert await send(smtp(server.port, security="starttls", **settings)) == Sent("0001")

    (got,) = server.mails
    assert (got.is_encrypted, got.account) == (True, "ada")


async def test_tls_from_the_first_byte(certificate: Certificate) -> None:
    """Port 465, as RFC 8314 wants it."""
    async with MailServer(tls=certificate.server, is_tls_from_the_start=True) as server:
        settings = smtp(server.port, security="tls", ca=certificate.pem)
        assert await send(settings) == Sent("0001")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_nobody_known_is_refused_unless_told_otherwise(
    security: str, certificate: Certificate
) -> None:
    """Else whoever is in between reads mails and passwords."""
    async with MailServer(
        tls=certificate.server, is_tls_from_the_start=security == "tls"
    ) as server:
        outcome = await send(smtp(server.port, security=security))
        assert isinstance(outcome, Broken)
        assert outcome.reason is Reason.HOST
        assert "certificate verify failed" in outcome.said
        assert await send(smtp(server.port, security=security, verify=False)) == Sent("0001")


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    """It was asked for; somebody in between may have left it out."""
    async with MailServer() as server:
        outcome = await send(smtp(server.port, security="starttls"))

    assert isinstance(outcome, Broken)
    assert (outcome.reason, server.mails) == (Reason.SETTINGS, [])


async def test_a_wrong_password_breaks_the_channel(certificate: Certificate) -> None:
    """Every further try brings the account nearer to being locked."""
    async with MailServer(tls=certificate.server, password="lovelace") as server:
        outcome = await send(
            smtp(server.port, security="starttls", verify=False, username="ada", password="x")
        )

    assert outcome == Broken(Reason.CREDENTIALS, "535 5.7.8", "Authentication credentials invalid")


async def test_a_server_that_wants_a_login_and_gets_none_breaks_the_channel(
    certificate: Certificate,
) -> None:
    """It says so only when a mail comes."""
    async with MailServer(tls=certificate.server, password="lovelace") as server:
        outcome = await send(smtp(server.port, security="starttls", verify=False))

    assert isinstance(outcome, Broken)
    assert (outcome.reason, outcome.code) == (Reason.CREDENTIALS, "530 5.7.0")


async def test_a_host_that_does_not_exist_breaks_the_channel() -> None:
    """It will not come into being by trying again."""
    outcome = await send(smtp(25, host="no-such-host.invalid"))

    assert isinstance(outcome, Broken | Deferred)
    assert outcome.reason in {Reason.HOST, Reason.UNREACHABLE}


async def test_a_port_where_nobody_listens_is_tried_again_later() -> None:
    """A server that is being started, most likely."""
    async with MailServer() as server:
        pass
    outcome = await send(smtp(server.port))

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNREACHABLE


async def test_mailboxes_beyond_ascii_go_to_servers_that_take_them() -> None:
    """As they are written: there is no other form of them."""
    recipient = Address("jörg@münchen.example", "Jörg")
    async with MailServer() as server:
        assert await send(smtp(server.port), recipient=recipient) == Sent("0001")

    (got,) = server.mails
    assert got.recipient == "jörg@xn--mnchen-3ya.example"
    assert got.options[1:] == ["SMTPUTF8", "BODY=8BITMIME"]
    assert "To: =?utf-8?b?SsO2cmc=?= <jörg@".encode() in got.content


async def test_mailboxes_beyond_ascii_are_refused_for_other_servers() -> None:
    """They would be mangled on the way; and the connection serves the next mail."""
    async with MailServer(smtputf8=False) as server, opened(smtp(server.port)) as provider:
        outcome = await provider.send(mail(recipient=Address("jörg@example.com")))
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.UNSUPPORTED
        assert await provider.send(mail()) == Sent("0001")

    assert server.connections == 1


@pytest.fixture
def public_record(rsa_key: RSAPrivateKey) -> Callable[..., bytes]:
    """Play the DNS that has the key of the shop's domain."""
    der = rsa_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    def look_up(name: bytes, **_: Any) -> bytes:
        return record if name == b"news._domainkey.example.com." else b""

    return look_up


async def test_mails_are_signed_so_that_others_can_verify_them(
    rsa_pem: str, public_record: Callable[..., bytes]
) -> None:
    """By somebody else's code, after the way over the wire."""
    signed = {"dkim_domain": "example.com", "dkim_selector": "news", "dkim_key": rsa_pem}
    record = public_record(b"news._domainkey.example.com.")
    async with (
        MailServer(dkim_record=record) as server,
        opened(smtp(server.port, **signed)) as provider,
    ):
        await provider.send(mail())
        await provider.send(mail(subject="ß" * 200, html="", text=".\n\n\n"))
        await provider.send(
            mail(
                recipient=Address("ada@example.com", "many words of a name " * 8 + "."),
                headers=(
                    ("List-Unsubscribe", "<https://example.com/u/1>,  <mailto:u@example.com>"),
                    ("X-One", "1"),
                    ("X-One", "2"),
                ),
            )
        )
        await provider.send(mail(recipient=Address("jörg@example.com")))

    assert [dkim.verify(got.content, dnsfunc=public_record) for got in server.mails] == [True] * 4
    first = server.mails[0]
    for changed in (
        first.content.replace(b"on its way", b"on the way"),
        first.content.replace(b"Subject: Your order", b"Subject: Your prize"),
        first.content.replace(b"\r\nFrom:", b"\r\nFrom: eve@example.com\r\nFrom:"),
    ):
        assert changed != first.content
        assert not dkim.verify(changed, dnsfunc=public_record)
    (signature,) = first.parsed.get_all("DKIM-Signature", [])
    names = re.sub(r"\s", "", signature).partition("h=")[2].partition(";")[0].split(":")
    assert names.count("from") == 2
