"""`tidings segment`: segments, and who is in them."""

from collections.abc import Callable
from typing import BinaryIO, TypeVar

import click
import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.cli.lists import import_list
from tidings.cli.naming import person
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import show, shown
from tidings.config import Config
from tidings.identity import actions as identity
from tidings.profiles.model import ProfileRef
from tidings.segments import actions
from tidings.segments.model import SegmentId
from tidings.segments.saved import Segment
from tidings.storage.pool import Database
from tidings.storage.slots import SLOT_COUNT

_PATIENCE_SECONDS = 600.0  # of an operator, who may have many segments of a million people

T = TypeVar("T")


@click.group(commands=[import_list])
def segment() -> None:
    """Make segments, and look at who they have."""


@segment.command("preview")
@click.argument("brand_id", type=int)
@click.argument("file", type=click.File("rb"))
@with_config()
def preview(config: Config, brand_id: int, file: BinaryIO) -> None:
    """Count the people of BRAND_ID whom the definition in FILE has, and show some of them.

    FILE is JSON, and `-` is standard input. Nothing is stored.
    """
    brand = BrandId(brand_id)
    definition = _decoded(file.read(limits.MAX_SEGMENT_BYTES + 1))

    async def look(database: Database) -> tuple[int, list[str]]:
        async with database.transaction() as tx:
            node = await actions.read_definition(tx, brand, definition)
            found = await actions.preview(tx, brand, node)
            names = await identity.names_of(tx, brand, found.examples)
        return found.count, [person(ref, names) for ref in found.examples]

    count, people = _told(lambda: in_database(config, look))
    click.echo(f"{count:,} people" if count != 1 else "1 person")
    for name in people:
        click.echo(f"  {name}")
    if count > len(people):
        click.echo(f"  and {count - len(people):,} more")


@segment.command("create")
@click.argument("brand_id", type=int)
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--draft", is_flag=True, help="Save it only; `publish` builds it later.")
@with_config()
def create(config: Config, brand_id: int, name: str, file: BinaryIO, *, draft: bool) -> None:
    """Save the definition in FILE as segment NAME of BRAND_ID, and build it.

    FILE is JSON, and `-` is standard input.
    """
    brand = BrandId(brand_id)
    definition = _decoded(file.read(limits.MAX_SEGMENT_BYTES + 1))

    async def save(database: Database) -> SegmentId:
        async with database.transaction() as tx:
            segment_id = await actions.create(tx, brand, name, definition)
            if not draft:
                await actions.publish(tx, brand, segment_id)
            return segment_id

    segment_id = _told(lambda: in_database(config, save))
    click.echo(f"Segment {segment_id} is {'a draft' if draft else 'being built'}.")


@segment.command("update")
@click.argument("brand_id", type=int)
@click.argument("segment_id", type=int)
@click.argument("file", type=click.File("rb"))
@click.option("--draft", is_flag=True, help="Save it only; `publish` builds it later.")
@with_config()
def update(config: Config, brand_id: int, segment_id: int, file: BinaryIO, *, draft: bool) -> None:
    """Give SEGMENT_ID the definition in FILE; its members change at once when all are found."""
    brand, which = BrandId(brand_id), SegmentId(segment_id)
    definition = _decoded(file.read(limits.MAX_SEGMENT_BYTES + 1))

    async def save(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.update(tx, brand, which, definition)
            if not draft:
                await actions.publish(tx, brand, which)

    _told(lambda: in_database(config, save))
    click.echo(f"Segment {which} is {'saved' if draft else 'being built'}.")


@segment.command("rename")
@click.argument("brand_id", type=int)
@click.argument("segment_id", type=int)
@click.argument("name")
@with_config()
def rename(config: Config, brand_id: int, segment_id: int, name: str) -> None:
    """Call SEGMENT_ID by another NAME; who is in it stays as it is."""

    async def save(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.rename(tx, BrandId(brand_id), SegmentId(segment_id), name)

    in_database(config, save)
    click.echo(f"Segment {segment_id} is renamed.")


@segment.command("publish")
@click.argument("brand_id", type=int)
@click.argument("segment_id", type=int)
@with_config()
def publish(config: Config, brand_id: int, segment_id: int) -> None:
    """Build SEGMENT_ID by what was saved last."""

    async def begin(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.publish(tx, BrandId(brand_id), SegmentId(segment_id))

    _told(lambda: in_database(config, begin))
    click.echo(f"Segment {segment_id} is being built.")


@segment.command("list")
@click.argument("brand_id", type=int)
@with_config()
def list_segments(config: Config, brand_id: int) -> None:
    """List the segments of BRAND_ID: state, members, and since when all is looked at."""
    brand = BrandId(brand_id)

    async def look(database: Database) -> list[tuple[str, ...]]:
        async with database.transaction() as tx:
            page = await actions.list_page(tx, brand)
            counts = await actions.count_each(tx, brand, page, within_seconds=_PATIENCE_SECONDS)
            return [
                (
                    str(one.segment_id),
                    one.name,
                    _progress(one),
                    f"{counts[one.segment_id]:,}",
                    "" if one.fresh_at is None else f"{one.fresh_at:%Y-%m-%d %H:%M:%S}Z",
                    one.error or "",
                )
                for one in page
            ]

    head = ("id", "name", "state", "members", "fresh at", "error")
    show(head, in_database(config, look))


@segment.command("members")
@click.argument("brand_id", type=int)
@click.argument("segment_id", type=int)
@with_config()
def members(config: Config, brand_id: int, segment_id: int) -> None:
    """List the people in SEGMENT_ID, by where they are stored."""
    brand = BrandId(brand_id)

    async def page(database: Database, after: ProfileRef) -> list[tuple[ProfileRef, str]]:
        async with database.transaction() as tx:
            found = await actions.find(tx, brand, SegmentId(segment_id))
            shown = [one.person for one in await actions.members(tx, brand, found, after=after)]
            names = await identity.names_of(tx, brand, shown)
        return [(ref, person(ref, names)) for ref in shown]

    async def look(database: Database) -> None:
        after = actions.NOBODY
        while people := await page(database, after):
            for _, name in people:
                click.echo(name)
            after = people[-1][0]

    in_database(config, look)


@segment.command("delete")
@click.argument("brand_id", type=int)
@click.argument("segment_id", type=int)
@with_config()
def delete(config: Config, brand_id: int, segment_id: int) -> None:
    """Delete SEGMENT_ID; its people stay."""

    async def forget(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.delete(tx, BrandId(brand_id), SegmentId(segment_id))

    in_database(config, forget)
    click.echo(f"Segment {segment_id} is deleted.")


def _progress(segment: Segment) -> str:
    if segment.slots_left is None:
        return segment.state.value
    return f"{segment.state.value} {1 - segment.slots_left / SLOT_COUNT:.0%}"


def _told(ask: Callable[[], T]) -> T:
    """Do something with a definition, and print every mistake in it."""
    try:
        return ask()
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            click.echo(shown(_worded(mistake)), err=True)
        raise click.ClickException("The definition was not understood.") from refusal


def _worded(mistake: Mistake) -> str:
    return f"{mistake.field or 'The definition'}: {mistake.message}"


def _decoded(json: bytes) -> object:
    if len(json) > limits.MAX_SEGMENT_BYTES:
        raise Refused(
            Code.TOO_LARGE, f"A definition has at most {limits.MAX_SEGMENT_BYTES:,} bytes."
        )
    try:
        return msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.INVALID, f"The definition is not JSON: {error}.") from error
