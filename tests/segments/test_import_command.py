"""`tidings segment import`: a list from a file, and what it says of the rows."""

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.segments.house import House
from tests.shop import Shop
from tidings.brands import actions as brands
from tidings.cli import lists as commands
from tidings.cli.app import commands as program
from tidings.identity.model import Claim, IdentifierKind, identifier_of
from tidings.segments.model import SegmentId

FIRST = SegmentId(1)


async def run(shop: Shop, *words: object) -> str:
    """Run a command of segments beside the running test; return what it printed."""
    result = await asyncio.to_thread(
        CliRunner().invoke,
        program,
        ["segment", *map(str, words)],
        env={"TIDINGS_DATABASE_URL": shop.database.url},
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file for one list."""
    return tmp_path / "people.csv"


def write(file: Path, text: str | bytes) -> None:
    """Write a file."""
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def read(file: Path) -> bytes:
    """Read a file."""
    return file.read_bytes()


async def load(shop: Shop, file: Path, text: str | bytes, *words: object, name: str = "VIP") -> str:
    """Write a file and import it."""
    write(file, text)
    return await run(shop, "import", shop.brand_id, name, file, *words)


async def merging(shop: Shop) -> None:
    """Let people of the brand merge."""
    async with shop.database.transaction() as tx:
        await brands.change_merging(tx, shop.brand_id, merging=True)


async def names(shop: Shop) -> list[str]:
    """Return the names, states and sizes of the brand's segments."""
    _, *rows = (await run(shop, "list", shop.brand_id)).splitlines()
    return [" ".join(row.split()[:4]) for row in rows]


async def test_a_file_is_imported_by_every_kind_of_identifier(shop: Shop, file: Path) -> None:
    """The first of a row that is known leads to its person."""
    house = House(shop)
    await merging(shop)
    mobile = identifier_of(shop.brand_id, IdentifierKind.MOBILE, "+919820301010")
    mail, visitor = shop.email("cyd@example.com"), shop.anonymous("visitor")
    claims = [Claim(shop.user("bob"), (mobile,), 0), Claim(shop.user("cyd"), (mail,), 1)]
    who = [shop.event("ada"), shop.event("bob"), shop.event("cyd"), shop.event(visitor)]
    await shop.send(*who, claims=claims)

    printed = await load(
        shop,
        file,
        "email,user_id,mobile,anonymous_id\r\n,ada,,\r\nbob@example.com,,+91 9820 301010,\r\n"
        "CYD@example.com,ada,,\r\n,,,visitor\r\n",
    )
    await house.work()

    assert printed.splitlines()[-6:] == [
        "Rows                                                 4",
        "People on the list                                   4",
        "Rows about one of these once more                    0",
        "Rows about nobody known                              0",
        "Rows without an identifier                           0",
        "Segment 1 is being built.",
    ]
    known = await run(shop, "members", shop.brand_id, 1)
    assert sorted(known.splitlines()) == [
        "anonymous_id visitor",
        "user_id ada",
        "user_id bob",
        "user_id cyd",
    ]


async def test_what_leads_to_nobody_is_told_with_its_line(shop: Shop, file: Path) -> None:
    """And why; whoever is named twice is on the list once."""
    await shop.send(shop.event("ada"), shop.event("bob"))

    printed = await load(
        shop, file, f"user_id,anonymous_id\nada,\nnobody,v\n,\nbob,\nada,\n{'x' * 101},\n"
    )

    assert printed.splitlines()[-9:] == [
        "Rows                                                 6",
        "People on the list                                   2",
        "Rows about one of these once more                    1",
        "Rows about nobody known                              1",
        "Rows without an identifier                           2",
        "  line 3: nobody,v: unknown",
        "  line 4: ,: no identifier",
        f"  line 7: {'x' * 100}: user_id has more than 100 characters, or NUL",
        "Segment 1 is being built.",
    ]


async def test_at_the_screen_are_twenty_rows_and_in_a_file_all(shop: Shop, file: Path) -> None:
    """In the manner of the file that they come from."""
    await shop.send(shop.event("ada"))
    unknown = file.with_name("unknown.csv")
    text = "user_id\nada\n" + "".join(f"nobody {number}\n" for number in range(25))

    printed = await load(shop, file, text)
    assert printed.count("  line ") == 20
    assert "  and 5 more, which --unknown writes to a file" in printed
    printed = await load(shop, file, text, "--unknown", unknown)

    assert "  line " not in printed
    with unknown.open(encoding="utf-8", newline="") as written:
        rows = list(csv.reader(written))
    assert rows == [
        ["line", "reason", "user_id"],
        *([str(number + 3), "unknown", f"nobody {number}"] for number in range(25)),
    ]


async def test_many_rows_come_in_batches(
    shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody in two of them is on the list once."""
    monkeypatch.setattr(commands, "_ROWS_PER_BATCH", 3)
    house = House(shop)
    users = [f"user {number}" for number in range(8)]
    await shop.send(*(shop.event(user) for user in users))

    printed = await load(shop, file, "\n".join(["user_id", *users, *users[:3]]))
    await house.work()

    assert [line.split()[-1] for line in printed.splitlines()[-6:-1]] == ["11", "8", "3", "0", "0"]
    assert await house.members(FIRST) == sorted(await house.whom(*users))


async def test_a_list_is_imported_again_by_name_or_id(shop: Shop, file: Path) -> None:
    """In place of those who are on it; and looked at, renamed and deleted as any segment."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob"))
    await load(shop, file, "user_id\nada\n")
    await house.work()
    assert await names(shop) == ["1 VIP published 1"]

    for name, user in (("VIP", "bob"), ("1", "ada")):
        await load(shop, file, f"user_id\n{user}\n", name=name)
        await house.work()
        assert await house.members(FIRST) == await house.whom(user)
    assert "is a custom list: import it again" in await run(shop, "publish", shop.brand_id, 1)
    await run(shop, "delete", shop.brand_id, 1)

    assert await names(shop) == []


@pytest.mark.parametrize(
    "mistake",
    [
        (b"city\nPune\n", (), "Line 1 has no kind of identifier as name of column 1"),
        (b"user_id\nada\n\xff\n", (), "Line 3 is not UTF-8"),
        (b"user_id\nnobody\nada,bob\n", (), "None of the 2 rows leads to anybody"),
        (b"email\nada@example.com\n", (), "does not merge people, so no email leads to anybody"),
        (b"id\nada\n", ("--column", "id=name"), "is not NAME=KIND, with one of these kinds"),
        (b"id\nada\n", ("--column", "ID=user_id"), "Line 1 has no column 'ID'"),
        (b"user_id\nada\n", ("--unknown", "/nowhere/x"), "cannot be written: No such file"),
    ],
)
@pytest.mark.parametrize("name", ["VIP", "Other"])
async def test_what_cannot_be_imported_is_said_and_changes_nothing(
    shop: Shop, file: Path, mistake: tuple[bytes, Sequence[str], str], name: str
) -> None:
    """Neither a list that is there, nor whether there is another."""
    text, words, said = mistake
    house = House(shop)
    await shop.send(shop.event("ada"))
    await load(shop, file, "user_id\nada\n")
    await house.work()

    assert said in await load(shop, file, text, *words, name=name)
    await house.work()

    assert await names(shop) == ["1 VIP published 1"]
    assert await house.members(FIRST) == await house.whom("ada")


async def test_a_file_that_changes_while_it_is_imported_changes_nothing(
    shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows were counted before; what breaks after some of them are in is taken back."""
    monkeypatch.setattr(commands, "_ROWS_PER_BATCH", 1)
    house = House(shop)
    await shop.send(shop.event("ada"))

    class Spoiled(commands.Sheet):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            file.write_bytes(b"user_id\nada\n\xff\n")

    monkeypatch.setattr(commands, "Sheet", Spoiled)
    assert "Line 3 is not UTF-8" in await load(shop, file, "user_id\nada\n")
    await house.work()

    assert await names(shop) == []


async def test_the_file_of_unknown_rows_is_not_the_one_that_is_read(shop: Shop, file: Path) -> None:
    """It would be emptied before it is read."""
    printed = await load(shop, file, "user_id\nada\n", "--unknown", file)

    assert "need a file of their own" in printed
    assert read(file) == b"user_id\nada\n"


async def test_another_brands_people_are_unknown(shop: Shop, other_shop: Shop, file: Path) -> None:
    """Whatever ids they share."""
    await shop.send(shop.event("ada"))
    await other_shop.send(other_shop.event("bob"))

    printed = await load(other_shop, file, "user_id\nada\nbob\n")

    assert "  line 2: ada: unknown" in printed
    assert await names(shop) == []
