"""Tokens taken apart, as who receives them does."""

from typing import Any

import msgspec

from tidings.channels.providers.tokens import from_url_base64


def claims_of(token: str) -> tuple[Any, Any, bytes, bytes]:
    """Take a token apart: head, claims, what is signed, signature."""
    head, claims, signature = token.split(".")
    return (
        msgspec.json.decode(from_url_base64(head)),
        msgspec.json.decode(from_url_base64(claims)),
        f"{head}.{claims}".encode(),
        from_url_base64(signature),
    )
