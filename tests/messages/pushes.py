"""Somewhere that pushes go: browsers and phones on loopback, and people who have some of them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.channels.apiserver import ApiServer, Asked
from tests.channels.test_fcm import Google
from tests.channels.test_webpush import Listening, webpush
from tests.messages.post import Post
from tidings.base.media import Medium
from tidings.channels.model import Channel
from tidings.devices import actions as devices
from tidings.devices.model import DeviceId, Platform, Token
from tidings.messages.model import TemplateAt
from tidings.profiles.model import ProfileRef

NEWS = {
    "title": "Hello {{ first_name }}",
    "text": "World",
    "url": "https://shop.test/sale",
    "icon": "https://shop.test/icon.png",
    "image": "https://shop.test/image.png",
}


@dataclass(slots=True)
class Browsers:
    """Browsers that listen at one server, by name.

    Shape:  statuses - what the server answers for those that do not simply get it;
            thinks_seconds - how long each answer takes.
    """

    vapid: EllipticCurvePrivateKey = field(
        default_factory=lambda: generate_private_key(SECP256R1())
    )
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    thinks_seconds: float = 0.0
    listening: dict[str, Listening] = field(default_factory=dict[str, Listening])
    server: ApiServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = ApiServer(instead=self._answer)

    async def _answer(self, asked: Asked) -> web.StreamResponse:
        await asyncio.sleep(self.thinks_seconds)
        return web.Response(status=self.statuses.get(_name(asked), 201))

    def open(self, name: str) -> Listening:
        """Open a browser, which has subscribed."""
        self.listening[name] = Listening(self.server, name)
        return self.listening[name]

    @property
    def shown(self) -> list[tuple[str, Any]]:
        """What browsers were given, decrypted, each with its name, in order; refused or not."""
        return [
            (_name(asked), self.listening[_name(asked)].read(asked.body))
            for asked in self.server.asked
        ]

    @property
    def names(self) -> list[str]:
        """The names of the browsers that were given something, sorted, each as often as it was."""
        return sorted(_name(asked) for asked in self.server.asked)


def _name(asked: Asked) -> str:
    return asked.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Pushing:
    """A post with a channel `web` to browsers and a channel `apps` to phones."""

    post: Post
    browsers: Browsers
    google: Google
    web: Channel
    news: TemplateAt

    async def browser(self, person: ProfileRef, name: str) -> DeviceId:
        """Give a person a browser."""
        return await self._register(person, Platform.WEB, self.browsers.open(name).browser)

    async def phone(
        self, person: ProfileRef, token: str, platform: Platform = Platform.ANDROID
    ) -> DeviceId:
        """Give a person an app."""
        return await self._register(person, platform, Token(token))

    async def _register(self, person: ProfileRef, platform: Platform, where: Any) -> DeviceId:
        async with self.post.shop.database.transaction() as tx:
            return await devices.register(tx, self.post.brand_id, person, platform, where=where)

    async def devices_of(self, person: ProfileRef) -> Sequence[DeviceId]:
        """Return which devices a person has, by id."""
        async with self.post.shop.database.transaction() as tx:
            found = await devices.of_people(
                tx, self.post.brand_id, [person], platforms=tuple(Platform)
            )
        return sorted(one.device_id for one in found.get(person, ()))

    @property
    def tokens(self) -> list[str]:
        """The tokens of the phones that were given something, sorted, each as often as it was."""
        asked = [one for one in self.google.server.asked if one.path != "/token"]
        return sorted(one.json["message"]["token"] for one in asked)

    async def events(self) -> list[tuple[str, ProfileRef]]:
        """Do what is queued; return the pushes' events, and whose each is."""
        await self.post.work()
        return [
            (event.name, event.ref)
            for event in await self.post.shop.events()
            if event.name.startswith("Push ")
        ]


@asynccontextmanager
async def open_pushing(post: Post, rsa_key: RSAPrivateKey, rsa_pem: str) -> AsyncGenerator[Pushing]:
    """Lend a post with both channels and a template `news`."""
    browsers, google = Browsers(), Google(rsa_key)
    async with browsers.server, google.server:
        channel = await post.add_channel("web", "webpush", webpush(browsers.vapid))
        await post.add_channel("apps", "fcm", google.settings(rsa_pem))
        news = await post.add_template("news", NEWS, medium=Medium.PUSH)
        yield Pushing(post, browsers, google, channel, news)
