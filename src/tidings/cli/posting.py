"""A client of the NotifyVisitors wire, as people write them: it waits when it is told to."""

import http.client
import ssl
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands.model import NewKey

ANSWER_LIMIT_SECONDS = 60.0  # our choice: above what the slowest commit takes
PAUSE_SECONDS = 1  # our choice: when the server does not say how long to wait

# Why a call is made again, and for how long. A key that was made a moment ago may be unknown to a
# server that runs several processes; a full minute of calls is over after a minute, but others
# wait for the next one too.
_NO_ANSWER = 0
_PATIENCE_SECONDS: Mapping[int, int] = {
    _NO_ANSWER: 60,
    http.client.UNAUTHORIZED: 5,
    http.client.TOO_MANY_REQUESTS: 600,
    http.client.SERVICE_UNAVAILABLE: 120,
}


class Client:
    """Sends records to one server, over one connection for each thread that calls.

    Every call may be made again when its answer is lost, so send only what may come twice.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """Make a client of the server at a URL.

        Shape:  tls - whom to trust, None for whom this machine trusts.
        Errors: `invalid` for what is no http or https URL.
        """
        self.url = url.rstrip("/")
        self.was_heard = False  # whether any record was taken
        self._parts = urlsplit(self.url)
        self._tls = tls
        self._headers: dict[str, str] = {"content-type": "application/json"}
        self._of_thread = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        self._stopped = threading.Event()
        try:
            is_url = self._parts.scheme in {"http", "https"} and bool(self._parts.hostname)
            self._port = self._parts.port
        except ValueError:
            is_url = False
        if not is_url:
            raise Refused(Code.INVALID, f"{url} is no URL such as http://127.0.0.1:8000.")

    def authenticate(self, brand_id: BrandId, key: NewKey) -> None:
        """Use a brand's key from now on."""
        self._headers |= {"x-brand-id": str(brand_id), "x-api-key": key.secret}

    def check_alive(self) -> None:
        """Make sure that a Tidings server is there.

        Errors: `unavailable` when it is not.
        """
        status, _, answer = self._request("GET", "/health/live", None)
        if status == _NO_ANSWER:
            raise Refused(
                Code.UNAVAILABLE,
                f"No server answers at {self.url} ({answer.decode()}): start it with "
                "`tidings serve`, or say with --url where it is.",
            )
        if status != http.client.OK:
            raise Refused(
                Code.UNAVAILABLE,
                f"What answers at {self.url} is no Tidings server: say with --url where it is.",
            )

    def post(self, path: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Send records, again where that helps.

        Errors: `unavailable` when the server did not take them in time, or `stop` was called;
                `unauthenticated` and `invalid` when it will not take them.
        """
        body = msgspec.json.encode({"nv": records})
        started = clock.monotonic()
        while True:
            status, pause_seconds, answer = self._request("POST", path, body)
            if status == http.client.OK:
                self.was_heard = True
                return
            waited_seconds = clock.monotonic() - started
            is_over = waited_seconds + pause_seconds > _PATIENCE_SECONDS.get(status, 0)
            if is_over or self._stopped.wait(pause_seconds):
                raise self._refusal(status, path, answer)

    def stop(self) -> None:
        """Let no call wait any more, in any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Close every connection; no thread may be using one."""
        for connection in self._opened:
            connection.close()

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, int, bytes]:
        """Make one call; return its status, how long to wait before another, and the answer."""
        connection = self._connection()
        try:
            connection.request(method, self._parts.path + path, body, self._headers)
            answer = connection.getresponse()
            said = answer.headers.get("retry-after", "")
            pause_seconds = int(said) if said.isdecimal() else PAUSE_SECONDS
            return answer.status, pause_seconds, answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()  # the next call opens it again
            return _NO_ANSWER, PAUSE_SECONDS, str(error).encode()

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            host = self._parts.hostname or ""
            if self._parts.scheme == "https":
                found = http.client.HTTPSConnection(
                    host, self._port, timeout=ANSWER_LIMIT_SECONDS, context=self._tls
                )
            else:
                found = http.client.HTTPConnection(host, self._port, timeout=ANSWER_LIMIT_SECONDS)
            self._of_thread.connection = found
            self._opened.append(found)
        return found

    def _refusal(self, status: int, path: str, answer: bytes) -> Refused:
        said = answer.decode(errors="replace")
        if status == http.client.UNAUTHORIZED:
            return Refused(
                Code.UNAUTHENTICATED,
                f"The server at {self.url} does not know a key that was just made: it has another "
                "database. Give the --data-dir of that server.",
            )
        if status == _NO_ANSWER:
            return Refused(Code.UNAVAILABLE, f"The server at {self.url} went away: {said}.")
        code = Code.UNAVAILABLE if status in _PATIENCE_SECONDS else Code.INVALID
        return Refused(code, f"The server at {self.url} answered {status} to {path}: {said}")
