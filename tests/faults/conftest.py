"""Servers to be hurt."""

from tests.cli.conftest import serve

__all__ = ["serve"]
