-- name: insert_profiles
-- Inserts new people; their ids are new, so nothing is waited for. One document: the driver looks at
-- each element of an array several times.
INSERT INTO profiles (
    slot, profile_id, brand_id, user_id, attributes, mismatched, created_at, updated_at
)
SELECT (new -> 0)::smallint, (new -> 1)::bigint, (new -> 2)::integer, new ->> 3, new -> 4,
    nullif(new -> 5, 'null'), (new ->> 6)::timestamptz, (new ->> 7)::timestamptz
FROM jsonb_array_elements($1) AS new;

-- name: patch_profiles
-- Updates a row a person, locked in the order of the primary key. What is set or removed leaves
-- the mismatched values; what is put aside now joins them.
WITH patch AS (
    SELECT slot, profile_id, brand_id, kept, aside, removed
    FROM unnest(
        $1::smallint[], $2::bigint[], $3::integer[], $4::jsonb[], $5::jsonb[], $6::jsonb[]
    ) AS patch (slot, profile_id, brand_id, kept, aside, removed)
), held AS (
    SELECT slot, profile_id, brand_id, kept, aside,
        ARRAY (SELECT jsonb_array_elements_text(removed)) AS removed
    FROM profiles
    JOIN patch USING (slot, profile_id, brand_id)
    ORDER BY slot, profile_id
    FOR UPDATE OF profiles
)
UPDATE profiles
SET attributes = (profiles.attributes - held.removed) || held.kept,
    mismatched = CASE
        WHEN profiles.mismatched IS NULL THEN held.aside
        ELSE nullif(
            (profiles.mismatched - held.removed - ARRAY (SELECT jsonb_object_keys(held.kept)))
                || coalesce(held.aside, '{}'),
            '{}'
        )
    END,
    updated_at = $7
FROM held
WHERE profiles.slot = held.slot
    AND profiles.profile_id = held.profile_id
    AND profiles.brand_id = held.brand_id;

-- name: select_origins
-- A row for each of these people.
SELECT slot, profile_id, user_id, created_at
FROM profiles
JOIN unnest($1::integer[], $2::smallint[], $3::bigint[]) AS wanted (brand_id, slot, profile_id)
    USING (brand_id, slot, profile_id);

-- name: update_user_ids
-- Updates a row for each of these people who is no user yet.
UPDATE profiles
SET user_id = named.user_id
FROM unnest($1::integer[], $2::smallint[], $3::bigint[], $4::text[])
    AS named (brand_id, slot, profile_id, user_id)
WHERE profiles.brand_id = named.brand_id
    AND profiles.slot = named.slot
    AND profiles.profile_id = named.profile_id
    AND profiles.user_id IS NULL;

-- name: select_for_update
-- A row for each of these people, locked in the order of the primary key.
SELECT slot, profile_id, user_id, attributes, mismatched, created_at, updated_at
FROM profiles
JOIN unnest($1::integer[], $2::smallint[], $3::bigint[]) AS wanted (brand_id, slot, profile_id)
    USING (brand_id, slot, profile_id)
ORDER BY slot, profile_id
FOR UPDATE OF profiles;

-- name: update_profiles
-- Updates a row for each of these people, which the transaction holds.
UPDATE profiles
SET user_id = changed.user_id,
    attributes = changed.attributes,
    mismatched = changed.mismatched,
    created_at = changed.created_at,
    updated_at = changed.updated_at
FROM unnest(
    $1::integer[], $2::smallint[], $3::bigint[], $4::text[], $5::jsonb[], $6::jsonb[],
    $7::timestamptz[], $8::timestamptz[]
) AS changed (
    brand_id, slot, profile_id, user_id, attributes, mismatched, created_at, updated_at
)
WHERE profiles.brand_id = changed.brand_id
    AND profiles.slot = changed.slot
    AND profiles.profile_id = changed.profile_id;

-- name: select_profile
-- One row, or none.
SELECT user_id, attributes, mismatched, created_at, updated_at
FROM profiles
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3;

-- name: select_profiles
-- A row for each of these people.
SELECT slot, profile_id, user_id, attributes, mismatched, created_at, updated_at
FROM profiles
JOIN unnest($2::smallint[], $3::bigint[]) AS wanted (slot, profile_id) USING (slot, profile_id)
WHERE brand_id = $1
ORDER BY slot, profile_id;

-- name: has_profiles
-- One row: whether the brand has anybody.
SELECT EXISTS (SELECT FROM profiles WHERE brand_id = $1);

-- name: select_page
-- At most $4 people of one slot, after a profile id, a row each.
SELECT slot, profile_id, user_id, attributes, mismatched, created_at, updated_at
FROM profiles
WHERE brand_id = $1 AND slot = $2 AND profile_id > $3
ORDER BY profile_id
LIMIT $4;

-- name: delete_profiles
-- Deletes these people.
DELETE FROM profiles
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE profiles.brand_id = $1
    AND profiles.slot = gone.slot
    AND profiles.profile_id = gone.profile_id;

-- name: count_retyped
-- One row: how many values of an attribute are stored, and how many would change sides under the
-- type $3. Reads every profile of the brand.
SELECT count(*) FILTER (WHERE attributes ? $2 OR mismatched ? $2) AS stored,
    count(*) FILTER (WHERE attributes ? $2 AND NOT fits_type(attributes -> $2, $3)) AS becoming_mismatches,
    count(*) FILTER (WHERE mismatched ? $2 AND fits_type(mismatched -> $2, $3)) AS becoming_valid
FROM profiles
WHERE brand_id = $1;

-- name: retype
-- Moves the values of an attribute to the side on which the type $3 has them. Where both sides have
-- a value, the one put aside is the later and wins if it fits now. Updates the profiles concerned
-- in the slots from $4 to before $5, and returns a row each.
UPDATE profiles
SET attributes = CASE
        WHEN fits_type(mismatched -> $2, $3) THEN
            attributes || jsonb_build_object($2::text, mismatched -> $2)
        ELSE attributes - $2::text
    END,
    mismatched = CASE
        WHEN fits_type(mismatched -> $2, $3) THEN nullif(mismatched - $2::text, '{}')
        ELSE coalesce(mismatched, '{}')
            || jsonb_build_object($2::text, coalesce(mismatched -> $2, attributes -> $2))
    END
WHERE slot >= $4
    AND slot < $5
    AND brand_id = $1
    AND (
        (attributes ? $2 AND NOT fits_type(attributes -> $2, $3))
        OR (mismatched ? $2 AND fits_type(mismatched -> $2, $3))
    )
RETURNING slot, profile_id;
