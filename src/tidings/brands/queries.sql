-- name: insert_brand
-- Inserts one row and returns its id. The id is new, so there is no brand to bind yet.
INSERT INTO brands (
    name, time_zone, user_calls_per_minute, event_calls_per_minute, campaign_calls_per_minute,
    reporting_calls_per_minute, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING brand_id;

-- name: select_brands
-- Every brand, a row each: for operators and for the directory that each process holds.
SELECT brand_id, name, time_zone, merging, user_calls_per_minute, event_calls_per_minute,
    campaign_calls_per_minute, reporting_calls_per_minute
FROM brands
ORDER BY brand_id;

-- name: update_limits
-- Updates one row; null leaves a limit as it is.
UPDATE brands
SET user_calls_per_minute = coalesce($2, user_calls_per_minute),
    event_calls_per_minute = coalesce($3, event_calls_per_minute),
    campaign_calls_per_minute = coalesce($4, campaign_calls_per_minute),
    reporting_calls_per_minute = coalesce($5, reporting_calls_per_minute)
WHERE brand_id = $1;

-- name: update_merging
-- Updates one row.
UPDATE brands
SET merging = $2
WHERE brand_id = $1;

-- name: select_content_days
-- At most one row: for how many days the brand keeps what it sent.
SELECT content_days
FROM brands
WHERE brand_id = $1;

-- name: update_content_days
-- Updates one row.
UPDATE brands
SET content_days = $2
WHERE brand_id = $1;

-- name: insert_key
-- Inserts one row and returns its id; fails when the brand does not exist.
INSERT INTO api_keys (brand_id, name, prefix, sha256, created_at)
VALUES ($1, $2, $3, $4, $5)
RETURNING key_id;

-- name: select_keys
-- Every key of one brand, revoked ones too, a row each.
SELECT key_id, brand_id, name, prefix, created_at, revoked_at
FROM api_keys
WHERE brand_id = $1
ORDER BY key_id;

-- name: select_valid_keys
-- Every key that opens a door, of all brands: for the directory that each process holds.
SELECT brand_id, sha256
FROM api_keys
WHERE revoked_at IS NULL;

-- name: revoke_key
-- Updates at most one row; a key once revoked keeps the time of its first revocation.
UPDATE api_keys
SET revoked_at = coalesce(revoked_at, $3)
WHERE brand_id = $1 AND key_id = $2;

-- name: take_calls
-- Counts calls: one row a brand and API, locked until the statement ends, in one order. A process
-- whose clock is behind adds to the later minute, so the count never starts anew by mistake.
INSERT INTO rate_counters AS counter (brand_id, api, minute, used)
SELECT brand_id, api, $4, wanted
FROM unnest($1::integer[], $2::text[], $3::bigint[]) AS taken (brand_id, api, wanted)
ORDER BY brand_id, api
ON CONFLICT (brand_id, api) DO UPDATE
SET used = CASE
        WHEN excluded.minute <= counter.minute THEN counter.used + excluded.used
        ELSE excluded.used
    END,
    minute = greatest(counter.minute, excluded.minute)
RETURNING brand_id, api, used, minute;

-- name: claim_idempotency_keys
-- Inserts the keys not seen before and returns them; waits for a call in flight with the same key.
INSERT INTO idempotency_keys (brand_id, key, fingerprint, created_at)
SELECT brand_id, key, fingerprint, $4
FROM unnest($1::integer[], $2::text[], $3::bytea[]) AS claimed (brand_id, key, fingerprint)
ORDER BY brand_id, key
ON CONFLICT (brand_id, key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = NULL, answer = NULL,
    created_at = excluded.created_at
WHERE idempotency_keys.created_at < $5
RETURNING brand_id, key;

-- name: select_idempotent_answers
-- The first answers to keys that were seen before, a row each.
SELECT brand_id, key, fingerprint, status, answer
FROM idempotency_keys
JOIN unnest($1::integer[], $2::text[]) AS asked (brand_id, key) USING (brand_id, key);

-- name: keep_idempotent_answers
-- Updates the rows this transaction inserted.
UPDATE idempotency_keys AS kept
SET status = given.status, answer = given.answer
FROM unnest($1::integer[], $2::text[], $3::smallint[], $4::bytea[])
    AS given (brand_id, key, status, answer)
WHERE kept.brand_id = given.brand_id AND kept.key = given.key;

-- name: forget_idempotency_keys
-- Deletes the keys older than $1, of all brands; a call that repeats one later is a new call.
DELETE FROM idempotency_keys
WHERE created_at < $1;

-- name: select_unread_answers
-- A row for each asking call that was sent before: the latest answer kept of what it asks, received at
-- most $6 away from it, that nobody was there to read; or received at least $5 away, and not read
-- before the asking call came.
SELECT DISTINCT ON (asked.call_id) asked.call_id AS asking_id, brand_id, fingerprint, kept.call_id,
    kept.received_at, kept.status, kept.answer, kept.is_unread
FROM unread_answers AS kept
JOIN unnest($1::integer[], $2::bytea[], $3::bigint[], $4::timestamptz[])
    AS asked (brand_id, fingerprint, call_id, received_at) USING (brand_id, fingerprint)
WHERE greatest(kept.received_at - asked.received_at, asked.received_at - kept.received_at)
    BETWEEN CASE WHEN kept.is_unread THEN interval '0' ELSE $5::interval END AND $6::interval
    AND (kept.read_at IS NULL OR kept.read_at > asked.received_at)
ORDER BY asked.call_id, kept.received_at DESC;

-- name: insert_unread_answers
-- Inserts a row for each answer.
INSERT INTO unread_answers (
    brand_id, fingerprint, call_id, received_at, status, answer, is_unread
)
SELECT brand_id, fingerprint, call_id, received_at, status, answer, is_unread
FROM unnest(
    $1::integer[], $2::bytea[], $3::bigint[], $4::timestamptz[], $5::smallint[], $6::bytea[],
    $7::boolean[]
) AS given (brand_id, fingerprint, call_id, received_at, status, answer, is_unread);

-- name: mark_unread
-- Updates a row for each of these answers.
UPDATE unread_answers
SET is_unread = true
FROM unnest($1::integer[], $2::bytea[], $3::bigint[]) AS gone (brand_id, fingerprint, call_id)
WHERE unread_answers.brand_id = gone.brand_id
    AND unread_answers.fingerprint = gone.fingerprint
    AND unread_answers.call_id = gone.call_id;

-- name: mark_read
-- Updates a row for each of these answers. They stay for a while: what came before they were read may
-- be the same call, sent again.
UPDATE unread_answers
SET is_unread = false, read_at = $4
FROM unnest($1::integer[], $2::bytea[], $3::bigint[]) AS read (brand_id, fingerprint, call_id)
WHERE unread_answers.brand_id = read.brand_id
    AND unread_answers.fingerprint = read.fingerprint
    AND unread_answers.call_id = read.call_id;

-- name: delete_old_unread_answers
-- Deletes the answers to calls received before $1, of all brands: nobody asks for them any more.
DELETE FROM unread_answers
WHERE received_at < $1;
