"""`tidings task`: what waits in the queue, and what to do about what failed for good."""

import re

import click

from tidings.base.ids import TaskId
from tidings.cli import table
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.storage.pool import Database
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.work import queue
from tidings.work.model import DeadTask, Task

_TASK = re.compile(r"(?P<slot>\d{1,3})/(?P<task_id>\d{1,18})")

_at_most = click.option(
    "--at-most", type=click.IntRange(min=1), default=100, show_default=True, help="Rows to show."
)


def _read(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[Slot, TaskId]:
    match = _TASK.fullmatch(value)
    if match is None or int(match["slot"]) >= SLOT_COUNT:
        raise click.BadParameter(f"{value!r} names no task; the lists name them, as in 17/4711.")
    return Slot(int(match["slot"])), TaskId(int(match["task_id"]))


_task = click.argument("named", metavar="SLOT/TASK", callback=_read)


@click.group()
def task() -> None:
    """List the queue, and retry or drop what failed for good."""


@task.command("list")
@_at_most
@with_config()
def list_tasks(config: Config, at_most: int) -> None:
    """List what waits, the first due first."""

    async def read(database: Database) -> list[Task]:
        async with database.transaction() as tx:
            return await queue.list_waiting(tx, at_most=at_most)

    table.show(
        ("TASK", "NAME", "BRAND", "DUE", "FAILED", "LAST ERROR"),
        [
            (
                f"{found.slot}/{found.task_id}",
                found.name,
                found.brand_id,
                f"{found.run_at:%Y-%m-%d %H:%M:%S}",
                found.attempts,
                found.last_error or "",
            )
            for found in in_database(config, read)
        ],
    )


@task.command("dead")
@_at_most
@with_config()
def list_dead_tasks(config: Config, at_most: int) -> None:
    """List what failed for good, the newest first."""

    async def read(database: Database) -> list[DeadTask]:
        async with database.transaction() as tx:
            return await queue.list_dead(tx, at_most=at_most)

    table.show(
        ("TASK", "NAME", "BRAND", "DIED", "LAST ERROR"),
        [
            (
                f"{found.slot}/{found.task_id}",
                found.name,
                found.brand_id,
                f"{found.died_at:%Y-%m-%d %H:%M:%S}",
                found.last_error,
            )
            for found in in_database(config, read)
        ],
    )


@task.command("retry")
@_task
@with_config()
def retry_task(config: Config, named: tuple[Slot, TaskId]) -> None:
    """Put a dead task back into the queue, to be done now and with all its attempts."""

    async def revive(database: Database) -> None:
        async with database.transaction() as tx:
            await queue.revive(tx, *named)

    in_database(config, revive)
    click.echo(f"Task {named[0]}/{named[1]} is in the queue again.")


@task.command("drop")
@_task
@with_config()
def drop_task(config: Config, named: tuple[Slot, TaskId]) -> None:
    """Delete a dead task; its work will never be done."""

    async def drop(database: Database) -> None:
        async with database.transaction() as tx:
            await queue.drop(tx, *named)

    in_database(config, drop)
    click.echo(f"Task {named[0]}/{named[1]} is dropped.")
