"""What is no link of ours leads nowhere, and one of another brand does nothing here."""

import base64

import httpx
import pytest

from tests.messages.post import KEYRING, LINKS, PUBLIC_URL, Post, open_post
from tests.shop import Shop
from tests.web.public.door import ONE_CLICK, TARGET, Letter, all_rows, send_letter
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.channels.keyring import Keyring
from tidings.messages.links import LINKS_PURPOSE, Links
from tidings.web.public.pages import WORDS_OF_CODE, Pages

KINDS = ("open", "click", "unsubscribe", "preferences", "view")
ELSEWHERE = "https://evil.test/"


def is_dead_end(answer: httpx.Response) -> bool:
    """Say whether an answer is a plain page that leads nowhere."""
    return (
        answer.status_code == 404
        and answer.headers["content-type"] == "text/html; charset=utf-8"
        and "location" not in answer.headers
        and "This link leads nowhere" in answer.text
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_an_altered_token_is_a_page_that_leads_nowhere(
    post: Post, letter: Letter, client: httpx.AsyncClient, kind: str
) -> None:
    """Whichever bit was altered; and nothing is stored of it."""
    path = letter.link(kind)
    token = path.removeprefix(f"/m/{kind}/").partition("?")[0].removesuffix(".gif")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    await post.work()
    before = await all_rows(post.shop)
    wrong = [
        base64.urlsafe_b64encode(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]).decode()
        for at in range(len(raw))
    ]
    wrong += [token[:-4], token[4:], "A", "é", "%00", "A" * 200, "A" * 5_000]

    for other in wrong:
        altered = path.replace(token, other.rstrip("="))
        assert is_dead_end(await client.get(altered)), altered

    await post.work()
    assert await all_rows(post.shop) == before


async def test_nobody_is_led_elsewhere_than_the_mail_does(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """An open redirect lends our name to whoever wants to deceive."""
    token = letter.link("click").partition("?")[0]
    for query in (
        "",
        "?to=",
        f"?to={ELSEWHERE}",
        f"?to={TARGET}x",
        f"?to={TARGET.replace('https', 'http')}",
        f"?to=%20{TARGET}",
        f"{letter.link('click').removeprefix(token)}&to={ELSEWHERE}",
        "?to=" + "a" * (limits.MAX_LINK_TARGET_CHARACTERS + 1),
    ):
        assert is_dead_end(await client.get(token + query)), query


async def test_a_link_for_one_thing_is_none_for_another(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """Who is shown a message must not be able to unsubscribe its recipient by that."""
    for kind in KINDS:
        path = letter.link(kind)
        for other in KINDS:
            if other == kind:
                continue
            token = path.removeprefix(f"/m/{kind}/").partition("?")[0].removesuffix(".gif")
            swapped = f"/m/{other}/{token}{'.gif' if other == 'open' else ''}"
            assert is_dead_end(await client.get(swapped)), swapped
            posted = await client.post(swapped, content=ONE_CLICK)
            assert posted.status_code in {404, 405}, swapped


async def test_links_signed_with_a_key_that_is_gone_lead_nowhere(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """And those of an older key go on, as long as it stands behind the new one."""
    message_id = letter.message_id
    foreign = Links(PUBLIC_URL, Keyring([b"x" * 32]).derived(LINKS_PURPOSE))
    ours = Links(PUBLIC_URL, Keyring([b"x" * 32, b"k" * 32]).derived(LINKS_PURPOSE))
    brand_id = LINKS.read(letter.link("view").rpartition("/")[2])
    assert brand_id is not None

    link = foreign.view(brand_id.brand_id, message_id).removeprefix(PUBLIC_URL)

    assert is_dead_end(await client.get(link))
    assert ours.read(letter.link("view").rpartition("/")[2]) == brand_id


async def test_another_brands_link_does_nothing_to_this_ones_people(
    post: Post, letter: Letter, client: httpx.AsyncClient, other_shop: Shop
) -> None:
    """Not even one that we signed ourselves, for a message that is another brand's."""
    other = await open_post(other_shop, post.server, post.data_dir)
    [twin] = await other.people("ada")
    theirs = await send_letter(other, twin)
    mixed = Links(PUBLIC_URL, KEYRING.derived(LINKS_PURPOSE))
    await post.work()
    before = await all_rows(post.shop)

    for kind in KINDS:
        await client.get(theirs.link(kind))
    await client.post(theirs.link("unsubscribe"), content=ONE_CLICK)
    await client.post(theirs.link("preferences"), data={"off": "medium", "wanted": "medium"})
    crossed = mixed.unsubscribe(other.brand_id, letter.message_id).removeprefix(PUBLIC_URL)
    assert (await client.post(crossed, content=ONE_CLICK)).status_code == 200
    seen = await client.get(mixed.view(other.brand_id, letter.message_id).removeprefix(PUBLIC_URL))
    await other.work()

    assert seen.status_code == 410
    assert await all_rows(post.shop) == before
    attributes, _ = await other.shop.attributes("ada")
    assert attributes["email_opt_in"] == 1


async def test_a_form_that_is_too_long_is_refused(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Nobody has a key to this door, so nobody may fill its memory."""
    body = b"wanted=medium&" + b"x" * limits.MAX_PREFERENCES_BYTES

    for kind in ("unsubscribe", "preferences"):
        answer = await client.post(letter.link(kind), content=body)
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")

    assert "email_opt_in" not in (await post.shop.attributes("ada"))[0]


async def test_other_methods_do_nothing(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """What is not meant is not done."""
    before = await all_rows(post.shop)

    for kind in KINDS:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = await client.request(method, letter.link(kind))
            assert answer.status_code == 405, (method, kind)

    assert await all_rows(post.shop) == before


def test_every_refusal_has_its_words() -> None:
    """And a page, whatever it is."""
    pages = Pages()
    statuses = {code: pages.refuse(Refused(code, "Id 17.")).status_code for code in Code}

    assert WORDS_OF_CODE.keys() == set(Code)
    assert statuses == {code: words.status for code, words in WORDS_OF_CODE.items()}
    assert b"Id 17." in pages.refuse(Refused(Code.INTERNAL, "Id 17.")).body
    assert b"Id 17." not in pages.refuse(Refused(Code.CONFLICT, "Id 17.")).body


async def test_answers_and_refusals_are_counted_by_kind(
    letter: Letter, client: httpx.AsyncClient
) -> None:
    """Under the pattern of the URL: the URL itself would be a key, and a series for each mail."""
    await client.get(letter.link("view"))
    await client.get(letter.link("click"), follow_redirects=False)
    await client.get("/m/view/none")

    metrics = (await client.get("/metrics")).text
    counted = {line for line in metrics.splitlines() if "/m/" in line and "_total" in line}
    assert counted == {
        'tidings_requests_total{route="/m/view/{token}",status="200"} 1.0',
        'tidings_requests_total{route="/m/click/{token}",status="302"} 1.0',
        'tidings_requests_total{route="/m/view/{token}",status="404"} 1.0',
        'tidings_refusals_total{reason="not_found",route="/m/view/{token}"} 1.0',
    }
