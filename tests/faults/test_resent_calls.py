"""A call sent again because its web process was killed before anybody could read the answer."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest

from tests.cli.conftest import Server, is_alive
from tests.faults.client import Door, open_door
from tests.faults.commits import Answers, commits_held, database_of
from tests.faults.contacts import UPSERT, profile, upsert, upserted, visit, visited
from tests.faults.processes import kill, stop, stopped
from tests.waiting import wait_until
from tidings.base import limits

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

CALL = {"contacts": [visit("ada", "a")]}
BODY = json.dumps(CALL)
# Only the first time the contact is new: whoever is told so again has got the first answer.
FIRST = upserted(inserted=["ada"])
LATER = upserted(updated=["ada"])

until = partial(wait_until, within_seconds=30)


def kill_unanswered(server: Server, door: Door, web: int) -> None:
    """Make the call, and kill the process that does it after its commit, before its answer."""
    with commits_held(server) as answers, closing(door.connect()) as connection:
        connection.request("POST", UPSERT, BODY, {**door.headers})
        until(answers.is_held)
        stop(web)
        answers.let_go()
        until(answers.are_kept)
        kill(web)
        with pytest.raises(ConnectionError):
            connection.getresponse()


def kill_everything(server: Server) -> None:
    """Kill PostgreSQL, then the supervisor with all its children."""
    postmaster = server.postgres
    kill(postmaster)
    # Its supervisor has buried it by then: PostgreSQL takes an unburied one for alive.
    until(lambda: server.postgres not in {None, postmaster})
    kill(server.process.pid)
    server.process.wait()
    children = [*server.children("web"), *server.children("worker")]
    for pid in children:
        kill(pid)
    until(lambda: not any(map(is_alive, children)))


def done_once(server: Server, door: Door) -> None:
    """Send the call again as late as a client that waits, and see that it is not done again."""
    with database_of(server) as database:
        answers = Answers(database)
        until(answers.are_late)

        again = upsert(door, CALL)

        assert (again, profile(door, "ada")) == (FIRST, visited("ada", "a"))
        until(answers.are_read)
    meant = upsert(door, CALL)
    assert (meant, profile(door, "ada")) == (LATER, visited("ada", "a", "a"))


def test_the_process_that_follows_a_killed_one_has_its_answer(serve: Serve) -> None:
    """What was stored is not stored again; once that answer is read, the same is a new call."""
    server = serve()
    door = open_door(server)
    (web,) = server.children("web")

    kill_unanswered(server, door, web)

    done_once(server, door)


def test_another_process_has_the_answer_of_a_killed_one(serve: Serve) -> None:
    """A client that connects again comes to whoever takes the connection."""
    server = serve("--web-processes", "2")
    door = open_door(server)
    web, other = server.children("web")

    with stopped(other):  # so that the first takes the call
        kill_unanswered(server, door, web)

    done_once(server, door)


def test_a_server_started_anew_has_the_answer_of_one_that_was_killed_whole(serve: Serve) -> None:
    """A machine that loses its power is back within the minute, and so are the clients."""
    server = serve()
    door = open_door(server)
    (web,) = server.children("web")

    kill_unanswered(server, door, web)
    kill_everything(server)

    done_once(serve("--port", str(door.port)), door)


def test_a_call_that_comes_while_the_commit_of_a_killed_process_is_under_way_waits_for_it(
    serve: Serve,
) -> None:
    """PostgreSQL goes on with a commit whose client is dead."""
    server = serve("--web-processes", "2")
    door = open_door(server)
    web, other = server.children("web")
    with stopped(web):
        # The other knows the types by this; else it would wait to learn them, before it looks.
        known = {"contacts": [{"id": "ada"}, visit("bob", "b")]}
        assert upsert(door, known) == upserted(inserted=["ada", "bob"])
    with (
        commits_held(server) as answers,
        closing(door.connect()) as connection,
        ThreadPoolExecutor(1) as threads,
        stopped(server.process.pid),  # so that nobody follows who does not know them
    ):
        with stopped(other):
            connection.request("POST", UPSERT, BODY, {**door.headers})
            until(answers.is_held)
            kill(web)
        until(lambda: answers.is_held(for_milliseconds=limits.RESENT_AFTER_MILLISECONDS))
        again = threads.submit(upsert, door, CALL)
        until(lambda: answers.are_waiting(2))
        answers.let_go()

        assert again.result() == LATER
    assert profile(door, "ada") == visited("ada", "a")


def test_a_call_whose_process_was_killed_before_the_commit_is_done_when_it_is_sent_again(
    serve: Serve,
) -> None:
    """Nothing of it was kept, no answer either; however soon the client comes back."""
    server = serve()
    door = open_door(server)
    (web,) = server.children("web")
    assert upsert(door, {"contacts": [{"id": "ada"}]}) == FIRST
    with (
        database_of(server) as database,
        database_of(server) as holder,
        closing(door.connect()) as connection,
        ThreadPoolExecutor(1) as threads,
    ):
        answers = Answers(database)
        holder.rows("BEGIN")
        holder.rows("SELECT FROM profiles FOR UPDATE")
        connection.request("POST", UPSERT, BODY, {**door.headers})
        until(lambda: answers.are_waiting(1))
        kill(web)
        again = threads.submit(upsert, door, CALL)
        until(lambda: answers.are_waiting(2))
        holder.rows("COMMIT")

        assert again.result() == LATER
    assert profile(door, "ada") == visited("ada", "a")
