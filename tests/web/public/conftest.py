"""A brand that sends mail, and a web process that its recipients reach."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from tests.messages.conftest import mailserver, other_shop, post, shop
from tests.messages.post import Post
from tests.web.public.door import Letter, open_door, send_letter

__all__ = ["mailserver", "other_shop", "post", "shop"]


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """Lend a client of a web process."""
    async with open_door(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def letter(post: Post) -> Letter:
    """Send a mail that is about nothing in particular."""
    [ada] = await post.people("ada")
    return await send_letter(post, ada)
