"""The tables of docs/channels.md list what the code has, no more and no less."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import fields

from tests.docs.pages import DOCS, code_in, rows_of
from tidings.base import limits
from tidings.channels.hosted import Hosted, Mailing
from tidings.channels.kinds import KINDS
from tidings.channels.outcome import Broken, Deferred, Reason, Rejected, not_sent
from tidings.channels.settings import Settings, secret_names

PAGE = DOCS / "channels.md"
OUTCOMES = {Rejected: "rejected", Deferred: "deferred", Broken: "broken"}


def chapter(heading: str) -> str:
    """Return what stands below a heading, up to the next one."""
    _, _, below = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")
    assert below, f"{PAGE.name} has no chapter {heading}"
    return below.partition("\n## ")[0]


def printed_settings(text: str, folder: Path) -> list[tuple[str, str]]:
    """Return name and default of each setting in a chapter's table."""
    (folder / "chapter.md").write_text(text, "utf-8")
    rows = rows_of(folder / "chapter.md", "setting", "default", "meaning")
    return [(code_in(name)[0], default) for name, default, _ in rows]


def described(kind: type[Settings], *, without: set[str]) -> list[tuple[str, str]]:
    """Return name and default of each setting that a class has, as the page writes them."""
    secret = secret_names(kind)
    found: list[tuple[str, str]] = []
    for field in fields(kind):
        words = ["secret"] if field.name in secret else []
        if field.required:
            words.append("required")
        elif field.default != "" and not words:
            default = msgspec.json.encode(field.default).decode().strip('"')
            words.append(f"`{default}`")
        if field.name not in without:
            found.append((field.name, ", ".join(words)))
    return found


@pytest.mark.parametrize("provider", KINDS)
def test_every_setting_of_a_provider_is_in_its_chapter(provider: str, tmp_path: Path) -> None:
    """With its default, and whether it is a secret."""
    shared = {field.name for field in fields(Mailing)}
    printed = printed_settings(chapter(provider), tmp_path)
    assert sorted(printed) == sorted(described(KINDS[provider], without=shared))


def test_what_all_providers_have_is_told_once(tmp_path: Path) -> None:
    """And those for mails have some more."""
    printed = printed_settings(chapter("Settings of every provider"), tmp_path)
    of_mails = described(Mailing, without={field.name for field in fields(Hosted)})
    assert printed == [*described(Hosted, without=set()), *of_mails]


def test_every_reason_is_on_the_page_with_what_comes_of_it() -> None:
    """Whoever sees one in a list looks it up here."""
    printed = {
        code_in(reason)[0]: outcome
        for reason, outcome, _ in rows_of(PAGE, "reason", "outcome", "when")
    }
    assert printed == {reason.value: OUTCOMES[type(not_sent(reason))] for reason in Reason}


def test_every_limit_of_channels_is_on_the_page() -> None:
    """As it is in the code."""
    rows = rows_of(PAGE, "name", "limit", "of")
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    source = Path(limits.__file__).read_text("utf-8")
    own = source.partition("# --- channels ---")[2].partition("\n# ---")[0]
    names = re.findall(r"^([A-Z_]+) = ", own, re.M)
    assert printed == {name: getattr(limits, name) for name in names}
