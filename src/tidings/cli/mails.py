"""`tidings mail`: mails that a mail server hands to a command."""

import sys
from collections.abc import Mapping
from typing import BinaryIO

import click

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.messages import hearing
from tidings.messages.bounce import read_mail
from tidings.storage.pool import Database

# sysexits.h, which mail servers go by: what is tried again, and what is sent back.
_TRY_AGAIN = 75
_STATUS_OF_CODE: Mapping[Code, int] = {
    Code.INVALID: 64,
    Code.NOT_FOUND: 67,
}


@click.group()
def mail() -> None:
    """Take mails that a mail server hands over."""


@mail.command("receive")
@click.argument("brand_id", type=int)
@click.argument("key")
@with_config()
def receive(config: Config, brand_id: int, key: str) -> None:
    """Read a mail that came back to channel KEY of BRAND_ID from standard input.

    For a mail server that pipes the mails of an address into a command. A mail that is no report
    is taken and says nothing.
    """
    raw = _read(sys.stdin.buffer)

    async def keep(database: Database) -> None:
        async with database.transaction() as tx:
            channel = await channels.find_shut(tx, BrandId(brand_id), key)
            if channel.medium is not Medium.EMAIL:
                raise Refused(Code.INVALID, f"Channel {key} of brand {brand_id} sends no mails.")
            await hearing.keep(tx, channel, read_mail(raw, now=clock.now()))

    try:
        in_database(config, keep)
    except Refused as refused:
        click.echo(refused.message, err=True)
        raise SystemExit(_STATUS_OF_CODE.get(refused.code, _TRY_AGAIN)) from refused
    except Exception as error:
        # Whatever it is may be mended before the mail server gives up; its sender, a mail server
        # as well, could do nothing with what we send back.
        click.echo(f"{type(error).__name__}: the mail was not taken.", err=True)
        raise SystemExit(_TRY_AGAIN) from error


def _read(stream: BinaryIO) -> bytes:
    """Return a mail, or its beginning; all of it is taken, or the writer would get an error."""
    raw = stream.read(limits.MAX_RETURNED_MAIL_BYTES)
    while stream.read(65_536):
        pass
    return raw
