-- name: is_importing
-- One row: whether a version is there, and its members are being imported.
SELECT EXISTS (
    SELECT
    FROM segment_versions
    WHERE brand_id = $1 AND segment_id = $2 AND version = $3 AND is_importing
);

-- name: end_import
-- Updates at most one row.
UPDATE segment_versions
SET is_importing = false
WHERE brand_id = $1 AND segment_id = $2 AND version = $3 AND is_importing;

-- name: insert_imported
-- Inserts a row for each of these people who is not in the version.
INSERT INTO memberships (slot, segment_id, version, profile_id, brand_id, entered_at)
SELECT slot, $2, $3, profile_id, $1, $6
FROM unnest($4::smallint[], $5::bigint[]) AS found (slot, profile_id)
ON CONFLICT (slot, segment_id, version, profile_id) DO NOTHING;

-- name: take_places
-- Deletes, and returns, the rows in versions of lists of those of some people who have no profile.
-- What is being imported is left to the import.
DELETE FROM memberships
USING segment_versions, unnest($2::smallint[], $3::bigint[]) AS asked (slot, profile_id)
WHERE segment_versions.brand_id = $1
    AND segment_versions.definition IS NULL
    AND NOT segment_versions.is_importing
    AND memberships.slot = asked.slot
    AND memberships.segment_id = segment_versions.segment_id
    AND memberships.version = segment_versions.version
    AND memberships.profile_id = asked.profile_id
    AND NOT EXISTS (
        SELECT
        FROM read_profiles
        WHERE read_profiles.slot = asked.slot AND read_profiles.profile_id = asked.profile_id
    )
RETURNING memberships.slot, memberships.profile_id, memberships.segment_id, memberships.version,
    memberships.entered_at;

-- name: take_places_in
-- Deletes, and returns, the rows of a version in some slots of people who have no profile.
DELETE FROM memberships
WHERE brand_id = $1
    AND segment_id = $2
    AND version = $3
    AND slot = ANY ($4::smallint[])
    AND NOT EXISTS (
        SELECT
        FROM read_profiles
        WHERE read_profiles.slot = memberships.slot
            AND read_profiles.profile_id = memberships.profile_id
    )
RETURNING slot, profile_id, segment_id, version, entered_at;

-- name: insert_places
-- Inserts, and returns, a row for each of these people in each of these versions that is there and
-- does not have them.
INSERT INTO memberships (slot, segment_id, version, profile_id, brand_id, entered_at)
SELECT given.slot, given.segment_id, given.version, given.profile_id, $1, given.entered_at
FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::integer[], $6::timestamptz[])
    AS given (slot, profile_id, segment_id, version, entered_at)
JOIN segment_versions USING (segment_id, version)
WHERE segment_versions.brand_id = $1
ORDER BY given.slot, given.segment_id, given.version, given.profile_id, given.entered_at
ON CONFLICT (slot, segment_id, version, profile_id) DO NOTHING
RETURNING slot, profile_id, segment_id, version;
