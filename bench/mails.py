"""`python -m bench.mails`: what a mail costs to write, to sign and to hand over.

Each figure stands beside what somebody else's code takes for the same, measured right before it.
The mail server is a sink in a process of its own that looks at nothing.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import aiosmtplib
import dkim
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.sink import sink
from tidings.channels import mime
from tidings.channels.dkim import Signer
from tidings.channels.kinds import Smtp
from tidings.channels.message import Address, Email
from tidings.channels.outcome import Sent
from tidings.channels.providers.smtp import SmtpProvider

ROUNDS = 5
MAILS = 1_000
_LINE = "<p style='color:#333'>Hello Ada, your order no. 12345 is on its way, see you soon.</p>\n"
_NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)

MAIL = Email(
    "m1@example.com",
    Address("shop@example.com", "The Shop"),
    Address("ada@example.com", "Ada Lovelace"),
    "Your order is on its way, Müller & Co",
    html=_LINE * 150,
    text="Hello Ada, your order is on its way.\n" * 90,
    headers=(
        ("List-Unsubscribe", "<https://example.com/u/abcdefghijklmnop>, <mailto:u@example.com>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ),
)


def _microseconds(work: Callable[[], object], *, times: int) -> float:
    rounds: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - begun) / times * 1e6)
    return statistics.median(rounds)


def _by_the_library() -> bytes:
    written = EmailMessage(policy=policy.SMTP)
    written["From"], written["To"] = "The Shop <shop@example.com>", "Ada <ada@example.com>"
    written["Subject"], written["Message-ID"] = MAIL.subject, f"<{MAIL.message_id}>"
    written.set_content(MAIL.text)
    written.add_alternative(MAIL.html, subtype="html")
    return written.as_bytes()


async def _rate(send: Callable[[], Awaitable[None]], *, at_once: int) -> float:
    async def many() -> None:
        for _ in range(MAILS // at_once):
            await send()

    await send()
    begun = time.perf_counter()
    await asyncio.gather(*(many() for _ in range(at_once)))
    return MAILS / (time.perf_counter() - begun)


async def _hand_over(port: int, at_once: int) -> tuple[float, float]:
    settings = Smtp(host="127.0.0.1", port=port, security="none", messages_per_connection=100_000)
    provider = SmtpProvider(settings)

    async def ours() -> None:
        outcome = await provider.send(MAIL)
        is_sent = isinstance(outcome, Sent)
        if not is_sent:
            raise RuntimeError(outcome)

    clients = [
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(at_once)
    ]
    for client in clients:
        await client.connect()

    async def theirs() -> None:
        client = clients.pop()
        mail = mime.build(MAIL, at=_NOW)
        await client.sendmail("shop@example.com", ["ada@example.com"], mail)
        clients.append(client)

    rates = [
        (await _rate(theirs, at_once=at_once), await _rate(ours, at_once=at_once))
        for _ in range(ROUNDS)
    ]
    await provider.close()
    return statistics.median(one for one, _ in rates), statistics.median(two for _, two in rates)


def main() -> None:
    """Measure and print everything."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    raw = mime.build(MAIL, at=_NOW)
    theirs = _microseconds(_by_the_library, times=20)
    ours = _microseconds(lambda: mime.build(MAIL, at=_NOW), times=200)
    print(f"a mail of {len(raw):,} bytes, written: {ours:.0f} µs, by email.message {theirs:.0f} µs")
    theirs = _microseconds(lambda: dkim.sign(raw, b"s", b"example.com", pem), times=20)
    signer = Signer("example.com", "s", key)
    ours = _microseconds(lambda: signer.sign(raw), times=200)
    print(f"signed: {ours:.0f} µs, by dkimpy {theirs:.0f} µs")
    with sink() as into:
        for at_once in (1, 4):
            one, other = uvloop.run(_hand_over(into.port, at_once))
            print(f"handed over, {at_once} at once: {other:,.0f}/s, by sendmail {one:,.0f}/s")


if __name__ == "__main__":
    main()
