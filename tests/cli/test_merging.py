"""`tidings brand merging` shows what becomes of a brand's people, and does just that."""

import pytest

from tests.cli.switching import BUILT, conflicts, is_merging, switch_on, tidings_brand, whom
from tests.shop import Change, Shop
from tidings.base.errors import Code, Refused
from tidings.cli import merging
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database

TABLES = ("brands", "profiles", "identifiers", "events", "merges", "identity_conflicts")
SURVEYED = """\
Profiles read                                        8
Identifiers to add                                   3
People who go into others                            1
  anonymous_id visitor-7 into user_id ada, by email ada@example.com
Claims refused: two users share it                   1
  email shared@example.com of user_id {owner}, claimed by user_id {claimant}
Claims refused: it stands for having none            1
Claims refused: too many for one person              0
"""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for processes that are not there."""
    monkeypatch.setattr(merging, "MAX_AGE_SECONDS", 0.0)


async def fill(shop: Shop) -> None:
    """Store people of every kind, as long as nobody merges."""
    people: list[Change] = [
        shop.change("ada", {"email": " Ada@Example.com", "mobile": "+919820301010"}),
        shop.change(shop.anonymous("visitor-7"), {"email": "ada@example.com", "city": "Pune"}),
        shop.change("bob", {"email": "shared@example.com"}),
        shop.change("eve", {"email": "Shared@example.com"}),
        shop.change("carl", {"city": "Mumbai"}),
        shop.change("dora", {"email": "nowhere", "mobile": 98203}),
        shop.change("null", {"email": "somebody@example.com"}),
        shop.change("zoe", {"email": "test@example.com"}),
    ]
    await shop.send(*people, shop.event(shop.anonymous("visitor-7")))


def sharing(shop: Shop) -> tuple[str, str]:
    """Return who of the two that share a mailbox comes first, and who second."""
    first, second = sorted(["bob", "eve"], key=lambda user: shop.user(user).slot)
    return first, second


async def rows(database: Database) -> dict[str, list[str]]:
    """Read every row there is."""
    async with database.transaction() as tx:
        return {
            table: [
                row["whole"]
                for row in await tx.fetch(
                    f"SELECT {table}::text AS whole FROM {table} ORDER BY 1"  # noqa: S608
                )
            ]
            for table in TABLES
        }


async def test_a_brand_of_nobody_is_switched_at_once(shop: Shop) -> None:
    """There is nothing to ask about; and the list shows how it is."""
    done = await tidings_brand(shop.database, "merging", shop.brand_id, "on")
    listed = await tidings_brand(shop.database, "list")

    assert done.stdout == f"Merging of brand {shop.brand_id} is on; there is nobody yet.\n"
    head, row = (line.split() for line in listed.stdout.splitlines())
    assert (head[4], row[3]) == ("MERGING", "on")


@pytest.mark.parametrize("state", ["on", "off"])
async def test_an_unknown_brand_is_refused(database: Database, state: str) -> None:
    """A mistyped number must not look like a success."""
    done = await tidings_brand(database, "merging", 999, state)

    assert isinstance(done.exception, Refused)
    assert (done.exception.code, done.exception.message) == (
        Code.NOT_FOUND,
        "There is no brand 999.",
    )


async def test_whoever_says_no_has_changed_nothing(shop: Shop) -> None:
    """The survey reads everything, and writes only what goes with its connection."""
    await fill(shop)
    before = await rows(shop.database)

    done = await tidings_brand(shop.database, "merging", shop.brand_id, "on", answer="n\n")

    owner, claimant = sharing(shop)
    assert done.exit_code == 1
    surveyed, _, _ = done.stdout.partition("Switch")
    assert surveyed == SURVEYED.format(owner=owner, claimant=claimant)
    assert await rows(shop.database) == before


async def test_what_was_shown_is_what_happens(shop: Shop) -> None:
    """The same people are one, the same claim is refused, and all else stays."""
    await fill(shop)

    done = await tidings_brand(shop.database, "merging", shop.brand_id, "on", answer="y\n")

    assert done.stdout.endswith(
        f"{BUILT.format(3, 1, 2)}"
        f"Decide about what was refused: tidings identity conflicts {shop.brand_id}\n"
    )
    owner, claimant = sharing(shop)
    refs = dict(
        zip(
            ["ada", "mail", "mobile", "visitor", "owner", "shared", "claimant", "zoe", "lost"],
            await whom(
                shop,
                shop.user("ada"),
                shop.email("ada@example.com"),
                identifier_of(shop.brand_id, IdentifierKind.MOBILE, "+919820301010"),
                shop.anonymous("visitor-7"),
                shop.user(owner),
                shop.email("shared@example.com"),
                shop.user(claimant),
                shop.user("zoe"),
                shop.email("somebody@example.com"),
            ),
            strict=True,
        )
    )
    assert {refs["mail"], refs["mobile"], refs["visitor"]} == {refs["ada"]}
    assert refs["shared"] == refs["owner"]
    assert len({refs["ada"], refs["owner"], refs["claimant"], refs["zoe"]}) == 4
    assert refs["lost"] is None
    assert sorted(await conflicts(shop)) == sorted(
        [
            (refs["claimant"], shop.email("shared@example.com"), "two_users"),
            (refs["zoe"], shop.email("test@example.com"), "placeholder"),
        ]
    )
    ada = await shop.profile("ada")
    assert ada is not None
    assert ada.attributes == {
        "email": " Ada@Example.com",
        "mobile": "+919820301010",
        "city": "Pune",
    }
    assert [event.ref for event in await shop.events()] == [refs["ada"]]


async def test_switched_off_it_parts_nobody(shop: Shop) -> None:
    """And asks nothing."""
    await fill(shop)
    await switch_on(shop)
    before = await rows(shop.database)

    done = await tidings_brand(shop.database, "merging", shop.brand_id, "off")

    assert done.stdout == (
        f"Merging of brand {shop.brand_id} is off. Who was merged stays merged.\n"
    )
    after = await rows(shop.database)
    assert not await is_merging(shop)
    assert {**after, "brands": ()} == {**before, "brands": ()}


async def test_two_brands_stay_apart(shop: Shop, other_shop: Shop) -> None:
    """They have the same people; one of them merges."""
    await fill(other_shop)
    before = await rows(shop.database)
    await fill(shop)

    done = await switch_on(shop)

    assert BUILT.format(3, 1, 2) in done.stdout
    assert not await is_merging(other_shop)
    assert await whom(other_shop, other_shop.email("ada@example.com")) == [None]
    after = await rows(shop.database)
    assert all(set(before[table]) <= set(after[table]) for table in TABLES if table != "brands")


async def test_every_process_knows_before_the_first_identifier_is_added(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that does not would store an address unclaimed, behind the build's back."""
    await fill(shop)
    seen: list[tuple[float, bool, list[ProfileRef | None]]] = []

    async def sleep(seconds: float) -> None:
        async with Database(shop.database.url) as database:
            there = Shop(database, shop.brand_id)
            mail = await whom(there, shop.email("ada@example.com"))
            seen.append((seconds, await is_merging(there), mail))

    monkeypatch.setattr(merging, "MAX_AGE_SECONDS", 4.5)
    monkeypatch.setattr(merging, "sleep", sleep)
    await switch_on(shop)

    assert seen == [(4.5, True, [None])]
