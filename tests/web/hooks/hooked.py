"""A brand whose provider is on loopback, and a door for what it reports."""

from dataclasses import dataclass

import httpx

from tests.channels.apiserver import ApiServer
from tests.messages.post import KEYRING, Post
from tests.support import wait_until
from tests.web.hooks.signing import ANSWERS, SETTINGS, Signed
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.model import HOOK_PATH, Channel
from tidings.consent import actions as consent
from tidings.messages.model import MessageId, TemplateAt
from tidings.profiles.model import ProfileRef
from tidings.templates import actions as templates

MOBILE = "+4915112345678"

CONTENTS = {
    Medium.EMAIL: {"subject": "Hello", "html": "<p>Hello</p>"},
    Medium.SMS: {"text": "Hello"},
    Medium.WHATSAPP: {"text": "Hello"},
}


@dataclass(frozen=True, slots=True)
class Hooked:
    """A brand with a channel, and the way in for its provider."""

    post: Post
    api: ApiServer
    client: httpx.AsyncClient

    async def add_channel(self, provider: str, **changes: object) -> Channel:
        """Add a channel that sends to the server on loopback."""
        self.api.said, self.api.headers = ANSWERS[provider][0], dict(ANSWERS[provider][1])
        settings = {**SETTINGS[provider], "endpoint": self.api.url, **changes}
        async with self.post.shop.database.transaction() as tx:
            return await channels.add(
                tx, KEYRING, self.post.brand_id, Wanted(provider, provider, settings)
            )

    async def path(self, channel: Channel) -> str:
        """Return where a channel's provider reports to."""
        async with self.post.shop.database.transaction() as tx:
            return HOOK_PATH.format(await channels.hook_of(tx, channel.brand_id, channel.key))

    async def ada(self) -> ProfileRef:
        """Create somebody who has every address and said yes to everything."""
        opted = dict.fromkeys(("email_opt_in", "sms_opt_in", "whatsapp_opt_in"), 1)
        [ada] = await self.post.people("ada", mobile=MOBILE, **opted)
        return ada

    async def template(self, medium: Medium) -> TemplateAt:
        """Save a template."""
        async with self.post.shop.database.transaction() as tx:
            brand_id, key = self.post.brand_id, medium.value
            await templates.create(
                tx, brand_id, key, name=key, medium=medium, content=CONTENTS[medium]
            )
            made = await templates.find(tx, brand_id, key)
        return TemplateAt(made.template_id, made.last_version)

    async def send(self, channel: Channel, person: ProfileRef) -> MessageId:
        """Send somebody a message, and wait until that is noted."""
        template = await self.template(channel.medium)
        [message_id] = await self.post.through(channel).call(template, person)
        assert message_id is not None

        async def is_noted() -> bool:
            return (await self.post.message(message_id)).ended_at is not None

        async with self.post.sending():
            await wait_until(is_noted)
        await self.post.work()
        return message_id

    async def report(self, channel: Channel, signed: Signed) -> httpx.Response:
        """Call as the provider does."""
        path = await self.path(channel)
        return await self.client.post(path, content=signed.body, headers=signed.headers)

    async def suppressed(self) -> list[tuple[str | None, str | None, str]]:
        """Return which addresses are suppressed, on which medium and why."""
        async with self.post.shop.database.transaction() as tx:
            found = await consent.list_suppressions(tx, self.post.brand_id)
        return [(one.address, one.medium, one.reason.value) for one in found]

    async def events(self) -> list[str]:
        """Return the names of what happened to people, after it was recorded."""
        await self.post.work()
        return [event.name for event in await self.post.shop.events()]
