"""A brand that sends mail to a server on loopback, and whose campaigns are reported."""

from tests.messages.conftest import mailserver, post
from tests.shop import other_shop, shop

__all__ = ["mailserver", "other_shop", "post", "shop"]
