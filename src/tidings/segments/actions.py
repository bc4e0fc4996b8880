"""What is done with segments: so far, looking at what a definition would have."""

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.schema import actions as schema
from tidings.segments import store
from tidings.segments.compile import Scope, compile_preview
from tidings.segments.model import Node, Preview
from tidings.segments.parse import parse
from tidings.segments.reading import Vocabulary
from tidings.storage.tx import Tx, ran_too_long


async def read_definition(tx: Tx, brand_id: BrandId, definition: object) -> Node:
    """Read a definition with what the brand has now.

    Shape:  definition - decoded JSON.
    Errors: `invalid` with every mistake and its path; `not_found` for an unknown brand.
    """
    brand = await brands.find_brand(tx, brand_id)
    words = Vocabulary(
        zone=brand.clock_zone,
        name_ids=await schema.read_names(tx, brand_id),
        locks=await schema.read_locks(tx, brand_id),
    )
    read = parse(definition, words)
    if isinstance(read, list):
        first = read[0]
        message = f"{first.field or 'The definition'} {first.message}."
        raise Refused(Code.INVALID, message, mistakes=read)
    return read


async def preview(
    tx: Tx, brand_id: BrandId, node: Node, *, within_seconds: float = limits.PREVIEW_SECONDS
) -> Preview:
    """Count who a definition has at this moment, and return some of them; nothing is stored.

    Errors: `unavailable` when it takes too long, after which the transaction cannot go on;
            `not_found` for an unknown brand, or when the definition names an unknown segment.
    """
    brand = await brands.find_brand(tx, brand_id)
    scope = Scope(brand_id=brand_id, zone=brand.clock_zone, now=clock.now())
    statement = compile_preview(node, scope, examples=limits.SEGMENT_EXAMPLES)
    await store.limit_statements(tx, seconds=within_seconds)
    try:
        return await store.select_preview(tx, statement)
    except Exception as error:
        if ran_too_long(error):
            message = f"The preview took longer than {within_seconds:g} s and was given up."
            raise unavailable(message, retry_after_seconds=limits.PREVIEW_SECONDS) from error
        raise
