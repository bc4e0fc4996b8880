"""The commands by which an operator makes templates."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.shop import Shop
from tidings.base import limits
from tidings.base.errors import Refused
from tidings.base.media import Medium
from tidings.cli.templates import template as commands
from tidings.templates import actions
from tidings.templates.model import TemplateVersion

CONTENT = {
    "subject": "Hi {{ first_name }}",
    "html": '<p>{{ data.code }} {{ event.sku }} {{ brand.name }} {{ user_id }}</p>'
    '<a href="{{ unsubscribe_url }}">off</a>',
}  # fmt: skip


async def run(shop: Shop, command: str, *words: object) -> str:
    """Run a command beside the running test; return what it printed, or why it was refused."""
    result = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        [command, str(shop.brand_id), *map(str, words)],
        env={"TIDINGS_DATABASE_URL": shop.database.url},
    )
    refused = result.exception
    return refused.message if isinstance(refused, Refused) else result.output


def lay(file: Path, content: object) -> None:
    """Write a JSON file."""
    file.write_text(json.dumps(content))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Lay a JSON file."""
    file = tmp_path / "welcome.json"
    lay(file, CONTENT)
    return file


async def listed(shop: Shop) -> list[list[str]]:
    """Return the rows of the list, without when each was saved."""
    _, *lines = (await run(shop, "list")).splitlines()
    return [line.split()[:-2] for line in lines]


async def test_a_template_is_made_changed_and_deleted_by_command(shop: Shop, source: Path) -> None:
    """What each prints, and what is there between them."""
    assert await run(shop, "create", "welcome", source) == (
        "Template welcome is saved as version 1.\n"
    )
    code = source.with_name("code.json")
    code.write_text('{"text": "{{ data.code }}"}')
    made = await run(shop, "create", "code", code, "--medium", "sms", "--name", "Codes")
    assert made == "Template code is saved as version 1.\n"
    lay(source, {**CONTENT, "subject": "Other"})
    assert await run(shop, "update", "welcome", source, "--name", "First") == (
        "Template welcome is saved as version 2.\n"
    )
    assert await listed(shop) == [["code", "Codes", "sms", "1"], ["welcome", "First", "email", "2"]]
    assert json.loads(await run(shop, "show", "welcome")) == {**CONTENT, "subject": "Other"}
    assert json.loads(await run(shop, "show", "welcome", "--version", 1)) == CONTENT
    assert await run(shop, "delete", "welcome") == "Template welcome is deleted.\n"
    assert await listed(shop) == [["code", "Codes", "sms", "1"]]


async def test_a_preview_shows_what_a_person_is_told(
    shop: Shop, source: Path, tmp_path: Path
) -> None:
    """With what they have, what is given, and what is missing by its name."""
    await shop.send(shop.change("ada", {"first_name": "Ada"}))
    await run(shop, "create", "welcome", source)
    given, html = tmp_path / "given.json", tmp_path / "out.html"
    given.write_text('{"data": {"code": "<7>"}}')

    printed = await run(
        shop, "preview", "welcome", "--user", "ada", "--variables", given, "--html", html
    )

    assert printed == (
        "Language: en\nMissing: event.sku\nSubject: Hi Ada\n\n"
        "<7> [event.sku] Shop ada\n\noff (https://example.invalid/unsubscribe)\n"
    )
    assert html.read_text("utf-8") == (
        '<p>&lt;7&gt; [event.sku] Shop ada</p><a href="https://example.invalid/unsubscribe">off</a>'
    )
    printed = await run(shop, "preview", "welcome")
    assert "Missing: data.code, event.sku, first_name, user_id" in printed


async def test_a_folder_is_read_as_a_template(shop: Shop, tmp_path: Path) -> None:
    """A file for each part, and a folder for each language."""
    folder = tmp_path / "welcome"
    (folder / "de").mkdir(parents=True)
    (folder / "subject.txt").write_text("Hi\n")
    (folder / "body.html").write_text("<p>x</p>\n")
    (folder / "settings.json").write_text('{"on_missing": "do_not_send"}')
    (folder / "de" / "subject.txt").write_bytes(b"\xef\xbb\xbfHallo\r\n")
    (folder / "de" / "body.mjml").write_text("<mjml><mj-body></mj-body></mjml>")
    (folder / ".hidden").write_text("x")

    assert await run(shop, "create", "welcome", folder) == (
        "Template welcome is saved as version 1.\n"
        "Warning: The en mail shows no unsubscribe_url; only its header has the link.\n"
        "Warning: The de mail shows no unsubscribe_url; only its header has the link.\n"
    )
    assert json.loads(await run(shop, "show", "welcome")) == {
        "subject": "Hi",
        "html": "<p>x</p>\n",
        "on_missing": "do_not_send",
        "languages": {
            "de": {"subject": "Hallo", "mjml": "<mjml><mj-body></mj-body></mjml>"},
        },
    }
    (folder / "notes.doc").write_text("x")
    assert "notes.doc is unknown here" in await run(shop, "update", "welcome", folder)


async def test_a_webhook_is_kept_and_seen_as_json(shop: Shop, tmp_path: Path) -> None:
    """An editor that knows the ending colours it."""
    folder = tmp_path / "crm"
    folder.mkdir()
    (folder / "body.json").write_text('{"name": {{ first_name }},\n "n": [1]}')

    saved = await run(shop, "create", "crm", folder, "--medium", "webhook")

    assert saved == "Template crm is saved as version 1.\n"
    assert await run(shop, "preview", "crm") == (
        'Language: en\nMissing: first_name\n\n{"name": "[first_name]",\n "n": [1]}\n'
    )
    (folder / "body.json").write_text('{"name": "{{ first_name }}"}')
    refused = await run(shop, "update", "crm", folder)
    assert refused.startswith("body: {{ first_name }} stands in quotation marks")


@pytest.mark.parametrize(
    ("asked", "content", "said"),
    [
        (["create", "welcome", "FILE"], CONTENT, "has a template 'welcome' already."),
        (["create", "a b", "FILE"], CONTENT, "A key has 1 to 100 letters"),
        (["create", "a" * 101, "FILE"], CONTENT, "A key has 1 to 100 letters"),
        (["create", "new", "FILE", "--name", " "], CONTENT, "A name has 1 to 200 characters."),
        (["create", "new", "FILE", "--name", "x" * 201], CONTENT, "A name has 1 to 200"),
        (
            ["create", "new", "FILE"],
            {"subject": "{{ x", "html": "x"},
            "subject: line 1: {{ is not closed\nError: The content was not understood.",
        ),
        (["create", "new", "FILE"], [], "The content: must be an object\n"),
        (["create", "new", "FILE", "--medium", "sms"], CONTENT, "subject: is unknown here"),
        (["update", "other", "FILE"], CONTENT, "has no template 'other'."),
        (["show", "other"], None, "has no template 'other'."),
        (["show", "welcome", "--version", 2], None, "Template 'welcome' has no version 2."),
        (["delete", "other"], None, "has no template 'other'."),
        (["preview", "other"], None, "has no template 'other'."),
        (["preview", "welcome", "--user", "bob"], None, "has no user 'bob'."),
        (["preview", "welcome", "--variables", "FILE"], {"dat": {}}, "unknown field `dat`"),
        (["preview", "broken"], None, "Error: No message: data.price is no number."),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    shop: Shop, source: Path, *, asked: list[str | int], content: object, said: str
) -> None:
    """The message names what is in the way."""
    await run(shop, "create", "welcome", source)
    lay(source, {**CONTENT, "subject": "{{ data.price * 2 }}"})
    await run(shop, "create", "broken", source)
    lay(source, content)

    command, *words = [source if word == "FILE" else word for word in asked]
    assert said in await run(shop, str(command), *words)
    assert await listed(shop) == [
        ["broken", "broken", "email", "1"],
        ["welcome", "welcome", "email", "1"],
    ]
    assert json.loads(await run(shop, "show", "welcome")) == CONTENT


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not UTF-8."),
        (b" " * (limits.MAX_TEMPLATE_BYTES + 1), "has more than 2,000,000 bytes."),
    ],
)
async def test_a_file_that_is_none_is_refused(
    shop: Shop, source: Path, written: bytes, said: str
) -> None:
    """Before anything is asked of the database."""
    await asyncio.to_thread(source.write_bytes, written)
    assert said in await run(shop, "create", "welcome", source)


async def test_a_brand_reaches_no_template_of_another(
    shop: Shop, other_shop: Shop, source: Path
) -> None:
    """Each brand's keys are its own."""
    await run(shop, "create", "welcome", source)

    assert await listed(other_shop) == []
    for words in (["show"], ["preview"], ["delete"], ["update", source]):
        command, *rest = words
        said = await run(other_shop, str(command), "welcome", *rest)
        assert said == f"Brand {other_shop.brand_id} has no template 'welcome'."
    assert await run(other_shop, "create", "welcome", source) == (
        "Template welcome is saved as version 1.\n"
    )


async def test_a_brand_has_so_many_templates_and_no_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template for each message would be a mistake of a program."""
    monkeypatch.setattr(limits, "MAX_TEMPLATES_PER_BRAND", 1)
    async with shop.database.transaction() as tx:
        for key in ("a", "b"):
            made = actions.create(
                tx, shop.brand_id, key, name=key, medium=Medium.SMS, content={"text": "x"}
            )
            if key == "a":
                await made
                continue
            with pytest.raises(Refused, match="at most 1 templates"):
                await made


async def test_templates_saved_at_the_same_time_have_different_versions(shop: Shop) -> None:
    """Nobody's text is lost under another's."""
    async with shop.database.transaction() as tx:
        await actions.create(
            tx, shop.brand_id, "a", name="a", medium=Medium.SMS, content={"text": "0"}
        )

    async def save(text: str) -> TemplateVersion:
        async with shop.database.transaction() as tx:
            version, _ = await actions.update(tx, shop.brand_id, "a", content={"text": text})
        return version

    versions = await asyncio.gather(*(save(str(number)) for number in range(1, 6)))
    assert sorted(versions) == [2, 3, 4, 5, 6]
    async with shop.database.transaction() as tx:
        found = await actions.find(tx, shop.brand_id, "a")
        for number, version in enumerate(versions, 1):
            content = await actions.content_of(tx, shop.brand_id, found, version)
            assert json.loads(content) == {"text": str(number)}
