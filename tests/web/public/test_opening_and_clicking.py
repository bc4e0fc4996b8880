"""Openings and clicks: the recipient gets what they want at once, and it is noted once."""

import asyncio
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.messages.post import Post
from tests.support import wait_until
from tests.web.public.door import TARGET, Letter, named_events, open_door
from tidings.storage.pool import Database

NOWHERE = "postgresql://tidings@127.0.0.1:1/tidings"
SCANNER = {"User-Agent": "Barracuda Sentinel (EE)"}


async def counted(post: Post) -> dict[str, int]:
    """Return what is counted but for the sending itself."""
    counts = await post.counted()
    return {what: count for what, count in counts.items() if what not in {"intended", "sent"}}


async def test_an_opening_is_a_picture_that_nobody_keeps_and_is_noted(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """A cache between would hide the second opening."""
    answer = await client.get(letter.link("open"))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"GIF89a\x01\x00\x01\x00")
    await wait_until(lambda: _has(post, "opened"))
    await client.get(letter.link("open"))
    await wait_until(lambda: _counts(post, {"opened": 2, "unique_opened": 1}))
    assert await named_events(post) == ["Email Opened", "Email Opened"]
    assert (await post.message(letter.message_id)).heard.opened_at is not None


async def test_a_click_leads_to_the_target_as_it_was_written_and_is_noted(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Parameters, escapes and the fragment included."""
    answer = await client.get(letter.link("click"))

    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    await wait_until(lambda: _counts(post, {f"clicked:{TARGET}": 1, "unique_clicked": 1}))
    await post.work()
    [event] = [one for one in await post.shop.events() if one.name == "Email Clicked"]
    assert event.attributes["url"] == TARGET


async def test_other_links_of_the_mail_are_as_they_were_written(letter: Letter) -> None:
    """No click is counted of what is no page."""
    assert "mailto:shop@shop.test?subject=Hello%20you" in letter.links
    assert len([link for link in letter.links if "/m/click/" in link]) == 1


async def test_what_others_add_to_a_link_changes_nothing(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """Some programs add parameters of their own to every link."""
    answer = await client.get(f"{letter.link('click')}&fbclid=abc&utm_source=other")

    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)


async def test_a_scanner_gets_the_same_and_counts_for_nobody(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Else the best mails would be those to companies with scanners."""
    picture = await client.get(letter.link("open"), headers=SCANNER)
    click = await client.get(letter.link("click"), headers=SCANNER)
    head = await client.head(letter.link("click"))

    assert picture.status_code == 200
    assert [click.headers["location"], head.headers["location"]] == [TARGET, TARGET]
    await wait_until(lambda: _counts(post, {"scanned": 3}))
    assert await named_events(post) == []


async def test_nobody_waits_until_it_is_noted(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Somebody else holds the message, and the answers come all the same."""
    async with post.shop.database.transaction() as tx:
        await tx.execute("SELECT FROM messages FOR UPDATE")
        picture = await client.get(letter.link("open"))
        click = await client.get(letter.link("click"))
        before = await counted(post)

    assert (picture.status_code, click.status_code) == (200, 302)
    assert before == {}
    await wait_until(lambda: _has(post, "opened"))


async def test_without_a_database_the_picture_and_the_target_are_there(
    letter: Letter, tmp_path: Path
) -> None:
    """That they are not noted costs less than a link that leads nowhere; pages say what is."""
    async with open_door(NOWHERE, tmp_path) as client:
        picture = await client.get(letter.link("open"))
        click = await client.get(letter.link("click"))
        page = await client.get(letter.link("unsubscribe"))
        post = await client.post(letter.link("unsubscribe"))

    assert picture.status_code == 200
    assert (click.status_code, click.headers["location"]) == (302, TARGET)
    for answer in (page, post):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "We cannot do this at the moment" in answer.text


async def test_what_waits_is_noted_before_a_process_ends(
    post: Post, letter: Letter, database_url: str, tmp_path: Path
) -> None:
    """Every release would lose some otherwise."""
    async with AsyncExitStack() as door:
        client = await door.enter_async_context(open_door(database_url, tmp_path))
        async with post.shop.database.transaction() as tx:
            await tx.execute("SELECT FROM messages FOR UPDATE")
            for _ in range(20):
                await client.get(letter.link("open"))
            ending = asyncio.create_task(door.aclose())
            port = client.base_url.port
            assert port is not None
            await wait_until(lambda: _is_shut(port))
        await ending

    assert (await counted(post))["opened"] == 20


async def test_an_opening_before_the_sending_was_noted_counts(
    post: Post, letter: Letter, client: httpx.AsyncClient, database: Database
) -> None:
    """Mail servers are quick, and a process may die before it notes what it sent."""
    async with database.transaction() as tx:
        await tx.execute("UPDATE messages SET status = 'sending', ended_at = NULL")

    await client.get(letter.link("open"))

    await wait_until(lambda: _has(post, "opened"))


async def _has(post: Post, what: str) -> bool:
    return what in await counted(post)


async def _counts(post: Post, wanted: dict[str, int]) -> bool:
    return await counted(post) == wanted


def _is_shut(port: int) -> bool:
    # Asked of the system: a connection that comes while the server closes may be left half open.
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
