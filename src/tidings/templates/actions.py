"""What is done with templates: saved, looked up, deleted."""

import re

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.storage.tx import Tx
from tidings.templates import store
from tidings.templates.compile import Compiled, compile_content
from tidings.templates.content import read_content
from tidings.templates.model import Content, Template, TemplateId, TemplateVersion

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_encode = msgspec.json.Encoder().encode


async def create(
    tx: Tx, brand_id: BrandId, key: str, *, name: str, medium: Medium, content: object
) -> Compiled:
    """Save a new template with its first version, and return what messages are made of.

    Shape:  content - decoded JSON.
    Errors: `invalid` for a content, with every mistake and its path, for a key or a name, or when
            there is no room for one more; `conflict` for a key that another template has;
            `not_found` for an unknown brand.
    """
    _check_key(key)
    _check_name(name)
    compiled = await _read(tx, brand_id, medium, content)
    if await store.count_templates(tx, brand_id) >= limits.MAX_TEMPLATES_PER_BRAND:
        most = limits.MAX_TEMPLATES_PER_BRAND
        raise Refused(Code.INVALID, f"A brand has at most {most:,} templates; delete one.")
    now = clock.now()
    template_id = await store.insert_template(tx, brand_id, key, name=name, medium=medium, at=now)
    if template_id is None:
        raise Refused(Code.CONFLICT, f"Brand {brand_id} has a template {key!r} already.")
    await store.insert_version(tx, brand_id, template_id, _encoded(content), at=now)
    return compiled


async def update(
    tx: Tx, brand_id: BrandId, key: str, *, content: object, name: str | None = None
) -> tuple[TemplateVersion, Compiled]:
    """Save another version, which messages are made of from now on; those before stay.

    Shape:  content - decoded JSON; name - another one, None to keep it.
    Errors: as `create`; `not_found` for an unknown template.
    """
    template = await find(tx, brand_id, key)
    if name is not None:
        _check_name(name)
        await store.rename(tx, brand_id, template.template_id, name)
    compiled = await _read(tx, brand_id, template.medium, content)
    version = await store.insert_version(
        tx, brand_id, template.template_id, _encoded(content), at=clock.now()
    )
    if version is None:
        raise _no_such_template(brand_id, key)
    return version, compiled


async def compiled_of(
    tx: Tx, brand_id: BrandId, template: Template, version: TemplateVersion | None = None
) -> Compiled:
    """Return what messages are made of, by the last version or by another.

    It takes milliseconds: who makes many messages keeps it.

    Errors: `not_found` for an unknown version; `invalid` when the content means nothing any more.
    """
    content = await content_of(tx, brand_id, template, version)
    return await _read(tx, brand_id, template.medium, msgspec.json.decode(content))


async def compiled_at(
    tx: Tx, brand_id: BrandId, medium: Medium, template: tuple[TemplateId, TemplateVersion]
) -> Compiled:
    """Return what messages are made of by one version of a template, given by its id.

    Errors: as `compiled_of`.
    """
    content = await store.select_content(tx, brand_id, *template)
    if content is None:
        raise Refused(Code.NOT_FOUND, f"Template {template[0]} has no version {template[1]}.")
    return await _read(tx, brand_id, medium, msgspec.json.decode(content))


async def compiled_from(tx: Tx, brand_id: BrandId, medium: Medium, content: object) -> Compiled:
    """Return what messages are made of by a content that no template has.

    Shape:  content - decoded JSON.
    Errors: `invalid` with every mistake and its path; `not_found` for an unknown brand.
    """
    return await _read(tx, brand_id, medium, content)


async def content_of(
    tx: Tx, brand_id: BrandId, template: Template, version: TemplateVersion | None = None
) -> bytes:
    """Return what the last version says, or another, as JSON.

    Errors: `not_found` for an unknown version.
    """
    wanted = version or template.last_version
    content = await store.select_content(tx, brand_id, template.template_id, wanted)
    if content is None:
        raise Refused(Code.NOT_FOUND, f"Template {template.key!r} has no version {wanted}.")
    return content


async def find(tx: Tx, brand_id: BrandId, key: str) -> Template:
    """Return the template of a key.

    Errors: `not_found` when the brand has none.
    """
    template = await store.select_template(tx, brand_id, key)
    if template is None:
        raise _no_such_template(brand_id, key)
    return template


async def list_all(tx: Tx, brand_id: BrandId) -> list[Template]:
    """Return a brand's templates, by key.

    Errors: `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    return await store.select_templates(tx, brand_id)


async def delete(tx: Tx, brand_id: BrandId, key: str) -> None:
    """Delete a template with all its versions.

    Errors: `not_found` when the brand has none of this key.
    """
    if not await store.delete_template(tx, brand_id, key):
        raise _no_such_template(brand_id, key)


def _encoded(content: object) -> bytes:
    json = _encode(content)
    if len(json) > limits.MAX_TEMPLATE_BYTES:
        most = limits.MAX_TEMPLATE_BYTES
        raise Refused(Code.TOO_LARGE, f"A content has at most {most:,} bytes.")
    return json


async def _read(tx: Tx, brand_id: BrandId, medium: Medium, given: object) -> Compiled:
    brand = await brands.find_brand(tx, brand_id)
    read = read_content(medium, given)
    if isinstance(read, Content):
        read = compile_content(read, brand.clock_zone)
    if isinstance(read, list):
        raise _refused(read)
    return read


def _refused(mistakes: list[Mistake]) -> Refused:
    first = mistakes[0]
    shown = mistakes[: limits.MAX_MISTAKES_REPORTED]
    return Refused(
        Code.INVALID, f"{first.field or 'The content'}: {first.message}.", mistakes=shown
    )


def _check_key(key: str) -> None:
    if _KEY.fullmatch(key) is None or len(key) > limits.MAX_TEMPLATE_KEY_CHARACTERS:
        raise Refused(
            Code.INVALID,
            f"A key has 1 to {limits.MAX_TEMPLATE_KEY_CHARACTERS} letters, digits, dots, hyphens "
            "and underscores, and begins with a letter or a digit.",
        )


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > limits.MAX_TEMPLATE_NAME_CHARACTERS:
        most = limits.MAX_TEMPLATE_NAME_CHARACTERS
        raise Refused(Code.INVALID, f"A name has 1 to {most} characters.")


def _no_such_template(brand_id: BrandId, key: str) -> Refused:
    return Refused(Code.NOT_FOUND, f"Brand {brand_id} has no template {key!r}.")
