-- name: select_links
-- One row: where the profiles of these identifiers lie, as three arrays of one length, with the position
-- (from 0) of each that is known; null when none is.
SELECT array_agg(position::integer - 1) AS positions, array_agg(profile_slot) AS slots,
    array_agg(profile_id) AS ids
FROM jsonb_array_elements_text($4) WITH ORDINALITY AS wanted (value, position)
JOIN identifiers ON identifiers.slot = get_byte($2, position::integer - 1)
    AND identifiers.brand_id = $1
    AND identifiers.kind = get_byte($3, position::integer - 1)
    AND identifiers.value = wanted.value;

-- name: insert_links
-- Inserts the identifiers that are unknown. They come sorted by primary key: two processes that create
-- the same people wait for each other in one order.
INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
SELECT get_byte($2, position - 1), $1, get_byte($3, position - 1), value, get_byte($5, position - 1),
    profile_id::bigint
FROM (
    SELECT value, ids.profile_id, ordinality::integer AS position
    FROM ROWS FROM (jsonb_array_elements_text($4), jsonb_array_elements($6))
        WITH ORDINALITY AS ids (value, profile_id, ordinality)
) AS new
ORDER BY position
ON CONFLICT (slot, brand_id, kind, value) DO NOTHING;

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

-- name: select_heirs
-- A row for each of some people who went into another: into whom.
SELECT absorbed_slot, absorbed_id, slot, profile_id
FROM merges
JOIN unnest($2::smallint[], $3::bigint[]) AS gone (absorbed_slot, absorbed_id)
    USING (absorbed_slot, absorbed_id)
WHERE brand_id = $1;

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
-- Hands the conflicts of a claiming person on to another, who may have some of them already; what
-- was decided of those holds on.
INSERT INTO identity_conflicts AS conflict (
    slot, profile_id, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at, last_at,
    dismissed_at
)
SELECT $4, $5, brand_id, kind, value, reason, owner_slot, owner_id, times, first_at, last_at,
    dismissed_at
FROM identity_conflicts
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3
ON CONFLICT (slot, profile_id, kind, value) DO UPDATE
SET times = conflict.times + excluded.times,
    first_at = least(conflict.first_at, excluded.first_at),
    last_at = greatest(conflict.last_at, excluded.last_at);

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

-- name: select_refused
-- Every identifier that these people were refused, a row each.
SELECT DISTINCT kind, value
FROM identity_conflicts
JOIN unnest($2::smallint[], $3::bigint[]) AS wanted (slot, profile_id) USING (slot, profile_id)
WHERE brand_id = $1;

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

-- name: create_survey
-- Makes a table that this connection alone has: whom identifiers would lead to, as far as that is
-- another person than today.
CREATE TEMPORARY TABLE surveyed (
    kind smallint NOT NULL,
    value text NOT NULL,
    profile_slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    PRIMARY KEY (kind, value)
);

-- name: index_survey
-- Lets the survey find what leads to a person.
CREATE INDEX surveyed_of_profile ON surveyed (profile_slot, profile_id);

-- name: select_surveyed
-- Whom these identifiers would lead to: a row for each that the survey has, with its position.
SELECT wanted.position, surveyed.profile_slot, surveyed.profile_id
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS wanted (kind, value, position)
JOIN surveyed USING (kind, value);

-- name: insert_surveyed
-- Notes whom identifiers would lead to that lead to nobody, or to somebody who was forgotten since.
INSERT INTO surveyed (kind, value, profile_slot, profile_id)
SELECT kind, value, profile_slot, profile_id
FROM unnest($1::smallint[], $2::text[], $3::smallint[], $4::bigint[])
    AS new (kind, value, profile_slot, profile_id)
ON CONFLICT (kind, value) DO UPDATE
SET profile_slot = excluded.profile_slot, profile_id = excluded.profile_id;

-- name: count_surveyed
-- A row for each of these people to whom more would lead: how much.
SELECT profile_slot, profile_id, count(*) AS identifiers
FROM surveyed
JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (profile_slot, profile_id)
    USING (profile_slot, profile_id)
GROUP BY profile_slot, profile_id;

-- name: copy_to_survey
-- Notes that what leads to one person would lead to another.
INSERT INTO surveyed (kind, value, profile_slot, profile_id)
SELECT kind, value, $4, $5
FROM identifiers
WHERE brand_id = $1 AND profile_slot = $2 AND profile_id = $3
ON CONFLICT (kind, value) DO NOTHING;

-- name: move_surveyed
-- Notes that what would lead to one person would lead to another.
UPDATE surveyed
SET profile_slot = $3, profile_id = $4
WHERE profile_slot = $1 AND profile_id = $2;
