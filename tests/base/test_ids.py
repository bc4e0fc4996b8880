"""Ids are unique and rise with time; secrets can be found by scanners and not be guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tidings.base import clock, ids

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_ids_of_one_moment_are_all_different(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit makes thousands of people within a millisecond."""
    monkeypatch.setattr(clock, "now", lambda: NOON)

    drawn = [ids.new_profile_id() for _ in range(100_000)]

    assert len(set(drawn)) == 100_000


def test_ids_drawn_by_threads_at_once_are_all_different() -> None:
    """The counter is one for the process, whoever asks."""
    with ThreadPoolExecutor(8) as threads:
        drawing = [threads.submit(ids.new_profile_id) for _ in range(20_000)]
    drawn = [one.result() for one in drawing]

    assert len(set(drawn)) == 20_000


def test_a_later_millisecond_has_a_greater_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """New people go to the end of the index, where its pages are in memory."""
    instants = [NOON + timedelta(milliseconds=number) for number in range(1_000)]
    coming = iter(instants)
    monkeypatch.setattr(clock, "now", lambda: next(coming))

    drawn = [ids.new_profile_id() for _ in instants]

    assert drawn == sorted(drawn)


@pytest.mark.parametrize("instant", [NOON, datetime(2039, 1, 1, tzinfo=UTC)])
def test_an_id_fits_a_bigint(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """It is stored as one, and a negative id would sort before all others."""
    monkeypatch.setattr(clock, "now", lambda: instant)

    assert 0 < ids.new_profile_id() < 2**63


def test_a_key_has_our_prefix_and_256_random_bits() -> None:
    """Scanners of repositories find leaked keys by their prefix; nobody guesses the rest."""
    keys = [ids.new_secret_key() for _ in range(1_000)]

    assert {key[:4] for key in keys} == {ids.KEY_PREFIX}
    assert {len(key) for key in keys} == {4 + 43}
    assert len(set(keys)) == 1_000


def test_an_error_id_is_short_enough_to_read_out() -> None:
    """A client reads it to an operator, who looks for it in the log."""
    drawn = [ids.new_error_id() for _ in range(1_000)]

    assert {len(error_id) for error_id in drawn} == {16}
    assert len(set(drawn)) == 1_000
