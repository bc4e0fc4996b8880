"""Running the `curl` lines of the pages, and holding their answers against what is printed."""

import argparse
import json
import re
import shlex
from collections.abc import Mapping
from string import Template
from typing import Any, cast

import httpx

# What the examples use. Another flag stops the test rather than being left out.
_parser = argparse.ArgumentParser(prog="curl", exit_on_error=False)
_parser.add_argument("url")
_parser.add_argument("-X", dest="method")
_parser.add_argument("-H", dest="headers", action="append", default=[])
_parser.add_argument("-d", dest="body")


async def run_curl(client: httpx.AsyncClient, text: str, variables: Mapping[str, str]) -> Any:
    """Send what one `curl` command line sends."""
    # Safe, for what stands in single quotes is the shell's to leave alone: `$set` is no variable.
    words = shlex.split(Template(text).safe_substitute(variables))
    assert words[0] == "curl", text
    asked = _parser.parse_args(words[1:])
    headers = dict(header.split(": ", 1) for header in asked.headers)
    # As curl does it: a body makes it a POST, of a form unless a header says otherwise.
    method = asked.method or ("GET" if asked.body is None else "POST")
    if asked.body is not None:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
    return await client.request(method, asked.url, headers=headers, content=asked.body)


def is_as_printed(printed: object, got: object) -> bool:
    """Say whether an answer is the printed one, where `…` in a text stands for anything."""
    if isinstance(printed, str) and isinstance(got, str):
        pattern = ".*".join(re.escape(part) for part in printed.split("…"))
        return re.fullmatch(pattern, got, re.S) is not None
    if isinstance(printed, dict) and isinstance(got, dict):
        expected, found = cast("dict[str, Any]", printed), cast("dict[str, Any]", got)
        return expected.keys() == found.keys() and all(
            is_as_printed(value, found[key]) for key, value in expected.items()
        )
    if isinstance(printed, list) and isinstance(got, list):
        items, others = cast("list[Any]", printed), cast("list[Any]", got)
        return len(items) == len(others) and all(map(is_as_printed, items, others))
    return json.dumps(printed) == json.dumps(got)


def pretty(value: object) -> str:
    """Write JSON for a person who compares."""
    return json.dumps(value, indent=2, ensure_ascii=False)
