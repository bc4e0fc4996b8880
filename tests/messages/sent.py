"""Messages that were sent, for tests about what comes back."""

from tests.messages.post import Post
from tests.support import wait_until
from tidings.messages.model import MessageId, TemplateAt
from tidings.profiles.model import ProfileRef


async def send_one(post: Post, name: str = "ada") -> MessageId:
    """Send somebody new a mail, and wait until that is noted."""
    template = await post.add_template(f"hello-{name}")
    [person] = await post.people(name, email_opt_in=1)
    return (await send_to(post, template, person))[0]


async def send_to(
    post: Post, template: TemplateAt, person: ProfileRef, count: int = 1
) -> list[MessageId]:
    """Send somebody so many mails, one after the other, and wait until that is noted."""
    sent: list[MessageId] = []
    async with post.sending():
        for _ in range(count):
            [message_id] = await post.call(template, person, key=str(len(sent)))
            assert message_id is not None
            sent.append(message_id)
            await wait_until(lambda: _is_over(post, sent[-1]))
    await post.work()
    return sent


async def _is_over(post: Post, message_id: MessageId) -> bool:
    return (await post.message(message_id)).ended_at is not None
