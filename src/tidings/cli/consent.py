"""`tidings consent` and `tidings topic`: who may be sent what, and why not."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any, BinaryIO, TypeVar

import click
import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.cli.naming import find_user
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import show, shown
from tidings.config import Config
from tidings.consent import actions, subscriptions
from tidings.consent.decide import decide
from tidings.consent.model import (
    Allowed,
    Decision,
    Denied,
    Facts,
    Held,
    Purpose,
    Subscription,
    SubscriptionState,
    Topic,
    TopicKind,
)
from tidings.consent.rules import RulesForm
from tidings.messages.recent import sent_of_late
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database
from tidings.storage.tx import Tx

T = TypeVar("T")

_BY_OPERATOR = "operator"

_brand = click.argument("brand_id", type=int)
_key = click.argument("key")
_user = click.argument("user_id")
_source = click.option(
    "--source", default=_BY_OPERATOR, show_default=True, help="Where they said so, to be kept."
)


@click.group()
def consent() -> None:
    """Say who may be sent what, and show why somebody may not."""


@consent.command("show")
@_brand
@_user
@click.option("--topic", metavar="KEY", help="Of a message about this topic.")
@with_config()
def show_consent(config: Config, brand_id: int, user_id: str, *, topic: str | None) -> None:
    """Print for each medium whether USER_ID of BRAND_ID may be sent a message now, and why not."""
    brand = BrandId(brand_id)

    async def look(tx: Tx) -> tuple[list[tuple[object, ...]], list[Subscription]]:
        if topic is not None:
            await subscriptions.find_topic(tx, brand, topic)
        rules, now = await actions.rules_of(tx, brand), clock.now()
        person = await find_user(tx, brand, user_id)
        recent = (await sent_of_late(tx, brand, [person], rules, now=now)).get(person, ())
        known: dict[Medium, Facts | None] = {}
        for medium in Medium:
            facts = await _facts(tx, brand, person, medium=medium, topic=topic)
            known[medium] = facts and replace(facts, recent=tuple(recent))
        return [
            (medium, purpose, *_worded(decide(known[medium], rules, purpose, now)))
            for medium, purpose in product(Medium, Purpose)
        ], await subscriptions.subscriptions_of(tx, brand, person)

    rows, said = _in_transaction(config, look)
    show(("MEDIUM", "PURPOSE", "DECISION", "WHY"), rows)
    if said:
        click.echo()
        show(
            ("TOPIC", "STATE", "SOURCE", "SINCE", "CONFIRMED"),
            [
                (
                    one.topic.key,
                    one.state,
                    one.source,
                    _time(one.changed_at),
                    "" if one.confirmed_at is None else _time(one.confirmed_at),
                )
                for one in said
            ],
        )


async def _facts(
    tx: Tx, brand_id: BrandId, person: ProfileRef, *, medium: Medium, topic: str | None
) -> Facts | None:
    profile = await profiles.read(tx, brand_id, person)
    if profile is None:
        return None
    people = [(person, profile.attributes)]
    return (await actions.gather(tx, brand_id, people, medium=medium, topic=topic))[person]


def _worded(decision: Decision) -> tuple[str, str]:
    match decision:
        case Allowed():
            return "send", ""
        case Held(until, reason):
            return f"hold until {_time(until)}", reason.sentence
        case Denied(reason, detail):
            return reason.value, detail


@consent.command("rules")
@_brand
@click.option("--set", "file", type=click.File("rb"), help="JSON file; `-` is standard input.")
@with_config()
def rules(config: Config, brand_id: int, *, file: BinaryIO | None) -> None:
    """Print the rules of BRAND_ID as JSON, after replacing all of them by those in a file."""
    brand = BrandId(brand_id)
    written = None if file is None else _decoded(file.read(limits.MAX_RULES_BYTES + 1))

    async def change(tx: Tx) -> RulesForm:
        if file is not None:
            await actions.change_rules(tx, brand, written)
        return await actions.rules_as_written(tx, brand)

    try:
        form = _in_transaction(config, change)
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            click.echo(shown(_mistake(mistake)), err=True)
        raise click.ClickException("The rules were not understood.") from refusal
    click.echo(msgspec.json.format(msgspec.json.encode(form)).decode())


def _mistake(mistake: Mistake) -> str:
    return f"{mistake.field or 'The rules'}: {mistake.message}"


def _decoded(json: bytes) -> object:
    if len(json) > limits.MAX_RULES_BYTES:
        raise Refused(Code.TOO_LARGE, f"Rules have at most {limits.MAX_RULES_BYTES:,} bytes.")
    try:
        return msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.INVALID, f"The rules are not JSON: {error}.") from error


# --- topics ------------------------------------------------------------------------------


@click.group()
def topic() -> None:
    """Make topics, and write down who subscribes to them."""


@topic.command("create")
@_brand
@_key
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in TopicKind]),
    default=TopicKind.OPT_IN.value,
    show_default=True,
    help="Who gets it: who asks, who asks and confirms, or who does not object.",
)
@with_config()
def create_topic(config: Config, brand_id: int, key: str, name: str, *, kind: str) -> None:
    """Add a topic that messages name by KEY, and people by NAME."""
    made = Topic(key, name.strip(), TopicKind(kind))
    _in_transaction(config, lambda tx: subscriptions.create_topic(tx, BrandId(brand_id), made))
    click.echo(f"Topic {key} is made.")


@topic.command("list")
@_brand
@with_config()
def list_topics(config: Config, brand_id: int) -> None:
    """List the topics of BRAND_ID."""
    found = _in_transaction(config, lambda tx: subscriptions.list_topics(tx, BrandId(brand_id)))
    show(("KEY", "KIND", "NAME"), [(one.key, one.kind, one.name) for one in found])


@topic.command("delete")
@_brand
@_key
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_config()
def delete_topic(config: Config, brand_id: int, key: str, *, yes: bool) -> None:
    """Delete topic KEY, and everything that people said of it."""
    if not yes:
        click.confirm(f"Delete topic {key} and every subscription to it?", abort=True)
    _in_transaction(config, lambda tx: subscriptions.delete_topic(tx, BrandId(brand_id), key))
    click.echo(f"Topic {key} is deleted.")


@topic.command("subscribe")
@_brand
@_key
@_user
@_source
@with_config()
def subscribe(config: Config, brand_id: int, key: str, user_id: str, *, source: str) -> None:
    """Write down that USER_ID wants topic KEY."""
    brand = BrandId(brand_id)

    async def note(tx: Tx) -> SubscriptionState:
        person = await find_user(tx, brand, user_id)
        return await subscriptions.subscribe(tx, brand, person, key, source=source)

    click.echo(f"The user is {_in_transaction(config, note)}.")


@topic.command("confirm")
@_brand
@_key
@_user
@with_config()
def confirm(config: Config, brand_id: int, key: str, user_id: str) -> None:
    """Write down that USER_ID has confirmed the subscription to topic KEY."""
    brand = BrandId(brand_id)

    async def note(tx: Tx) -> None:
        await subscriptions.confirm(tx, brand, await find_user(tx, brand, user_id), key)

    _in_transaction(config, note)
    click.echo("The user is subscribed.")


@topic.command("unsubscribe")
@_brand
@_key
@_user
@_source
@with_config()
def unsubscribe(config: Config, brand_id: int, key: str, user_id: str, *, source: str) -> None:
    """Write down that USER_ID does not want topic KEY."""
    brand = BrandId(brand_id)

    async def note(tx: Tx) -> None:
        person = await find_user(tx, brand, user_id)
        await subscriptions.unsubscribe(tx, brand, person, key, source=source)

    _in_transaction(config, note)
    click.echo("The user is unsubscribed.")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def _in_transaction(config: Config, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
    async def run(database: Database) -> T:
        async with database.transaction() as tx:
            return await work(tx)

    return in_database(config, run)
