"""Calls that are done in a transaction of their own, and only once for one `Idempotency-Key`."""

from collections.abc import Awaitable, Callable

from tidings.base.errors import Code, Refused
from tidings.brands import idempotency
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import Call, Reply

USED_KEY = "This Idempotency-Key was used for another request. Use a new key for each call."


async def do_once(
    database: Database, call: Call, act: Callable[[Tx], Awaitable[Reply]], *, key: str | None
) -> Reply:
    """Do what a call asks and commit it, or answer as the first call with its key was.

    Shape:  key - None to do it in any case.
    Errors: `conflict` for a key that was used for something else; those of `act`, after which the
            key is free again.
    """
    async with database.transaction() as tx:
        if key is None:
            return await act(tx)
        of_brand = call.brand.brand_id, key
        fingerprint = call.fingerprint()
        first = (await idempotency.claim(tx, {of_brand: fingerprint})).get(of_brand)
        if first is None:
            reply = await act(tx)
            await idempotency.keep(tx, [(of_brand, reply.status, reply.body)])
            return reply
        if first.fingerprint != fingerprint:
            raise Refused(Code.CONFLICT, USED_KEY)
        return Reply(first.status, first.body)
