"""A brand to send things to."""

from tests.shop import shop

__all__ = ["shop"]
