"""The tables of the pages list what the code has, no more and no less."""

import re
import tomllib
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry

from tests.docs.conftest import Running
from tests.docs.pages import DOCS, ROOT, code_in, rows_of
from tidings.base import limits
from tidings.base.errors import Code
from tidings.base.log import Action
from tidings.base.metrics import Metrics
from tidings.config import SETTINGS
from tidings.web.notifuse.reply import WORDS_OF_CODE
from tidings.web.notifyvisitors.reply import STATUS_OF_CODE

SOURCE = ROOT / "src" / "tidings"


def test_every_setting_is_on_the_page_with_its_default_and_meaning() -> None:
    """Who sets something wrong should not have to read code to find out."""
    rows = rows_of(DOCS / "settings.md", "name", "flag", "variable", "default", "meaning")
    assert rows == [
        [
            f"`{setting.name}`",
            "none" if setting.is_secret else f"`{setting.flag}`",
            f"`{setting.variable}`",
            f"`{setting.default}`" if setting.default != "" else "",
            setting.help,
        ]
        for setting in SETTINGS
    ]


def test_every_code_is_on_the_page_with_its_status() -> None:
    """A code without a row is an answer that nobody can look up."""
    rows = rows_of(DOCS / "errors.md", "code", "status", "`error`", "meaning", "what to do")
    words = {code_in(code)[0]: (int(status), error) for code, status, error, *_ in rows}
    assert words == {code.value: WORDS_OF_CODE[code] for code in Code}
    assert {code: status for code, (status, _) in WORDS_OF_CODE.items()} == STATUS_OF_CODE
    assert all(meaning and way_out for *_, meaning, way_out in rows)


def test_the_limits_of_the_wires_are_those_of_the_code() -> None:
    """A number that is printed wrong costs the reader an afternoon."""
    rows = [
        row
        for page in ("notifyvisitors.md", "notifuse.md")
        for row in rows_of(DOCS / page, "name", "limit", "what")
    ]
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    # What comes after is about the server and its operator.
    source = Path(limits.__file__).read_text("utf-8").partition("# --- a web process")[0]
    names = re.findall(r"^([A-Z_]+) = ", source, re.M)
    assert printed == {name: getattr(limits, name) for name in names}


def test_the_limits_of_calls_about_segments_are_those_of_the_code() -> None:
    """The same, for the page that has an API of its own."""
    rows = rows_of(DOCS / "segments.md", "name", "limit", "what")
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    assert printed == {name: getattr(limits, name) for name in printed}
    assert {"MAX_PREVIEWS_AT_ONCE", "MAX_SEGMENTS_PER_PAGE"} <= printed.keys()


def test_the_limits_of_campaigns_are_those_of_the_code() -> None:
    """The same again."""
    rows = rows_of(DOCS / "campaigns.md", "name", "limit", "what")
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    assert printed == {name: getattr(limits, name) for name in printed}
    assert {name for name in vars(limits) if name.startswith("MAX_CAMPAIGN_")} <= {
        *printed,
        "MAX_CAMPAIGN_AHEAD_DAYS",
    }


def test_every_metric_is_on_the_page() -> None:
    """Alarms are written from this table."""
    rows = rows_of(DOCS / "operating.md", "name", "labels", "meaning")
    printed = {code_in(name)[0]: code_in(labels) for name, labels, _ in rows}
    registry = CollectorRegistry()
    counted = vars(Metrics(registry)).values()
    own = {
        f"{metric._name}_total" if metric._type == "counter" else metric._name: list(
            metric._labelnames
        )
        for metric in counted
    }
    assert own == {name: labels for name, labels in printed.items() if name in own}
    assert own.keys() <= printed.keys()


async def test_a_running_server_has_every_metric_of_the_page(
    database_url: str, running: Running
) -> None:
    """Those about the queue are asked for at each scrape; they are in no registry."""
    rows = rows_of(DOCS / "operating.md", "name", "labels", "meaning")
    printed = {code_in(name)[0] for name, *_ in rows}
    async with running(database_url) as shop, httpx.AsyncClient() as client:
        await client.post(f"{shop.url}/api/event", content=b"{}")
        scraped = (await client.get(f"{shop.url}/metrics")).text
    shown = set(re.findall(r"^# TYPE (tidings_\w+)", scraped, re.M))
    assert {name for name in shown if not name.endswith("_created")} == printed


def test_every_action_of_the_log_is_on_the_page() -> None:
    """Who watches the log for a line must know that there is one."""
    rows = rows_of(DOCS / "operating.md", "action", "level", "when")
    printed = [code_in(action)[0] for action, *_ in rows]
    code = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    used = [action.value for action in Action if re.search(rf"\bAction\.{action.name}\b", code)]
    assert sorted(printed) == sorted(used)


def test_every_dependency_is_on_the_page() -> None:
    """Each is somebody else's code that our users run; each needs its reason."""
    rows = rows_of(
        DOCS / "dependencies.md", "package", "why this one", "licence", "last release", "otherwise"
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    printed = [code_in(package)[0] for package, *_ in rows]
    assert sorted(printed) == sorted(re.split(r"[\[<>=]", name)[0] for name in wanted)
