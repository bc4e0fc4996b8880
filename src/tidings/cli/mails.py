"""`tidings mail`: mails that a mail server hands to a command."""

import sys
from collections.abc import Mapping
from typing import BinaryIO

import click
import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels import actions as channels
from tidings.channels.keyring import open_keyring
from tidings.channels.model import ShutChannel
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.messages import hearing
from tidings.messages.bounce import read_mail
from tidings.messages.links import LINKS_PURPOSE
from tidings.messages.return_path import ReturnPaths
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
            paths = _return_paths(config, channel)
            await hearing.keep(tx, channel, read_mail(raw, now=clock.now(), return_paths=paths))

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


def _return_paths(config: Config, channel: ShutChannel) -> ReturnPaths | None:
    # The secrets of the channel stay sealed: only who has these needs the server's own.
    if not msgspec.json.decode(channel.settings).get("bounce_address"):
        return None
    try:
        keyring = open_keyring(
            config.secret_key, data_dir=config.data_dir, is_embedded=not config.database_url
        )
    except Refused as refused:
        # It is the command that is set up wrong, and nothing is wrong with the mail.
        raise Refused(Code.UNAVAILABLE, refused.message) from refused
    return ReturnPaths(channel.brand_id, keyring.derived(LINKS_PURPOSE))


def _read(stream: BinaryIO) -> bytes:
    """Return a mail, or its beginning; all of it is taken, or the writer would get an error."""
    raw = stream.read(limits.MAX_RETURNED_MAIL_BYTES)
    while stream.read(65_536):
        pass
    return raw
