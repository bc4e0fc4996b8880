"""`make soak`: the machine of people for as long as asked, each time with other calls.

Not collected by itself: the suite has the same machine, with the same calls each time.
"""

import os
import sys
import time

import httpx
from hypothesis import settings

from tests.web.conftest import MakeCaller
from tests.web.people.machine import BOUNDS, Figures, run
from tests.web.server import Caller

_BRANDS_AT_A_TIME = 10


def test_the_machine_finds_nothing_for_as_long_as_asked(
    make_caller: MakeCaller, second_client: httpx.Client
) -> None:
    """`SOAK_SECONDS` says how long: 600 unless set. One line of figures every ten brands."""
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    figures = Figures()

    def callers() -> tuple[Caller, Caller]:
        here = make_caller(merging=True)
        return here, here.at(second_client)

    bounds = settings(BOUNDS, derandomize=False, max_examples=_BRANDS_AT_A_TIME)
    begun_at = time.monotonic()
    while (elapsed := time.monotonic() - begun_at) < seconds:
        sys.stdout.write(f"{elapsed:.0f} s: {figures}\n")
        sys.stdout.flush()
        run(callers, figures, bounds)
    sys.stdout.write(f"{elapsed:.0f} s: {figures}\n")
