"""What a stored person claims by what their profile holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.identity.people import BRAND, anonymous, claim, email, mobile, user
from tests.shop import NOON
from tidings.base.ids import ProfileId
from tidings.identity.claim import ProfileClaim, claim_of_profile
from tidings.identity.model import Identifier
from tidings.profiles.model import Profile, ProfileRef
from tidings.storage.slots import Slot

ADA = {"email": "Ada@Example.com ", "mobile": "+919820301010", "city": "Pune"}


def claimed(
    has: Sequence[Identifier],
    attributes: Mapping[str, Any],
    mismatched: Mapping[str, Any] | None = None,
) -> ProfileClaim | None:
    """Return what somebody with these attributes claims."""
    ref = ProfileRef(Slot(0), ProfileId(1))
    profile = Profile(ref, None, attributes, mismatched or {}, NOON, NOON)
    return claim_of_profile(BRAND, profile, has, position=3)


def test_a_user_claims_the_address_and_the_number() -> None:
    """Written as they identify."""
    own, mail, number = user("ada"), email("ada@example.com"), mobile("+919820301010")

    assert claimed([own], ADA) == ProfileClaim(own, claim(own, mail, number, position=3))


def test_a_visitors_address_comes_before_their_own_id() -> None:
    """As in a record that names both, so that the same is refused to the same."""
    own, mail = anonymous("v"), email("ada@example.com")

    found = claimed([own], {"email": "ada@example.com"})

    assert found == ProfileClaim(own, claim(mail, own, position=3))


def test_what_leads_to_them_already_is_not_claimed() -> None:
    """So that repeating a build costs little."""
    own, mail, number = user("ada"), email("ada@example.com"), mobile("+919820301010")

    assert claimed([own, mail], ADA) == ProfileClaim(own, claim(own, number, position=3))
    assert claimed([own, mail, number], ADA) is None


def test_a_value_put_aside_for_its_type_is_claimed() -> None:
    """A record claims it whatever its type is locked to."""
    own, mail = user("ada"), email("ada@example.com")

    found = claimed([own], {}, {"email": "ada@example.com"})

    assert found == ProfileClaim(own, claim(own, mail, position=3))


@pytest.mark.parametrize(
    "attributes",
    [{}, {"email": "nowhere", "mobile": "98203"}, {"email": None, "mobile": 919820301010}],
)
def test_what_is_no_address_claims_nothing(attributes: Mapping[str, Any]) -> None:
    """It was stored as an attribute like any other."""
    assert claimed([user("ada")], attributes) is None


def test_whoever_is_known_by_placeholders_only_claims_nothing() -> None:
    """That profile has what many left there who sent no id."""
    real = user("ada")

    assert claimed([user("null"), anonymous("0")], ADA) is None
    assert claimed([], ADA) is None
    found = claimed([user("null"), real], {"email": "ada@example.com"})
    assert found == ProfileClaim(real, claim(real, email("ada@example.com"), position=3))
