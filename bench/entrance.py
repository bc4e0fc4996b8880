"""How soon somebody is seen in a segment after the event by which they entered was answered."""

import asyncio
import threading
import time
from collections.abc import Iterable
from typing import Self

from tidings.storage.pool import connect

_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 60


class Entrance:
    """People who enter a segment, one with each call."""

    def __init__(self, url: str, segment_id: int, people: Iterable[tuple[int, int]]) -> None:
        self._url = url
        self._segment_id = segment_id
        self._people = list(people)
        self._answered: dict[int, float] = {}
        self._waiting: dict[tuple[int, int], int] = {}
        self._delays: list[float] = []
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def answered(self, number: int) -> None:
        """Note that the call with this number was answered, and its person is to enter."""
        with self._lock:
            self._answered[number] = time.perf_counter()
            self._waiting[self._people[number]] = number

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._look()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def delays(self) -> list[float]:
        """Return how long each took, the shortest first.

        Units: seconds.
        Errors: RuntimeError when somebody never entered.
        """
        if self._waiting:
            raise RuntimeError(f"{len(self._waiting)} people never entered")
        return sorted(self._delays)

    async def _look(self) -> None:
        connection = await connect(self._url)
        until = float("inf")
        while self._waiting or not self._is_over.is_set():
            if self._is_over.is_set():
                until = min(until, time.perf_counter() + _PATIENCE_SECONDS)
            if time.perf_counter() > until:
                break
            with self._lock:
                waiting = dict(self._waiting)
            if waiting:
                rows = await connection.fetch(
                    "SELECT slot, profile_id FROM unnest($2::smallint[], $3::bigint[])"
                    " AS asked (slot, profile_id) JOIN memberships USING (slot, profile_id)"
                    " JOIN segments USING (segment_id)"
                    " WHERE segment_id = $1 AND version = live_version",
                    self._segment_id,
                    [slot for slot, _ in waiting],
                    [profile_id for _, profile_id in waiting],
                )
                seen_at = time.perf_counter()
                with self._lock:
                    for row in rows:
                        number = self._waiting.pop((row["slot"], row["profile_id"]))
                        self._delays.append(seen_at - self._answered[number])
            await asyncio.sleep(_LOOK_SECONDS)
        await connection.close()
