"""`tidings demo` beside a real server: what it sends, prints, and leaves alone."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import pytest

from tests.cli.conftest import Server, tidings

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]
SMALL = ("--customers", "30", "--days", "10")


def demo(server: Server, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a small demo against a server."""
    done = tidings("demo", *SMALL, "--data-dir", server.data_dir, "--url", server.url, *flags)
    assert done.returncode == 0, done.stderr
    return done


def printed(pattern: str, text: str) -> str:
    """Return what a pattern's group matches."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def answers(printed_by_demo: str) -> list[str]:
    """Return what the printed curl lines would print."""
    texts: list[str] = []
    for line in printed_by_demo.splitlines():
        if line.startswith("curl "):
            _, url, *headers = shlex.split(line)
            sent = dict(header.split(": ") for header in headers if header != "-H")
            with urlopen(Request(url, headers=sent), timeout=30) as answer:  # noqa: S310 - our own
                texts.append(answer.read().decode())
    return texts


def test_the_printed_lines_show_what_came_out_and_a_second_run_adds_nothing(serve: Serve) -> None:
    """Whoever was interrupted runs it again; doubled orders would be worse than none."""
    server = serve()
    first = demo(server)
    brand_id = printed(r"Brand id\s+(\d+)", first.stdout)
    sent = int(printed(r"30 customers and ([\d,]+) events were sent", first.stdout))
    customer, ordered, recently = answers(first.stdout)
    assert '"status":"success"' in customer
    assert "warnings" not in customer
    assert ordered == recently, "ten days are all within the last thirty"
    assert '"count":0' not in ordered

    mails = int(printed(r"([\d,]+) mails were taken", first.stdout))
    in_all = re.search(r"^all +(\d+) +0 +(\d+) +(\d+) +0 ", first.stdout, re.MULTILINE)
    assert in_all is not None, first.stdout
    intended, skipped, reported = map(int, in_all.groups())
    assert mails == reported > 0
    assert intended == skipped + reported

    second = demo(server, "--brand", brand_id)
    assert in_all[0] in second.stdout
    assert "An earlier run sent it." in second.stdout
    assert f"{sent} events were sent" in second.stdout.replace(",", "")
    customer_again, *others_again = answers(second.stdout)
    assert others_again == [ordered, recently]
    assert _activity(customer_again) == _activity(customer)
    brands = tidings("brand", "list", "--data-dir", server.data_dir).stdout
    assert brands.count("Demo shop") == 1


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path) -> None:
    """And leaves no database behind."""
    done = tidings("demo", "--data-dir", tmp_path / "data", "--port", "1")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: No server answers at http://127.0.0.1:1 ([Errno 111] Connection refused): start it "
        "with `tidings serve`, or say with --url where it is.\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_data_folder_without_a_database_is_refused(serve: Serve, tmp_path: Path) -> None:
    """Who forgets --data-dir would else get a second database, and a key for the wrong one."""
    server = serve()
    done = tidings("demo", "--data-dir", tmp_path / "other", "--url", server.url)
    assert done.returncode == 1
    assert f"There is no database in {tmp_path / 'other'}: give the --data-dir" in done.stderr
    assert not (tmp_path / "other").exists()


def test_the_key_of_a_failed_run_is_revoked(serve: Serve, tmp_path: Path) -> None:
    """Nobody has seen it; and the error names the likely mistake, a database of another server."""
    server = serve()
    other = tmp_path / "other"
    tidings("migrate", "--data-dir", other)
    done = tidings("demo", *SMALL, "--data-dir", other, "--url", server.url)
    assert done.returncode == 1
    assert "it has another database. Give the --data-dir of that server." in done.stderr
    assert done.stderr.count("\n") == 1
    made = printed(r"(\d+)\s+Demo shop", tidings("brand", "list", "--data-dir", other).stdout)
    keys = tidings("key", "list", made, "--data-dir", other).stdout.splitlines()
    assert re.fullmatch(r"\d+ +demo +tdk_\S+ +(\S+ \S+) +\S+ \S+", keys[1]) is not None


def _activity(answer: str) -> object:
    return msgspec.json.decode(answer)["response"]["data"]["events"]
