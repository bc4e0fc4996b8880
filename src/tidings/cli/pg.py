"""`tidings pg`: PostgreSQL's own programs, on the database of this installation."""

import re
import signal
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

import click

from tidings.cli.options import with_config
from tidings.cli.session import joined_database
from tidings.config import Config, child_environment
from tidings.storage import postmaster, programs
from tidings.storage.embedded import SUPERUSER, binary

# Variables of the person at the terminal. The embedded server has one door, and none of them may
# lead elsewhere or ask for what it has not. Another one may need those that its URL leaves open,
# as the server itself does; but these two would overrule an address that the URL has.
_MISLEADING = re.compile(r"PG(?!_)")
_OVERRULING = re.compile(r"PG(SERVICE|HOSTADDR)$")

# pg_restore connects only when it is told to, unlike the others; and with these it must not be.
_WITHOUT_DATABASE = ("-f", "--file", "-?", "--help", "-V", "--version")


@click.command(
    # What stands behind the program's name is the program's, whatever it looks like.
    context_settings={"allow_interspersed_args": False},
    epilog=f"PROGRAM is one of {', '.join(programs.PROGRAMS)}.",
)
@click.argument("program", metavar="PROGRAM", type=click.Choice(programs.PROGRAMS))
@click.argument("arguments", metavar="[ARGS]...", nargs=-1, type=click.UNPROCESSED)
@with_config()
def pg(config: Config, program: str, arguments: tuple[str, ...]) -> None:
    """Run one of PostgreSQL's own programs on the database.

    It is told where the database is; ARGS go to it as they are, and its exit code is passed on. On
    the embedded database, programs for the whole server work as its superuser, the others as the
    role that owns the database; --username=postgres among ARGS changes that.
    """
    with joined_database(config) as url:
        variables = programs.connection_variables(url)
        if not config.database_url:
            variables["PGPORT"] = postmaster.PORT
            if program in programs.NEED_SUPERUSER:
                variables["PGUSER"] = SUPERUSER
        command = [str(binary(program)), *_told_to_connect(program, arguments, variables)]
        status = _run(command, child_environment(without=_left_out(config, variables), **variables))
    raise SystemExit(status)


def _told_to_connect(
    program: str, arguments: Sequence[str], variables: Mapping[str, str]
) -> Sequence[str]:
    database = variables.get("PGDATABASE")
    if program != "pg_restore" or database is None:
        return arguments
    if any(argument.startswith(_WITHOUT_DATABASE) for argument in arguments):
        return arguments
    return [f"--dbname={database}", *arguments]  # in front: a later one wins


def _left_out(config: Config, variables: Mapping[str, str]) -> re.Pattern[str] | None:
    if not config.database_url:
        return _MISLEADING
    return _OVERRULING if "PGHOST" in variables else None


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    with (
        # The terminal sends Ctrl-C to the program, too, which may go on: psql cancels a query. So
        # we stay. A signal that we ignored would be ignored by the program as well; one that has a
        # handler here has none there.
        _on_signals(lambda _sign: None, signal.SIGINT, signal.SIGQUIT),
        subprocess.Popen(command, env=environment) as program,  # noqa: S603 - from a fixed list
        # Were we to end of these, nobody would stop the embedded server.
        _on_signals(program.send_signal, signal.SIGTERM, signal.SIGHUP),
    ):
        status = program.wait()
    return status if status >= 0 else 128 - status  # as a shell says it of a signal


@contextmanager
def _on_signals(act: Callable[[int], None], *signs: signal.Signals) -> Generator[None]:
    before = {sign: signal.signal(sign, lambda number, _frame: act(number)) for sign in signs}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
