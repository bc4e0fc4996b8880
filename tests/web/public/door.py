"""A web process for recipients, and mails that were really sent, to follow their links."""

import asyncio
import base64
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import httpx

from tests.messages.post import PUBLIC_URL, Post
from tests.shop import Shop
from tests.support import wait_until
from tests.web.snapshot import TABLES
from tidings import config, main
from tidings.messages.model import LaneOptions, MessageId
from tidings.profiles.model import ProfileRef

SECRET_KEY = base64.b64encode(b"k" * 32).decode()
PERSON = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
ONE_CLICK = b"List-Unsubscribe=One-Click"
TARGET = "https://shop.test/sale?size=4&name=%C3%A9%2B1&utm_source=mail#top"
HTML = (
    f'<p><a href="{TARGET.replace("&", "&amp;")}">look</a>'
    ' <a href="mailto:shop@shop.test?subject=Hello%20you">write</a></p>'
    '<p><a href="{{ unsubscribe_url }}">no more</a> <a href="{{ preferences_url }}">choose</a>'
    ' <a href="{{ view_in_browser_url }}">see</a></p>'
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it came to somebody, with its links as they stand in it."""

    message_id: MessageId
    person: ProfileRef
    mail: EmailMessage
    links: Sequence[str]

    def link(self, kind: str) -> str:
        """Return the link of a kind, as a path at the server."""
        (found,) = [link for link in self.links if link.startswith(f"{PUBLIC_URL}/m/{kind}/")]
        return found.removeprefix(PUBLIC_URL)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        name = {"a": "href", "img": "src"}.get(tag)
        self.found += [value for key, value in attrs if key == name and value is not None]


async def send_letter(
    post: Post, person: ProfileRef, *, topic: str | None = None, html: str = HTML
) -> Letter:
    """Send a mail to a person, and return it as it came."""
    number = len(post.server.mails)
    content = {"subject": "Sale", "html": html}
    template = await post.add_template(f"letter-{number}", content)
    [message_id] = await post.call(template, person, options=LaneOptions(topic=topic))
    async with post.sending():
        await wait_until(lambda: len(post.server.mails) > number)
    assert message_id is not None
    mail = post.server.mails[number].parsed
    part = mail.get_body(("html",))
    assert part is not None
    links = _Links()
    links.feed(cast("EmailMessage", part).get_content())
    return Letter(message_id, person, mail, links.found)


@asynccontextmanager
async def open_door(
    url: str, data_dir: Path, environment: Mapping[str, str] | None = None
) -> AsyncGenerator[httpx.AsyncClient]:
    """Run a web process, and lend a client of it that follows no redirect."""
    settings = config.assemble(
        {"data_dir": data_dir},
        {"TIDINGS_SECRET_KEY": SECRET_KEY, "TIDINGS_PUBLIC_URL": PUBLIC_URL, **(environment or {})},
    )
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(main.run_web(settings, url, listener, stop))
        port: int = listener.getsockname()[1]
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30, headers=PERSON
        ) as client:
            try:
                # It answers when it has begun.
                await client.get("/health/live")
                yield client
            finally:
                stop.set()
                await serving


async def all_rows(shop: Shop) -> dict[str, list[Any]]:
    """Return every row that any table has of a brand."""
    async with shop.database.connection() as connection:
        return {
            name: [
                row["row"]
                for row in await connection.fetch(
                    f"SELECT to_jsonb(a)::text AS row FROM {name} AS a"  # noqa: S608
                    " WHERE brand_id = $1 ORDER BY 1",
                    shop.brand_id,
                )
            ]
            for name in [row["table_name"] for row in await connection.fetch(TABLES)]
        }


async def named_events(post: Post) -> list[str]:
    """Do what is due, and return the names of all events but that mails were sent."""
    await post.work()
    events = await post.shop.events()
    async with post.shop.database.connection() as connection:
        stored = await connection.fetchval("SELECT count(*) FROM events")
    assert stored == len(events), "an event has no name"
    return [event.name for event in events if event.name != "Email Sent"]
