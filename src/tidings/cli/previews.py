"""What a template says to somebody, for the person at the terminal."""

from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.cli.table import shown
from tidings.cli.template_files import decoded
from tidings.identity import actions as identity
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.profiles import actions as profiles
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.templates import actions
from tidings.templates.model import (
    Delivery,
    NotRendered,
    Rendered,
    TemplateVersion,
    Urls,
    Variables,
)
from tidings.templates.render import render
from tidings.templates.variables import attributes_of

# Links that lead nowhere: there is no message yet that they could belong to.
_SAMPLE_URLS = Urls(
    unsubscribe="https://example.invalid/unsubscribe",
    preferences="https://example.invalid/preferences",
    view_in_browser="https://example.invalid/view",
)


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    """Variables as a file has them; those of the profile come before the person's own."""

    profile: dict[str, object] = {}
    event: dict[str, object] = {}
    data: dict[str, object] = {}


class Asked(NamedTuple):
    """What is to be said, and to whom.

    Shape:  version - None for the last; user - their id, None for nobody; variables - a JSON file;
            medium - of the channel that is to carry it, None for none.
    """

    brand_id: BrandId
    key: str
    version: TemplateVersion | None
    user: str | None
    variables: Path | None
    medium: Medium | None = None


async def rendered(asked: Asked, database: Database) -> Rendered:
    """Return what a template says, with what is missing by its name.

    Errors: click.ClickException when it says nothing; `invalid` for a wrong file or another medium;
            `not_found`.
    """
    given = _given(asked.variables)
    async with database.transaction() as tx:
        found = await actions.find(tx, asked.brand_id, asked.key)
        if asked.medium not in {None, found.medium}:
            words = f"is for {found.medium}, and the channel carries {asked.medium}"
            raise Refused(Code.INVALID, f"Template {asked.key} {words}.")
        compiled = await actions.compiled_of(tx, asked.brand_id, found, asked.version)
        ready = await _variables(tx, asked.brand_id, asked.user, given)
    made = render(compiled, ready, Delivery(is_preview=True))
    if isinstance(made, NotRendered):
        raise click.ClickException(f"No message: {made.message}.")
    return made


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


def show_rendered(made: Rendered) -> None:
    """Print a message, but for its HTML."""
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
