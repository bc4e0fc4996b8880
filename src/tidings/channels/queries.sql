-- name: insert_channel
-- Inserts one row and returns its id, or nothing when the brand has the key already.
INSERT INTO channels (
    brand_id, key, medium, provider, settings, sealed, per_second, connections, created_at,
    updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
ON CONFLICT ON CONSTRAINT channels_key_key DO NOTHING
RETURNING channel_id;

-- name: count_channels
-- One row.
SELECT count(*)
FROM channels
WHERE brand_id = $1;

-- name: select_channels
-- A row a channel of the brand, by key.
SELECT channel_id, brand_id, key, medium, provider, settings, sealed, per_second, connections,
    updated_at
FROM channels
WHERE brand_id = $1
ORDER BY key;

-- name: lock_channel
-- At most one row, locked until the end of the transaction.
SELECT channel_id, brand_id, key, medium, provider, settings, sealed, per_second, connections,
    updated_at
FROM channels
WHERE brand_id = $1 AND key = $2
FOR UPDATE;

-- name: select_channel
-- At most one row.
SELECT channel_id, brand_id, key, medium, provider, settings, sealed, per_second, connections,
    updated_at
FROM channels
WHERE brand_id = $1 AND key = $2;

-- name: select_hook
-- At most one row.
SELECT hook
FROM channels
WHERE brand_id = $1 AND key = $2;

-- name: select_channel_of_hook
-- At most one row. Over all brands: the word says whose it is.
SELECT channel_id, brand_id, key, medium, provider, settings, sealed, per_second, connections,
    updated_at
FROM channels
WHERE hook = $1;

-- name: select_channels_of_provider
-- A row a channel. Over all brands: who reads mailboxes reads those of everybody.
SELECT channel_id, brand_id, key, medium, provider, settings, sealed, per_second, connections,
    updated_at
FROM channels
WHERE provider = $1
ORDER BY channel_id;

-- name: update_channel
-- Updates one row.
UPDATE channels
SET settings = $3, sealed = $4, per_second = $5, connections = $6, updated_at = $7
WHERE brand_id = $1 AND channel_id = $2;

-- name: delete_channel
-- Deletes at most one row.
DELETE FROM channels
WHERE brand_id = $1 AND key = $2;
