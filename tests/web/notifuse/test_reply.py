"""From outcomes to this wire's words: pure."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.web.notifuse.brands import BRAND, identifier
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId, ProfileId
from tidings.events.model import Operated, RefusedClaim, Stored, Warned
from tidings.identity.model import IdentifierKind, Refusal
from tidings.profiles.model import CannotApply, Operations, Profile, ProfileRef
from tidings.schema.model import AttributeType, Mismatch
from tidings.storage.slots import Slot
from tidings.web.gate import MethodNotAllowed, Reply
from tidings.web.notifuse import reply
from tidings.web.notifuse.parse import Contact, Failure

NEW, OLD = Operated(is_new=True), Operated(is_new=False)
UNFIT = Operated(is_new=False, failure=CannotApply("first_name", "is a text, not a number"))


def contact(user_id: str) -> Contact:
    """Make a contact that can be stored."""
    return Contact(user_id, identifier(user_id), Operations([]), None)


def answered(*parsed: Contact | Failure, **stored: Any) -> dict[str, Any]:
    """Return the answer's body."""
    answer = reply.contacts_upserted(parsed, Stored(**stored))
    assert answer.status == 200
    return json.loads(answer.body)


def body(**lists: Any) -> dict[str, Any]:
    """Return a body that has these lists, the others empty."""
    empty: dict[str, Any] = {"inserted": [], "updated": [], "failed": []}
    return {"statusCode": 200, "success": not lists.get("failed")} | empty | lists


def told(answer: Reply) -> tuple[int, Any]:
    """Return an answer's status and body."""
    return answer.status, json.loads(answer.body)


def test_each_id_is_told_in_the_order_of_the_call() -> None:
    """A caller compares it with what he sent."""
    sent = [contact(user_id) for user_id in ("c", "a", "d", "b")]

    assert answered(*sent, operated=[NEW, OLD, OLD, NEW]) == body(
        inserted=["c", "b"], updated=["a", "d"]
    )


def test_an_id_sent_twice_is_told_once() -> None:
    """Created by the first record, changed by the second: it is new to the caller."""
    sent = [contact(user_id) for user_id in ("a", "b", "a", "b")]

    assert answered(*sent, operated=[NEW, OLD, OLD, OLD]) == body(inserted=["a"], updated=["b"])


def test_an_id_that_failed_once_has_failed() -> None:
    """Whatever became of its other records: the caller has to look at it."""
    error = {"id": "a", "path": "firstName", "message": "is a text, not a number"}

    assert answered(contact("a"), contact("a"), operated=[NEW, UNFIT]) == body(
        failed=["a"], errors=[error]
    )


def test_failures_found_before_and_while_storing_are_told_in_the_order_of_the_call() -> None:
    """Paths in the caller's names, whoever found the mistake."""
    early = Failure("b", "createdAt", "is before the year 1970")

    assert answered(
        contact("c"), early, contact("a"), Failure("d", "", "no"), operated=[UNFIT, NEW]
    ) == body(
        inserted=["a"],
        failed=["c", "b", "d"],
        errors=[
            {"id": "c", "path": "firstName", "message": "is a text, not a number"},
            {"id": "b", "path": "createdAt", "message": "is before the year 1970"},
            {"id": "d", "path": "profile", "message": "no"},
        ],
    )


def test_a_path_of_megabytes_is_not_sent_back() -> None:
    """One mistake must not cost as much as the call did."""
    [error] = answered(Failure("a", "x" * 1_000, "no"))["errors"]

    assert error["path"] == "x" * 100 + "…"


def test_values_put_aside_are_warned_of_by_id() -> None:
    """The index is that among the records that were stored."""
    mismatch = Mismatch("time_zone", AttributeType.STRING, AttributeType.NUMBER)

    assert answered(
        Failure("a", "b", "no"), contact("c"), contact("d"),
        operated=[NEW, NEW], warnings=[Warned(1, True, mismatch)],  # noqa: FBT003
    )["warnings"] == [
        {"id": "d", "field": "timeZone", "locked_type": "String", "got_type": "Number"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "field"), [(IdentifierKind.EMAIL, "email"), (IdentifierKind.MOBILE, "mobileNumber")]
)
@pytest.mark.parametrize("reason", list(Refusal))
def test_identifiers_that_were_not_taken_are_warned_of(
    kind: IdentifierKind, field: str, reason: Refusal
) -> None:
    """The contact is stored all the same; who waits for a merge must hear that none came."""
    refused = RefusedClaim(0, identifier("x", kind), reason)

    [warning] = answered(Failure("a", "b", "no"), contact("c"), operated=[NEW], refused=[refused])[
        "warnings"
    ]

    assert warning == {"id": "c", "field": field, "message": reply.WORDS_OF_REFUSAL[reason]}


def test_every_kind_of_identifier_has_a_field() -> None:
    """A kind without one would be a 500."""
    assert set(reply.FIELD_OF_KIND) == set(IdentifierKind)


def test_every_code_has_its_status_and_words() -> None:
    """A code without any would be a 500, and an empty text crashes one of the clients."""
    assert set(reply.WORDS_OF_CODE) == set(Code)
    assert all(status >= 400 and error for status, error in reply.WORDS_OF_CODE.values())


@pytest.mark.parametrize("code", list(Code))
def test_a_refusal_has_its_three_keys(code: Code) -> None:
    """No more and no less, whatever the reason."""
    status, error = reply.WORDS_OF_CODE[code]

    assert told(reply.refuse(Refused(code, "Words."))) == (
        status,
        {"statusCode": status, "error": error, "message": "Words."},
    )


def test_a_wrong_method_is_405() -> None:
    """It has no code of its own."""
    assert told(reply.refuse(MethodNotAllowed(("GET", "POST")))) == (
        405,
        {
            "statusCode": 405,
            "error": "Method Not Allowed",
            "message": "Use GET or POST for this URL.",
        },
    )


@pytest.mark.parametrize(
    ("mistakes", "message"),
    [
        ([Mistake("can not be empty", "id", 1)], "contacts[1].id can not be empty"),
        ([Mistake("must be an object", index=0)], "contacts[0] must be an object"),
        ([Mistake("must have 1", "contacts")], "contacts must have 1"),
        ([Mistake("the body is nothing")], "The whole."),
        ([Mistake("a", "id", 1), Mistake("b", "id", 3)], "contacts[1].id a; contacts[3].id b"),
    ],
)
def test_mistakes_are_told_with_their_places(mistakes: list[Mistake], message: str) -> None:
    """All of them: mending one a call would take as many calls."""
    refused = Refused(Code.INVALID, "The whole.", mistakes=mistakes)

    assert told(reply.refuse(refused))[1]["message"] == message


def test_a_contact_is_shown_in_this_wires_names() -> None:
    """Ours of 24 hexadecimal digits, times in UTC with milliseconds."""
    profile = Profile(
        ref=ProfileRef(Slot(47), ProfileId(1_085_005_424_984_064_000)),
        user_id="123",
        attributes={"id": 1, "mobileNumber": 2, "mobile": "+1", "first_name": "A", "tags": ["x"]},
        mismatched={"plan": 3},
        created_at=datetime(2016, 2, 4, 23, 44, 30, 652_900, timezone(timedelta(hours=1))),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    assert told(
        reply.contact_found(
            BRAND, "123", profile, received={(2016, 10): 3, (2016, 11): 4, (2017, 1): 1}
        )
    ) == (
        200,
        {
            "statusCode": 200,
            "contact": {
                "id": "03e9002f0f0eb6af778c0000",
                "externalId": "123",
                "project": "1001",
                "profile": {"id": "123", "mobileNumber": "+1", "firstName": "A", "tags": ["x"]},
                "stats": {"2016": {"10": 3, "11": 4}, "2017": {"1": 1}},
                "createdAt": "2016-02-04T22:44:30.652Z",
            },
        },
    )


def test_our_id_has_24_digits_whatever_the_brands_number() -> None:
    """Brands may have nine digits, which are more than four hexadecimal ones."""
    brand = replace(BRAND, brand_id=BrandId(999_999_999))
    then = datetime(2026, 1, 1, tzinfo=UTC)
    profile = Profile(ProfileRef(Slot(255), ProfileId(2**63 - 1)), "1", {}, {}, then, then)

    contact_id = told(reply.contact_found(brand, "1", profile, received={}))[1]["contact"]["id"]

    assert contact_id == "c9ff00ff7fffffffffffffff"
