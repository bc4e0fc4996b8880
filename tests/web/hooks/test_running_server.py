"""A whole server takes what a provider reports, and its worker reads mailboxes."""

import asyncio
import base64
import socket
from pathlib import Path

import httpx

from tests.channels.apiserver import ApiServer
from tests.messages import returned_mails as mails
from tests.messages.imapserver import ImapServer
from tests.messages.post import KEYRING, PUBLIC_URL
from tests.support import wait_until
from tests.web.hooks import signing
from tests.web.hooks.hooked import MOBILE, Hooked
from tidings import config, main
from tidings.channels import actions as channels
from tidings.config import Config


def settings(data_dir: Path) -> Config:
    """Return the settings of a server with the key that the tests seal with."""
    key = base64.b64encode(b"k" * 32).decode()
    variables = {"TIDINGS_SECRET_KEY": key, "TIDINGS_PUBLIC_URL": PUBLIC_URL + "/"}
    return config.assemble({"data_dir": data_dir}, variables)


async def test_a_report_to_a_running_server_is_heard_by_its_worker(
    hooked: Hooked, api: ApiServer, tmp_path: Path
) -> None:
    """Signed for the public URL, which the server knows from its settings."""
    ada = await hooked.ada()
    channel = await hooked.add_channel("twilio")
    message_id = await hooked.send(channel, ada)
    path = await hooked.path(channel)
    form = {"MessageSid": "provider-1", "MessageStatus": "delivered", "To": MOBILE}
    signed = signing.twilio(form, path)
    url, stop = hooked.post.shop.database.url, asyncio.Event()

    async def is_heard() -> bool:
        return (await hooked.post.message(message_id)).heard.delivered_at is not None

    with socket.create_server(("127.0.0.1", 0)) as listener:
        web = asyncio.create_task(main.run_web(settings(tmp_path), url, listener, stop))
        worker = asyncio.create_task(main.run_worker(settings(tmp_path), url, stop))
        there = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=there, trust_env=False) as client:
            answer = await client.post(path, content=signed.body, headers=signed.headers)
            assert answer.json() == {"kept": 1}
            unknown = await client.post("/hooks/nothing", content=b"")
            assert unknown.status_code == 404
            await wait_until(is_heard)
            metrics = (await client.get("/metrics")).text
        stop.set()
        await asyncio.gather(web, worker)

    assert 'tidings_requests_total{route="/hooks/{word}",status="200"} 1.0' in metrics
    assert api.only.form["To"] == MOBILE


async def test_a_worker_looks_into_mailboxes_by_itself(hooked: Hooked, tmp_path: Path) -> None:
    """As soon as it starts, and then every minute."""
    post, stop = hooked.post, asyncio.Event()
    async with ImapServer() as imap:
        uid = imap.put(mails.OTHERS["a vacation of RFC 3834"])
        mailbox = {
            "imap_host": "127.0.0.1",
            "imap_port": imap.port,
            "imap_security": "none",
            "imap_username": "ada",
            "imap_password": "lovelace",
        }
        async with post.shop.database.transaction() as tx:
            await channels.update(tx, KEYRING, post.brand_id, "mail", settings=mailbox)
        url = post.shop.database.url
        worker = asyncio.create_task(main.run_worker(settings(tmp_path), url, stop))
        await wait_until(lambda: imap.flags[uid] == {"\\Seen"}, within_seconds=10)
        stop.set()
        await worker
