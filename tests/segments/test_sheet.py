"""Files of comma-separated values: what they may hold, and where a mistake is."""

from collections.abc import Mapping
from io import BytesIO

import pytest

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.segments.sheet import Row, Sheet, named

BRAND = BrandId(1001)
EMAIL, MOBILE = IdentifierKind.EMAIL, IdentifierKind.MOBILE
USER_ID, ANONYMOUS_ID = IdentifierKind.USER_ID, IdentifierKind.ANONYMOUS_ID


def sheet(text: str | bytes, asked: Mapping[str, IdentifierKind] | None = None) -> Sheet:
    """Open a file of this content."""
    return Sheet(BytesIO(text.encode() if isinstance(text, str) else text), asked or {})


def whom(head: str, line: str) -> tuple[list[tuple[IdentifierKind, str]], list[str]]:
    """Return the identifiers of a line, by kind and value, and what is wrong with it."""
    opened = sheet(f"{head}\n{line}\n")
    [row] = opened.rows()
    found = named(BRAND, opened, row)
    assert all(one == identifier_of(BRAND, one.kind, one.value) for one in found.identifiers), (
        "of another brand or slot"
    )
    return [(one.kind, one.value) for one in found.identifiers], list(found.wrong)


@pytest.mark.parametrize(
    "text",
    [
        b"user_id,email\nada,ada@example.com\n\nbob,\n",
        b"\xef\xbb\xbfuser_id,email\r\nada,ada@example.com\r\n\r\nbob,\r\n",
        b'user_id, email\n"ada",ada@example.com\n\nbob,',
    ],
)
def test_rows_are_read_with_their_lines(text: bytes) -> None:
    """As programs of every house write them; a blank line is no row."""
    opened = sheet(text)

    assert opened.head == ["user_id", "email"]
    assert opened.columns == [(0, USER_ID), (1, EMAIL)]
    assert list(opened.rows()) == [Row(2, ["ada", "ada@example.com"]), Row(4, ["bob", ""])]


def test_a_row_of_several_lines_is_where_it_begins() -> None:
    """A value in quotes may have line breaks."""
    rows = sheet('user_id\n"a\nb"\n"say ""hi"""\n').rows()

    assert list(rows) == [Row(2, ["a\nb"]), Row(4, ['say "hi"'])]


def test_columns_that_are_asked_for_are_read_and_no_others() -> None:
    """What another program calls them need not be changed in its file."""
    opened = sheet("Name,E-Mail,user_id\nAda,a@example.com,ada\n", {"E-Mail": EMAIL})
    [row] = opened.rows()

    assert opened.columns == [(1, EMAIL)]
    assert [one.value for one in named(BRAND, opened, row).identifiers] == ["a@example.com"]


@pytest.mark.parametrize(
    ("head", "line", "identifiers", "wrong"),
    [
        ("email", " Ada@ Example.COM ", [(EMAIL, "ada@example.com")], []),
        ("email", "\uff21da@example.com", [(EMAIL, "ada@example.com")], []),
        ("email", "ada", [], ["email is no address such as ada@example.com"]),
        ("mobile", "+91 (98203) 01-010", [(MOBILE, "+919820301010")], []),
        ("mobile", "\uff0b919820301010", [(MOBILE, "+919820301010")], []),
        ("mobile", "98203", [], ["mobile is not in E.164 format: +551155256325"]),
        ("user_id", " Ada ", [(USER_ID, "Ada")], []),
        ("user_id", "x" * 100, [(USER_ID, "x" * 100)], []),
        ("user_id", "x" * 101, [], ["user_id has more than 100 characters, or NUL"]),
        ("anonymous_id", "a\0b", [], ["anonymous_id has more than 100 characters, or NUL"]),
        ("anonymous_id,user_id", "v,ada", [(ANONYMOUS_ID, "v"), (USER_ID, "ada")], []),
        ("user_id,email", "null,a@b.de", [(EMAIL, "a@b.de"), (USER_ID, "null")], []),
        (
            "email,user_id",
            "ada,ada",
            [(USER_ID, "ada")],
            ["email is no address such as ada@example.com"],
        ),
        ("user_id,email", "ada", [(USER_ID, "ada")], []),
        ("user_id,email", " ,", [], ["no identifier"]),
        ("user_id", "ada,bob", [], ["2 values below a head of 1"]),
    ],
)
def test_values_are_written_as_they_identify(
    head: str, line: str, identifiers: list[tuple[IdentifierKind, str]], wrong: list[str]
) -> None:
    """From left to right; what cannot identify anybody is told."""
    assert whom(head, line) == (identifiers, wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Line 1 has no head: name the kind of identifier of each column."),
        (
            b"user_id,city\nada,Pune\n",
            "Line 1 has no kind of identifier as name of column 2, but 'city'. Known are user_id, "
            "email, mobile, anonymous_id; or say which columns are what.",
        ),
        (
            b"user_id\nada\n\xe9ve\n",
            "Line 3 is not UTF-8: save the file in that encoding.",
        ),
        (
            b'user_id\nada\n"bob\ncyd\n',
            "Line 3 is not comma-separated values: unexpected end of data.",
        ),
        (
            b'user_id\n"ada"s\n',
            "Line 2 is not comma-separated values: ',' expected after '\"'.",
        ),
        (b"user_id\n" + b"x" * 100_001, "Line 2 is longer than 100,000 bytes."),
    ],
)
def test_a_mistake_is_told_with_its_line(text: bytes, message: str) -> None:
    """Whoever made the file finds it there."""
    with pytest.raises(Refused) as refused:
        list(sheet(text).rows())

    assert (refused.value.code, refused.value.message) == (Code.INVALID, message)


def test_a_column_that_is_not_there_is_told() -> None:
    """It was mistyped, or the file is another one."""
    with pytest.raises(Refused, match=r"Line 1 has no column 'Mail'\."):
        sheet("E-Mail\n", {"Mail": EMAIL})


def test_too_many_rows_are_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last that is allowed is read."""
    monkeypatch.setattr(limits, "MAX_LIST_ROWS", 2)

    assert len(list(sheet("user_id\na\n\nb\n").rows())) == 2
    with pytest.raises(Refused) as refused:
        list(sheet("user_id\na\n\nb\nc\n").rows())
    assert (refused.value.code, refused.value.message) == (
        Code.TOO_LARGE,
        "Line 5 is one too many: a list has 2.",
    )
