"""`tidings channel`: the ways on which a brand speaks, and whether they work."""

import click
import msgspec

from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels import actions
from tidings.channels.keyring import Keyring, open_keyring
from tidings.channels.keys import certificates_in
from tidings.channels.kinds import KINDS, WebPush
from tidings.channels.model import HOOK_PATH, Channel, Pace, ShutChannel
from tidings.channels.providers.webpush import application_server_key
from tidings.channels.settings import secret_names, shown_values
from tidings.cli.given import Given, with_given
from tidings.cli.options import with_config
from tidings.cli.outcomes import message_saying, send_and_tell, trial_of
from tidings.cli.session import in_database
from tidings.cli.table import show, shown
from tidings.config import Config
from tidings.storage.pool import Database

_PER_SECOND = click.option("--per-second", type=float, help="Messages a second, at most.")


@click.group()
def channel() -> None:
    """Add channels, try them, and change them."""


@channel.command("add")
@click.argument("brand_id", type=int)
@click.argument("key")
@click.argument("provider", type=click.Choice(list(KINDS)))
@with_given
@click.option(
    "--medium",
    type=click.Choice([medium.value for medium in Medium]),
    help="For providers of several.",
)
@_PER_SECOND
@click.option(
    "--connections",
    type=int,
    default=limits.CHANNEL_CONNECTIONS,
    show_default=True,
    help="Messages on their way at one time, of each process.",
)
@with_config()
def add(
    config: Config,
    brand_id: int,
    key: str,
    provider: str,
    *,
    given: Given,
    medium: str | None,
    per_second: float | None,
    connections: int,
) -> None:
    """Add a channel KEY with PROVIDER to BRAND_ID; nothing is sent.

    Secrets are no flags, since other people see command lines: those that the provider needs are
    asked for, unless they are in the file.
    """
    kind = KINDS[provider]
    needed = {field.name for field in msgspec.structs.fields(kind) if field.required}
    wanted = actions.Wanted(
        key=key,
        provider=provider,
        settings=given.read(kind, needed=needed & secret_names(kind)),
        medium=None if medium is None else Medium(medium),
        per_second=per_second,
        connections=connections,
    )

    async def make(database: Database) -> Channel:
        async with database.transaction() as tx:
            return await actions.add(tx, _keyring(config), BrandId(brand_id), wanted)

    made = in_database(config, make)
    click.echo(f"Channel {made.key} is added. Try it: tidings channel test {brand_id} {made.key} …")


@channel.command("list")
@click.argument("brand_id", type=int)
@with_config()
def list_channels(config: Config, brand_id: int) -> None:
    """List the channels of BRAND_ID."""

    async def look(database: Database) -> list[ShutChannel]:
        async with database.transaction() as tx:
            return await actions.list_channels(tx, BrandId(brand_id))

    show(
        ("KEY", "MEDIUM", "PROVIDER", "PER SECOND", "CONNECTIONS"),
        [
            (one.key, one.medium, one.provider, _per_second(one.pace), one.pace.connections)
            for one in in_database(config, look)
        ],
    )


@channel.command("show")
@click.argument("brand_id", type=int)
@click.argument("key")
@with_config()
def show_channel(config: Config, brand_id: int, key: str) -> None:
    """Print every setting of channel KEY; secrets are stars."""
    found = find_channel(config, BrandId(brand_id), key)
    rows = [
        ("medium", found.medium),
        ("provider", found.provider),
        ("per second", _per_second(found.pace)),
        ("connections", found.pace.connections),
        *((name, _briefly(name, value)) for name, value in shown_values(found.settings).items()),
    ]
    if isinstance(found.settings, WebPush):
        rows.append(("application server key", application_server_key(found.settings)))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(shown(f"{name:<{width}}  {value}").rstrip())


@channel.command("update")
@click.argument("brand_id", type=int)
@click.argument("key")
@with_given
@click.option("--unset", multiple=True, metavar="NAME", help="Take a setting back to its default.")
@_PER_SECOND
@click.option("--unpaced", is_flag=True, help="As many messages a second as the provider takes.")
@click.option("--connections", type=int, help="Messages on their way at one time.")
@with_config()
def update(
    config: Config,
    brand_id: int,
    key: str,
    *,
    given: Given,
    unset: tuple[str, ...],
    per_second: float | None,
    unpaced: bool,
    connections: int | None,
) -> None:
    """Change some settings of channel KEY; what is not given stays as it is."""

    async def change(database: Database) -> None:
        async with database.transaction() as tx:
            listed = await actions.find_shut(tx, BrandId(brand_id), key)
            kind = KINDS[listed.provider]
            pace = Pace(
                _changed(per_second, listed.pace, unpaced=unpaced),
                listed.pace.connections if connections is None else connections,
            )
            settings = {**dict.fromkeys(unset), **given.read(kind)}
            keyring = _keyring(config)
            await actions.update(tx, keyring, listed.brand_id, key, settings=settings, pace=pace)

    in_database(config, change)
    click.echo(f"Channel {key} is changed.")


@channel.command("test")
@click.argument("brand_id", type=int)
@click.argument("key")
@click.argument("recipient", default="")
@click.option("--from", "sender", default="", help="Whom a mail is from.  [default: from_address]")
@with_config()
def try_channel(config: Config, brand_id: int, key: str, recipient: str, *, sender: str) -> None:
    """Send a message to RECIPIENT through channel KEY, and say what came of it.

    RECIPIENT is an address, a phone number with country code, a device's token, or a browser's
    subscription as JSON; a webhook has none. Consent is not asked: it is you who sends.
    """
    found = find_channel(config, BrandId(brand_id), key)
    send_and_tell(found, message_saying(trial_of(found), found, recipient, sender=sender))


@channel.command("hook")
@click.argument("brand_id", type=int)
@click.argument("key")
@with_config()
def show_hook(config: Config, brand_id: int, key: str) -> None:
    """Print the URL to which the provider of channel KEY is to report what became of messages."""

    async def look(database: Database) -> str:
        async with database.transaction() as tx:
            return await actions.hook_of(tx, BrandId(brand_id), key)

    click.echo(config.links_url + HOOK_PATH.format(in_database(config, look)))


@channel.command("remove")
@click.argument("brand_id", type=int)
@click.argument("key")
@with_config()
def remove(config: Config, brand_id: int, key: str) -> None:
    """Delete channel KEY and its secrets."""

    async def forget(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.remove(tx, BrandId(brand_id), key)

    in_database(config, forget)
    click.echo(f"Channel {key} is removed.")


@channel.command("reseal")
@with_config()
def reseal(config: Config) -> None:
    """Seal the secrets of all channels with the newest key, so that the old one may go."""

    async def seal(database: Database) -> int:
        count = 0
        async with database.transaction() as tx:
            for brand in await brands.list_brands(tx):
                count += await actions.seal_anew(tx, _keyring(config), brand.brand_id)
        return count

    count = in_database(config, seal)
    click.echo(
        f"{count:,} sealed anew." if count else "All were sealed with the newest key already."
    )


def find_channel(config: Config, brand_id: BrandId, key: str) -> Channel:
    """Return a channel with its secrets.

    Errors: `not_found`; `conflict` when its secrets do not open.
    """

    async def look(database: Database) -> Channel:
        async with database.transaction() as tx:
            return await actions.find(tx, _keyring(config), brand_id, key)

    return in_database(config, look)


def _keyring(config: Config) -> Keyring:
    return open_keyring(
        config.secret_key, data_dir=config.data_dir, is_embedded=not config.database_url
    )


def _changed(per_second: float | None, pace: Pace, *, unpaced: bool) -> float | None:
    if unpaced:
        return None
    return pace.per_second if per_second is None else per_second


def _briefly(name: str, value: object) -> object:
    """Tell of certificates what they are; nobody reads the rest."""
    if name != "ca" or not value:
        return value
    try:
        return "; ".join(certificates_in(str(value)))
    except ValueError:
        return "no certificates that can be shown"


def _per_second(pace: Pace) -> str:
    return "" if pace.per_second is None else f"{pace.per_second:g}"
