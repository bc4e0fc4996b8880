"""The tables of templates and of their versions: rows in, models out."""

from datetime import datetime
from typing import cast

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of
from tidings.templates.model import Template, TemplateId, TemplateVersion

SQL = Queries(__file__)


async def insert_template(
    tx: Tx, brand_id: BrandId, key: str, *, name: str, medium: Medium, at: datetime
) -> TemplateId | None:
    """Insert a template without a version; None when the brand has the key already."""
    found = await tx.fetchval(SQL["insert_template"], brand_id, key, name, medium.value, at)
    return None if found is None else TemplateId(found)


async def count_templates(tx: Tx, brand_id: BrandId) -> int:
    """Count a brand's templates."""
    return cast("int", await tx.fetchval(SQL["count_templates"], brand_id))


async def insert_version(
    tx: Tx, brand_id: BrandId, template_id: TemplateId, content: bytes, *, at: datetime
) -> TemplateVersion | None:
    """Insert a version after the last one; None when the template is gone."""
    number = await tx.fetchval(SQL["next_version"], brand_id, template_id, at)
    if number is None:
        return None
    await tx.execute(SQL["insert_version"], brand_id, template_id, number, content, at)
    return TemplateVersion(number)


async def rename(tx: Tx, brand_id: BrandId, template_id: TemplateId, name: str) -> None:
    """Give a template another name."""
    await tx.execute(SQL["rename_template"], brand_id, template_id, name)


async def delete_template(tx: Tx, brand_id: BrandId, key: str) -> bool:
    """Delete a template and its versions; say whether there was one."""
    return rows_of(await tx.execute(SQL["delete_template"], brand_id, key)) == 1


async def select_templates(tx: Tx, brand_id: BrandId) -> list[Template]:
    """Return a brand's templates, by key."""
    return [_template(row) for row in await tx.fetch(SQL["select_templates"], brand_id)]


async def select_template(tx: Tx, brand_id: BrandId, key: str) -> Template | None:
    """Return the template of a key."""
    row = await tx.fetchrow(SQL["select_template"], brand_id, key)
    return None if row is None else _template(row)


async def select_content(
    tx: Tx, brand_id: BrandId, template_id: TemplateId, version: TemplateVersion
) -> bytes | None:
    """Return what a version says, as JSON."""
    row = await tx.fetchrow(SQL["select_content"], brand_id, template_id, version)
    return None if row is None else cast("bytes", row["content"])


def _template(row: Row) -> Template:
    return Template(
        template_id=TemplateId(row["template_id"]),
        key=row["key"],
        name=row["name"],
        medium=Medium(row["medium"]),
        last_version=TemplateVersion(row["last_version"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
