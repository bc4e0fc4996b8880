"""`tidings identity` shows who was merged and who was not, and does what an operator decides."""

import asyncio
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from tests.shop import Shop
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.cli.identity import identity as commands
from tidings.events import merging
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Claim, Conflict, Identifier
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx

AT = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
HEAD = "CONFLICT  REASON     CLAIMED                   BY           OWNER        TIMES  LAST"
ROW = (
    "1         two_users  email shared@example.com  user_id bob  user_id ada  2      "
    "2026-04-01 09:30"
)


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything happen at one instant."""
    monkeypatch.setattr(clock, "now", lambda: AT)


async def tidings_identity(shop: Shop, *arguments: object, answer: str = "") -> Result:
    """Run one of the commands beside the running test, as beside a running server."""
    environment = {"TIDINGS_DATABASE_URL": shop.database.url}
    given = [str(argument) for argument in arguments]
    return await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        given,
        input=answer,
        env=environment,
        prog_name="tidings identity",
    )


@pytest.fixture
async def shared(shop: Shop) -> Identifier:
    """Let two users claim one mailbox: ada first, then bob, twice."""
    mail = shop.email("shared@example.com")
    claims = {user: Claim(shop.user(user), (mail,), 0) for user in ("ada", "bob")}
    await shop.send(shop.change("ada", {"city": "Pune", "plan": "gold"}), claims=[claims["ada"]])
    await shop.send(shop.change("bob", {"city": "Mumbai"}), claims=[claims["bob"]])
    await shop.send(shop.event("bob"), claims=[claims["bob"]])
    await shop.send(shop.event("ada"), shop.event("ada"))
    return mail


async def undecided(shop: Shop) -> list[Conflict]:
    """Return the conflicts that nobody has decided."""
    async with shop.database.transaction() as tx:
        return await identity.list_conflicts(tx, shop.brand_id)


async def whom(shop: Shop, *identifiers: Identifier) -> list[ProfileRef | None]:
    """Return whom identifiers lead to."""
    async with shop.database.transaction() as tx:
        return [await identity.find(tx, one) for one in identifiers]


def refusal(result: Result) -> tuple[Code, str]:
    """Return with what a command refused."""
    assert isinstance(result.exception, Refused)
    return result.exception.code, result.exception.message


@pytest.mark.usefixtures("shared")
async def test_conflicts_are_listed_with_both_people(shop: Shop) -> None:
    """Once however often the claim came."""
    listed = await tidings_identity(shop, "conflicts", shop.brand_id)

    assert listed.stdout.splitlines() == [HEAD, ROW]


@pytest.mark.usefixtures("shared")
async def test_another_brand_has_no_part_in_it(shop: Shop, other_shop: Shop) -> None:
    """It can neither see nor decide."""
    listed = await tidings_identity(shop, "conflicts", other_shop.brand_id)
    decided = [
        await tidings_identity(shop, word, other_shop.brand_id, 1) for word in ("merge", "dismiss")
    ]

    assert len(listed.stdout.splitlines()) == 1
    unknown = (Code.NOT_FOUND, f"Brand {other_shop.brand_id} has no conflict 1.")
    assert [refusal(one) for one in decided] == [unknown, unknown]
    assert len(await undecided(shop)) == 1


async def test_what_a_sender_chose_does_not_steer_the_terminal(shop: Shop) -> None:
    """An anonymous id is anybody's to choose."""
    mail = shop.email("shared@example.com")
    await shop.send(shop.event("ada"), claims=[Claim(shop.user("ada"), (mail,), 0)])
    mad = "b\x1b[2J\nob"
    await shop.send(shop.event(mad), claims=[Claim(shop.user(mad), (mail,), 0)])

    listed = await tidings_identity(shop, "conflicts", shop.brand_id)

    assert len(listed.stdout.splitlines()) == 2
    assert "user_id b\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}ob" in listed.stdout


async def test_a_visitor_is_shown_by_what_the_browser_is_known_as(shop: Shop) -> None:
    """Also a visitor with an address; and what is nobody's has no owner."""
    visitor = shop.anonymous("visitor-7")
    claim = Claim(shop.email("v@example.com"), (visitor,), 0)
    await shop.send(shop.event(shop.email("v@example.com")), claims=[claim])
    placeholder = Claim(visitor, (shop.anonymous("null"),), 0)
    await shop.send(shop.event(visitor), claims=[placeholder])

    listed = await tidings_identity(shop, "conflicts", shop.brand_id)

    _, row = listed.stdout.splitlines()
    assert row.split() == [
        "1",
        "placeholder",
        "anonymous_id",
        "null",
        "anonymous_id",
        "visitor-7",
        "1",
        "2026-04-01",
        "09:30",
    ]


async def test_two_users_are_merged_after_both_were_shown(shop: Shop, shared: Identifier) -> None:
    """Who claimed stays; both user ids and the shared mailbox lead there, and all is settled."""
    done = await tidings_identity(shop, "merge", shop.brand_id, 1, answer="y\n")

    head, stays, goes, question, said = done.stdout.splitlines()
    assert head.split() == ["PERSON", "CREATED", "EVENTS", "ATTRIBUTES", "IDENTIFIERS"]
    assert stays.startswith("stays         user_id bob  2026-03-29 12:00  1       1 ")
    assert goes.startswith("goes into it  user_id ada  2026-03-29 12:00  2       2 ")
    assert goes.endswith("user_id ada, email shared@example.com")
    assert question == "Make one person of these two? [y/N]: y"
    assert said == "They are one person now."
    assert len(set(await whom(shop, shop.user("ada"), shop.user("bob"), shared))) == 1
    one = await shop.profile("ada")
    assert one is not None
    assert (one.user_id, one.attributes) == ("bob", {"city": "Mumbai", "plan": "gold"})
    assert await undecided(shop) == []
    assert len({event.ref for event in await shop.events()}) == 1
    assert await shop.count_orphans() == 0


async def test_whoever_says_no_has_merged_nobody(shop: Shop, shared: Identifier) -> None:
    """They stay two, and the question stays."""
    done = await tidings_identity(shop, "merge", shop.brand_id, 1, answer="n\n")

    ada, bob, mailbox = await whom(shop, shop.user("ada"), shop.user("bob"), shared)
    assert done.exit_code == 1
    assert (mailbox, len({ada, bob})) == (ada, 2)
    assert len(await undecided(shop)) == 1


@pytest.mark.usefixtures("shared")
async def test_a_merge_is_begun_anew_when_somebody_was_quicker(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An identifier that comes to one of the two between looking and holding."""
    find, tried = identity.find_to_move, 0

    async def find_late(
        tx: Tx, identifiers: list[Identifier]
    ) -> tuple[identity.Refs, dict[ProfileRef, list[Identifier]]]:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise ClaimsChanged
        return await find(tx, identifiers)

    monkeypatch.setattr(merging.identity, "find_to_move", find_late)
    done = await tidings_identity(shop, "merge", shop.brand_id, 1, "--yes")

    assert (done.exit_code, tried) == (0, 2)
    assert await undecided(shop) == []


@pytest.mark.usefixtures("shared")
async def test_what_was_settled_meanwhile_is_not_found(shop: Shop) -> None:
    """Two operators decide the same; the second is told."""
    await tidings_identity(shop, "merge", shop.brand_id, 1, "--yes")

    again = await tidings_identity(shop, "merge", shop.brand_id, 1, "--yes")

    assert refusal(again) == (Code.NOT_FOUND, f"Brand {shop.brand_id} has no conflict 1.")


async def test_what_is_nobodys_or_no_id_at_all_cannot_be_merged(shop: Shop) -> None:
    """Else all who send no id would be one customer."""
    await shop.send(shop.event("null"))
    claims = [
        Claim(shop.user("ada"), (shop.anonymous("undefined"),), 0),
        Claim(shop.email("a@example.com"), (shop.user("null"),), 1),
    ]
    await shop.send(shop.event("ada"), shop.event(shop.email("a@example.com")), claims=claims)

    done = {
        one.claimed.value: await tidings_identity(shop, "merge", shop.brand_id, one.conflict_id)
        for one in await undecided(shop)
    }

    assert {value: refusal(one)[0] for value, one in done.items()} == {
        "undefined": Code.INVALID,
        "null": Code.INVALID,
    }
    assert "'null' stands for having no id. It can be dismissed." in refusal(done["null"])[1]


async def test_what_has_no_owner_cannot_be_merged(shop: Shop) -> None:
    """Somebody with too many identifiers was refused one that nobody has."""
    many = tuple(shop.anonymous(f"v{number}") for number in range(100))
    await shop.send(shop.event("ada"), claims=[Claim(shop.user("ada"), many, 0)])
    (conflict,) = await undecided(shop)

    done = await tidings_identity(shop, "merge", shop.brand_id, conflict.conflict_id)

    assert refusal(done) == (
        Code.INVALID,
        f"Conflict {conflict.conflict_id} cannot be merged: nobody has what is claimed. "
        "It can be dismissed.",
    )


async def test_a_dismissed_conflict_is_not_shown_again(shop: Shop, shared: Identifier) -> None:
    """Also when the same claim comes again."""
    done = await tidings_identity(shop, "dismiss", shop.brand_id, 1)
    await shop.send(shop.event("bob"), claims=[Claim(shop.user("bob"), (shared,), 0)])
    listed = await tidings_identity(shop, "conflicts", shop.brand_id)

    assert done.stdout == "Conflict 1 is dismissed.\n"
    assert len(listed.stdout.splitlines()) == 1


async def test_the_merges_of_a_person_are_listed(shop: Shop, shared: Identifier) -> None:
    """By either user id, the latest first: what an operator decided, and what a claim showed."""
    visitor = shop.anonymous("visitor-7")
    await shop.send(shop.change(visitor, {"city": "Goa", "color": "red"}))
    await shop.send(shop.event("ada"), claims=[Claim(shop.user("ada"), (visitor,), 0)])
    await tidings_identity(shop, "merge", shop.brand_id, 1, "--yes")

    listed = await tidings_identity(shop, "merges", shop.brand_id, "ada")

    head, last, first = (
        [cell.strip() for cell in line.split("  ") if cell.strip()]
        for line in listed.stdout.splitlines()
    )
    assert head == ["MERGED", "WENT INTO IT", "BY", "EVENTS", "IDENTIFIERS", "KEPT", "FILLED"]
    assert last == [
        "2026-04-01 09:30",
        "user_id ada",
        "an operator",
        "3",
        "3",
        "city",
        "color, plan",
    ]
    assert first == [
        "2026-04-01 09:30",
        "a visitor",
        "anonymous_id visitor-7",
        "0",
        "1",
        "city",
        "color",
    ]
    assert len(set(await whom(shop, shop.user("bob"), visitor, shared))) == 1


async def test_an_unknown_user_or_brand_is_refused(shop: Shop) -> None:
    """An empty list would say that nobody was merged."""
    done = [
        await tidings_identity(shop, "merges", shop.brand_id, "nobody"),
        await tidings_identity(shop, "merges", 999, "nobody"),
        await tidings_identity(shop, "conflicts", 999),
    ]

    assert [refusal(one) for one in done] == [
        (Code.NOT_FOUND, f"Brand {shop.brand_id} has no user 'nobody'."),
        (Code.NOT_FOUND, "There is no brand 999."),
        (Code.NOT_FOUND, "There is no brand 999."),
    ]
