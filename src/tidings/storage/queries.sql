-- name: one_migrator_at_a_time
-- Waits for other migrators until the end of the transaction. The number is arbitrary, ours alone.
SELECT pg_advisory_xact_lock(7420001);

-- name: has_migrations_table
-- One row: the table's oid, or null in a new database.
SELECT to_regclass('migrations')::oid;

-- name: create_migrations_table
-- Takes its lock only in a new database.
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL
);

-- name: applied_migrations
-- A row per migration applied.
SELECT number, name, sha256
FROM migrations
ORDER BY number;

-- name: remember_migration
-- Inserts one row.
INSERT INTO migrations (number, name, sha256, applied_at)
VALUES ($1, $2, $3, $4);

-- name: hold_shared
-- Takes shared advisory locks in the order given, until the transaction ends.
SELECT pg_advisory_xact_lock_shared(kind, key)
FROM unnest($1::integer[], $2::integer[]) AS held (kind, key);

-- name: hold_alone
-- Takes exclusive advisory locks in the order given, until the transaction ends.
SELECT pg_advisory_xact_lock(kind, key)
FROM unnest($1::integer[], $2::integer[]) AS held (kind, key);
