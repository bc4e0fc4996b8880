"""From a body to what is to be done to each contact: pure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.web.notifuse.brands import BRAND, MERGING, NOON, identifier
from tidings.base.errors import Code, Refused
from tidings.brands.model import Brand
from tidings.identity.model import Claim, IdentifierKind
from tidings.profiles.model import Operation, Operations, Operator
from tidings.web.notifuse.parse import (
    Contact,
    Failure,
    parse_contact_query,
    parse_contacts,
)

Record = dict[str, Any]

MOBILE = "+551155256325"
EMAIL_WORDS = "can only be changed by $set and $unset, not by {}: it says who the contact is"
CREATED_WORDS = "must be a time such as 2016-02-04T22:44:30.652Z"


def parse(*records: Record, brand: Brand = BRAND) -> list[Contact | Failure]:
    """Read a call with these contacts."""
    return parse_contacts(msgspec.json.encode({"contacts": records}), brand, NOON)


def steps(profile: object) -> list[Operation]:
    """Return the operations of a contact with this profile."""
    [contact] = parse({"id": "1", "profile": profile})
    assert isinstance(contact, Contact)
    return list(contact.operations.steps)


def failure(**record: Any) -> tuple[str, str]:
    """Return where and why a contact fails."""
    [contact] = parse({"id": "1"} | record)
    assert isinstance(contact, Failure)
    assert contact.user_id == "1"
    return contact.path, contact.message


def claim(**profile: Any) -> tuple[Any, Claim | None]:
    """Return how a contact with this profile is stored, and what it claims, with merging."""
    [contact] = parse({"id": "Ada", "profile": profile}, brand=MERGING)
    assert isinstance(contact, Contact)
    return contact.identifier, contact.claim


def test_a_contact_is_read_with_its_operations_under_the_stored_names() -> None:
    """The one table of names is between the wires."""
    profile = {
        "$set": {"firstName": "Justin", "mobileNumber": MOBILE, "home.city": "Paris"},
        "$inc": {"totalOrders": 1},
    }

    parsed = parse({"id": "123", "profile": profile, "createdAt": "2016-02-04T22:44:30.652Z"})

    expected = Operations(
        [
            Operation(Operator.SET, ("first_name",), "Justin"),
            Operation(Operator.SET, ("mobile",), MOBILE),
            Operation(Operator.SET, ("home", "city"), "Paris"),
            Operation(Operator.INC, ("totalOrders",), 1),
        ],
        datetime(2016, 2, 4, 22, 44, 30, 652_000, tzinfo=UTC),
    )
    assert parsed == [Contact("123", identifier("123"), expected, None)]


@pytest.mark.parametrize("record", [{}, {"profile": None}, {"profile": {}}, {"profile": []}])
def test_a_contact_without_operations_is_one(record: Record) -> None:
    """It is created, and nothing else; PHP writes an empty array for an empty object."""
    parsed = parse({"id": "1"} | record)

    assert parsed == [Contact("1", identifier("1"), Operations([]), None)]


@pytest.mark.parametrize("operator", ["$set", "$unset", "$inc", "$push", "$rename"])
def test_an_empty_array_stands_for_an_empty_object_below_an_operator_too(operator: str) -> None:
    """The PHP client cannot write the other."""
    assert steps({operator: [], "$mul": {"a": 2}}) == [Operation(Operator.MUL, ("a",), 2)]


def test_records_stay_in_their_order_and_a_failure_among_them() -> None:
    """Its neighbours apply, and the same id may come again."""
    parsed = parse({"id": "b"}, {"id": "a", "profile": {"plan": "gold"}}, {"id": "b"})

    assert [(record.user_id, type(record)) for record in parsed] == [
        ("b", Contact),
        ("a", Failure),
        ("b", Contact),
    ]


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        ({"firstName": "Ada"}, "firstName"),
        ({"$nothing": {"a": 1}}, "$nothing"),
        ({"$set": 1}, "$set"),
        ({"$set": {"id": "2"}}, "id"),
        ({"$set": {"firstName": "A"}, "$inc": {"firstName": 1}}, "firstName"),
        ({"$set": {"a.b": 1, "a": 1}}, "a"),
        ({"$inc": {"mobileNumbers": "1"}}, "mobileNumbers"),
        ("Ada", ""),
        ([1], ""),
        (7, ""),
    ],
)
def test_wrong_operations_fail_their_contact_at_the_path_sent(profile: object, path: str) -> None:
    """In the caller's names: only these he can search for."""
    assert failure(profile=profile)[0] == path


@pytest.mark.parametrize("name", ["email", "mobileNumber"])
@pytest.mark.parametrize("operator", ["$inc", "$mul", "$min", "$max", "$push", "$pop", "$pull"])
def test_what_identifies_is_only_set_and_unset(name: str, operator: str) -> None:
    """Whose address it is must be known before anything is calculated."""
    assert failure(profile={operator: {name: 1}}) == (name, EMAIL_WORDS.format(operator))
    assert [step.operator for step in steps({"$unset": {name: ""}})] == [Operator.UNSET]


@pytest.mark.parametrize(
    ("renamed", "path"),
    [
        ({"email": "mail"}, "email"),
        ({"mail": "email"}, "email"),
        ({"a": "mobileNumber"}, "mobileNumber"),
        ({"a": "mobile.number"}, "mobileNumber.number"),
    ],
)
def test_what_identifies_is_not_renamed_away_or_into_place(
    renamed: dict[str, str], path: str
) -> None:
    """What is there would be known only when it is stored."""
    assert failure(profile={"$rename": renamed}) == (path, EMAIL_WORDS.format("$rename"))


def test_a_record_has_so_many_operations() -> None:
    """As many as a record of the other wire has attributes."""
    many = {f"a{number}": number for number in range(256)}

    assert failure(profile={"$set": many}) == (
        "profile",
        "has 256 operations, at most 255 are allowed",
    )
    assert len(steps({"$set": dict(list(many.items())[:255])})) == 255


@pytest.mark.parametrize(
    ("zone", "sent", "expected"),
    [
        ("UTC", "2016-02-04T22:44:30.652Z", datetime(2016, 2, 4, 22, 44, 30, 652_000, UTC)),
        ("UTC", "2016-02-04T22:44:30+02:00", datetime(2016, 2, 4, 20, 44, 30, tzinfo=UTC)),
        ("Asia/Kolkata", "2016-02-04T22:44", datetime(2016, 2, 4, 17, 14, tzinfo=UTC)),
        ("UTC", "2016-02-04", datetime(2016, 2, 4, tzinfo=UTC)),
        ("UTC", "1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("UTC", "2026-03-30T12:00:00Z", datetime(2026, 3, 30, 12, tzinfo=UTC)),
        ("UTC", None, None),
    ],
)
def test_the_time_of_creation_is_read(
    zone: str, sent: str | None, expected: datetime | None
) -> None:
    """ISO 8601; without offset in the brand's time zone."""
    brand = replace(BRAND, time_zone=ZoneInfo(zone))

    [contact] = parse({"id": "1", "createdAt": sent}, brand=brand)

    assert isinstance(contact, Contact)
    assert contact.operations.created_at == expected


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("", CREATED_WORDS),
        ("yesterday", CREATED_WORDS),
        ("2016-02-30T00:00:00Z", CREATED_WORDS),
        (1454625870652, CREATED_WORDS),
        ([], CREATED_WORDS),
        ("1969-12-31T23:59:59Z", "is before the year 1970"),
        ("2026-03-30T12:00:01Z", "is more than 24 hours in the future"),
    ],
)
def test_a_time_that_cannot_be_fails_its_contact(sent: object, words: str) -> None:
    """Replacing it by the present would make every import a crowd of newcomers."""
    assert failure(createdAt=sent) == ("createdAt", words)


def test_without_merging_nothing_is_claimed() -> None:
    """An address is an attribute then, and two may share one."""
    [contact] = parse({"id": "Ada", "profile": {"$set": {"email": "ada@example.com"}}})

    assert isinstance(contact, Contact)
    assert (contact.identifier, contact.claim) == (identifier("Ada"), None)


def test_with_merging_an_address_that_is_set_is_claimed_as_it_identifies() -> None:
    """Case-folded, whatever is stored among the attributes."""
    email = identifier("ada@example.com", IdentifierKind.EMAIL)
    mobile = identifier(MOBILE, IdentifierKind.MOBILE)

    sent = claim(**{"$set": {"email": "Ada@Example.com", "mobileNumber": MOBILE}})

    assert sent == (identifier("Ada"), Claim(identifier("Ada"), (email, mobile), 0))


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"$unset": {"email": ""}},
        {"$set": {"email": None}},
        {"$set": {"email": ""}},
        {"$set": {"email": "nobody"}},
        {"$set": {"email": ["ada@example.com"]}},
        {"$set": {"email.work": "ada@example.com"}},
        {"$set": {"mobileNumber": 551155256325}},
        {"$set": {"mail": "ada@example.com"}},
    ],
)
def test_what_is_no_address_claims_nobody(profile: Record) -> None:
    """A contact that will fail must not take an identifier with it."""
    assert claim(**profile) == (identifier("Ada"), None)


def test_claims_count_the_contacts_that_are_stored() -> None:
    """As the outcomes of a batch do, which knows nothing of those that failed before."""
    email = {"$set": {"email": "ada@example.com"}}
    parsed = parse(
        {"id": "1"}, {"id": "2", "createdAt": 1}, {"id": "3", "profile": email}, brand=MERGING
    )

    contact = parsed[2]
    assert isinstance(contact, Contact)
    assert contact.claim is not None
    assert contact.claim.position == 1


def test_a_question_names_a_user() -> None:
    """By the caller's own id."""
    assert parse_contact_query({"contact": "A da"}, BRAND) == identifier("A da")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "contact is required"),
        ({"contact": ""}, "contact is required"),
        ({"id": "1"}, "contact is required"),
        ({"contact": " 1"}, "contact can not have white space around it"),
        ({"contact": "x" * 101}, "contact has 101 characters, at most 100 are allowed"),
    ],
)
def test_a_question_for_nobody_is_refused(query: dict[str, str], message: str) -> None:
    """An id that nobody can have was mangled on the way; "unknown" would hide that."""
    with pytest.raises(Refused) as caught:
        parse_contact_query(query, BRAND)

    assert (caught.value.code, caught.value.message) == (Code.INVALID, message)
