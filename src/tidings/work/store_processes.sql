-- name: upsert_heartbeat
-- Inserts or updates one row.
INSERT INTO heartbeats (process_id, kind, host, pid, started_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (process_id) DO UPDATE
SET seen_at = excluded.seen_at;

-- name: delete_heartbeat
-- Deletes one row.
DELETE FROM heartbeats
WHERE process_id = $1;

-- name: delete_old_heartbeats
-- Deletes a row per process that was killed long ago.
DELETE FROM heartbeats
WHERE seen_at < $1;

-- name: newest_heartbeat
-- One row: when a process of this kind was last seen, null if none was.
SELECT max(seen_at)
FROM heartbeats
WHERE kind = $1;

-- name: select_heartbeats
-- A row a process that was seen at $1 or later.
SELECT process_id, kind, host, pid, started_at
FROM heartbeats
WHERE seen_at >= $1;
