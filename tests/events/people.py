"""Claims as records make them, what is kept of who is one person, and what senders are told."""

from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.events import actions as events
from tidings.events.model import Activity, Outcome, RefusedClaim, Stored
from tidings.identity import actions as identity
from tidings.identity.model import Claim, Conflict, Identifier, MergeDone, Refusal
from tidings.profiles.model import ProfileRef


def claim(own: Identifier, *also: Identifier, position: int = 0) -> Claim:
    """Make the claim of a record, by its identifiers in the order of their kinds."""
    return Claim(own, also, position)


def refused(*claims: tuple[int, Identifier, Refusal]) -> Stored:
    """Make the outcome of a batch of events of which these claims were not followed."""
    return Stored([], refused=tuple(RefusedClaim(*one) for one in claims))


async def merge(shop: Shop, own: Identifier, *also: Identifier) -> None:
    """Send an event that says that all these are one person."""
    assert await shop.send(shop.event(own), claims=[claim(own, *also)]) == refused()


async def ref_of(shop: Shop, whom: Identifier) -> ProfileRef:
    """Return where somebody lies who is there."""
    profile = await shop.profile(whom)
    assert profile is not None
    return profile.ref


async def identifiers_of(shop: Shop, whom: Identifier) -> list[Identifier]:
    """Return all that leads to the person of one identifier, by kind and value."""
    ref = await ref_of(shop, whom)
    async with shop.database.transaction() as tx:
        return (await identity.identifiers_of(tx, shop.brand_id, [ref]))[ref]


async def merges_of(shop: Shop, whom: Identifier) -> list[MergeDone]:
    """Return the accounts of what was merged into a person, the latest first."""
    ref = await ref_of(shop, whom)
    async with shop.database.transaction() as tx:
        return await identity.list_merges(tx, shop.brand_id, ref)


async def conflicts_of(shop: Shop) -> list[Conflict]:
    """Return the conflicts of the brand, in the order of their claims."""
    async with shop.database.transaction() as tx:
        return await identity.list_conflicts(tx, shop.brand_id)


async def activity_of(shop: Shop, whom: Identifier) -> Activity:
    """Sum up what a person did."""
    ref = await ref_of(shop, whom)
    async with shop.database.transaction() as tx:
        return await events.summarize(tx, shop.brand_id, ref)


def told(outcome: Outcome | Refused) -> list[bool | tuple[str, str]]:
    """Return what a batch was told of its operations: whether somebody is new, or why it failed."""
    assert isinstance(outcome, Stored)
    return [
        one.is_new if one.failure is None else (one.failure.path, one.failure.message)
        for one in outcome.operated
    ]


def failed(path: str, words: str) -> tuple[str, str]:
    """Make what a batch is told of a record that failed."""
    return path, words
