"""Unsubscribing: looking changes nothing, the button does, at once and every time."""

import httpx
import pytest

from tests.consent.asking import confirm, decision_of, make_topic, merge, said_by, subscribe
from tests.messages.post import PUBLIC_URL, Post
from tests.web.public.door import (
    ONE_CLICK,
    Letter,
    all_rows,
    named_events,
    send_letter,
)
from tidings.channels import actions as channels
from tidings.consent.model import Allowed, Denied, Purpose, Reason, SubscriptionState, TopicKind
from tidings.privacy import actions as privacy

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERIES = (
    "",
    "?List-Unsubscribe=One-Click",
    "?again=yes",
    "?confirm=1&x=%00&wanted=medium&on=medium",
)


async def opt_in(post: Post, user_id: str = "ada") -> object:
    """Return what a person has as opt-in for mails."""
    attributes, _ = await post.shop.attributes(user_id)
    return attributes.get("email_opt_in")


async def test_looking_changes_nothing_however_often_and_with_whatever_query(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Scanners follow every link of a mail; they would unsubscribe everybody."""
    await make_topic(post.shop)
    await post.work()
    before = await all_rows(post.shop)

    for kind in ("unsubscribe", "preferences", "view"):
        for query in QUERIES:
            for _ in range(5):
                shown = await client.get(letter.link(kind) + query)
                head = await client.head(letter.link(kind) + query)
                assert (shown.status_code, head.status_code) == (200, 200)

    await post.work()
    assert await all_rows(post.shop) == before


async def test_the_mail_tells_mail_programs_how_to_unsubscribe(letter: Letter) -> None:
    """RFC 8058: both headers, and the link of the second over https."""
    assert letter.mail["List-Unsubscribe"] == f"<{PUBLIC_URL}{letter.link('unsubscribe')}>"
    assert letter.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (
            b"--x\r\nContent-Disposition: form-data; "
            b'name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (b"", "text/plain"),
    ],
    ids=["form", "multipart", "nothing"],
)
async def test_one_click_unsubscribes_at_once(
    letter: Letter, client: httpx.AsyncClient, post: Post, *, body: bytes, kind: str
) -> None:
    """RFC 8058 allows both kinds of body; and nobody sends a POST there who means no."""
    answer = await client.post(
        letter.link("unsubscribe"), content=body, headers={"Content-Type": kind}
    )

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    # Before any worker did anything.
    assert await opt_in(post) == 0
    decision = await decision_of(post.shop, "ada")
    assert isinstance(decision, Denied)
    assert decision.reason is Reason.OPTED_OUT
    receipt = await decision_of(post.shop, "ada", purpose=Purpose.TRANSACTIONAL)
    assert isinstance(receipt, Allowed)
    assert await named_events(post) == ["Email Unsubscribe"]


async def test_unsubscribing_again_changes_nothing(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """Mail programs send it again when they hear nothing, and so do people."""
    for _ in range(3):
        answer = await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)
        assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)

    assert await named_events(post) == ["Email Unsubscribe"]
    assert (await post.counted())["unsubscribed"] == 1
    assert await opt_in(post) == 0


async def test_who_subscribes_again_can_unsubscribe_again_by_the_same_mail(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """What they say last holds, and it still is one unsubscription of this mail."""
    seen: list[object] = []
    for body in (ONE_CLICK, b"again=yes", ONE_CLICK, b"again=yes", b"again=yes"):
        answer = await client.post(letter.link("unsubscribe"), content=body, headers=FORM)
        assert answer.status_code == 200
        assert ("You are subscribed again" in answer.text) is (body != ONE_CLICK)
        seen.append(await opt_in(post))

    assert seen == [0, 1, 0, 1, 1]
    assert await named_events(post) == ["Email Unsubscribe"]
    assert (await post.counted())["unsubscribed"] == 1


async def test_a_mail_about_a_topic_ends_that_topic_and_nothing_else(
    post: Post, client: httpx.AsyncClient
) -> None:
    """And undoing it needs no confirmation: who has the mail has the mailbox."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, TopicKind.OPT_OUT)
    letter = await send_letter(post, ada, topic="news")

    page = await client.get(letter.link("unsubscribe"))
    ended = await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)
    after = await said_by(post.shop, ada)
    undone = await client.post(letter.link("unsubscribe"), content=b"again=yes", headers=FORM)

    for shown in (page, ended, undone):
        assert "“Our newsletter” from Shop" in shown.text
    assert [one.state for one in after] == [SubscriptionState.UNSUBSCRIBED]
    assert [one.state for one in await said_by(post.shop, ada)] == [SubscriptionState.SUBSCRIBED]
    assert await opt_in(post) is None
    assert isinstance(await decision_of(post.shop, "ada", topic="news"), Allowed)


async def test_undoing_it_for_a_double_opt_in_is_confirmed(
    post: Post, client: httpx.AsyncClient
) -> None:
    """Otherwise nobody would come back without another mail, which must not be sent."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, TopicKind.DOUBLE_OPT_IN)
    await subscribe(post.shop, ada)
    await confirm(post.shop, ada)
    letter = await send_letter(post, ada, topic="news")

    await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)
    await client.post(letter.link("unsubscribe"), content=b"again=yes", headers=FORM)

    [said] = await said_by(post.shop, ada)
    assert (said.state, said.source) == (SubscriptionState.SUBSCRIBED, "preferences")
    assert said.confirmed_at is not None


async def test_a_mail_about_a_topic_that_was_deleted_ends_all_mails(
    post: Post, client: httpx.AsyncClient
) -> None:
    """The person wants no more of something that nobody can name any more."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, TopicKind.OPT_OUT)
    letter = await send_letter(post, ada, topic="news")
    async with post.shop.database.transaction() as tx:
        await tx.execute("DELETE FROM topics")

    await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)
    ended = await opt_in(post)
    await client.post(letter.link("unsubscribe"), content=b"again=yes", headers=FORM)

    assert (ended, await opt_in(post)) == (0, 1)


async def test_links_of_a_channel_that_was_removed_still_unsubscribe(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """The mails are in their mailboxes, whatever the shop sends by now."""
    async with post.shop.database.transaction() as tx:
        await channels.remove(tx, post.brand_id, "mail")

    page = await client.get(letter.link("unsubscribe"))
    await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)

    assert "newsletters and offers by e-mail from Shop" in page.text
    assert await opt_in(post) == 0


async def test_a_mail_that_is_not_noted_as_sent_yet_unsubscribes(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """It is in a mailbox, whatever the process knew that died while it handed it over."""
    for status in ("sending", "queued", "failed"):
        async with post.shop.database.transaction() as tx:
            await tx.execute("UPDATE messages SET status = $1", status)
            await tx.execute("UPDATE profiles SET attributes = attributes - 'email_opt_in'")

        await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)

        assert await opt_in(post) == 0, status


async def test_the_link_of_who_was_merged_speaks_for_whom_they_became(
    post: Post, client: httpx.AsyncClient
) -> None:
    """The mail went to the same mailbox."""
    visitor, ada = post.shop.anonymous("browser"), post.shop.user("ada")
    await post.shop.send(
        post.shop.change(visitor, {"email": "ada@people.test"}), post.shop.change(ada, {"age": 1})
    )
    gone = await post.shop.profile(visitor)
    assert gone is not None
    letter = await send_letter(post, gone.ref)
    await merge(post.shop, ada, visitor)

    answer = await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)

    assert "You are unsubscribed" in answer.text
    assert await opt_in(post) == 0
    assert await named_events(post) == ["Email Unsubscribe"]


async def test_the_link_of_who_was_forgotten_answers_and_keeps_nothing(
    post: Post, letter: Letter, client: httpx.AsyncClient
) -> None:
    """They are sent nothing, so they are unsubscribed, and no error page says otherwise."""
    async with post.shop.database.transaction() as tx:
        await privacy.forget(tx, post.brand_id, [post.shop.user("ada")])

    page = await client.get(letter.link("unsubscribe"))
    ended = await client.post(letter.link("unsubscribe"), content=ONE_CLICK, headers=FORM)
    again = await client.post(letter.link("unsubscribe"), content=b"again=yes", headers=FORM)
    chosen = await client.post(letter.link("preferences"), data={"on": "medium"})

    assert page.status_code == ended.status_code == again.status_code == chosen.status_code == 200
    assert "You are unsubscribed" in ended.text
    assert "There is nothing to choose" in again.text
    assert "There is nothing to choose" in chosen.text
    assert await post.shop.profile("ada") is None
    assert await named_events(post) == []
