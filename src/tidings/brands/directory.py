"""The brands and keys that a process holds in memory, at most a few seconds old."""

import asyncio
import hmac
from collections.abc import Mapping

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import store
from tidings.brands.model import Brand
from tidings.storage.pool import Database, database_away

# A revoked key must stop working in every process within 5 s (docs/notifyvisitors.md).
REFRESH_SECONDS = 2.0
MAX_AGE_SECONDS = 4.5
# A key made a moment ago is looked for at once, but wrong keys must not become a flood of reads.
MISS_REFRESH_SECONDS = 0.25
# Two small tables: a database that takes longer hangs, and every call waits for it.
READ_LIMIT_SECONDS = 5.0

_UNAUTHENTICATED = "Invalid auth: send a valid x-api-key with its x-brand-id, or a bearer token."


class Directory:
    """Who may enter which house.

    Read whole every `REFRESH_SECONDS`: it is small, and a copy that is replaced whole can be
    stale but never inconsistent. When it is older than `MAX_AGE_SECONDS`, because the database
    is away, nobody is let in: we could not know whether the key was revoked since.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._brands: Mapping[BrandId, Brand] = {}
        self._keys: Mapping[bytes, BrandId] = {}
        self._read_at = -MAX_AGE_SECONDS
        self._reading: asyncio.Task[None] | None = None

    async def keep_fresh(self, stop: asyncio.Event) -> None:
        """Refresh until told to stop; an absent database is tried again at the next round."""
        while not stop.is_set():
            try:
                await self.refresh()
            except Refused as refused:
                if refused.code is not Code.UNAVAILABLE:
                    raise
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def refresh(self) -> None:
        """Read all brands and valid keys, as they are now or a moment later.

        Errors: `unavailable` when the database is away.
        """
        await self._read_since(clock.monotonic())

    async def authenticate(self, digest: bytes, brand_id: int | None) -> Brand:
        """Find the brand that a key opens.

        Shape:  digest - of the key (`actions.hash_key`); brand_id - what the caller says the brand
                is, None when the key alone says it.
        Errors: `unauthenticated` for a key that opens nothing, or another brand than is said;
                `unavailable` when the database has been away too long to know.
        """
        brand = self._find(digest, brand_id)
        now = clock.monotonic()
        if brand is None or now - self._read_at > MAX_AGE_SECONDS:
            # Who asks too soon after a reading waits for the next one.
            await asyncio.sleep(self._read_at + MISS_REFRESH_SECONDS - now)
            await self._read_since(now)
            brand = self._find(digest, brand_id)
        if brand is None:
            raise Refused(Code.UNAUTHENTICATED, _UNAUTHENTICATED)
        return brand

    async def _read_since(self, asked_at: float) -> None:
        # However many ask at the same time, one reads and all share its outcome: so wrong keys are
        # no flood of reads, and on a database that hangs each waits for one limit of time, not for
        # those of all before it.
        while self._read_at < asked_at:
            if self._reading is None:
                self._reading = asyncio.create_task(self._read())
            await asyncio.shield(self._reading)

    async def _read(self) -> None:
        started = clock.monotonic()
        try:
            async with (
                asyncio.timeout(READ_LIMIT_SECONDS),
                self._database.transaction() as tx,
            ):
                brands = await store.select_brands(tx)
                keys = await store.select_valid_keys(tx)
        except TimeoutError as error:
            raise database_away(error) from error
        finally:
            self._reading = None
        self._brands = {brand.brand_id: brand for brand in brands}
        self._keys = keys
        self._read_at = started

    def _find(self, digest: bytes, brand_id: int | None) -> Brand | None:
        # The look-up is by the hash of what was sent, so its timing tells nothing about a key
        # that would be right; the comparison of brands is constant-time all the same.
        owner = self._keys.get(digest)
        if owner is None:
            return None
        if brand_id is not None and not hmac.compare_digest(str(owner), str(brand_id)):
            return None
        return self._brands.get(owner)
