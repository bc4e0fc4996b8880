"""What a brand needs to send mails, and the process that sends them, for tests of the wires."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.channels.mailserver import MailServer, Received
from tests.messages.post import HELLO, KEYRING, LINKS
from tests.support import wait_until
from tests.web.server import Caller
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.model import Channel
from tidings.messages.compose import Composer
from tidings.messages.journal import Journal
from tidings.messages.outlet import Tools
from tidings.messages.sender import Sender
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.templates import actions as templates

NOWHERE = 1
"""A port of nobody, for messages that are not to be sent."""

_CONTACT = "mailto:a@shop.test"


async def add_channel(
    tx: Tx, brand_id: BrandId, key: str = "mail", *, port: int = NOWHERE
) -> Channel:
    """Add a channel to a mail server on loopback."""
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from_address": "news@shop.test",
        "from_name": "The Shop",
    }
    return await channels.add(tx, KEYRING, brand_id, Wanted(key, "smtp", settings))


async def add_template(tx: Tx, brand_id: BrandId, key: str, content: Any = HELLO) -> None:
    """Save a template for mails."""
    await templates.create(tx, brand_id, key, name=key, medium=Medium.EMAIL, content=content)


def give_channel(caller: Caller, key: str = "mail", *, port: int = NOWHERE) -> Channel:
    """Give a brand such a channel."""
    add = partial(add_channel, brand_id=caller.brand_id, key=key, port=port)
    return caller.backstage.do(add)


async def add_push_channels(tx: Tx, brand_id: BrandId) -> None:
    """Add a channel `browsers` and a channel `apps`, of nobody."""
    browsers = {"private_key": _pem(ec.generate_private_key(ec.SECP256R1())), "contact": _CONTACT}
    account = {
        "project_id": "shop",
        "client_email": "push@shop.test",
        "private_key": _pem(rsa.generate_private_key(public_exponent=65_537, key_size=2_048)),
        "token_uri": f"http://127.0.0.1:{NOWHERE}/token",
    }
    apps = {"service_account": json.dumps(account), "endpoint": f"http://127.0.0.1:{NOWHERE}"}
    await channels.add(tx, KEYRING, brand_id, Wanted("browsers", "webpush", browsers))
    await channels.add(tx, KEYRING, brand_id, Wanted("apps", "fcm", apps))


def give_push_channels(caller: Caller) -> None:
    """Give a brand such channels."""
    caller.backstage.do(partial(add_push_channels, brand_id=caller.brand_id))


def give_template(caller: Caller, key: str = "hello", content: Any = HELLO) -> None:
    """Give a brand such a template."""
    add = partial(add_template, brand_id=caller.brand_id, key=key, content=content)
    caller.backstage.do(add)


def give_user(caller: Caller, user_id: str, **attributes: Any) -> None:
    """Create a user with a mailbox of their name, unless said otherwise."""
    said = {"email": f"{user_id}@people.test", "first_name": user_id} | attributes
    known = {name: value for name, value in said.items() if value is not None}
    body = {"nv": [{"userID": user_id, "user_attributes": known}]}
    assert caller.post("/api/v1/user/create", body).status_code == 200


def messages_of(caller: Caller) -> list[dict[str, Any]]:
    """Return the messages of a brand, in the order they were queued."""
    return caller.rows(
        "SELECT status, reason, due_at, created_at, data::text, content::text, "
        "options::text, template_id FROM messages WHERE brand_id = $1 ORDER BY message_id",
        caller.brand_id,
    )


def send_all(caller: Caller, url: str, data_dir: Path) -> list[Received]:
    """Send what is due of a brand whose only channel is `mail`; return the mails that came."""

    async def send() -> list[Received]:
        async with MailServer() as server, Database(url) as database:
            async with database.transaction() as tx:
                await channels.update(
                    tx, KEYRING, caller.brand_id, "mail", settings={"port": server.port}
                )
                # A sender serves all brands, also those whose messages other tests left waiting.
                await tx.execute(
                    "UPDATE lanes SET is_open = false WHERE brand_id <> $1", caller.brand_id
                )
            tools = Tools(database, KEYRING, Composer(LINKS), Journal(data_dir, "test"))
            stop = asyncio.Event()
            sending = asyncio.create_task(Sender(tools).run(stop))

            async def is_over() -> bool:
                async with database.transaction() as tx:
                    return not await tx.fetchval(
                        "SELECT count(*) FROM messages WHERE brand_id = $1 AND due_at <= now() "
                        "AND status IN ('queued', 'sending')",
                        caller.brand_id,
                    )

            await wait_until(is_over, within_seconds=20)
            stop.set()
            await sending
            return list(server.mails)

    return asyncio.run(send())


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
