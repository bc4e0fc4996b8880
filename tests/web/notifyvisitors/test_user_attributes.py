"""What a user's attributes may hold, whichever call they come by."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.notifyvisitors.refusals import bare_mistake, wrapped_mistake
from tests.web.server import Caller, Told
from tidings.base import clock

CREATE = "/api/v1/user/create"
STORED = Told(200, {"userIDs": ["Ada"], "status_code": "200", "processed": 1})
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

A_TEXT = "must be a text"
AN_EMAIL = "must be an e-mail address such as ada@example.com"
A_MOBILE = "must be in E.164 format, such as +551155256325"
A_PAST_DATE = "must be a past date in the form YYYY-MM-DD"
A_GENDER = "must be male, female or other"
AN_OPT_IN = "must be 1, 0 or 2"
A_NAME = "attribute names have 1 to 49 characters"
OPT_INS = ("email_opt_in", "sms_opt_in", "whatsapp_opt_in")


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own the clock: what is a past date depends on it."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


def send(caller: Caller, attributes: dict[str, Any]) -> Told:
    """Send attributes of one user."""
    return caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": attributes}]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Ada Lovelace"),
        ("name", ""),
        ("first_name", "2020-01-01"),
        ("last_name", "x" * 999),
        ("email", "ada@example.com"),
        ("email", "Ada.Lovelace+news@mail.example.co.uk"),
        ("email", "आदा@उदाहरण.भारत"),
        ("email", f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 60}"),
        ("mobile", "+551155256325"),
        ("mobile", "+9198203010"),
        ("mobile", "+1234567"),
        ("mobile", "+123456789012345"),
        ("birth_date", "1990-11-25"),
        ("birth_date", "2024-02-29"),
        ("birth_date", "2026-03-14"),
        ("gender", "male"),
        ("gender", "female"),
        ("gender", "other"),
        ("plan", "x" * 999),
        ("plan", "é" * 999),
        ("n" * 49, 1),
        ("é" * 49, 1),
        ("visits", 12),
        ("score", 1.5),
        ("vip", True),
        ("since", "2022-03-27 04:08:18"),
        ("address", {"city": "Pune", "lines": ["1", "2"]}),
        ("tags", ["a", "b"]),
        ("orders", [{"id": 1}, {"id": 2}]),
        ("nothing", []),
    ],
)
def test_values_are_stored_as_sent(caller: Caller, name: str, value: object) -> None:
    """Each at the edge of its rule; nothing is trimmed, converted or rounded."""
    assert send(caller, {name: value}) == STORED
    assert caller.attributes("Ada") == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", 1, A_TEXT),
        ("first_name", True, A_TEXT),
        ("last_name", ["Lovelace"], A_TEXT),
        ("name", "x" * 1_000, "has 1000 characters, at most 999 are allowed"),
        ("email", "ada", AN_EMAIL),
        ("email", "", AN_EMAIL),
        ("email", "ada@", AN_EMAIL),
        ("email", "@example.com", AN_EMAIL),
        ("email", "ada@example", AN_EMAIL),
        ("email", "ada@@example.com", AN_EMAIL),
        ("email", "ada lovelace@example.com", AN_EMAIL),
        ("email", "a da@example.com", AN_EMAIL),
        ("email", "ada@example.com\n", AN_EMAIL),
        ("email", "ada@exam ple.com", AN_EMAIL),
        ("email", "ada@-example.com", AN_EMAIL),
        ("email", f"a@{'b' * 64}.com", AN_EMAIL),
        ("email", f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 61}", AN_EMAIL),
        ("email", 5, AN_EMAIL),
        ("mobile", "551155256325", A_MOBILE),
        ("mobile", "+123456", A_MOBILE),
        ("mobile", "+1234567890123456", A_MOBILE),
        ("mobile", "+0551155256325", A_MOBILE),
        ("mobile", "+55 1155256325", A_MOBILE),
        ("mobile", "+55-1155256325", A_MOBILE),
        ("mobile", "+५५1155256325", A_MOBILE),
        ("mobile", "+551155256325\n", A_MOBILE),
        ("mobile", "", A_MOBILE),
        ("mobile", 551155256325, A_MOBILE),
        ("birth_date", "2026-03-15", A_PAST_DATE),
        ("birth_date", "2023-02-29", A_PAST_DATE),
        ("birth_date", "1990-13-01", A_PAST_DATE),
        ("birth_date", "1990-1-1", A_PAST_DATE),
        ("birth_date", "25-11-1990", A_PAST_DATE),
        ("birth_date", "1990-11-25T00:00:00", A_PAST_DATE),
        ("birth_date", "19901125", A_PAST_DATE),
        ("birth_date", "0000-00-00", A_PAST_DATE),
        ("birth_date", "", A_PAST_DATE),
        ("birth_date", 1990, A_PAST_DATE),
        ("gender", "Male", A_GENDER),
        ("gender", "m", A_GENDER),
        ("gender", "", A_GENDER),
        ("gender", 1, A_GENDER),
        ("plan", "x" * 1_000, "has 1000 characters, at most 999 are allowed"),
        ("plan", "é" * 1_000, "has 1000 characters, at most 999 are allowed"),
        ("n" * 50, 1, A_NAME),
        ("", 1, A_NAME),
    ],
)
def test_values_beyond_a_rule_are_refused(
    caller: Caller, name: str, value: object, message: str
) -> None:
    """One beyond the edge, and what people really send."""
    assert send(caller, {name: value}) == bare_mistake(message, f"user_attributes.{name}")


@pytest.mark.parametrize("name", OPT_INS)
@pytest.mark.parametrize(("value", "kept"), [(0, 0), (1, 1), (2, 2), ("0", 0), ("1", 1), ("2", 2)])
def test_opt_ins_are_0_1_or_2_or_its_text_and_kept_as_a_number(
    caller: Caller, name: str, value: object, kept: int
) -> None:
    """The vendor's example sends "1"; a segment must not need to know who sent what."""
    assert send(caller, {name: value}) == STORED
    assert caller.attributes("Ada") == {name: kept}


@pytest.mark.parametrize("name", OPT_INS)
@pytest.mark.parametrize("value", [3, -1, "3", "", "yes", " 1", "01", True, False, 1.0, [1]])
def test_other_opt_ins_are_refused(caller: Caller, name: str, value: object) -> None:
    """A guess at somebody's consent would be wrong for somebody; true is neither 1 nor "1"."""
    assert send(caller, {name: value}) == bare_mistake(AN_OPT_IN, f"user_attributes.{name}")


@pytest.mark.parametrize("name", [*OPT_INS, "email", "mobile", "birth_date", "gender", "name"])
def test_null_removes_the_vendors_own_attributes_too(caller: Caller, name: str) -> None:
    """An address that is wrong must be removable."""
    value = {"email": "a@b.co", "mobile": "+1234567", "birth_date": "1990-01-01"}.get(name, "other")
    send(caller, {name: 1 if name in OPT_INS else value, "plan": "gold"})

    assert send(caller, {name: None}) == STORED
    assert caller.attributes("Ada") == {"plan": "gold"}


def test_a_record_has_at_most_255_attributes(caller: Caller) -> None:
    """Our choice, as for events: the vendor is silent."""
    most = {f"a{number}": number for number in range(255)}

    assert send(caller, most) == STORED
    assert send(caller, most | {"one_more": 1}) == bare_mistake(
        "has 256 attributes, at most 255 are allowed", "user_attributes"
    )
    assert caller.attributes("Ada") == most


@pytest.mark.parametrize("path", ["/api/v1/user_event/create", "/api/v1/event/create"])
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("email", "ada", AN_EMAIL),
        ("mobile", "12", A_MOBILE),
        ("birth_date", "soon", A_PAST_DATE),
        ("gender", "m", A_GENDER),
        ("sms_opt_in", 5, AN_OPT_IN),
        ("plan", "x" * 1_000, "has 1000 characters, at most 999 are allowed"),
        ("n" * 50, 1, A_NAME),
    ],
)
def test_user_params_have_the_same_rules(
    caller: Caller, path: str, name: str, *, value: object, message: str
) -> None:
    """They are user_attributes by another name (documented)."""
    record = {
        "userID": "Ada",
        "event_name": "Signed Up",
        "attributes": {},
        "user_params": {name: value},
    }

    assert caller.tell(path, {"nv": [record]}) == wrapped_mistake(message, f"user_params.{name}")
