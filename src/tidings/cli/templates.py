"""`tidings template`: what messages say, and how it looks for somebody."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.campaigns import actions as campaigns
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import show, shown
from tidings.cli.template_files import decoded, read_source
from tidings.config import Config
from tidings.identity import actions as identity
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.profiles import actions as profiles
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.templates import actions
from tidings.templates.compile import Compiled
from tidings.templates.model import (
    Delivery,
    NotRendered,
    Rendered,
    Template,
    TemplateVersion,
    Urls,
    Variables,
)
from tidings.templates.render import render
from tidings.templates.variables import attributes_of

T = TypeVar("T")

# Links that lead nowhere: there is no message yet that they could belong to.
_SAMPLE_URLS = Urls(
    unsubscribe="https://example.invalid/unsubscribe",
    preferences="https://example.invalid/preferences",
    view_in_browser="https://example.invalid/view",
)

_brand = click.argument("brand_id", type=int)
_key = click.argument("key")
_source = click.argument("source", type=click.Path(exists=True, path_type=Path))
_name = click.option("--name", help="What people call it.  [default: KEY]")
_version = click.option("--version", type=int, help="Another than the last version.")


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    """Variables as a file has them; those of the profile come before the person's own."""

    profile: dict[str, object] = {}
    event: dict[str, object] = {}
    data: dict[str, object] = {}


@click.group()
def template() -> None:
    """Make templates, and look at what they say to somebody."""


@template.command("create")
@_brand
@_key
@_source
@click.option(
    "--medium",
    type=click.Choice([medium.value for medium in Medium]),
    default=Medium.EMAIL.value,
    show_default=True,
)
@_name
@with_config()
def create(
    config: Config, brand_id: int, key: str, source: Path, *, medium: str, name: str | None
) -> None:
    """Save what SOURCE has as template KEY of BRAND_ID.

    SOURCE is a JSON file, or a folder with body.mjml, body.html or body.json, subject.txt and so
    on.
    """
    content = read_source(source)

    async def save(database: Database) -> Compiled:
        async with database.transaction() as tx:
            return await actions.create(
                tx, BrandId(brand_id), key, name=name or key, medium=Medium(medium), content=content
            )

    compiled = _told(lambda: in_database(config, save))
    click.echo(f"Template {key} is saved as version 1.")
    _warn(compiled)


@template.command("update")
@_brand
@_key
@_source
@click.option("--name", help="Another name.")
@with_config()
def update(config: Config, brand_id: int, key: str, source: Path, *, name: str | None) -> None:
    """Save what SOURCE has as another version of KEY; versions before stay as they are."""
    content = read_source(source)

    async def save(database: Database) -> tuple[TemplateVersion, Compiled]:
        async with database.transaction() as tx:
            return await actions.update(tx, BrandId(brand_id), key, content=content, name=name)

    version, compiled = _told(lambda: in_database(config, save))
    click.echo(f"Template {key} is saved as version {version}.")
    _warn(compiled)


@template.command("list")
@_brand
@with_config()
def list_templates(config: Config, brand_id: int) -> None:
    """List the templates of BRAND_ID."""

    async def look(database: Database) -> list[Template]:
        async with database.transaction() as tx:
            return await actions.list_all(tx, BrandId(brand_id))

    rows = [
        (one.key, one.name, one.medium, one.last_version, f"{one.updated_at:%Y-%m-%d %H:%M:%S}Z")
        for one in in_database(config, look)
    ]
    show(("key", "name", "medium", "version", "saved at"), rows)


@template.command("show")
@_brand
@_key
@_version
@with_config()
def show_template(config: Config, brand_id: int, key: str, *, version: int | None) -> None:
    """Print the content of KEY as JSON, as `update` reads it."""
    brand = BrandId(brand_id)

    async def look(database: Database) -> bytes:
        async with database.transaction() as tx:
            found = await actions.find(tx, brand, key)
            return await actions.content_of(tx, brand, found, _chosen(version))

    click.echo(msgspec.json.format(in_database(config, look), indent=2).decode())


@template.command("delete")
@_brand
@_key
@with_config()
def delete(config: Config, brand_id: int, key: str) -> None:
    """Delete template KEY with all its versions, unless a campaign still needs it."""

    async def forget(database: Database) -> None:
        async with database.transaction() as tx:
            await campaigns.delete_template(tx, BrandId(brand_id), key)

    in_database(config, forget)
    click.echo(f"Template {key} is deleted.")


@template.command("preview")
@_brand
@_key
@click.option("--user", help="The user id of the person to whom it speaks.")
@click.option(
    "--variables",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with `profile`, `event` and `data`.",
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write HTML there.")
@_version
@with_config()
def preview(
    config: Config,
    brand_id: int,
    key: str,
    *,
    user: str | None,
    variables: Path | None,
    html: Path | None,
    version: int | None,
) -> None:
    """Show what KEY says to somebody; what they lack stands there as [name]. Nothing is sent."""
    brand = BrandId(brand_id)
    given = _given(variables)

    async def make(database: Database) -> Rendered | NotRendered:
        async with database.transaction() as tx:
            found = await actions.find(tx, brand, key)
            compiled = await actions.compiled_of(tx, brand, found, _chosen(version))
            ready = await _variables(tx, brand, user, given)
        return render(compiled, ready, Delivery(is_preview=True))

    made = _told(lambda: in_database(config, make))
    if isinstance(made, NotRendered):
        raise click.ClickException(f"No message: {made.message}.")
    _print(made)
    if html is not None:
        html.write_text(made.html, encoding="utf-8")


async def _variables(tx: Tx, brand_id: BrandId, user: str | None, given: _Given) -> Variables:
    brand = await brands.find_brand(tx, brand_id)
    attributes: dict[str, object] = {}
    if user is not None:
        who = identifier_of(brand_id, IdentifierKind.USER_ID, user)
        ref = await identity.find(tx, who)
        found = None if ref is None else await profiles.read(tx, brand_id, ref)
        if found is None:
            raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no user {user!r}.")
        attributes = attributes_of(found)
    return Variables(
        profile={**attributes, **given.profile},
        event=given.event,
        data=given.data,
        brand={"name": brand.name},
        urls=_SAMPLE_URLS,
    )


def _print(made: Rendered) -> None:
    lines = (
        ("Language", made.language),
        ("Missing", ", ".join(made.missing)),
        ("Subject", made.subject),
        ("Title", made.title),
        ("URL", made.url),
        ("Icon", made.icon),
        ("Image", made.image),
        ("Template", made.provider_template),
        *((f"Parameter {number}", text) for number, text in enumerate(made.parameters, 1)),
    )
    for name, text in lines:
        if text:
            click.echo(f"{name}: {shown(text)}")
    if said := made.text or made.body:
        click.echo("\n" + "\n".join(shown(line) for line in said.splitlines()))


def _given(path: Path | None) -> _Given:
    try:
        return msgspec.convert({} if path is None else decoded(path), _Given)
    except msgspec.ValidationError as error:
        raise Refused(Code.INVALID, f"{path}: {error}.") from error


def _chosen(version: int | None) -> TemplateVersion | None:
    return None if version is None else TemplateVersion(version)


def _warn(compiled: Compiled) -> None:
    for warning in compiled.warnings():
        click.echo(f"Warning: {warning}", err=True)


def _told(ask: Callable[[], T]) -> T:
    """Do something with a content, and print every mistake in it."""
    try:
        return ask()
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            click.echo(shown(f"{mistake.field or 'The content'}: {mistake.message}"), err=True)
        raise click.ClickException("The content was not understood.") from refusal
