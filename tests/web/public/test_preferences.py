"""The page of preferences: it shows how it is, and changes what the person changed."""

import httpx
import pytest

from tests.consent.asking import make_topic, said_by, subscribe, unsubscribe
from tests.messages.post import Post
from tests.web.public.door import named_events, send_letter
from tidings.consent import actions as consent
from tidings.consent import subscriptions
from tidings.consent.model import SubscriptionState, Topic, TopicKind
from tidings.segments import actions as segments

HOSTILE = '<script>alert(1)</script>" onload="x'


async def opt_in(post: Post) -> object:
    """Return what the person has as opt-in for mails."""
    attributes, _ = await post.shop.attributes("ada")
    return attributes.get("email_opt_in")


def shown(page: str) -> dict[str, bool]:
    """Return what a page offers, and whether it is ticked."""
    return {
        line.partition('value="')[2].partition('"')[0]: " checked>" in line
        for line in page.splitlines()
        if 'type="checkbox"' in line
    }


async def test_it_shows_how_the_person_stands_to_every_topic(
    post: Post, client: httpx.AsyncClient
) -> None:
    """Said or not, and by the kind of the topic where nothing was said."""
    [ada] = await post.people("ada")
    for key, kind in (("a", TopicKind.OPT_IN), ("b", TopicKind.OPT_IN), ("c", TopicKind.OPT_OUT)):
        await make_topic(post.shop, kind, key=key)
    await make_topic(post.shop, TopicKind.OPT_OUT, key="d")
    await make_topic(post.shop, TopicKind.DOUBLE_OPT_IN, key="e")
    await subscribe(post.shop, ada, topic="b")
    await unsubscribe(post.shop, ada, topic="d")
    letter = await send_letter(post, ada)
    await subscribe(post.shop, ada, topic="e")

    page = await client.get(letter.link("preferences"))

    assert shown(page.text) == {
        "medium": True,
        "topic.a": False,
        "topic.b": True,
        "topic.c": True,
        "topic.d": False,
        "topic.e": False,
    }
    assert page.text.count("Not confirmed yet") == 1
    assert "What you get from Shop" in page.text


@pytest.mark.parametrize(
    ("said", "is_needed", "is_on"),
    [
        (None, False, True),
        (None, True, False),
        (1, True, True),
        (0, False, False),
        (2, False, False),
    ],
)
async def test_the_medium_is_on_when_mails_are_sent(
    post: Post, client: httpx.AsyncClient, *, said: int | None, is_needed: bool, is_on: bool
) -> None:
    """As the opt-in says it, and the brand's rule where there is none."""
    given = {} if said is None else {"email_opt_in": said}
    [ada] = await post.people("ada", email_opt_in=1)
    letter = await send_letter(post, ada)
    async with post.shop.database.transaction() as tx:
        rules = {"opt_in_required": ["email"] if is_needed else []}
        await consent.change_rules(tx, post.brand_id, rules)
    await post.shop.send(post.shop.change("ada", given, removed=["email_opt_in"] * (said is None)))

    page = await client.get(letter.link("preferences"))

    assert shown(page.text) == {"medium": is_on}


async def test_choosing_a_topic_that_waits_to_be_confirmed_confirms_it(
    post: Post, client: httpx.AsyncClient
) -> None:
    """Who has the mail has the mailbox; another mail would prove nothing more."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, TopicKind.DOUBLE_OPT_IN, key="a")
    letter = await send_letter(post, ada)
    await subscribe(post.shop, ada, topic="a")

    page = await client.post(
        letter.link("preferences"),
        data={"on": "medium", "off": "topic.a", "wanted": ["medium", "topic.a"]},
    )

    assert shown(page.text) == {"medium": True, "topic.a": True}
    [said] = await said_by(post.shop, ada)
    assert said.state is SubscriptionState.SUBSCRIBED
    assert said.confirmed_at is not None


async def test_what_was_changed_is_saved_at_once_and_shown(
    post: Post, client: httpx.AsyncClient
) -> None:
    """And nothing is counted as unsubscribing: the mail was about nothing of it."""
    [ada] = await post.people("ada", email_opt_in=1)
    await make_topic(post.shop, TopicKind.OPT_IN, key="a")
    await make_topic(post.shop, TopicKind.OPT_OUT, key="b")
    letter = await send_letter(post, ada)

    page = await client.post(
        letter.link("preferences"),
        data={"on": ["medium", "topic.b"], "off": "topic.a", "wanted": ["medium", "topic.a"]},
    )

    assert "Your choice is saved" in page.text
    assert shown(page.text) == {"medium": True, "topic.a": True, "topic.b": False}
    assert {one.topic.key: (one.state, one.source) for one in await said_by(post.shop, ada)} == {
        "a": (SubscriptionState.SUBSCRIBED, "preferences"),
        "b": (SubscriptionState.UNSUBSCRIBED, "preferences"),
    }
    assert await opt_in(post) == 1
    assert "unsubscribed" not in await post.counted()


async def test_what_nobody_touched_is_neither_a_yes_nor_a_no(
    post: Post, client: httpx.AsyncClient
) -> None:
    """A tick that was there already is no consent; and what was changed elsewhere stays so."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, TopicKind.OPT_OUT, key="a")
    letter = await send_letter(post, ada)
    form = {"on": ["medium", "topic.a"], "wanted": ["medium", "topic.a"]}
    first = await client.post(letter.link("preferences"), data=form)
    untouched = (await opt_in(post), await said_by(post.shop, ada))
    await unsubscribe(post.shop, ada, topic="a", source="elsewhere")

    second = await client.post(letter.link("preferences"), data=form)

    assert first.status_code == second.status_code == 200
    assert untouched == (None, [])
    assert [one.source for one in await said_by(post.shop, ada)] == ["elsewhere"]
    assert shown(second.text) == {"medium": True, "topic.a": False}


async def test_refusing_all_mails_is_unsubscribing_by_this_one(
    post: Post, client: httpx.AsyncClient
) -> None:
    """It is the same wish, said on another page; taking it back is told, too, but no event."""
    [ada] = await post.people("ada")
    letter = await send_letter(post, ada)

    page = await client.post(letter.link("preferences"), data={"on": "medium"})
    refused = await opt_in(post)
    again = await client.post(
        letter.link("preferences"), data={"off": "medium", "wanted": "medium"}
    )

    assert (shown(page.text), refused) == ({"medium": False}, 0)
    assert (shown(again.text), await opt_in(post)) == ({"medium": True}, 1)
    assert (await post.counted())["unsubscribed"] == 1
    assert await named_events(post) == ["Email Unsubscribe"]


async def test_whoever_listens_hears_of_an_opt_in(post: Post, client: httpx.AsyncClient) -> None:
    """Membership follows what was said on the page."""
    [ada] = await post.people("ada")
    letter = await send_letter(post, ada)
    definition = {"attribute": "email_opt_in", "equals": 1}
    async with post.shop.database.transaction() as tx:
        segment_id = await segments.create(tx, post.brand_id, "Reachable", definition)
        await segments.publish(tx, post.brand_id, segment_id)
    await post.work()

    await client.post(letter.link("preferences"), data={"off": "medium", "wanted": "medium"})
    await post.work()

    async with post.shop.database.transaction() as tx:
        segment = await segments.find(tx, post.brand_id, segment_id)
        members = await segments.members(tx, post.brand_id, segment)
    assert [one.person for one in members] == [ada]


async def test_forms_that_no_page_sent_change_nothing_else(
    post: Post, client: httpx.AsyncClient
) -> None:
    """A topic that was deleted meanwhile, fields of nobody, bytes that are no text."""
    [ada] = await post.people("ada")
    await make_topic(post.shop, key="a")
    letter = await send_letter(post, ada)

    for body in (
        b"off=topic.gone&wanted=topic.gone&off=topic.&wanted=topic.",
        b"wanted=topic.a&wanted=medium",
        b"off=topic.a%00&wanted=topic.a%00",
        b"\xff\xfe=%ff%fe&&&=",
        b"",
    ):
        page = await client.post(letter.link("preferences"), content=body)
        assert page.status_code == 200

    assert await said_by(post.shop, ada) == []
    assert await opt_in(post) is None


async def test_names_are_shown_and_never_run(post: Post, client: httpx.AsyncClient) -> None:
    """An operator may write what they like, and so may who gave the brand its name."""
    [ada] = await post.people("ada")
    async with post.shop.database.transaction() as tx:
        await subscriptions.create_topic(tx, post.brand_id, Topic("a", HOSTILE, TopicKind.OPT_OUT))
        await tx.execute("UPDATE brands SET name = $1", HOSTILE)
    letter = await send_letter(post, ada, topic="a")

    pages = [
        await client.get(letter.link("preferences")),
        await client.get(letter.link("unsubscribe")),
        await client.post(letter.link("unsubscribe")),
    ]

    for page in pages:
        assert "<script" not in page.text
        assert 'onload="' not in page.text
        assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.headers["content-security-policy"].startswith("default-src 'none';")
