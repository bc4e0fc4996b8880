"""The commands by which an operator adds channels and tries them."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import load_pem_x509_certificate

from tests.channels.apiserver import ApiServer
from tests.channels.conftest import Certificate
from tests.channels.mailserver import MailServer
from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.channels.outcome import Reason
from tidings.cli.channels import channel as commands
from tidings.cli.outcomes import WORDS_OF_REASON

OLD = "b2xk" + "A" * 39 + "="
NEW = "bmV3" + "A" * 39 + "="


async def run(shop: Shop, *words: object, typed: str = "", key: str = OLD) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused.

    Shape:  typed - what comes from standard input; key - the secret key of the installation.
    """
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [*map(str, words)],
        input=typed,
        env={"TIDINGS_DATABASE_URL": shop.database.url, "TIDINGS_SECRET_KEY": key},
    )
    refused = result.exception
    assert refused is None or isinstance(refused, Refused | SystemExit), refused
    return refused.message if isinstance(refused, Refused) else result.output


async def shown(shop: Shop) -> dict[str, str]:
    """Return the settings of the channel as they are printed; one without a value has its name."""
    lines = (await run(shop, "show", shop.brand_id, "main")).splitlines()
    return {line.split("  ")[0]: line.rpartition("  ")[2] for line in lines}


async def test_a_channel_is_added_tried_changed_and_removed(
    shop: Shop, certificate: Certificate, tmp_path: Path
) -> None:
    """With a server that wants TLS and a password, as they all do."""
    (tmp_path / "ca.pem").write_text(certificate.pem)
    async with MailServer(tls=certificate.server, password="lovelace") as server:
        settings = [
            *("--set", "host=127.0.0.1", "--set", f"port={server.port}"),
            *("--set", "username=ada", "--set", f"ca=@{tmp_path / 'ca.pem'}"),
        ]
        added = await run(
            shop, "add", shop.brand_id, "main", "smtp", *settings, "--ask", "password",
            "--per-second", 5, typed="lovelace\n",
        )  # fmt: skip
        assert added.endswith(
            f"Channel main is added. Try it: tidings channel test {shop.brand_id} main …\n"
        )
        assert "lovelace" not in added

        trial = ["test", shop.brand_id, "main", "ada@example.com", "--from", "shop@example.com"]
        assert await run(shop, *trial) == "Sent: the provider calls it 0001.\n"
        (got,) = server.mails
        assert (got.recipient, got.account) == ("ada@example.com", "ada")
        assert got.parsed["Subject"] == "A test from Tidings"

        changed = await run(
            shop, "update", shop.brand_id, "main", "--secret-file", "-", "--unpaced",
            typed=json.dumps({"password": "byron"}),
        )  # fmt: skip
        assert changed == "Channel main is changed.\n"
        assert (await run(shop, *trial)).startswith(
            "The channel does not work: the provider does not accept the credentials.\n535 5.7.8"
        )

    settings_shown = await shown(shop)
    assert settings_shown["password"] == "********"
    assert (settings_shown["username"], settings_shown["per second"]) == ("ada", "per second")
    listed = await run(shop, "list", shop.brand_id)
    assert [line.split() for line in listed.splitlines()] == [
        ["KEY", "MEDIUM", "PROVIDER", "PER", "SECOND", "CONNECTIONS"],
        ["main", "email", "smtp", "4"],
    ]
    assert await run(shop, "remove", shop.brand_id, "main") == "Channel main is removed.\n"
    assert "has no channel 'main'" in await run(shop, "show", shop.brand_id, "main")


async def test_authorities_are_shown_by_their_names(
    shop: Shop, certificate: Certificate, tmp_path: Path
) -> None:
    """Whoever looks wants to know whose they are and when they end, not two pages of letters."""
    (tmp_path / "ca.pem").write_text(certificate.pem * 2)
    flags = ["--set", "host=mx.test", "--set", f"ca=@{tmp_path / 'ca.pem'}"]
    await run(shop, "add", shop.brand_id, "main", "smtp", *flags)

    ends = load_pem_x509_certificate(certificate.pem.encode()).not_valid_after_utc.date()
    assert (await shown(shop))["ca"] == f"CN=localhost until {ends}; CN=localhost until {ends}"


async def test_a_channel_to_browsers_shows_the_key_that_a_page_needs(shop: Shop) -> None:
    """The public half: the browser subscribes with it, and then takes notifications of its other
    half only."""
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    flags = ["--set", "contact=mailto:a@shop.test", "--secret-file", "-"]
    secret = json.dumps({"private_key": pem})
    await run(shop, "add", shop.brand_id, "main", "webpush", *flags, typed=secret)

    printed = await shown(shop)

    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    encoded = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
    assert printed["application server key"] == encoded
    assert printed["private_key"] == "********"


async def test_a_recipient_who_does_not_exist_is_told_in_plain_words(shop: Shop) -> None:
    """With what the server said, which is what the operator looks up."""
    async with MailServer(answers={"rcpt": "550 5.1.1 \x1b[31mNobody here"}) as server:
        settings = ["host=127.0.0.1", f"port={server.port}", "security=none"]
        flags = [word for one in settings for word in ("--set", one)]
        await run(shop, "add", shop.brand_id, "main", "smtp", *flags)
        said = await run(
            shop, "test", shop.brand_id, "main", "eve@example.com", "--from", "a@example.com"
        )
    assert said == (
        "Rejected for good: the recipient does not exist or can never be reached.\n"
        "550 5.1.1 \ufffd[31mNobody here\n"
    )


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (["--set", "host"], "", "--set host: write it as NAME=VALUE."),
        (
            ["--set", "password=lovelace"],
            "",
            "password is a secret: give it by --ask password or --secret-file.",
        ),
        (["--set", "ca=@/nowhere"], "", "--set ca: /nowhere cannot be read."),
        (["--ask", "host"], "", "--ask host: there is no such secret."),
        (["--secret-file", "-"], "[lovelace", "--secret-file must be a JSON object."),
        ([], "", "The settings are wrong. host: is missing."),
    ],
)
async def test_what_is_not_understood_is_said_and_adds_nothing(
    shop: Shop, words: list[str], typed: str, said: str
) -> None:
    """Above all a secret on the command line, which others can see."""
    refused = await run(shop, "add", shop.brand_id, "main", "smtp", *words, typed=typed)
    assert refused == said
    assert "lovelace" not in refused.replace("password=lovelace", "")
    assert len((await run(shop, "list", shop.brand_id)).splitlines()) == 1


async def test_the_secret_key_is_changed_in_three_steps(shop: Shop) -> None:
    """Both keys, seal anew, the new one only; in between everything works."""
    await run(
        shop, "add", shop.brand_id, "main", "smtp", "--set", "host=example.com",
        "--set", "username=ada", "--secret-file", "-", typed='{"password": "lovelace"}',
    )  # fmt: skip
    assert "sealed with another key" in await run(shop, "show", shop.brand_id, "main", key=NEW)
    assert await run(shop, "reseal", key=f"{NEW},{OLD}") == "1 sealed anew.\n"
    assert await run(shop, "reseal", key=f"{NEW},{OLD}") == (
        "All were sealed with the newest key already.\n"
    )
    assert "********" in await run(shop, "show", shop.brand_id, "main", key=NEW)


async def test_a_database_elsewhere_without_a_key_is_refused(shop: Shop) -> None:
    """The message names the setting."""
    words = ["add", shop.brand_id, "main", "smtp", "--set", "host=example.com"]
    assert (await run(shop, *words, key="")).startswith("secret_key is empty")


async def test_channels_of_other_media_are_tried_too(shop: Shop) -> None:
    """A phone, and a server, which has no recipient; secrets that are needed are asked for."""
    async with ApiServer(status=201, said={"sid": "SM1"}) as server:
        settings = ["account_sid=AC1", "sender=+15550199", f"endpoint={server.url}"]
        flags = [word for one in settings for word in ("--set", one)]
        words = ["add", shop.brand_id, "phone", "twilio", "--medium", "whatsapp", *flags]
        assert "Channel phone is added." in await run(shop, *words, typed="tok\n")
        assert await run(shop, "test", shop.brand_id, "phone", "+15550100") == (
            "Sent: the provider calls it SM1.\n"
        )
        secret = "whsec_" + "c2VjcmV0" * 4
        flags = ["--set", f"url={server.url}/hook", "--set", "allow_private=true"]
        await run(shop, "add", shop.brand_id, "hook", "webhook", *flags, typed=f"{secret}\n")
        assert await run(shop, "test", shop.brand_id, "hook") == "Sent.\n"

    text, hook = server.asked
    assert text.form["To"] == "whatsapp:+15550100"
    assert (hook.path, hook.json["type"]) == ("/hook", "tidings.test")


async def test_a_mail_needs_a_sender(shop: Shop) -> None:
    """Nobody but the operator knows which address is allowed."""
    await run(shop, "add", shop.brand_id, "main", "smtp", "--set", "host=example.com")
    said = await run(shop, "test", shop.brand_id, "main", "ada@example.com")
    assert said == "A mail needs a sender: --from shop@example.com"

    async with MailServer() as server:
        words = [f"port={server.port}", "host=127.0.0.1", "security=none"]
        words += ["from_address=shop@example.com", "from_name=The Shop"]
        flags = [word for one in words for word in ("--set", one)]
        await run(shop, "update", shop.brand_id, "main", *flags)
        assert await run(shop, "test", shop.brand_id, "main", "ada@example.com") == (
            "Sent: the provider calls it 0001.\n"
        )
    assert server.mails[0].parsed["From"] == "The Shop <shop@example.com>"


def test_every_reason_has_its_words() -> None:
    """A reason without any would end the command with a traceback."""
    assert set(WORDS_OF_REASON) == set(Reason)
