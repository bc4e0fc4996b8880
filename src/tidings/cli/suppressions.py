"""`tidings suppression`: the addresses that a brand sends nothing to."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

import click

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import ADDRESS_ATTRIBUTES, Medium
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import show
from tidings.config import Config
from tidings.consent import actions
from tidings.consent.model import Suppression, SuppressionReason
from tidings.storage.pool import Database

_HEADS = frozenset({"address", "email", "mobile"})
_FORGOTTEN = "(forgotten)"
_REASONS = [reason.value for reason in SuppressionReason]
_MEDIA = [medium.value for medium in ADDRESS_ATTRIBUTES]

_brand = click.argument("brand_id", type=int)
_reason = click.option(
    "--reason",
    type=click.Choice(_REASONS),
    default=SuppressionReason.MANUAL.value,
    show_default=True,
    help="Why; `unsubscribe` lets transactional messages through.",
)
_medium = click.option("--medium", type=click.Choice(_MEDIA), help="Only on this one.")


@click.group()
def suppression() -> None:
    """Say to which addresses nothing is sent, whoever has them."""


@suppression.command("add")
@_brand
@click.argument("addresses", nargs=-1, required=True)
@_reason
@_medium
@with_config()
def add(
    config: Config,
    brand_id: int,
    addresses: tuple[str, ...],
    *,
    reason: str,
    medium: str | None,
) -> None:
    """Send nothing to ADDRESSES: mail addresses, or mobile numbers such as +551155256325."""
    _suppress(config, brand_id, addresses, reason=reason, medium=medium)


@suppression.command("import")
@_brand
@click.argument("file", type=click.File("rb"))
@_reason
@_medium
@with_config()
def import_file(
    config: Config,
    brand_id: int,
    file: BinaryIO,
    *,
    reason: str,
    medium: str | None,
) -> None:
    """Send nothing to the addresses in FILE: CSV in UTF-8, of which the first column is read.

    A head named address, email or mobile is left out. If a line has no address, the file is
    refused, and nothing of it is suppressed. `-` is standard input.
    """
    lines = dict(_rows(file))
    try:
        _suppress(config, brand_id, tuple(lines.values()), reason=reason, medium=medium)
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        numbers = list(lines)
        for mistake in refusal.mistakes:
            if mistake.index is not None:
                click.echo(f"Line {numbers[mistake.index]:,} {mistake.message}", err=True)
        raise


def _suppress(
    config: Config,
    brand_id: int,
    addresses: tuple[str, ...],
    *,
    reason: str,
    medium: str | None,
) -> None:
    async def note(database: Database) -> int:
        async with database.transaction() as tx:
            return await actions.suppress(
                tx,
                BrandId(brand_id),
                addresses,
                reason=SuppressionReason(reason),
                medium=None if medium is None else Medium(medium),
            )

    added = in_database(config, note)
    click.echo(f"{added:,} suppressed, {len(addresses) - added:,} already were or came twice.")


@suppression.command("remove")
@_brand
@click.argument("address")
@click.option("--reason", type=click.Choice(_REASONS), help="Only this one.")
@with_config()
def remove(config: Config, brand_id: int, address: str, *, reason: str | None) -> None:
    """Let ADDRESS be sent to again, unless something else is in the way."""
    only = None if reason is None else SuppressionReason(reason)

    async def drop(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.unsuppress(tx, BrandId(brand_id), address, reason=only)

    in_database(config, drop)
    click.echo("The address is not suppressed any more.")


@suppression.command("list")
@_brand
@with_config()
def list_suppressions(config: Config, brand_id: int) -> None:
    """List what BRAND_ID suppresses, the oldest first."""

    async def read(database: Database) -> list[Suppression]:
        found: list[Suppression] = []
        async with database.transaction() as tx:
            while page := await actions.list_suppressions(
                tx, BrandId(brand_id), after=found[-1].suppression_id if found else 0
            ):
                found += page
        return found

    show(
        ("ADDRESS", "MEDIUM", "REASON", "ADDED"),
        [
            (
                one.address or _FORGOTTEN,
                one.medium or "all",
                one.reason,
                f"{one.added_at:%Y-%m-%d %H:%M}Z",
            )
            for one in in_database(config, read)
        ],
    )


def _rows(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield the number and the first value of each line that has one."""
    count = 0
    reader = csv.reader(_texts(file), strict=True)
    try:
        for fields in reader:
            first = fields[0].strip() if fields else ""
            if not first or (not count and first.lower() in _HEADS):
                continue
            count += 1
            if count > limits.MAX_SUPPRESSIONS_PER_IMPORT:
                most = limits.MAX_SUPPRESSIONS_PER_IMPORT
                raise Refused(Code.TOO_LARGE, f"A file has at most {most:,} addresses.")
            yield reader.line_num, first
    except csv.Error as error:
        message = f"Line {reader.line_num} is not comma-separated values: {error}."
        raise Refused(Code.INVALID, message) from error


def _texts(file: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(limits.MAX_LIST_LINE_BYTES), b""), 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            message = f"Line {number} is not UTF-8: save the file in that encoding."
            raise Refused(Code.INVALID, message) from error
