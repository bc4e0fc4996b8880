"""A worker process as `tidings serve` starts it, as far as messages go, to be killed by tests."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from tests.messages.post import KEYRING, LINKS
from tidings.campaigns import jobs as campaigns
from tidings.events.jobs import Jobs
from tidings.events.recording import Recorder
from tidings.messages import jobs as messages
from tidings.messages.compose import Composer
from tidings.messages.journal import Journal
from tidings.messages.outlet import Tools
from tidings.messages.recovery import Recovery
from tidings.messages.sender import Sender
from tidings.schema.catalog import Catalog
from tidings.storage.pool import Database
from tidings.work.heartbeat import Heartbeat
from tidings.work.periodic import PeriodicJob, PeriodicJobs
from tidings.work.worker import Worker

OFTEN = timedelta(seconds=0.2)


async def main(url: str, data_dir: Path) -> None:
    """Send until killed."""
    never = asyncio.Event()
    async with Database(url, size=4) as database, asyncio.TaskGroup() as together:
        heartbeat = Heartbeat(database, "worker")
        await heartbeat.turn()
        together.create_task(heartbeat.run(never))
        handlers = {
            **Jobs(Recorder(Catalog(), database.transaction)).handlers(),
            **messages.handlers(),
            **campaigns.handlers(),
        }
        together.create_task(Worker(database, handlers).run(never))
        jobs = [
            PeriodicJob("messages.recover", OFTEN, Recovery(data_dir).run),
            PeriodicJob("campaigns.decide", OFTEN, campaigns.decide),
            PeriodicJob("campaigns.finish", OFTEN, campaigns.finish),
        ]
        together.create_task(PeriodicJobs(database, jobs).run(never))
        tools = Tools(database, KEYRING, Composer(LINKS), Journal(data_dir, heartbeat.name))
        together.create_task(Sender(tools).run(never))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
