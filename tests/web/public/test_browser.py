"""What a person sees and does, in a real browser."""

import shutil
from collections.abc import AsyncGenerator

import httpx
import pytest
from playwright.async_api import Page, Request, async_playwright, expect

from tests.consent.asking import make_topic, said_by
from tests.messages.post import Post
from tests.web.public.door import Letter
from tests.web.test_documentation import CHROMIUM_FLAGS, PAGE_TIMEOUT_MS
from tidings.consent.model import SubscriptionState, TopicKind
from tidings.messages.contents import Kept, pack


@pytest.fixture
async def page() -> AsyncGenerator[Page]:
    """Open an empty page in the system's browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the system has no chromium (apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=list(CHROMIUM_FLAGS)
        )
        page = await browser.new_page()
        page.set_default_timeout(PAGE_TIMEOUT_MS)
        yield page
        await browser.close()


async def test_somebody_unsubscribes_and_comes_back_and_chooses(
    page: Page, post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """By the buttons alone, in pages that ask no other host for anything and run nothing."""
    await make_topic(post.shop, TopicKind.OPT_IN)
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda said: complaints.append(said.text))

    await page.goto(f"{client.base_url}{letter.link('unsubscribe')}")
    await expect(page.get_by_role("heading")).to_have_text("Unsubscribe")
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_role("heading")).to_have_text("You are unsubscribed")
    ended, _ = await post.shop.attributes("ada")
    assert ended["email_opt_in"] == 0

    await page.get_by_role("button", name="Subscribe again").click()
    await expect(page.get_by_role("heading")).to_have_text("You are subscribed again")
    back, _ = await post.shop.attributes("ada")
    assert back["email_opt_in"] == 1

    await page.get_by_role("link", name="Choose what you get").click()
    mails = page.get_by_label("Newsletters and offers by e-mail")
    await expect(mails).to_be_checked()
    await page.get_by_label("Our newsletter").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Your choice is saved.")
    await expect(page.get_by_label("Our newsletter")).to_be_checked()
    [said] = await said_by(post.shop, letter.person)
    assert said.state is SubscriptionState.SUBSCRIBED

    colours = await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    assert colours == "544px"  # the style sheet was found
    assert [url for url in asked if not url.startswith((str(client.base_url), "data:"))] == []
    assert complaints == []


async def test_a_message_in_the_browser_cannot_run_anything(
    page: Page, post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Not even one that got past all that makes messages."""
    evil = (
        "<h1>Sale</h1><script>document.title = 'ran'</script>"
        "<img src='data:,' onerror=\"document.title = 'ran'\">"
        '<meta http-equiv="refresh" content="0; url=/docs">'
        '<form action="/m/x"><button>go</button></form>'
    )
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE message_contents SET content = $1, words_key = NULL", _kept(evil))

    await page.goto(f"{client.base_url}{letter.link('view')}")
    await expect(page.get_by_role("heading")).to_have_text("Sale")
    await page.get_by_role("button", name="go").click()
    await expect(page.get_by_role("heading")).to_have_text("Sale")

    assert await page.title() == ""
    assert page.url.endswith(letter.link("view"))


def _kept(html: str) -> bytes:
    return pack(Kept(html=html), None).content
