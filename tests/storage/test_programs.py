"""PostgreSQL's programs find the database that a URL names, in the variables that they read."""

import os

import pytest

from tidings.base.errors import Code, Refused
from tidings.storage.embedded import binary
from tidings.storage.programs import NEED_SUPERUSER, PROGRAMS, connection_variables


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_there_and_can_be_run(program: str) -> None:
    """A later release of the package may leave one out."""
    assert os.access(binary(program), os.X_OK)


def test_who_needs_the_superuser_is_a_program_that_we_have() -> None:
    """A misspelt one would silently work as the wrong role."""
    assert set(PROGRAMS) >= NEED_SUPERUSER


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (
            "postgresql://tidings@/tidings?host=%2Fvar%2Fa%20b%2Fpostgres.socket",
            {
                "PGHOST": "/var/a b/postgres.socket",
                "PGUSER": "tidings",
                "PGDATABASE": "tidings",
            },
        ),
        (
            "postgres://ada:p%40ss%3Aw%2Frd%20@db.example.com:5433/cdp%20one",
            {
                "PGHOST": "db.example.com",
                "PGPORT": "5433",
                "PGUSER": "ada",
                "PGPASSWORD": "p@ss:w/rd ",
                "PGDATABASE": "cdp one",
            },
        ),
        ("postgresql://db.example.com", {"PGHOST": "db.example.com"}),
        ("postgresql://", {}),
        (
            "postgresql://[::1]:5433/tidings",
            {"PGHOST": "::1", "PGPORT": "5433", "PGDATABASE": "tidings"},
        ),
        ("postgresql://[fe80::1]/tidings", {"PGHOST": "fe80::1", "PGDATABASE": "tidings"}),
        ("postgresql://%2Fvar%2Frun/tidings", {"PGHOST": "/var/run", "PGDATABASE": "tidings"}),
        ("postgresql://a,b/tidings", {"PGHOST": "a,b", "PGDATABASE": "tidings"}),
        (
            "postgresql://a:5433,b/tidings?target_session_attrs=read-write",
            {
                "PGHOST": "a,b",
                "PGPORT": "5433,5432",
                "PGDATABASE": "tidings",
                "PGTARGETSESSIONATTRS": "read-write",
            },
        ),
        (
            "postgresql:///?host=db&port=5433&user=ada&password=secret&dbname=tidings",
            {
                "PGHOST": "db",
                "PGPORT": "5433",
                "PGUSER": "ada",
                "PGPASSWORD": "secret",
                "PGDATABASE": "tidings",
            },
        ),
        (
            "postgresql://ada@db/tidings?user=eve&host=other&database=elsewhere",
            {"PGHOST": "db", "PGUSER": "ada", "PGDATABASE": "tidings"},
        ),
        (
            "postgresql://db/tidings?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&passfile=p",
            {
                "PGHOST": "db",
                "PGDATABASE": "tidings",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/etc/ca.pem",
                "PGPASSFILE": "p",
            },
        ),
        (
            "postgresql://db/tidings?search_path=a%20b%5C&options=-c%20geqo%3Doff&sslpassword=x",
            {
                "PGHOST": "db",
                "PGDATABASE": "tidings",
                "PGOPTIONS": "-c geqo=off -c search_path=a\\ b\\\\",
            },
        ),
    ],
)
def test_a_url_is_said_in_variables(url: str, variables: dict[str, str]) -> None:
    """As the server itself reads it; what stands in the address counts before parameters."""
    assert connection_variables(url) == variables


@pytest.mark.parametrize(
    "url", ["mysql://ada:secret@db/tidings", "host=db password=secret", "postgresql://[secret/x"]
)
def test_what_is_no_url_of_a_postgresql_is_refused_without_being_shown(url: str) -> None:
    """It may hold a password."""
    with pytest.raises(Refused) as refused:
        connection_variables(url)

    assert refused.value.code is Code.INVALID
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in refused.value.message
    assert "secret" not in refused.value.message
