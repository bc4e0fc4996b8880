"""The one table of names between this wire and what is stored: pure."""

import pytest

from tidings.web.notifuse.names import STORED_NAMES, wire_name, wire_path


def test_both_directions_agree() -> None:
    """An attribute that is set must be found under the same name."""
    assert {wire_name(stored): stored for stored in STORED_NAMES.values()} == STORED_NAMES


@pytest.mark.parametrize("name", ["plan", "address", "firstName", "mobileNumber", "id", ""])
def test_every_other_name_stays_as_it_is(name: str) -> None:
    """The caller's own attributes are none of our business."""
    assert wire_name(name) == name


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ("first_name", "firstName"),
        ("mobile.0.first_name", "mobileNumber.0.first_name"),
        ("address.first_name", "address.first_name"),
        ("createdAt", "createdAt"),
        ("", ""),
    ],
)
def test_only_the_first_part_of_a_path_is_a_name(stored: str, path: str) -> None:
    """Below it lies what the caller made."""
    assert wire_path(stored) == path
