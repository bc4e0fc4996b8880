"""Settings of providers: read field by field, their secrets kept apart and out of sight."""

from typing import Any, cast

import pytest

from tidings.base.errors import Mistake
from tidings.channels.kinds import KINDS, Smtp
from tidings.channels.settings import Settings, parts_of, read_settings, secret_names, shown_values

GOOD: dict[str, object] = {"host": "mail.example.com", "username": "ada", "password": "lovelace"}


def mistakes_in(values: dict[str, object], kind: type[Settings] = Smtp) -> list[tuple[str, str]]:
    """Return what is wrong with settings, by field."""
    read = read_settings(kind, values)
    assert isinstance(read, list)
    return [(cast("str", one.field), one.message) for one in read]


def test_texts_of_a_command_line_become_what_they_say() -> None:
    """A number, a claim, a choice."""
    assert read_settings(
        Smtp, {**GOOD, "port": "465", "security": "tls", "verify": "false", "idle_seconds": "1.5"}
    ) == Smtp(
        host="mail.example.com",
        username="ada",
        password="lovelace",
        port=465,
        security="tls",
        verify=False,
        idle_seconds=1.5,
    )


def test_every_mistake_is_named_at_once() -> None:
    """Who mends one by one gives up at the third."""
    assert mistakes_in({"port": "many", "security": "ssl", "hosts": "x"}) == [
        ("host", "is missing"),
        ("hosts", f"there is no such setting; there are {', '.join(Smtp.__struct_fields__)}"),
        ("port", "Expected `int`, got `str`"),
        ("security", "Invalid enum value 'ssl'"),
    ]


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"password": ""}, ("password", "username and password go together")),
        ({"username": ""}, ("username", "username and password go together")),
        ({"security": "none"}, ("security", "a password is not sent without TLS")),
        (
            {"dkim_domain": "example.com"},
            ("dkim_domain", "dkim_domain, dkim_selector and dkim_key go together"),
        ),
        (
            {"dkim_domain": "example.com", "dkim_selector": "s", "dkim_key": "x"},
            ("dkim_key", "is no private key in PEM without a password"),
        ),
        ({"ca": "x"}, ("ca", "is no certificate in PEM")),
        ({"port": 0}, ("port", "Expected `int` >= 1")),
        ({"host": ""}, ("host", "Expected `str` of length >= 1")),
        ({"timeout_seconds": 0}, ("timeout_seconds", "Expected `float` > 0.0")),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_saved(
    values: dict[str, object], mistake: tuple[str, str]
) -> None:
    """Not at the first mail of a night."""
    assert mistakes_in({**GOOD, **values}) == [mistake]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_secret_is_shown_or_stored_in_sight(kind: type[Settings]) -> None:
    """Whatever prints settings, by whatever way."""
    hidden = secret_names(kind)
    made = cast("Any", kind)(
        **dict.fromkeys(hidden, "s3cr3t"),
        **{
            name: "seen"
            for name in kind.__struct_fields__
            if name not in hidden and name not in {*kind.__struct_defaults__}
        },
    )
    seen, secret = parts_of(made)

    assert secret.keys() == hidden
    assert not seen.keys() & hidden
    for shown in (repr(made), str(made), f"{made!r}", str(shown_values(made)), str(seen)):
        assert "s3cr3t" not in shown


def test_a_secret_is_not_in_the_mistake_about_it() -> None:
    """It is printed, and logged by whoever asked."""
    read = read_settings(Smtp, {**GOOD, "password": ["s3cr3t"], "dkim_key": "s3cr3t" * 10_000})
    assert isinstance(read, list)
    assert [one.field for one in read] == ["dkim_key", "password"]
    assert "s3cr3t" not in str(read)
    assert Mistake("Expected `str`, got `array`", "password") in read


def test_what_is_at_its_default_is_not_stored() -> None:
    """A later release may know a better one."""
    read = read_settings(Smtp, {**GOOD, "port": 587, "verify": True})
    assert isinstance(read, Smtp)
    assert parts_of(read) == (
        {"host": "mail.example.com", "username": "ada"},
        {"password": "lovelace"},
    )
