"""The URLs about segments. Neither wire has any: these are ours, in the words of this wire."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from tidings.base import limits
from tidings.base.errors import Refused, unavailable
from tidings.base.ids import BrandId
from tidings.brands.model import Api
from tidings.identity import actions as identity
from tidings.segments import actions
from tidings.segments.model import SegmentId
from tidings.segments.saved import Segment
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import segment_reply
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.notifyvisitors.segment_parse import (
    parse_change,
    parse_creation,
    parse_members_query,
    parse_preview,
    parse_reference,
    parse_segments_query,
    write_members_cursor,
    write_segments_cursor,
)


class Segments:
    """The calls about segments.

    Shape:  database - connections of their own: a call that looks at everybody, or waits for
            workers, must keep nobody waiting who wants to know which keys are valid.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._previews = 0

    def endpoints(self) -> list[Endpoint]:
        """Return every URL about segments."""
        post, query = ("POST",), ("GET", "POST")
        segment = partial(Endpoint, api=Api.USER, refuse=refuse_wrapped)
        return [
            segment("/api/v1/segment/create", post, act=self.create),
            segment("/api/v1/segment/update", post, act=self.update),
            segment("/api/v1/segment/publish", post, act=self.publish),
            segment("/api/v1/segment/delete", ("POST", "DELETE"), act=self.delete),
            segment("/api/v1/segment/get", query, act=self.read),
            segment("/api/v1/segment/list", query, act=self.list_page),
            segment("/api/v1/segment/count", query, act=self.count),
            segment("/api/v1/segment/members", query, act=self.list_members),
            segment("/api/v1/segment/preview", post, act=self.preview),
        ]

    async def create(self, call: Call) -> Reply:
        """Save a segment and have it built, unless it is a draft."""
        asked = parse_creation(call.body, call.query)
        async with self._defining() as tx:
            segment_id = await actions.create(tx, call.brand.brand_id, asked.name, asked.definition)
            if not asked.is_draft:
                await actions.publish(tx, call.brand.brand_id, segment_id)
            return await _saved(tx, call.brand.brand_id, segment_id)

    async def update(self, call: Call) -> Reply:
        """Give a segment another name, another definition, or both."""
        asked = parse_change(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._defining() as tx:
            if asked.name is not None:
                await actions.rename(tx, brand_id, asked.segment_id, asked.name)
            if asked.definition is not None:
                await actions.update(tx, brand_id, asked.segment_id, asked.definition)
                if not asked.is_draft:
                    await actions.publish(tx, brand_id, asked.segment_id)
            return await _saved(tx, brand_id, asked.segment_id)

    async def publish(self, call: Call) -> Reply:
        """Have a segment built by what was saved last."""
        segment_id = parse_reference(call.body, call.query)
        async with self._defining() as tx:
            await actions.publish(tx, call.brand.brand_id, segment_id)
            return await _saved(tx, call.brand.brand_id, segment_id)

    async def delete(self, call: Call) -> Reply:
        """Delete a segment."""
        segment_id = parse_reference(call.body, call.query)
        async with self._database.transaction() as tx:
            await actions.delete(tx, call.brand.brand_id, segment_id)
        return segment_reply.deleted(segment_id)

    async def read(self, call: Call) -> Reply:
        """Read one segment."""
        segment, members = await self._counted(call)
        return segment_reply.found(call.brand, segment, members=members)

    async def list_page(self, call: Call) -> Reply:
        """List segments, a page at a time."""
        after, size = parse_segments_query(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            page = await actions.list_page(tx, brand_id, after=after, at_most=size)
            counts = await actions.count_each(tx, brand_id, page)
        cursor = write_segments_cursor(page[-1].segment_id) if len(page) == size else None
        return segment_reply.listed(call.brand, page, counts=counts, cursor=cursor)

    async def count(self, call: Call) -> Reply:
        """Count who is in a segment."""
        _, members = await self._counted(call)
        return segment_reply.counted(members)

    async def list_members(self, call: Call) -> Reply:
        """List who is in a segment, a page at a time."""
        segment_id, after, size = parse_members_query(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            segment = await actions.find(tx, brand_id, segment_id)
            page = await actions.members(
                tx, brand_id, segment, after=after or actions.NOBODY, at_most=size
            )
            names = await identity.names_of(tx, brand_id, [one.person for one in page])
        cursor = write_members_cursor(page[-1].person) if len(page) == size else None
        return segment_reply.members_listed(call.brand, page, names, cursor=cursor)

    async def preview(self, call: Call) -> Reply:
        """Count who a definition has now, and show some of them."""
        definition = parse_preview(call.body, call.query)
        brand_id = call.brand.brand_id
        with self._seat():
            async with self._defining() as tx:
                node = await actions.read_definition(tx, brand_id, definition)
                found = await actions.preview(tx, brand_id, node)
                names = await identity.names_of(tx, brand_id, found.examples)
        return segment_reply.previewed(found, names)

    async def _counted(self, call: Call) -> tuple[Segment, int]:
        segment_id = parse_reference(call.body, call.query)
        async with self._database.transaction() as tx:
            segment = await actions.find(tx, call.brand.brand_id, segment_id)
            counts = await actions.count_each(tx, call.brand.brand_id, [segment])
        # Somebody may have deleted it between the two.
        return segment, counts.get(segment_id, 0)

    @asynccontextmanager
    async def _defining(self) -> AsyncGenerator[Tx]:
        """Open a transaction in which a definition is read, and say where its mistakes are."""
        try:
            async with self._database.transaction() as tx:
                yield tx
        except Refused as refused:
            raise segment_reply.placed(refused) from refused

    @contextmanager
    def _seat(self) -> Generator[None]:
        """Take one of the few seats for previews, which look at everybody."""
        if self._previews >= limits.MAX_PREVIEWS_AT_ONCE:
            raise unavailable(
                f"{self._previews} previews are under way here. Send again shortly.",
                retry_after_seconds=limits.PREVIEW_SECONDS,
            )
        self._previews += 1
        try:
            yield
        finally:
            self._previews -= 1


async def _saved(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> Reply:
    return segment_reply.saved(await actions.find(tx, brand_id, segment_id))
