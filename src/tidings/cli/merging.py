"""`tidings brand merging`: whether people who turn out to be one become one."""

import sys
from asyncio import sleep
from collections.abc import Awaitable, Callable

import click

from tidings.base.ids import BrandId
from tidings.brands import actions
from tidings.brands.directory import MAX_AGE_SECONDS
from tidings.cli.naming import named
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.events.building import Building
from tidings.identity.model import Refusal
from tidings.identity.survey import Figures, Survey
from tidings.profiles import actions as profiles
from tidings.storage.pool import BY_KEY_SETTINGS, Database
from tidings.storage.slots import SLOT_COUNT, Slot


@click.command("merging")
@click.argument("brand_id", type=int)
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_config()
def change_merging(config: Config, brand_id: int, state: str, *, yes: bool) -> None:
    """Switch merging of BRAND_ID on or off, on after showing what becomes of its people.

    With merging an e-mail address, a mobile number and an anonymous id lead to a person as a user
    id does, and people who share one become one. What the profiles hold already is claimed for
    them. If it is broken off, give the same command again. Switched off, nobody is parted.
    """
    brand = BrandId(brand_id)
    if state == "off":
        in_database(config, lambda database: _switch(database, brand, on=False))
        click.echo(f"Merging of brand {brand_id} is off. Who was merged stays merged.")
        return
    if not in_database(config, lambda database: _has_people(database, brand)):
        in_database(config, lambda database: _switch(database, brand, on=True))
        click.echo(f"Merging of brand {brand_id} is on; there is nobody yet.")
        return
    _show_survey(in_database(config, lambda database: _survey(database, brand)))
    if not yes:
        click.confirm("Switch merging on, and do that?", abort=True)
    in_database(config, lambda database: _switch(database, brand, on=True))
    try:
        built = in_database(config, lambda database: _build(database, brand))
    except BaseException:
        click.echo("Merging is on, but not all was done. Give the same command again.", err=True)
        raise
    _show_built(built, brand)


async def _has_people(database: Database, brand_id: BrandId) -> bool:
    async with database.transaction() as tx:
        await actions.find_brand(tx, brand_id)
        return await profiles.has_any(tx, brand_id)


async def _switch(database: Database, brand_id: BrandId, *, on: bool) -> None:
    async with database.transaction() as tx:
        await actions.change_merging(tx, brand_id, merging=on)


async def _survey(database: Database, brand_id: BrandId) -> Survey:
    async with (
        Database(database.url, size=1, settings=BY_KEY_SETTINGS) as of_its_own,
        of_its_own.connection() as connection,
    ):
        survey = Survey(connection, brand_id)
        await survey.begin()
        await _through_slots("Looking at profiles", survey.take_slot)
        return survey


async def _build(database: Database, brand_id: BrandId) -> Figures:
    click.echo("Merging is on. Waiting until every process knows …")
    await sleep(MAX_AGE_SECONDS)
    async with Database(database.url, size=1, settings=BY_KEY_SETTINGS) as of_its_own:
        building = Building(of_its_own.transaction, brand_id)
        await _through_slots("Adding identifiers", building.take_slot)
        return building.figures


async def _through_slots(label: str, take: Callable[[Slot], Awaitable[None]]) -> None:
    with click.progressbar(range(SLOT_COUNT), label=label, file=sys.stderr) as shown:
        for slot in shown:
            await take(Slot(slot))


def _show_survey(survey: Survey) -> None:
    _show("Profiles read", survey.figures.profiles)
    _show("Identifiers to add", survey.figures.identifiers)
    _show("People who go into others", survey.figures.merges)
    for one in survey.merges:
        click.echo(f"  {named(one.absorbed)} into {named(one.kept)}, by {named(one.shared)}")
    for reason, words in _WHY_REFUSED.items():
        _show(f"Claims refused: {words}", survey.figures.refused[reason])
        if reason is Refusal.TWO_USERS:
            for two in survey.shared:
                owner, claimant = named(two.owner), named(two.claimant)
                click.echo(f"  {named(two.claimed)} of {owner}, claimed by {claimant}")


def _show_built(built: Figures, brand_id: BrandId) -> None:
    _show("Identifiers added", built.identifiers)
    _show("People who went into others", built.merges)
    _show("Claims refused", built.refused.total())
    if built.refused:
        click.echo(f"Decide about what was refused: tidings identity conflicts {brand_id}")


def _show(label: str, number: int) -> None:
    click.echo(f"{label:<{_LABEL_WIDTH}}{number:>12,}")


_WHY_REFUSED = {
    Refusal.TWO_USERS: "two users share it",
    Refusal.PLACEHOLDER: "it stands for having none",
    Refusal.TOO_MANY: "too many for one person",
}
_LABEL_WIDTH = 42
