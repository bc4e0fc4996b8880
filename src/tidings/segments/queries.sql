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

-- name: update_name
-- Updates one row, or none when another segment of the brand has the name.
UPDATE segments
SET name = $3, updated_at = $4
WHERE brand_id = $1
    AND segment_id = $2
    AND NOT EXISTS (
        SELECT
        FROM segments AS others
        WHERE others.brand_id = $1 AND others.name = $3 AND others.segment_id <> $2
    );

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
SELECT min(told_at)
FROM read_told_people
WHERE brand_id = $1;

-- name: insert_version
-- Inserts one row; without a definition it is one whose members are being imported.
INSERT INTO segment_versions (
    segment_id, version, brand_id, definition, slots_left, swept_until, swept_day, is_importing
)
VALUES ($2, $3, $1, $4, $5, $6, $7, $4::jsonb IS NULL);

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

-- name: count_members_of_each
-- A row a segment. Reads every member's row; one statement, so that no version is cleared meanwhile.
SELECT segments.segment_id, members.count
FROM segments
CROSS JOIN LATERAL (
    SELECT count(*)
    FROM memberships
    WHERE brand_id = $1
        AND memberships.segment_id = segments.segment_id
        AND memberships.version = segments.live_version
        AND slot = ANY ($3::smallint[])
) AS members
WHERE segments.brand_id = $1 AND segments.segment_id = ANY ($2::bigint[]);

-- name: select_of_person
-- A row a segment of the brand that has this person, by id: one look-up by key a segment. LIMIT keeps
-- the planner from turning that into a walk through the memberships of everybody.
SELECT segments.segment_id, segments.name, found.entered_at
FROM segments
CROSS JOIN LATERAL (
    SELECT entered_at
    FROM memberships
    WHERE memberships.slot = $2
        AND memberships.segment_id = segments.segment_id
        AND memberships.version = segments.live_version
        AND memberships.profile_id = $3
    LIMIT 1
) AS found
WHERE segments.brand_id = $1
ORDER BY segments.segment_id;

-- name: select_members
-- At most $5 rows, by slot and profile, after one; reads no more of each slot than it returns. One
-- statement, so that the version that counts is not cleared meanwhile.
SELECT members.slot, members.profile_id, members.entered_at
FROM segments
CROSS JOIN unnest($6::smallint[]) AS slots (slot)
CROSS JOIN LATERAL (
    SELECT slot, profile_id, entered_at
    FROM memberships
    WHERE memberships.slot = slots.slot
        AND memberships.segment_id = segments.segment_id
        AND memberships.version = segments.live_version
        AND brand_id = $1
        AND (slots.slot > $3 OR profile_id > $4)
    ORDER BY profile_id
    LIMIT $5
) AS members
WHERE segments.brand_id = $1 AND segments.segment_id = $2
ORDER BY members.slot, members.profile_id
LIMIT $5;

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

-- name: select_members_of_any
-- A row a person in some slots who is in one of some versions and in none of others; the zone they say
-- they are in where $6 wants it.
SELECT members.slot, members.profile_id,
    CASE WHEN $6 THEN read_profiles.attributes ->> 'time_zone' END AS zone
FROM (
    SELECT memberships.slot, memberships.profile_id
    FROM memberships
    JOIN unnest($2::bigint[], $3::integer[]) AS included (segment_id, version)
        USING (segment_id, version)
    WHERE brand_id = $1 AND slot = ANY ($7::smallint[])
    EXCEPT
    SELECT memberships.slot, memberships.profile_id
    FROM memberships
    JOIN unnest($4::bigint[], $5::integer[]) AS excluded (segment_id, version)
        USING (segment_id, version)
    WHERE brand_id = $1 AND slot = ANY ($7::smallint[])
) AS members
LEFT JOIN read_profiles ON $6
    AND read_profiles.slot = members.slot
    AND read_profiles.profile_id = members.profile_id;

-- name: select_everybody_but
-- A row a person in some slots who is in none of some versions; the zone they say they are in where $4
-- wants it.
SELECT slot, profile_id, CASE WHEN $4 THEN attributes ->> 'time_zone' END AS zone
FROM read_profiles
WHERE brand_id = $1
    AND slot = ANY ($5::smallint[])
    AND (slot, profile_id) NOT IN (
        SELECT memberships.slot, memberships.profile_id
        FROM memberships
        JOIN unnest($2::bigint[], $3::integer[]) AS excluded (segment_id, version)
            USING (segment_id, version)
        WHERE brand_id = $1 AND slot = ANY ($5::smallint[])
    );
