"""`tidings identity`: who was made one person, and who was not and waits for a decision."""

from functools import partial

import click

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.cli import table
from tidings.cli.naming import named, person
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.events import actions as events
from tidings.events.merging import merge_conflict, people_of_conflict, settle
from tidings.identity import actions
from tidings.identity.model import Conflict, IdentifierKind, MergeDone, identifier_of
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database
from tidings.storage.tx import Tx

_SHOWN_IDENTIFIERS = 5

_brand = click.argument("brand_id", type=int)
_conflict = click.argument("conflict_id", type=int)


@click.group()
def identity() -> None:
    """Show who was merged, and decide who else is one person."""


@identity.command("conflicts")
@_brand
@click.option(
    "--at-most", type=click.IntRange(min=1), default=100, show_default=True, help="Rows to show."
)
@with_config()
def list_conflicts(config: Config, brand_id: int, *, at_most: int) -> None:
    """List the claims in BRAND_ID that were refused, and that nobody has decided about."""
    brand = BrandId(brand_id)

    async def read(database: Database) -> list[tuple[object, ...]]:
        async with database.transaction() as tx:
            await brands.find_brand(tx, brand)
            found = await actions.list_conflicts(tx, brand, at_most=at_most)
            refs = {one.claimant for one in found} | {one.owner for one in found if one.owner}
            names = await actions.names_of(tx, brand, refs)
        return [
            _row(one, person(one.claimant, names), one.owner and person(one.owner, names))
            for one in found
        ]

    table.show(
        ("CONFLICT", "REASON", "CLAIMED", "BY", "OWNER", "TIMES", "LAST"),
        in_database(config, read),
    )


def _row(conflict: Conflict, claimant: str, owner: str | None) -> tuple[object, ...]:
    return (
        conflict.conflict_id,
        conflict.reason.value,
        named(conflict.claimed),
        claimant,
        owner or "",
        conflict.times,
        f"{conflict.last_at:%Y-%m-%d %H:%M}",
    )


@identity.command("merge")
@_brand
@_conflict
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_config()
def merge(config: Config, brand_id: int, conflict_id: int, *, yes: bool) -> None:
    """Make one person of the two in CONFLICT_ID of BRAND_ID, after showing both.

    Who claimed stays and keeps every value; all that belongs to the other goes over, the user id
    too. It cannot be undone.
    """
    brand = BrandId(brand_id)

    async def preview(database: Database) -> list[tuple[object, ...]]:
        async with database.transaction() as tx:
            stays, goes = await people_of_conflict(tx, brand, conflict_id)
            return [
                ("stays", *await _describe(tx, brand, stays)),
                ("goes into it", *await _describe(tx, brand, goes)),
            ]

    async def decide(database: Database) -> None:
        decided = partial(merge_conflict, brand_id=brand, conflict_id=conflict_id)
        await settle(database.transaction, decided)

    table.show(
        ("", "PERSON", "CREATED", "EVENTS", "ATTRIBUTES", "IDENTIFIERS"),
        in_database(config, preview),
    )
    if not yes:
        click.confirm("Make one person of these two?", abort=True)
    in_database(config, decide)
    click.echo("They are one person now.")


async def _describe(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> tuple[object, ...]:
    profile = await profiles.read(tx, brand_id, ref)
    names = await actions.names_of(tx, brand_id, [ref])
    has = (await actions.identifiers_of(tx, brand_id, [ref]))[ref]
    activity = await events.summarize(tx, brand_id, ref)
    more = len(has) - _SHOWN_IDENTIFIERS
    return (
        person(ref, names),
        "" if profile is None else f"{profile.created_at:%Y-%m-%d %H:%M}",
        activity.count,
        0 if profile is None else len(profile.attributes),
        ", ".join([named(one) for one in has[:_SHOWN_IDENTIFIERS]] + [f"{more} more"] * (more > 0)),
    )


@identity.command("dismiss")
@_brand
@_conflict
@with_config()
def dismiss(config: Config, brand_id: int, conflict_id: int) -> None:
    """Say that CONFLICT_ID of BRAND_ID is right as it is, and show it no more."""

    async def decide(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.dismiss_conflict(tx, BrandId(brand_id), conflict_id)

    in_database(config, decide)
    click.echo(f"Conflict {conflict_id} is dismissed.")


@identity.command("merges")
@_brand
@click.argument("user_id")
@with_config()
def list_merges(config: Config, brand_id: int, user_id: str) -> None:
    """List who went into the user USER_ID of BRAND_ID, the latest first."""
    brand = BrandId(brand_id)

    async def read(database: Database) -> list[MergeDone]:
        async with database.transaction() as tx:
            await brands.find_brand(tx, brand)
            asked = identifier_of(brand, IdentifierKind.USER_ID, user_id)
            ref = await actions.find(tx, asked)
            if ref is None:
                raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no user {user_id!r}.")
            return await actions.list_merges(tx, brand, ref)

    table.show(
        ("MERGED", "WENT INTO IT", "BY", "EVENTS", "IDENTIFIERS", "KEPT", "FILLED"),
        [
            (
                f"{done.merged_at:%Y-%m-%d %H:%M}",
                "a visitor"
                if done.absorbed_user_id is None
                else f"user_id {done.absorbed_user_id}",
                "an operator" if done.by is None else named(done.by),
                done.moved["events"],
                done.moved["identifiers"],
                ", ".join(done.kept),
                ", ".join(done.filled),
            )
            for done in in_database(config, read)
        ],
    )
