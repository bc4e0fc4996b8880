"""PostgreSQL's client programs: which ones we lend, as whom they work, how they find the way."""

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tidings.base.errors import Code, Refused

PROGRAMS = (
    "pg_amcheck",
    "pg_basebackup",
    "pg_dump",
    "pg_dumpall",
    "pg_isready",
    "pg_receivewal",
    "pg_restore",
    "psql",
    "reindexdb",
    "vacuumdb",
)

# They copy or look after a whole server, of which our own role owns one database.
NEED_SUPERUSER = frozenset(
    {"pg_amcheck", "pg_basebackup", "pg_dumpall", "pg_receivewal", "reindexdb", "vacuumdb"}
)

_DEFAULT_PORT = "5432"
_NO_URL = (
    "database_url is not of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE: correct it."
)

# Where libpq looks for what a URL can say beside its address; the other parameters are settings of
# the session, as asyncpg takes them. `sslpassword` is in neither: no variable can hold it, and the
# programs ask for it by themselves.
# Source: PostgreSQL's manual, "Environment Variables" of libpq.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "database": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "application_name": "PGAPPNAME",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
}


def connection_variables(url: str) -> dict[str, str]:
    """Say a database's URL in the variables that its client programs read.

    Not on their command line, which every account of the machine can see: the URL may hold a
    password.

    Shape:  nothing for what the URL leaves open.
    Errors: `Refused(invalid)` when it is not the URL of a PostgreSQL.
    """
    parts = _split(url)
    parameters = dict(parse_qsl(parts.query))
    named = {_VARIABLES[name]: value for name, value in parameters.items() if name in _VARIABLES}
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    address = {
        "PGUSER": unquote(user),
        "PGPASSWORD": unquote(password),
        "PGDATABASE": unquote(parts.path.removeprefix("/")),
        **_hosts_and_ports(hosts),
    }
    return {
        **named,
        **_session_options(parameters),
        **{variable: value for variable, value in address.items() if value},
    }


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused(Code.INVALID, _NO_URL) from error
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Refused(Code.INVALID, _NO_URL)
    return parts


def _hosts_and_ports(hosts: str) -> dict[str, str]:
    if not hosts:
        return {}
    names: list[str] = []
    ports: list[str] = []
    for host in hosts.split(","):
        name, colon, port = host.rpartition(":")
        if not colon or port.endswith("]"):  # the last colon of an IPv6 address
            name, port = host, ""
        names.append(unquote(name).removeprefix("[").removesuffix("]"))
        ports.append(port)
    variables = {"PGHOST": ",".join(names)}
    if any(ports):
        variables["PGPORT"] = ",".join(port or _DEFAULT_PORT for port in ports)
    return variables


def _session_options(parameters: Mapping[str, str]) -> dict[str, str]:
    settings = [
        f"-c {name}={_escape(value)}"
        for name, value in parameters.items()
        if name not in {*_VARIABLES, "options", "sslpassword"}
    ]
    options = " ".join([parameters.get("options", ""), *settings]).strip()
    return {"PGOPTIONS": options} if options else {}


def _escape(value: str) -> str:
    return "".join(f"\\{sign}" if sign.isspace() or sign == "\\" else sign for sign in value)
