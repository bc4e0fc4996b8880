"""Every device gets a push once, and whoever dies meanwhile makes one repeat of it at most."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.channels.conftest import rsa_key, rsa_pem
from tests.messages.post import Post
from tests.messages.pushes import Pushing, open_pushing
from tests.messages.test_once_each import running, wait_until_over
from tests.support import wait_until

__all__ = ["rsa_key", "rsa_pem"]

PEOPLE = 60
BROWSERS = ("at-home", "at-work")

pytestmark = pytest.mark.processes


@pytest.fixture
async def pushing(post: Post, rsa_key: RSAPrivateKey, rsa_pem: str) -> AsyncGenerator[Pushing]:
    """Lend a post with channels to browsers and phones, and people who have two browsers each."""
    async with open_pushing(post, rsa_key, rsa_pem) as opened:
        names = [f"user{number}" for number in range(PEOPLE)]
        for name, person in zip(names, await post.people(*names), strict=True):
            for place in BROWSERS:
                await opened.browser(person, f"{name}-{place}")
        yield opened


async def test_several_processes_show_each_browser_its_push_once(pushing: Pushing) -> None:
    """Two that take one message would show it twice."""
    campaign = await pushing.post.campaign(channel="web", template="news")

    with running(pushing.post, 2):
        await wait_until_over(pushing.post, campaign)

    assert pushing.browsers.names == sorted(pushing.browsers.listening)
    assert await pushing.post.counted() == {"intended": PEOPLE, "sent": PEOPLE}


async def test_a_sender_that_is_killed_in_the_middle_leaves_nobody_out(pushing: Pushing) -> None:
    """Who was in the middle of being sent to sees it twice at most, on both browsers."""
    browsers, post = pushing.browsers, pushing.post
    browsers.thinks_seconds = 0.02  # so that there is always somebody in the middle
    campaign = await post.campaign(channel="web", template="news")

    with running(post, 1) as processes:
        await wait_until(lambda: len(browsers.names) >= PEOPLE, within_seconds=60)
        processes.kill(0)
        await wait_until_over(post, campaign)

    times = Counter(browsers.names)
    assert sorted(times) == sorted(browsers.listening)
    again = [name for name, count in times.items() if count > 1]
    assert max(times.values()) <= 2
    assert len(again) <= len(BROWSERS) * pushing.web.pace.connections
    assert await post.counted() == {"intended": PEOPLE, "sent": PEOPLE}
