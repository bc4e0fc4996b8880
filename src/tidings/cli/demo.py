"""`tidings demo`: a shop to look at, sent to the running server as a client would send it."""

import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import click

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions
from tidings.brands.model import Brand, NewKey
from tidings.cli.demo_campaign import send_campaign
from tidings.cli.listening import callable_address, is_served
from tidings.cli.options import with_config
from tidings.cli.posting import Client
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.demo.shop import Shop
from tidings.storage.pool import Database

BRAND_NAME = "Demo shop"
KEY_NAME = "demo"
DEFAULT_CUSTOMERS = 5_000
DEFAULT_DAYS = 90
DEFAULT_SEED = 7
MOST_CUSTOMERS = 1_000_000
MOST_DAYS = 365  # a new database has partitions for the past year
CONNECTIONS = 4
RECENT_DAYS = 30


@click.command()
@click.option(
    "--customers",
    type=click.IntRange(1, MOST_CUSTOMERS),
    default=DEFAULT_CUSTOMERS,
    show_default=True,
    help="How many people shop.",
)
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How long they have been watched; the last day ends now.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="Another number makes other people, the same number the same ones.",
)
@click.option("--url", help="Where the server is.  [default: http://HOST:PORT]")
@click.option(
    "--brand",
    "brand_id",
    type=int,
    metavar="BRAND_ID",
    help=f'Brand to fill.  [default: a new one, called "{BRAND_NAME}"]',
)
@with_config("host", "port")
def demo(
    config: Config,
    *,
    customers: int,
    days: int,
    seed: int,
    url: str | None,
    brand_id: int | None,
) -> None:
    """Fill a brand of the running server with a shop's customers and what they did.

    Everything goes through the HTTP API, with a key made for it, and keeps to the brand's limits:
    when a minute's calls are used up (by default 10,000 customers use them up), it waits for the
    next minute.

    Customers and events have ids of their own: with the same --brand, --seed and --days a second
    run adds nothing but what the first one did not send.

    At the end everybody who ordered is thanked by mail, which goes to a mail server of this command
    that delivers nothing; a server on another machine could not reach that, and sends none.
    """
    client = Client(url) if url is not None else _own_server(config)
    with closing(client):
        client.check_alive()
        _check_database(config, client)
    brand, key = in_database(config, lambda database: _open_brand(database, brand_id))
    client.authenticate(brand.brand_id, key)
    started_at, started = clock.now(), clock.monotonic()
    shop = Shop(seed=seed, days=days, ends_at=started_at)
    try:
        with closing(client):
            events = _send(client, shop, customers)
    except BaseException:
        if client.was_heard:
            click.echo(
                f"What was sent stays in brand {brand.brand_id}. Send the rest with the same "
                f"command and --brand {brand.brand_id}.",
                err=True,
            )
        # Nobody has seen the key, so nobody could use it or would think of revoking it.
        in_database(config, lambda database: _revoke(database, brand, key))
        raise
    seconds = clock.monotonic() - started
    click.echo(f"\n{customers:,} customers and {events:,} events were sent in {seconds:.0f} s.\n")
    if is_served(config.data_dir):
        send_campaign(config, brand.brand_id)
    recently = f"{started_at - timedelta(days=RECENT_DAYS):%Y-%m-%d}"
    _show(client, brand, key, buyer=_first_buyer(shop, customers), since=recently)


def _own_server(config: Config) -> Client:
    if config.port == 0:
        raise Refused(Code.INVALID, "With port 0 only the server knows its port: give --url.")
    address = callable_address(config.host, config.port)
    if config.tls_cert is None:
        return Client(f"http://{address}")
    # The certificate that our own server shows is the one we trust, whoever signed it. The name
    # in it is for clients elsewhere.
    tls = ssl.create_default_context(cafile=config.tls_cert)
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls.check_hostname = False
    return Client(f"https://{address}", tls)


def _check_database(config: Config, client: Client) -> None:
    # Whoever forgets --data-dir should not get a second, empty database for it.
    if not config.database_url and not (config.data_dir / "postgres").is_dir():
        raise Refused(
            Code.NOT_FOUND,
            f"There is no database in {config.data_dir}: give the --data-dir of the server at "
            f"{client.url}.",
        )


async def _open_brand(database: Database, brand_id: int | None) -> tuple[Brand, NewKey]:
    async with database.transaction() as tx:
        if brand_id is None:
            brand = await actions.create_brand(tx, name=BRAND_NAME)
        else:
            brand = await actions.find_brand(tx, BrandId(brand_id))
        return brand, await actions.create_key(tx, brand.brand_id, name=KEY_NAME)


async def _revoke(database: Database, brand: Brand, key: NewKey) -> None:
    async with database.transaction() as tx:
        await actions.revoke_key(tx, brand.brand_id, key.key_id)


def _send(client: Client, shop: Shop, customers: int) -> int:
    """Send everything and return how many events that was."""
    calls = _batches(range(customers), limits.MAX_USERS_PER_CALL)
    with (
        ThreadPoolExecutor(CONNECTIONS) as pool,
        click.progressbar(length=customers, label="Customers") as bar,
    ):
        sent = 0
        try:
            waiting = [pool.submit(_send_customers, client, shop, indexes) for indexes in calls]
            for indexes, events in (done.result() for done in waiting):
                bar.update(len(indexes))
                sent += events
        except BaseException:
            client.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sent


def _send_customers(
    client: Client, shop: Shop, indexes: Sequence[int]
) -> tuple[Sequence[int], int]:
    """Send some customers, then what they did; return whom, and how many events."""
    histories = [shop.history(index) for index in indexes]
    client.post("/api/v1/user/create", [history.user for history in histories])
    events = [event for history in histories for event in history.events]
    for call in _batches(events, limits.MAX_EVENTS_PER_CALL):
        client.post("/api/event", call)
    return indexes, len(events)


def _batches(everything: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def _first_buyer(shop: Shop, customers: int) -> str:
    """Return the user id of a customer who ordered, or of the first when nobody did."""
    for index in range(customers):
        history = shop.history(index)
        if any(event["event_name"] == "Order Placed" for event in history.events):
            return history.user["userID"]
    return shop.history(0).user["userID"]


def _show(client: Client, brand: Brand, key: NewKey, *, buyer: str, since: str) -> None:
    count = "/api/v1/event/count?event_name=Order%20Placed"
    click.echo(
        f"  Brand id       {brand.brand_id}\n"
        f"  API key        {key.secret}\n\n"
        "The key is shown only now: it is stored as a hash. Look at what came out:"
    )
    for question, path in (
        ("One customer", f"/api/v1/user/userData?userID={buyer}"),
        ("How many ordered", count),
        (f"How many ordered in the last {RECENT_DAYS} days", f"{count}&from={since}"),
    ):
        click.echo(
            f"\n# {question}\ncurl '{client.url}{path}'"
            f" -H 'x-brand-id: {brand.brand_id}' -H 'x-api-key: {key.secret}'"
        )
