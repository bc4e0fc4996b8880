"""A brand to send things to, and crowds to ask about."""

import pytest

from tests.segments.crowds import Crowds
from tests.shop import other_shop, shop

__all__ = ["other_shop", "shop"]


@pytest.fixture
def crowds() -> Crowds:
    """Keep who is stored already."""
    return {}
