"""Rows for a person at a terminal."""

import unicodedata
from collections.abc import Sequence

import click


def show(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below their head, each column as wide as it needs to be."""
    texts = [list(head), *([shown(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    for row in texts:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def shown(text: str) -> str:
    """Return a text that was sent to us as it may be printed: it must not steer the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) == "Cc" else sign for sign in text
    )
