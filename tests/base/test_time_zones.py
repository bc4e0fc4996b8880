"""The time zone of the machine is nobody's time zone: everything about time passes in any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# Whatever reads, stores or compares instants: times and types, months, retries and rounds.
ABOUT_TIME = [
    "base/test_times.py",
    "events/test_months.py",
    "schema/test_check.py",
    "schema/test_fits_type.py",
    "segments/test_edges.py",
    "segments/test_functions.py",
    "work/test_periodic.py",
    "work/test_retry.py",
]


@pytest.mark.processes
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
def test_what_is_about_time_passes_in_another_time_zone(zone: str) -> None:
    """Known bug 26: jobs were stuck by the host's UTC offset; these two are off by half hours."""
    quietly = ["-q", "-p", "no:cacheprovider"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quietly, *(str(TESTS / name) for name in ABOUT_TIME)],
        cwd=TESTS.parent,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
def test_the_time_zone_is_really_another_one_there(zone: str) -> None:
    """Where `TZ` did nothing, the test above would prove nothing."""
    ask = "import time; print(time.localtime().tm_gmtoff % 3600)"

    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1800\n"
