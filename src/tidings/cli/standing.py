"""How far the test of a campaign is, for a person at a terminal."""

from datetime import datetime

import click

from tidings.campaigns.model import How
from tidings.campaigns.winner import Standing
from tidings.cli.table import show

_WORDS = {
    How.BEST: "it is the best",
    How.TIE: "it is the first of several that are the best",
    How.OPERATOR: "somebody picked it",
}


def show_standing(test: Standing) -> None:
    """Print what each variant has got, and which is the winner, or when that is decided."""
    click.echo()
    show(
        ("variant", "template", "sent", "opened", "clicked", "converted"),
        [
            (
                number,
                template,
                *(f"{count:,}" for count in (one.sent, one.opened, one.clicked, one.converted)),
            )
            for number, (template, one) in enumerate(
                zip(test.templates, test.trials, strict=True), start=1
            )
        ],
    )
    click.echo(f"\n{_said(test)}")


def in_short(test: Standing | None) -> str:
    """Say the same in a cell of a table; nothing of a campaign without a test."""
    if test is None:
        return ""
    if test.winner is not None:
        return f"variant {test.winner.position + 1}"
    return f"{test.test.share}% by {test.test.winner}"


def _said(test: Standing) -> str:
    if test.winner is not None and test.decided_at is not None:
        number, why = test.winner.position + 1, _WORDS[test.winner.how]
        return f"Variant {number} is the winner, since {why}: {_written(test.decided_at)}."
    asked = test.test
    picked = f"{asked.share} in 100 people are in the test. Its winner is picked by {asked.winner}"
    if test.decides_at is not None:
        return f"{picked} at {_written(test.decides_at)}."
    return f"{picked}, {asked.after} after all of it was sent."


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
