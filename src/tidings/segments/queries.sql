-- name: limit_statements
-- Ends every later statement of the transaction after so many milliseconds; touches no row.
SELECT set_config('statement_timeout', $1, true);

-- name: insert_segment
-- Inserts one row and returns its id, or nothing when the brand has the name already.
INSERT INTO segments (brand_id, name, definition, state, created_at, updated_at)
VALUES ($1, $2, $3, 'draft', $4, $4)
ON CONFLICT ON CONSTRAINT segments_name_key DO NOTHING
RETURNING segment_id;

-- name: count_segments
-- One row.
SELECT count(*)
FROM segments
WHERE brand_id = $1;

-- name: update_definition
-- Updates one row.
UPDATE segments
SET definition = $3, updated_at = $4
WHERE brand_id = $1 AND segment_id = $2;

-- name: update_state
-- Updates at most one row.
UPDATE segments
SET state = $3, error = $4
WHERE brand_id = $1 AND segment_id = $2;

-- name: set_live
-- Updates one row: from now on the members of this version count.
UPDATE segments
SET state = 'published', live_version = $3, error = NULL
WHERE brand_id = $1 AND segment_id = $2;

-- name: delete_segment
-- Deletes at most one row, and its versions with it.
DELETE FROM segments
WHERE brand_id = $1 AND segment_id = $2;

-- name: select_segments
-- At most $3 rows, by id, after one: the brand's segments, each with what is missing of the version
-- that is being built.
SELECT segments.segment_id, name, segments.definition, state, live_version, error, created_at,
    updated_at, building.slots_left
FROM segments
LEFT JOIN segment_versions AS building ON building.segment_id = segments.segment_id
    AND building.slots_left > 0
WHERE segments.brand_id = $1 AND segments.segment_id > $2
ORDER BY segments.segment_id
LIMIT $3;

-- name: oldest_told
-- One row: since when something that happened to the brand's people waits to be looked at, or null.
SELECT min(run_at)
FROM read_due_people
WHERE brand_id = $1 AND run_at <= $2;

-- name: insert_version
-- Inserts one row.
INSERT INTO segment_versions (
    segment_id, version, brand_id, definition, slots_left, swept_until, swept_day
)
VALUES ($2, $3, $1, $4, $5, $6, $7);

-- name: next_version
-- Updates one row and returns a number that no version of the segment has had.
UPDATE segments
SET last_version = last_version + 1
WHERE brand_id = $1 AND segment_id = $2
RETURNING last_version;

-- name: select_editions
-- A row a version of the brand that is kept up to date, by segment and version.
SELECT segment_versions.segment_id, segment_versions.version, segment_versions.definition,
    segment_versions.version = segments.live_version AS is_live, swept_until, swept_day,
    slots_left, segments.state
FROM segment_versions
JOIN segments ON segments.segment_id = segment_versions.segment_id
WHERE segment_versions.brand_id = $1
ORDER BY segment_versions.segment_id, segment_versions.version;

-- name: count_built
-- Updates at most one row and returns how many slots are left; the row is gone when the version is.
UPDATE segment_versions
SET slots_left = slots_left - $4
WHERE brand_id = $1 AND segment_id = $2 AND version = $3
RETURNING slots_left;

-- name: delete_versions
-- Deletes the rows of a segment's versions but one, and returns them.
DELETE FROM segment_versions
WHERE brand_id = $1 AND segment_id = $2 AND version <> $3
RETURNING version;

-- name: select_to_sweep
-- A row a brand that has a version to keep up to date. Over all brands: the sweep goes through them.
SELECT DISTINCT brand_id
FROM segment_versions;

-- name: mark_swept
-- Updates one row.
UPDATE segment_versions
SET swept_until = $4, swept_day = $5
WHERE brand_id = $1 AND segment_id = $2 AND version = $3;

-- name: select_lapsed_events
-- A row a slot: the people who did one of these events between two instants, each once.
SELECT slot, array_agg(DISTINCT profile_id) AS people
FROM read_events
WHERE brand_id = $1
    AND name_id = ANY ($2::integer[])
    AND occurred_at >= $3
    AND occurred_at < $4
GROUP BY slot;

-- name: select_lapsed_people
-- A row a slot: the people who were created between two instants.
SELECT slot, array_agg(profile_id) AS people
FROM read_profiles
WHERE brand_id = $1
    AND created_at >= $2
    AND created_at < $3
GROUP BY slot;

-- name: count_members
-- One row. Reads every member's row.
SELECT count(*)
FROM memberships
WHERE brand_id = $1 AND segment_id = $2 AND version = $3 AND slot = ANY ($4::smallint[]);

-- name: select_members
-- At most $6 rows, by slot and profile, after one; reads no more of each slot than it returns.
SELECT members.slot, members.profile_id, members.entered_at
FROM unnest($7::smallint[]) AS slots (slot)
CROSS JOIN LATERAL (
    SELECT slot, profile_id, entered_at
    FROM memberships
    WHERE memberships.slot = slots.slot
        AND segment_id = $2
        AND version = $3
        AND brand_id = $1
        AND (slots.slot > $4 OR profile_id > $5)
    ORDER BY profile_id
    LIMIT $6
) AS members
ORDER BY members.slot, members.profile_id
LIMIT $6;

-- name: delete_members_of_slots
-- Deletes the rows of a version in some slots.
DELETE FROM memberships
WHERE brand_id = $1
    AND segment_id = $2
    AND version = $3
    AND slot = ANY ($4::smallint[]);

-- name: delete_of_people
-- Deletes every membership of some people, in whatever version.
DELETE FROM memberships
USING segments, unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE segments.brand_id = $1
    AND memberships.segment_id = segments.segment_id
    AND memberships.slot = gone.slot
    AND memberships.profile_id = gone.profile_id;

-- name: select_differences
-- A row for each person of some slots who is in one of two versions and not in the other.
SELECT slot, profile_id, bool_or(version = $4) AS is_member
FROM memberships
WHERE brand_id = $1
    AND segment_id = $2
    AND (version = $3 OR version = $4)
    AND slot = ANY ($5::smallint[])
GROUP BY slot, profile_id
HAVING count(*) = 1;
