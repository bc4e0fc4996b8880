"""Everybody gets a message once, whoever dies, pauses or fails meanwhile."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.channels.mailserver import OK, MailServer
from tests.messages.post import KEYRING, Post
from tests.support import wait_until
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId, State
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted

PEOPLE = 300
TENTHS = 10
IN_HAND = 16  # what a process takes in hand at first: four for each of its connections

pytestmark = pytest.mark.processes


class Processes:
    """Sending processes, of which one after the other is killed and started anew."""

    def __init__(self, post: Post, count: int) -> None:
        self._post = post
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.messages.sending_process"]
        return subprocess.Popen([*command, self._post.shop.database.url, str(self._post.data_dir)])

    def kill(self, which: int) -> None:
        """Kill one and start another in its place."""
        self._running[which].kill()
        self._running[which].wait()
        self._running[which] = self._start()

    def end(self) -> None:
        """Kill all."""
        for process in self._running:
            process.kill()
            process.wait()


@contextmanager
def running(post: Post, count: int) -> Generator[Processes]:
    """Run processes for a block."""
    processes = Processes(post, count)
    try:
        yield processes
    finally:
        processes.end()


async def crowd(post: Post) -> list[str]:
    """Create people and return their addresses."""
    names = [f"user{number}" for number in range(PEOPLE)]
    await post.add_template("hello")
    await post.people(*names)
    return sorted(f"{name}@people.test" for name in names)


async def wait_for_recipients(post: Post, count: int) -> None:
    """Wait until so many people have got something."""
    await wait_until(lambda: len(set(post.recipients())) >= count, within_seconds=60)


async def wait_until_over(post: Post, campaign: CampaignId) -> None:
    """Wait until a campaign is finished."""

    async def is_over() -> bool:
        return await post.state(campaign) is State.FINISHED

    await wait_until(is_over, within_seconds=90)


async def test_several_processes_send_to_each_exactly_once(post: Post) -> None:
    """Two executors that take one task mail people twice."""
    expected = await crowd(post)
    campaign = await post.campaign()

    with running(post, 3):
        await wait_until_over(post, campaign)

    assert post.recipients() == expected
    assert await post.counted() == {"intended": PEOPLE, "sent": PEOPLE}


async def test_one_that_fails_for_good_is_tried_once_and_the_others_get_theirs(post: Post) -> None:
    """A batch must not be sent again and again for the sake of one in it."""
    expected = await crowd(post)
    post.server.unknown.add(expected[7])
    campaign = await post.campaign()
    async with post.sending(processes=2):
        await post.work()
        await wait_until_over(post, campaign)

    assert post.recipients() == [one for one in expected if one != expected[7]]
    assert post.server.refusals == {expected[7]: 1}
    assert await post.counted() == {
        "intended": PEOPLE,
        "sent": PEOPLE - 1,
        "failed:recipient": 1,
    }


async def test_killed_paused_and_resumed_at_every_tenth_it_reaches_everybody(post: Post) -> None:
    """Nobody is lost, and who was in the middle of being sent to has it twice at most.

    A connection that was in the middle of a mail is the only way to have one twice.
    """
    expected = await crowd(post)
    dice = random.Random(5)  # noqa: S311 - the same deeds in every run
    post.server.thinks_seconds = 0.01  # so that there is always somebody in the middle
    campaign = await post.campaign()

    with running(post, 2) as processes:
        for tenth in range(1, TENTHS):
            await wait_for_recipients(post, PEOPLE * tenth // TENTHS)
            processes.kill(dice.randrange(2))
            for change in (campaigns.pause, campaigns.resume):
                async with post.shop.database.transaction() as tx:
                    await change(tx, post.brand_id, campaign)
        await wait_until_over(post, campaign)

    counted = Counter(post.recipients())
    assert sorted(counted) == expected
    again = sum(times - 1 for times in counted.values())
    assert again <= (TENTHS - 1) * post.channel.pace.connections
    assert await post.counted() == {"intended": PEOPLE, "sent": PEOPLE}


async def test_what_was_sent_and_not_noted_before_a_kill_is_not_sent_again(post: Post) -> None:
    """Many are noted together; a process that dies before that has written down what it sent."""
    expected = await crowd(post)
    campaign = await post.campaign()
    await post.work()

    with running(post, 1) as processes:
        async with post.shop.database.transaction() as tx:
            await tx.execute("LOCK TABLE message_counts IN EXCLUSIVE MODE")
            await wait_for_recipients(post, IN_HAND)
            # The last answers are on their way to the process, which then has no more to send.
            await wait_until(lambda: len(journals(post)) == IN_HAND)
            processes.kill(0)
        await wait_until_over(post, campaign)

    assert post.recipients() == expected
    assert await post.counted() == {"intended": PEOPLE, "sent": PEOPLE}


def journals(post: Post) -> list[bytes]:
    """Return every line that processes have written down."""
    files = (post.data_dir / "sent").glob("*")
    return [line for file in files for line in file.read_bytes().splitlines()]


async def test_a_dead_provider_holds_up_no_other(post: Post) -> None:
    """One answers nothing; the other channel's messages go out meanwhile."""
    template = await post.add_template("hello")
    [ada, bob] = await post.people("ada", "bob")
    async with MailServer() as dead:

        async def say_nothing(server: MailServer) -> str:
            await server.silence.wait()
            return OK

        dead.answers["mail"] = say_nothing
        async with post.shop.database.transaction() as tx:
            settings = {
                "host": "127.0.0.1",
                "port": dead.port,
                "security": "none",
                "from_address": "news@shop.test",
            }
            slow = await channels.add(tx, KEYRING, post.brand_id, Wanted("slow", "smtp", settings))
        await post.through(slow).call(template, ada)
        async with post.sending():
            await wait_until(lambda: dead.connections > 0)
            await post.call(template, bob)
            await wait_until(lambda: bool(post.server.mails))
            dead.silence.set()

    assert post.recipients() == ["bob@people.test"]
