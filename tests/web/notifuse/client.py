"""A client that behaves as the published ones do: it waits, gives up, and sends the same again.

The Node client sends a call up to five times for any status from 400 on, and again after 5 s
without an answer; the PHP client gives up after 3 s, and sends `[]` for an empty object.
"""

import json
import time
from typing import Any, NamedTuple

from tests.web.raw import Answer, Connection

_ATTEMPTS = 5
_PAUSE_SECONDS = 0.002


class Outcome(NamedTuple):
    """What a call came to: the last answer, and how often it was sent."""

    status: int
    body: Any
    sent: int


class Client:
    """One program with one key."""

    def __init__(self, url: str, key: str, *, give_up_seconds: float) -> None:
        self._url = url
        self._key = key
        self._give_up_seconds = give_up_seconds

    def call(self, method: str, body: bytes, *, prefix: str = "/v2/") -> Outcome:
        """Call a method until an answer is no error, or too often."""
        answer: Answer | None = None
        sent = 0
        while sent < _ATTEMPTS:
            sent += 1
            answer = self._send(f"{prefix}{method}", body)
            if answer is not None and answer.status < 400:
                break
            time.sleep(_PAUSE_SECONDS)
        if answer is None:
            raise TimeoutError(f"no answer after {sent} times")
        return Outcome(answer.status, json.loads(answer.body), sent)

    def begin(self, body: bytes) -> Connection:
        """Send a whole call, and leave the answer to whoever reads or closes the connection."""
        opened = Connection(self._url)
        self._write(opened, "/v2/contacts.upsert", body)
        return opened

    def _send(self, path: str, body: bytes) -> Answer | None:
        opened = Connection(self._url)
        opened.wait_at_most(self._give_up_seconds)
        try:
            self._write(opened, path, body)
            return opened.answer()
        except TimeoutError:
            return None
        finally:
            opened.close()

    def _write(self, opened: Connection, path: str, body: bytes) -> None:
        headers = {
            "authorization": f"Bearer {self._key}",
            "content-type": "application/json",
            "content-length": str(len(body)),
        }
        opened.send_head("POST", path, headers)
        opened.send(body)
