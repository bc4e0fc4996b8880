"""`tidings template test`: what a template says, sent to whoever asks instead of to the person."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.channels.apiserver import ApiServer
from tests.channels.mails import part
from tests.channels.mailserver import MailServer
from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.keyring import open_keyring
from tidings.cli.templates import template as commands
from tidings.templates import actions

KEY = "b2xk" + "A" * 39 + "="
KEYRING = open_keyring(KEY, data_dir=Path(), is_embedded=False)
CONTENT = {
    "subject": "Hi {{ first_name }}",
    "html": "<p>Dear {{ first_name }} {{ last_name }}, <a href='https://shop.test/x'>look</a></p>",
}


async def run(shop: Shop, *words: object) -> str:
    """Run the command beside the running test; return what it printed, or why it was refused."""
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        ["test", str(shop.brand_id), *map(str, words)],
        env={"TIDINGS_DATABASE_URL": shop.database.url, "TIDINGS_SECRET_KEY": KEY},
    )
    refused = result.exception
    return refused.message if isinstance(refused, Refused) else result.output


async def add(shop: Shop, key: str, provider: str, settings: dict[str, Any]) -> None:
    """Add a channel."""
    async with shop.database.transaction() as tx:
        await channels.add(tx, KEYRING, shop.brand_id, Wanted(key, provider, settings))


async def save(shop: Shop, key: str, medium: Medium, content: object) -> None:
    """Save a template."""
    async with shop.database.transaction() as tx:
        await actions.create(tx, shop.brand_id, key, name=key, medium=medium, content=content)


async def test_a_mail_says_to_somebody_else_what_the_person_would_read(shop: Shop) -> None:
    """With what is missing by its name, and links as they were written."""
    await shop.send(shop.change("ada", {"first_name": "Ada", "email": "ada@people.test"}))
    await save(shop, "welcome", Medium.EMAIL, CONTENT)
    async with MailServer() as server:
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none"}
        await add(shop, "mail", "smtp", {**settings, "from_address": "shop@example.com"})
        said = await run(shop, "welcome", "mail", "me@example.com", "--user", "ada")

    assert said == "Sent: the provider calls it 0001.\n"
    [mail] = server.mails
    assert mail.recipient == "me@example.com"
    assert mail.parsed["Subject"] == "Hi Ada"
    assert part(mail.parsed, "plain") == "Dear Ada [last_name], look (https://shop.test/x)\n"
    assert 'href="https://shop.test/x"' in part(mail.parsed, "html")


async def test_a_webhook_gets_its_body(shop: Shop, tmp_path: Path) -> None:
    """It has no recipient."""
    await save(shop, "crm", Medium.WEBHOOK, {"body": '{"name": {{ first_name }}}'})
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"profile": {"first_name": "Ada"}}))
    async with ApiServer() as server:
        settings = {"url": f"{server.url}/hook", "secret": "whsec_" + "QUFB" * 8}
        await add(shop, "crm", "webhook", {**settings, "allow_private": True})
        assert await run(shop, "crm", "crm", "--variables", given) == "Sent.\n"

    assert json.loads(server.asked[0].body) == {"name": "Ada"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["other", "mail", "me@example.com"], "has no template 'other'"),
        (["welcome", "other", "me@example.com"], "has no channel 'other'"),
        (
            ["sms", "mail", "me@example.com"],
            "Template sms is for sms, and the channel carries email.",
        ),
        (["welcome", "mail", "me@example.com", "--user", "bob"], "has no user 'bob'"),
    ],
)
async def test_what_does_not_fit_is_said_and_nothing_is_sent(
    shop: Shop, words: list[str], said: str
) -> None:
    """A template, a channel, or a person that is not there; and a template of another medium."""
    await save(shop, "welcome", Medium.EMAIL, CONTENT)
    await save(shop, "sms", Medium.SMS, {"text": "Hi"})
    async with MailServer() as server:
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none"}
        await add(shop, "mail", "smtp", {**settings, "from_address": "shop@example.com"})
        assert said in await run(shop, *words)

    assert server.mails == []
