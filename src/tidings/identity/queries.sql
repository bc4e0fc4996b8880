-- name: select_links
-- Where the profiles of these identifiers lie: a row for each that is known, with its position.
SELECT wanted.position, found.profile_slot, found.profile_id
FROM unnest($1::smallint[], $2::integer[], $3::smallint[], $4::text[]) WITH ORDINALITY
    AS wanted (slot, brand_id, kind, value, position)
JOIN identifiers AS found USING (slot, brand_id, kind, value);

-- name: insert_links
-- Inserts the identifiers that are unknown and returns the positions of those. They come sorted by
-- primary key: two processes that create the same people wait for each other in one order.
WITH inserted AS (
    INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
    SELECT slot, brand_id, kind, value, slot, profile_id
    FROM unnest($1::smallint[], $2::integer[], $3::smallint[], $4::text[], $5::bigint[])
        AS new (slot, brand_id, kind, value, profile_id)
    ON CONFLICT (slot, brand_id, kind, value) DO NOTHING
    RETURNING profile_id
)
SELECT profile_id
FROM inserted;

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
