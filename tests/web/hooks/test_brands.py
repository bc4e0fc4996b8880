"""What is reported to a channel of one brand changes nothing in another."""

from tests.messages.post import Post
from tests.shop import Shop
from tests.web.hooks import signing
from tests.web.hooks.hooked import Hooked
from tidings.channels.model import Channel
from tidings.messages.model import MessageId
from tidings.messages.naming import public_id


def beside(hooked: Hooked, shop: Shop) -> Hooked:
    """Return the same door for another brand."""
    post = hooked.post
    return Hooked(Post(shop, post.server, post.channel, post.data_dir), hooked.api, hooked.client)


async def sent(hooked: Hooked) -> tuple[Channel, MessageId]:
    """Send ada a message of the brand."""
    ada = await hooked.ada()
    channel = await hooked.add_channel("postmark")
    return channel, await hooked.send(channel, ada)


async def test_a_hook_of_one_brand_hears_nothing_of_a_message_of_another(
    hooked: Hooked, other_shop: Shop
) -> None:
    """Neither by our name of it nor by the provider's, which both have given."""
    _, message_id = await sent(hooked)
    other = beside(hooked, other_shop)
    channel = await other.add_channel("postmark")
    bounce = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "ada@people.test"}
    named = [
        {"MessageID": "provider-1"},
        {"MessageID": "x", "Metadata": {"message_id": public_id(message_id)}},
    ]

    answers = [await hooked.report(channel, signing.postmark({**bounce, **name})) for name in named]

    assert [answer.json() for answer in answers] == [{"kept": 1}] * 2
    assert await hooked.events() == ["Email Sent"]
    assert await hooked.post.counted() == {"intended": 1, "sent": 1}
    assert (await hooked.post.message(message_id)).heard.bounced_at is None
    assert await hooked.suppressed() == await other.suppressed() == []


async def test_two_brands_with_one_provider_each_hear_of_their_own(
    hooked: Hooked, other_shop: Shop
) -> None:
    """The server on loopback gives every message the same name."""
    channel, message_id = await sent(hooked)
    other = beside(hooked, other_shop)
    other_channel, other_id = await sent(other)
    delivery = {"RecordType": "Delivery", "MessageID": "provider-1"}

    await hooked.report(channel, signing.postmark(delivery))
    await hooked.events()

    assert (await hooked.post.message(message_id)).heard.delivered_at is not None
    assert (await other.post.message(other_id)).heard.delivered_at is None

    await hooked.report(other_channel, signing.postmark(delivery))
    await other.events()

    assert (await other.post.message(other_id)).heard.delivered_at is not None
