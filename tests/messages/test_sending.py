"""Messages are sent once, to whom may be sent to, and what became of them is known."""

from tests.messages.post import Post
from tests.support import wait_until
from tidings.messages.model import Status


async def test_a_message_goes_to_its_person_and_is_counted_and_recorded(post: Post) -> None:
    """The whole way: queued, taken in hand, sent, noted, told."""
    template = await post.add_template("hello")
    [ada] = await post.people("ada")
    [message_id] = await post.call(template, ada)
    before = await post.message(message_id)

    async with post.sending():
        await wait_until(lambda: bool(post.server.mails))
    await post.work()

    assert before.status is Status.QUEUED
    after = await post.message(message_id)
    assert after.status is Status.SENT
    [mail] = post.server.mails
    assert (mail.sender, mail.recipient) == ("news@shop.test", "ada@people.test")
    assert mail.parsed["subject"] == "Hello ada"
    assert await post.counted() == {"intended": 1, "sent": 1}
    [event] = await post.shop.events()
    assert (event.name, event.ref) == ("Email Sent", ada)


async def test_a_campaign_goes_to_everybody_once_and_finishes(post: Post) -> None:
    """Two processes send it side by side."""
    await post.add_template("hello")
    names = [f"user{number}" for number in range(300)]
    await post.people(*names)
    campaign = await post.campaign()
    await post.work()

    async with post.sending(processes=2):
        await wait_until(lambda: len(post.server.mails) >= len(names), within_seconds=30)
    await post.work()

    assert post.recipients() == sorted(f"{name}@people.test" for name in names)
    assert await post.counted() == {"intended": 300, "sent": 300}
    assert await post.state(campaign) == "finished"
