"""Known bug 14: the links that a message has of its own stand in it, however it was asked for."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tests.messages.post import LINKS, Post
from tests.support import wait_until
from tidings.base import clock
from tidings.messages import actions as messages
from tidings.messages.links import Purpose
from tidings.messages.model import LaneOptions, NewMessage, Source
from tidings.profiles.model import ProfileRef

OF_NAME = {
    "unsubscribe_url": Purpose.UNSUBSCRIBE,
    "preferences_url": Purpose.PREFERENCES,
    "view_in_browser_url": Purpose.VIEW,
}
SHOWN = " ".join(f"[{name}: {{{{ {name} }}}}]" for name in OF_NAME)
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body>"
    "</mjml>"
)
CONTENTS = {
    "html": {"subject": "S", "html": f"<p>{SHOWN}</p>"},
    "html and text": {"subject": "S", "html": f"<p>{SHOWN}</p>", "text": SHOWN},
    "mjml": {"subject": "S", "mjml": MJML.format(SHOWN)},
    "another language": {
        "subject": "S",
        "html": "<p>x</p>",
        "languages": {"de": {"subject": "S", "html": f"<p>{SHOWN}</p>"}},
    },
}
FOUND = re.compile(r"\[(\w+): ([^\]]*)\]")

Ask = Callable[[Post, ProfileRef, Any], Awaitable[object]]


async def by_campaign(post: Post, _: ProfileRef, content: Any) -> None:
    """Have it sent to everybody."""
    await post.add_template("hello", content)
    await post.campaign()
    await post.work()


async def by_variant(post: Post, _: ProfileRef, content: Any) -> None:
    """Have it tried against another."""
    await post.add_template("hello", content)
    await post.add_template("other", content)
    await post.campaign(template=None, variants=[{"template": "hello"}, {"template": "other"}])
    await post.work()


async def by_call(post: Post, person: ProfileRef, content: Any) -> None:
    """Have it sent to one person."""
    await post.call(await post.add_template("hello", content), person)


async def by_call_with_content(post: Post, person: ProfileRef, content: Any) -> None:
    """Have something sent that is no template."""
    new = NewMessage(person=person, due_at=clock.now(), content=msgspec.json.encode(content))
    async with post.shop.database.transaction() as tx:
        lane = await messages.open_lane(
            tx,
            (post.brand_id, post.channel.channel_id),
            source=(Source.CALL, 0),
            medium=post.channel.medium,
            options=LaneOptions(is_marketing=False),
        )
        await messages.enqueue(tx, (post.brand_id, lane.lane_id), [new])


@pytest.mark.parametrize("what", CONTENTS)
@pytest.mark.parametrize("ask", [by_campaign, by_variant, by_call, by_call_with_content])
async def test_a_mail_has_links_of_its_own_however_it_was_asked_for(
    post: Post, ask: Ask, what: str
) -> None:
    """In both parts and in the head, each for this message."""
    [ada] = await post.people("ada", language="de")
    await ask(post, ada, CONTENTS[what])
    async with post.sending():
        await wait_until(lambda: bool(post.server.mails))

    mail = post.server.mails[0].parsed
    async with post.shop.database.transaction() as tx:
        row = await tx.fetchrow("SELECT slot, message_id FROM messages")
    assert row is not None
    for subtype in ("plain", "html"):
        body = mail.get_body((subtype,))
        assert body is not None
        found = dict(FOUND.findall(body.get_content().replace("&#x2f;", "/")))
        assert found.keys() == OF_NAME.keys()
        for name, url in found.items():
            link = LINKS.read(url.rpartition("/")[2])
            assert link is not None, f"{name} is {url!r}"
            assert (link.purpose, link.brand_id) == (OF_NAME[name], post.brand_id)
            assert link.message_id == (row["slot"], row["message_id"])
    assert mail["List-Unsubscribe"] == f"<{found['unsubscribe_url']}>"
