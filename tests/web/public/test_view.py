"""A message in the browser: as it was sent, while it is kept, and harmless."""

import httpx

from tests.messages.post import Post
from tests.web.public.door import HTML, Letter, send_letter
from tidings.brands import actions as brands

GONE = "This message is not kept any more"


async def test_it_is_the_message_as_it_was_sent_with_its_links(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """What the person sees in the mailbox, and can follow from there."""
    page = await client.get(letter.link("view"))

    part = letter.mail.get_body(("html",))
    assert part is not None
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.splitlines() == part.get_content().splitlines()


async def test_nothing_in_it_can_run_or_be_found_or_tell_where_it_was(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """Others wrote it, and it is shown by the server that has everybody's data."""
    page = await client.get(letter.link("view"))

    policy: dict[str, str] = {}
    for directive in page.headers["content-security-policy"].split("; "):
        name, _, allowed = directive.partition(" ")
        policy[name] = allowed
    assert policy == {
        "default-src": "'none'",
        "img-src": "http: https: data:",
        "media-src": "http: https:",
        "font-src": "http: https: data:",
        "style-src": "'unsafe-inline' http: https:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"


async def test_it_says_so_when_the_message_is_not_kept_any_more(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """The link stands in the mail for ever."""
    async with post.shop.database.transaction() as tx:
        await tx.execute("DELETE FROM message_contents")

    page = await client.get(letter.link("view"))

    assert (page.status_code, GONE in page.text) == (410, True)


async def test_it_says_so_when_the_brand_keeps_nothing(
    post: Post, client: httpx.AsyncClient
) -> None:
    """That is for the brand to decide."""
    [ada] = await post.people("ada")
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE brands SET content_days = 0")
        assert await brands.content_days(tx, post.brand_id) == 0
    letter = await send_letter(post, ada, html=HTML)

    page = await client.get(letter.link("view"))

    assert (page.status_code, GONE in page.text) == (410, True)
