"""Merge races lose no event, split nobody and fuse no two users: ten thousand concurrent calls.

`make soak` sends other ones, for as long as asked.
"""

import httpx
from hypothesis import settings

from tests.web.conftest import MakeCaller
from tests.web.people.machine import BOUNDS, Figures, run
from tests.web.people.model import Wire
from tests.web.server import Caller

CALLS = 10_000
BRANDS = 125


def test_whatever_comes_at_the_same_moment_was_done_in_an_order(
    make_caller: MakeCaller, second_client: httpx.Client
) -> None:
    """No event is lost or doubled, every count counts, and each identifier leads to one person."""
    figures = Figures()

    def callers() -> tuple[Caller, Caller]:
        here = make_caller(merging=True)
        return here, here.at(second_client)

    run(callers, figures, settings(BOUNDS, max_examples=BRANDS))

    assert figures.calls.total() >= CALLS
    assert min(figures.calls[wire] for wire in Wire) >= CALLS / 20
    assert figures.merges >= CALLS / 50
