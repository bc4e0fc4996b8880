"""What a person's attributes may hold, whichever wire they come by: pure."""

from datetime import UTC, datetime

import pytest

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.profiles.accept import accept_attributes, is_email, is_mobile

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)

NO_ADDRESSES = [
    "",
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "ada@-example.com",
    "ada@@example.com",
    "a da@example.com",
    "ada@example.com\n",
    "Ada <ada@example.com>",
    "x" * 250 + "@a.de",
]


def wrong(name: str, value: object) -> list[Mistake]:
    """Hold one attribute against the rules."""
    return accept_attributes({name: value}, NOON)[2]


def test_attributes_are_parted_into_those_to_set_and_those_to_remove() -> None:
    """Null removes; everything else of the sender's own is kept as it is."""
    given = {"city": "Pune", "age": None, "tags": [1, None], "name": "Ada", "a": {"b": None}}

    assert accept_attributes(given, NOON) == (
        {"city": "Pune", "tags": [1, None], "name": "Ada", "a": {"b": None}},
        ["age"],
        [],
    )


@pytest.mark.parametrize("name", ["email_opt_in", "sms_opt_in", "whatsapp_opt_in"])
@pytest.mark.parametrize(("sent", "kept"), [(0, 0), (1, 1), (2, 2), ("0", 0), ("1", 1), ("2", 2)])
def test_an_opt_in_is_kept_as_a_number(name: str, sent: object, kept: int) -> None:
    """The vendor's clients send both forms; what is stored has one."""
    assert accept_attributes({name: sent}, NOON) == ({name: kept}, [], [])


@pytest.mark.parametrize("sent", [True, False, 3, -1, 1.0, "yes", "", [], {}, "01"])
def test_an_opt_in_that_is_none_is_refused(sent: object) -> None:
    """Consent is never guessed; a boolean equals 1 in Python only."""
    assert wrong("sms_opt_in", sent) == [Mistake("must be 1, 0 or 2", field="sms_opt_in")]


@pytest.mark.parametrize(
    "text", ["ada@example.com", "a.b+c@x.co", "अदा@उदाहरण.भारत", "o'neil@mail.example.org"]
)
def test_an_address_of_any_script_is_an_email(text: str) -> None:
    """RFC 6531: letters of every script on both sides."""
    assert (is_email(text), wrong("email", text)) == (True, [])


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_a_text_that_is_no_address_is_refused(text: str) -> None:
    """A mail to it would bounce, and cost the sender's good name."""
    said = "must be an e-mail address such as ada@example.com"

    assert (is_email(text), wrong("email", text)) == (False, [Mistake(said, field="email")])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("+551155256325", True),
        ("+9198203010", True),
        ("+1234567", True),
        ("+123456789012345", True),
        ("+123456", False),
        ("+1234567890123456", False),
        ("551155256325", False),
        ("+0551155256325", False),
        ("+55 11 5525 6325", False),
        ("+55115525632\u0665", False),
    ],
)
def test_a_mobile_number_has_the_form_of_e164(text: str, is_one: bool) -> None:  # noqa: FBT001
    """Whether it is assigned, only the network knows."""
    assert (is_mobile(text), wrong("mobile", text) == []) == (is_one, is_one)


@pytest.mark.parametrize(
    ("text", "is_past"),
    [
        ("1990-12-31", True),
        ("2026-03-29", True),
        ("2026-03-30", False),
        ("1990-02-30", False),
        ("1990-12-31T00:00", False),
        ("31-12-1990", False),
        (19901231, False),
    ],
)
def test_a_birth_date_is_a_past_day(text: object, is_past: bool) -> None:  # noqa: FBT001
    """In the one form that the vendor documents; today is past enough for a newborn."""
    said = "must be a past date in the form YYYY-MM-DD"

    assert wrong("birth_date", text) == ([] if is_past else [Mistake(said, field="birth_date")])


@pytest.mark.parametrize("name", ["name", "first_name", "last_name", "email", "gender"])
def test_the_vendors_texts_are_texts(name: str) -> None:
    """A number where a text belongs is a mistake of the sender's program, not a mismatch."""
    assert [said.field for said in wrong(name, 12)] == [name]


def test_names_and_texts_have_their_lengths() -> None:
    """Each said of the attribute that is meant."""
    most = limits.MAX_USER_TEXT_CHARACTERS

    assert wrong("x" * 49, "y" * most) == []
    assert wrong("x" * 50, 1) == [
        Mistake("attribute names have 1 to 49 characters", field="x" * 50)
    ]
    assert wrong("", 1) == [Mistake("attribute names have 1 to 49 characters", field="")]
    assert wrong("city", "y" * (most + 1)) == [
        Mistake("has 1000 characters, at most 999 are allowed", field="city")
    ]


def test_a_record_has_so_many_attributes() -> None:
    """Said of the record as a whole."""
    given = {f"a{number}": number for number in range(256)}

    assert accept_attributes(given, NOON)[2] == [
        Mistake("has 256 attributes, at most 255 are allowed")
    ]


def test_blanks_around_an_address_are_not_kept() -> None:
    """They are pasted along, nobody sees them, and they would make a second person."""
    sent = {"email": " Ada@example.com\N{NO-BREAK SPACE}"}

    kept, removed, mistakes = accept_attributes(sent, NOON)

    assert (kept, removed, mistakes) == ({"email": "Ada@example.com"}, [], [])
