"""Counting calls for all processes of one database, exactly, with one statement for many calls."""

import asyncio
from datetime import UTC, datetime

import msgspec

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import store
from tidings.brands.model import Api, Brand
from tidings.storage.pool import connect, database_away, is_unavailable
from tidings.storage.tx import Connection

_WINDOW_SECONDS = 60
# One statement on one row: a database that takes longer hangs, and every call waits for it.
_COUNT_LIMIT_SECONDS = 10.0


class Allowance(msgspec.Struct, frozen=True):
    """What a brand has left in the current minute, this call counted.

    Units:  reset_seconds - until the minute ends, at least 1.
    """

    limit: int
    remaining: int
    reset_seconds: int
    is_over: bool


class RateLimiter:
    """Gives each call its number within the minute.

    Calls that arrive while a statement is under way are counted together by the next one, so the
    cost a call falls as the load rises. The counter is one row a brand and API, shared by all
    processes; the number of a call is unique, so no more than the limit can ever pass.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None
        self._waiting: list[tuple[BrandId, Api, asyncio.Future[int]]] = []
        self._counting: asyncio.Task[None] | None = None

    async def take(self, brand: Brand, api: Api) -> Allowance:
        """Count one call.

        Errors: `unavailable` when the database is away.
        """
        number: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((brand.brand_id, api, number))
        if self._counting is None:
            self._counting = asyncio.create_task(self._count_all())
        used = await number
        limit = brand.calls_per_minute[api]
        return Allowance(
            limit=limit,
            remaining=max(0, limit - used),
            reset_seconds=max(1, _WINDOW_SECONDS - int(clock.now().timestamp()) % _WINDOW_SECONDS),
            is_over=used > limit,
        )

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _count_all(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await self._count(waiting)
            except Exception as error:
                if isinstance(error, TimeoutError) and self._connection is not None:
                    # It would wait for the statement that was given up before any other.
                    self._connection.terminate()
                refusal = error if isinstance(error, Refused) else _refusal(error)
                for _, _, number in waiting:
                    if not number.done():
                        number.set_exception(refusal)
        self._counting = None

    async def _count(self, waiting: list[tuple[BrandId, Api, asyncio.Future[int]]]) -> None:
        if self._connection is None or self._connection.is_closed():
            # A count lost in a crash of the database is worth less than a disk flush per call.
            self._connection = await connect(
                self._url,
                settings={"synchronous_commit": "off"},
                statement_seconds=_COUNT_LIMIT_SECONDS,
            )
        groups: dict[tuple[BrandId, Api], list[asyncio.Future[int]]] = {}
        for brand_id, api, number in waiting:
            groups.setdefault((brand_id, api), []).append(number)
        wanted = [(brand_id, api, len(calls)) for (brand_id, api), calls in groups.items()]
        used = await store.take_calls(self._connection, wanted, _this_minute())
        for group, numbers in groups.items():
            first = used[group] - len(numbers) + 1
            for position, number in enumerate(numbers):
                if not number.done():
                    number.set_result(first + position)


def over_limit(api: Api, allowance: Allowance) -> Refused:
    """Put a used-up minute into words."""
    return Refused(
        Code.RATE_LIMITED,
        f"The limit of {allowance.limit} {api.value} calls a minute is used up; "
        f"it starts anew in {allowance.reset_seconds} s.",
        retry_after_seconds=allowance.reset_seconds,
    )


def _this_minute() -> datetime:
    seconds = int(clock.now().timestamp())
    return datetime.fromtimestamp(seconds - seconds % _WINDOW_SECONDS, UTC)


def _refusal(error: Exception) -> Exception:
    return database_away(error) if is_unavailable(error) else error
