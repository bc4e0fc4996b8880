-- name: select_links
-- Where the profiles of these identifiers lie: a row for each that is known, with its position.
SELECT wanted.position, found.profile_slot, found.profile_id
FROM unnest($1::smallint[], $2::integer[], $3::smallint[], $4::text[]) WITH ORDINALITY
    AS wanted (slot, brand_id, kind, value, position)
JOIN identifiers AS found USING (slot, brand_id, kind, value);

-- name: insert_links
-- Inserts the identifiers that are unknown, and returns those. They come sorted by primary key: two
-- processes that create the same people wait for each other in one order.
INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
SELECT slot, brand_id, kind, value, profile_slot, profile_id
FROM unnest(
    $1::smallint[], $2::integer[], $3::smallint[], $4::text[], $5::smallint[], $6::bigint[]
) AS new (slot, brand_id, kind, value, profile_slot, profile_id)
ON CONFLICT (slot, brand_id, kind, value) DO NOTHING
RETURNING slot, brand_id, kind, value;

-- name: count_of_profiles
-- A row for each of these people: how many identifiers lead to them.
SELECT profile_slot, profile_id, count(*) AS identifiers
FROM identifiers
JOIN unnest($1::integer[], $2::smallint[], $3::bigint[])
    AS wanted (brand_id, profile_slot, profile_id) USING (brand_id, profile_slot, profile_id)
GROUP BY profile_slot, profile_id;

-- name: move_links
-- Makes every identifier of one person lead to another; updates some rows.
UPDATE identifiers
SET profile_slot = $4, profile_id = $5
WHERE brand_id = $1 AND profile_slot = $2 AND profile_id = $3;

-- name: insert_merge
-- Inserts the account of one merge.
INSERT INTO merges (
    slot, profile_id, brand_id, absorbed_slot, absorbed_id, absorbed_user_id, kind, value, kept,
    filled, moved, merged_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: select_merges
-- What was merged into one person, a row each, the latest first.
SELECT absorbed_slot, absorbed_id, absorbed_user_id, kind, value, kept, filled, moved, merged_at
FROM merges
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3
ORDER BY merge_id DESC;

-- name: move_merges
-- Hands the accounts of merges on with the person they speak of.
UPDATE merges
SET slot = $4, profile_id = $5
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3;

-- name: upsert_conflicts
-- Inserts a conflict for each refused claim, or counts it once more. They come sorted by primary key.
INSERT INTO identity_conflicts AS conflict (
    slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at, last_at
)
SELECT slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times, $10, $10
FROM unnest(
    $1::smallint[], $2::bigint[], $3::integer[], $4::smallint[], $5::text[], $6::text[],
    $7::smallint[], $8::bigint[], $9::bigint[]
) AS refused (
    slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times
)
ON CONFLICT (slot, profile_id, kind, value) DO UPDATE
SET times = conflict.times + excluded.times,
    reason = excluded.reason,
    owner_slot = excluded.owner_slot,
    owner_id = excluded.owner_id,
    last_at = excluded.last_at;

-- name: select_conflicts
-- At most $3 conflicts that nobody has decided, after a conflict id, a row each.
SELECT conflict_id, slot, profile_id, kind, value, reason, owner_slot, owner_id, times, first_at,
    last_at
FROM identity_conflicts
WHERE brand_id = $1 AND conflict_id > $2 AND dismissed_at IS NULL
ORDER BY conflict_id
LIMIT $3;

-- name: select_conflict
-- One row, or none; a dismissed one too.
SELECT conflict_id, slot, profile_id, kind, value, reason, owner_slot, owner_id, times, first_at,
    last_at
FROM identity_conflicts
WHERE brand_id = $1 AND conflict_id = $2;

-- name: dismiss_conflict
-- Updates at most one row; a later claim of the same is counted, and not shown again.
UPDATE identity_conflicts
SET dismissed_at = $3
WHERE brand_id = $1 AND conflict_id = $2;

-- name: copy_conflicts
-- Hands the conflicts of a claiming person on to another, who may have some of them already.
INSERT INTO identity_conflicts (
    slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at, last_at,
    dismissed_at
)
SELECT $4, $5, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at, last_at,
    dismissed_at
FROM identity_conflicts
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3
ON CONFLICT (slot, profile_id, kind, value) DO NOTHING;

-- name: move_owned_conflicts
-- Says of the conflicts about a person's identifiers whose these are now.
UPDATE identity_conflicts
SET owner_slot = $4, owner_id = $5
WHERE brand_id = $1 AND owner_slot = $2 AND owner_id = $3;

-- name: delete_settled_conflicts
-- Deletes the conflicts of a person with themselves: a merge has settled them.
DELETE FROM identity_conflicts
WHERE brand_id = $1
    AND slot = $2
    AND profile_id = $3
    AND owner_slot = slot
    AND owner_id = profile_id;

-- name: select_of_profiles
-- Every identifier of these people, a row each.
SELECT profile_slot, profile_id, kind, value
FROM identifiers
JOIN unnest($2::smallint[], $3::bigint[]) AS wanted (profile_slot, profile_id)
    USING (profile_slot, profile_id)
WHERE brand_id = $1
ORDER BY kind, value;

-- name: delete_of_profiles
-- Deletes every identifier of these people.
DELETE FROM identifiers
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE identifiers.brand_id = $1
    AND identifiers.profile_slot = gone.slot
    AND identifiers.profile_id = gone.profile_id;

-- name: delete_merges
-- Deletes the accounts of what was merged into these people.
DELETE FROM merges
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE merges.brand_id = $1 AND merges.slot = gone.slot AND merges.profile_id = gone.profile_id;

-- name: delete_conflicts
-- Deletes the conflicts in which these people claim, or own what is claimed.
DELETE FROM identity_conflicts AS conflict
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE conflict.brand_id = $1
    AND (
        (conflict.slot = gone.slot AND conflict.profile_id = gone.profile_id)
        OR (conflict.owner_slot = gone.slot AND conflict.owner_id = gone.profile_id)
    );
