"""What a contact's attributes must be after operations: pure."""

from typing import Any

import pytest

from tidings.profiles.reserved import wrong_with_contact

RULES: dict[str, tuple[str, list[Any], list[Any]]] = {
    "first_name": ("must be a text", ["Ada", ""], [7, True, [], {}, ["Ada"]]),
    "last_name": ("must be a text", ["Lovelace"], [1.5, {"a": "b"}]),
    "name": ("must be a text", ["Ada Lovelace"], [0]),
    "address": ("must be a text", ["12 rue X, Paris", ""], [12, {"city": "Paris"}]),
    "avatar": (
        "must be a URL that begins with http:// or https://",
        ["https://example.com", "HTTP://x/a?b#c", "https://[::1]/é.png"],
        [
            *("", "x", "//example.com/a", "ftp://x/a", "javascript:1", "https://", "http:///a"),
            *(
                "https://exam ple.com",
                "https://x/a b",
                " https://x",
                "https://x\n",
                7,
                ["https://x"],
            ),
        ],
    ),
    "time_zone": (
        "must be the name of a time zone, such as Europe/Paris",
        ["Europe/Paris", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5", "Asia/Kolkata"],
        [
            *("", "europe/paris", "Paris", "Europe", "+02:00", "CEST2", "../etc/passwd", "/etc"),
            *("zone.tab", "localtime", "Europe/Paris\n", "A" * 100, "Europe/\0", 2),
        ],
    ),
    "language": (
        "must be two lower-case letters, such as fr",
        ["fr", "zz"],
        ["", "FR", "f", "fra", "fr-FR", "fr\n", "éé", 1],
    ),
    "country": (
        "must be two capital letters, such as FR",
        ["FR", "ZZ"],
        ["", "fr", "F", "FRA", "FR\n", "ÉÉ", 33],
    ),
    "email": (
        "must be an e-mail address such as ada@example.com",
        ["ada@example.com", "Ada@Example.COM"],
        ["", "ada", "ada@example", "a da@example.com", 1, ["ada@example.com"]],
    ),
    "mobile": (
        "must be in E.164 format, such as +551155256325",
        ["+551155256325"],
        ["", "551155256325", "+55 11 5525", 551155256325],
    ),
    "gender": ("must be male, female or other", ["male", "female", "other"], ["", "m", 1]),
    **dict.fromkeys(
        ("email_opt_in", "sms_opt_in", "whatsapp_opt_in"),
        ("must be 0, 1 or 2", [0, 1, 2], [3, -1, True, False, "1", 1.0, "", [1]]),
    ),
    "birth_date": (
        "must be a past date in the form YYYY-MM-DD",
        ["1815-12-10", "2000-02-29"],
        ["", "10.12.1815", "1815-12-32", "1900-02-29", "1815-12-10T00:00:00Z", 1815],
    ),
}
RIGHT = [(name, value) for name, (_, right, _) in RULES.items() for value in right]
WRONG = [(name, value, words) for name, (words, _, wrong) in RULES.items() for value in wrong]
ALONE = "is missing: latitude and longitude come together, or neither"


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_what_fits_its_field_is_right(name: str, value: object) -> None:
    """Each as the documentation of the wire has it, or of the other wire where both have one."""
    assert wrong_with_contact({name: value}, {name}) is None


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_what_does_not_is_told_with_its_field(name: str, value: object, words: str) -> None:
    """Operations can make anything of a field; it is the result that must be right."""
    assert wrong_with_contact({name: value, "plan": "gold"}, {name, "plan"}) == (name, words)


@pytest.mark.parametrize("name", RULES)
def test_what_was_not_touched_is_held_against_nothing(name: str) -> None:
    """What is stored already, by whichever wire, must not keep a contact from changing."""
    assert wrong_with_contact({name: [{}], "plan": 1}, {"plan"}) is None


@pytest.mark.parametrize("name", [*RULES, "plan"])
def test_null_and_nothing_are_always_right(name: str) -> None:
    """Both mean that it is not known."""
    assert wrong_with_contact({name: None}, {name}) is None
    assert wrong_with_contact({}, {name}) is None


@pytest.mark.parametrize(("name", "most"), [("latitude", 90), ("longitude", 180)])
def test_coordinates_are_numbers_in_their_range(name: str, most: int) -> None:
    """Zero and both ends are places."""
    words = f"must be a number from -{most} to {most}"
    place: dict[str, Any] = {"latitude": 0, "longitude": 0}

    for value in (0, 0.0, most, -most, most - 0.5):
        assert wrong_with_contact(place | {name: value}, {name}) is None
    for value in (most + 0.001, -most - 1, True, "12", [1], 10**400):
        assert wrong_with_contact(place | {name: value}, {name}) == (name, words)


@pytest.mark.parametrize(
    ("attributes", "changed", "expected"),
    [
        ({"latitude": 1, "longitude": 2}, {"latitude", "longitude"}, None),
        ({"latitude": 1, "longitude": 2}, {"latitude"}, None),
        ({}, {"latitude", "longitude"}, None),
        ({"latitude": None}, {"latitude"}, None),
        ({"latitude": 1}, {"latitude"}, ("longitude", ALONE)),
        ({"latitude": 1}, {"longitude"}, ("longitude", ALONE)),
        ({"longitude": 2, "latitude": None}, {"longitude"}, ("latitude", ALONE)),
        ({"longitude": 2}, {"plan"}, None),
    ],
)
def test_one_coordinate_alone_is_no_place(
    attributes: dict[str, Any], changed: set[str], expected: tuple[str, str] | None
) -> None:
    """Also when an operation removes one of two."""
    assert wrong_with_contact(attributes, changed) == expected


def test_texts_and_names_have_a_length() -> None:
    """As on the other wire; the texts inside objects and arrays are not measured."""
    long = "x" * 1_000

    assert wrong_with_contact({"a": long[1:], "b": {"c": long}, "d": [long]}, set("abd")) is None
    assert wrong_with_contact({"a": long}, {"a"}) == (
        "a",
        "has 1000 characters, at most 999 are allowed",
    )
    assert wrong_with_contact({long: 1}, {long}) == (
        long,
        "attribute names have 1 to 49 characters",
    )


def test_so_many_attributes_change_at_once() -> None:
    """Meant are all together."""
    many = {f"a{number}": number for number in range(256)}

    assert wrong_with_contact(many, set(many)) == (
        "",
        "has 256 attributes, at most 255 are allowed",
    )
    assert wrong_with_contact(many, {"a1"}) is None


def test_of_several_mistakes_the_same_one_is_told_each_time() -> None:
    """A set has no order, an answer should."""
    wrong = {"country": 1, "avatar": 1, "time_zone": 1, "email": 1}

    assert wrong_with_contact(wrong, set(wrong)) == (
        "avatar",
        "must be a URL that begins with http:// or https://",
    )
