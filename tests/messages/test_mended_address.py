"""An opt-in of 2 that was set because an address did not exist is about that address."""

import pytest

from tests.events.people import claim
from tests.messages.post import Post
from tests.messages.sent import send_one
from tidings.base import clock
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.consent import actions as consent
from tidings.consent.decide import decide
from tidings.consent.model import Allowed, Purpose
from tidings.identity.model import Identifier
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef

NEW = "ada.new@people.test"


@pytest.fixture
async def bounced(post: Post) -> None:
    """Send ada a mail that comes back: there is no such mailbox."""
    await bounce(post, await send_one(post))


async def bounce(post: Post, message_id: MessageId) -> None:
    """Hear that there is no such mailbox."""
    async with post.shop.database.transaction() as tx:
        feedback = Feedback(What.BOUNCED, clock.now(), "5.1.1")
        assert await hear(tx, post.brand_id, message_id, feedback)


async def answer(post: Post, whom: str | Identifier = "ada") -> str:
    """Return to which address a mail may be sent, or why to none."""
    identifier = post.shop.user(whom) if isinstance(whom, str) else whom
    profile = await post.shop.profile(identifier)
    assert profile is not None
    async with post.shop.database.transaction() as tx:
        asked = [(profile.ref, profile.attributes)]
        facts = await consent.gather(tx, post.brand_id, asked, medium=Medium.EMAIL)
        rules = await consent.rules_of(tx, post.brand_id)
    decision = decide(facts[profile.ref], rules, Purpose.MARKETING, clock.now())
    return decision.address or "" if isinstance(decision, Allowed) else decision.reason


@pytest.mark.usefixtures("bounced")
async def test_it_holds_until_there_is_another_address(post: Post) -> None:
    """Written in another way the address is the same."""
    assert await answer(post) == "hard_bounced"

    await post.shop.send(post.shop.change("ada", {"email": "ADA@People.test"}))
    assert await answer(post) == "hard_bounced"

    await post.shop.send(post.shop.change("ada", {"email": NEW}))
    assert await answer(post) == NEW

    await post.shop.send(post.shop.change("ada", {"email": "ada@people.test"}))
    assert await answer(post) == "hard_bounced"


@pytest.mark.usefixtures("bounced")
async def test_it_holds_for_the_new_address_when_that_does_not_exist_either(post: Post) -> None:
    """Though the attribute is 2 already, and stays so."""
    await post.shop.send(post.shop.change("ada", {"email": NEW}))
    [again] = await post.call(await post.add_template("again"), await ref_of(post), key="again")
    assert again is not None
    async with post.shop.database.transaction() as tx:
        await tx.execute(
            "UPDATE messages SET status = 'sent', ended_at = $1 WHERE message_id = $2",
            clock.now(),
            again.number,
        )

    await bounce(post, again)

    assert await answer(post) == "hard_bounced"


async def test_what_a_client_calls_undeliverable_is_so_whatever_the_address(post: Post) -> None:
    """We do not know which address it speaks of."""
    await post.people("ada", email_opt_in=2)
    await post.shop.send(post.shop.change("ada", {"email": NEW}))
    assert await answer(post) == "hard_bounced"


@pytest.mark.usefixtures("bounced")
async def test_a_no_is_not_undone_by_another_address(post: Post) -> None:
    """It is the person who said it, and not their mail server."""
    await post.shop.send(post.shop.change("ada", {"email": NEW, "email_opt_in": 0}))
    assert await answer(post) == "opted_out"


async def test_who_has_an_address_of_their_own_does_not_inherit_it(post: Post) -> None:
    """Of two who are one, the opt-in of one stands beside the address of the other."""
    async with post.shop.database.transaction() as tx:
        await brands.change_merging(tx, post.brand_id, merging=True)
    browser = post.shop.anonymous("5f0c")
    await post.shop.send(post.shop.change(browser, {"email": "visitor@people.test"}))
    visitor = await post.shop.profile(browser)
    assert visitor is not None
    [message_id] = await post.call(await post.add_template("hello"), visitor.ref)
    assert message_id is not None
    async with post.shop.database.transaction() as tx:
        await tx.execute("UPDATE messages SET status = 'sent', ended_at = $1", clock.now())
    await bounce(post, message_id)
    user = post.shop.user("ada")
    await post.shop.send(post.shop.change(user, {"email": NEW}))

    await post.shop.send(post.shop.change(user, {}), claims=[claim(user, browser)])

    attributes, _ = await post.shop.attributes("ada")
    assert (attributes["email"], attributes["email_opt_in"]) == (NEW, 2)
    assert await answer(post) == NEW


@pytest.mark.usefixtures("bounced")
async def test_nothing_is_left_of_it_when_the_person_is_forgotten(post: Post) -> None:
    """That an address was theirs is about them."""
    async with post.shop.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM hard_bounces") == 1
        await privacy.forget(tx, post.brand_id, [post.shop.user("ada")])
        assert await tx.fetchval("SELECT count(*) FROM hard_bounces") == 0


async def ref_of(post: Post) -> ProfileRef:
    """Return where ada lies."""
    profile = await post.shop.profile(post.shop.user("ada"))
    assert profile is not None
    return profile.ref
