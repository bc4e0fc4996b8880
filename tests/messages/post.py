"""A brand with a channel and templates, and the processes that send its messages."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.channels.mailserver import MailServer
from tests.shop import Shop
from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.campaigns import actions as campaigns
from tidings.campaigns import jobs as campaign_jobs
from tidings.campaigns.model import CampaignId, State
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.keyring import Keyring
from tidings.channels.model import Channel
from tidings.channels.settings import Settings, parts_of
from tidings.events.jobs import Jobs as EventJobs
from tidings.events.recording import Recorder
from tidings.identity import actions as identity
from tidings.messages import actions as messages
from tidings.messages import jobs as message_jobs
from tidings.messages.compose import Composer
from tidings.messages.journal import Journal
from tidings.messages.links import LINKS_PURPOSE, Links
from tidings.messages.model import LaneOptions, Message, MessageId, NewMessage, Source, TemplateAt
from tidings.messages.outlet import Tools
from tidings.messages.recovery import Recovery
from tidings.messages.sender import Sender
from tidings.profiles.model import ProfileRef
from tidings.schema.catalog import Catalog
from tidings.segments.jobs import Jobs as SegmentJobs
from tidings.templates import actions as templates
from tidings.work.worker import Worker

KEYRING = Keyring([b"k" * 32])
PUBLIC_URL = "https://shop.test"
LINKS = Links(PUBLIC_URL, KEYRING.derived(LINKS_PURPOSE))

HELLO = {
    "subject": "Hello {{ first_name }}",
    "html": '<p>Hello {{ first_name | default("you") }}, <a href="https://shop.test/sale">look</a>'
    '</p><p><a href="{{ unsubscribe_url }}">no more</a></p>',
}


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to send: a brand, its channel, its templates, and a mail server."""

    shop: Shop
    server: MailServer
    channel: Channel
    data_dir: Path

    @property
    def brand_id(self) -> BrandId:
        """The brand."""
        return self.shop.brand_id

    async def add_channel(
        self, key: str, provider: str, settings: Settings, **pace: Any
    ) -> Channel:
        """Give the brand another channel."""
        given = {name: value for part in parts_of(settings) for name, value in part.items()}
        async with self.shop.database.transaction() as tx:
            wanted = Wanted(key, provider, given, **pace)
            return await channels.add(tx, KEYRING, self.brand_id, wanted)

    def through(self, channel: Channel) -> "Post":
        """Return the same post with another channel."""
        return replace(self, channel=channel)

    def sender(self, name: str = "this process", keyring: Keyring = KEYRING) -> Sender:
        """Make what sends in one process."""
        journal = Journal(self.data_dir, name)
        return Sender(Tools(self.shop.database, keyring, Composer(LINKS), journal))

    def worker(self) -> Worker:
        """Make what does the queued work in one process."""
        recorder = Recorder(Catalog(), self.shop.database.transaction)
        handlers = {
            **EventJobs(recorder).handlers(),
            **message_jobs.handlers(),
            **SegmentJobs().handlers(),
            **campaign_jobs.handlers(),
        }
        return Worker(self.shop.database, handlers)

    async def work(self) -> None:
        """Do everything that is due on the queue."""
        worker = self.worker()
        while await worker.turn() == 0.0:
            pass

    @asynccontextmanager
    async def sending(self, processes: int = 1) -> AsyncGenerator[None]:
        """Let so many processes send for a block, and finish what they have in hand."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as together:
            for number in range(processes):
                together.create_task(self.sender(f"process {number}").run(stop))
            yield
            stop.set()

    async def recover(self) -> None:
        """Look after what processes that are no more had in hand."""
        async with self.shop.database.transaction() as tx:
            await Recovery(self.data_dir).run(tx)

    async def add_template(
        self, key: str, content: Any = HELLO, *, medium: Medium = Medium.EMAIL
    ) -> TemplateAt:
        """Save a template, for mails unless said otherwise."""
        async with self.shop.database.transaction() as tx:
            await templates.create(tx, self.brand_id, key, name=key, medium=medium, content=content)
            made = await templates.find(tx, self.brand_id, key)
        return TemplateAt(made.template_id, made.last_version)

    async def people(self, *user_ids: str, **attributes: Any) -> list[ProfileRef]:
        """Create users with mailboxes of their names."""
        of_each = {
            user_id: {"email": f"{user_id}@people.test", "first_name": user_id, **attributes}
            for user_id in user_ids
        }
        await self.shop.send(*(self.shop.change(*one) for one in of_each.items()))
        async with self.shop.database.transaction() as tx:
            refs = await identity.find_many(tx, {self.shop.user(one) for one in user_ids})
        return [refs[self.shop.user(one)] for one in user_ids]

    async def call(
        self,
        template: TemplateAt,
        *people: ProfileRef,
        options: LaneOptions | None = None,
        due_at: datetime | None = None,
        data: Any = None,
        key: str = "",
    ) -> Sequence[MessageId | None]:
        """Put messages into the channel's lane for calls."""
        async with self.shop.database.transaction() as tx:
            lane = await messages.open_lane(
                tx,
                (self.brand_id, self.channel.channel_id),
                source=(Source.CALL, 0),
                medium=self.channel.medium,
                options=options or LaneOptions(),
            )
            return await messages.enqueue(
                tx,
                (self.brand_id, lane.lane_id),
                [
                    NewMessage(
                        person=person,
                        due_at=due_at or clock.now(),
                        template=template,
                        data=None if data is None else msgspec.json.encode(data),
                        dedupe_key=key,
                    )
                    for person in people
                ],
            )

    async def campaign(self, **asked: Any) -> CampaignId:
        """Create a campaign to everybody, unless said otherwise, and start it."""
        definition = {"name": "Sale", "channel": "mail", "template": "hello", "audience": "all"}
        if "segments" in asked:
            definition.pop("audience")
        async with self.shop.database.transaction() as tx:
            campaign_id = await campaigns.create(tx, self.brand_id, {**definition, **asked})
            await campaigns.schedule(tx, self.brand_id, campaign_id)
        return campaign_id

    async def state(self, campaign_id: CampaignId) -> State:
        """Say how far a campaign is, after whoever notes that was here."""
        async with self.shop.database.transaction() as tx:
            await campaign_jobs.finish(tx)
            return (await campaigns.find(tx, self.brand_id, campaign_id)).state

    async def message(self, message_id: MessageId | None) -> Message:
        """Return a message."""
        assert message_id is not None
        async with self.shop.database.transaction() as tx:
            return await messages.find(tx, self.brand_id, message_id)

    async def counted(self) -> dict[str, int]:
        """Return how many messages of the brand did what, with the reason behind a colon."""
        async with self.shop.database.transaction() as tx:
            rows = await tx.fetch(
                "SELECT what || CASE WHEN detail <> '' THEN ':' || detail ELSE '' END AS what,"
                " sum(count)::integer AS count FROM message_counts WHERE brand_id = $1 GROUP BY 1",
                self.brand_id,
            )
        return {row["what"]: row["count"] for row in rows}

    def recipients(self) -> list[str]:
        """Return to whom mails came, sorted, each as often as it came."""
        return sorted(mail.recipient for mail in self.server.mails)


async def open_post(shop: Shop, server: MailServer, data_dir: Path) -> Post:
    """Give a brand a channel to a mail server."""
    async with shop.database.transaction() as tx:
        channel = await channels.add(
            tx,
            KEYRING,
            shop.brand_id,
            Wanted(
                "mail",
                "smtp",
                {
                    "host": "127.0.0.1",
                    "port": server.port,
                    "security": "none",
                    "from_address": "news@shop.test",
                    "from_name": "The Shop",
                },
            ),
        )
    return Post(shop, server, channel, data_dir)
