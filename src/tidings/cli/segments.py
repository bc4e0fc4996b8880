"""`tidings segment`: who is in a segment."""

from typing import BinaryIO

import click
import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.cli.naming import person
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import shown
from tidings.config import Config
from tidings.identity import actions as identity
from tidings.segments import actions
from tidings.storage.pool import Database


@click.group()
def segment() -> None:
    """Look at who a segment has."""


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

    try:
        count, people = in_database(config, look)
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            click.echo(shown(_worded(mistake)), err=True)
        raise click.ClickException("The definition was not understood.") from refusal
    click.echo(f"{count:,} people" if count != 1 else "1 person")
    for name in people:
        click.echo(f"  {name}")
    if count > len(people):
        click.echo(f"  and {count - len(people):,} more")


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
