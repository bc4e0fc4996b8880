-- name: select_versions
-- A row a brand: the version of its types.
SELECT brand_id, schema_version
FROM brands
WHERE brand_id = ANY ($1::integer[]);

-- name: raise_version
-- Updates one row, so that every process reads the brand's types anew.
UPDATE brands
SET schema_version = schema_version + 1
WHERE brand_id = $1;

-- name: insert_names
-- Inserts the names that are new, in one order, so that two processes cannot wait for each other.
INSERT INTO event_names (brand_id, name, kind, first_seen_at)
SELECT $1, name, kind, $4
FROM unnest($2::text[], $3::text[]) AS seen (name, kind)
ORDER BY name
ON CONFLICT (brand_id, name) DO NOTHING;

-- name: select_names
-- A row for every event name of a brand.
SELECT name_id, name, kind, first_seen_at
FROM event_names
WHERE brand_id = $1
ORDER BY name;

-- name: insert_types
-- Locks the types that are not locked yet, in one order; of two first values one wins.
INSERT INTO attribute_types (brand_id, owner, attribute, type, locked_at)
SELECT $1, owner, attribute, type, $5
FROM unnest($2::integer[], $3::text[], $4::text[]) AS first_value (owner, attribute, type)
ORDER BY owner, attribute
ON CONFLICT (brand_id, owner, attribute) DO NOTHING;

-- name: select_types
-- A row for every locked attribute of a brand.
SELECT owner, attribute, type, status, locked_at, mismatches, last_mismatch_at
FROM attribute_types
WHERE brand_id = $1
ORDER BY owner, attribute;

-- name: count_mismatches
-- Updates a row for each attribute that had mismatches in this commit, in one order.
WITH counted AS (
    SELECT brand_id, owner, attribute, mismatches
    FROM unnest($1::integer[], $2::integer[], $3::text[], $4::bigint[])
        AS counted (brand_id, owner, attribute, mismatches)
), held AS (
    SELECT brand_id, owner, attribute, counted.mismatches
    FROM attribute_types
    JOIN counted USING (brand_id, owner, attribute)
    ORDER BY brand_id, owner, attribute
    FOR UPDATE OF attribute_types
)
UPDATE attribute_types
SET mismatches = attribute_types.mismatches + held.mismatches, last_mismatch_at = $5
FROM held
WHERE attribute_types.brand_id = held.brand_id
    AND attribute_types.owner = held.owner
    AND attribute_types.attribute = held.attribute;

-- name: update_type
-- Updates one row.
UPDATE attribute_types
SET type = $4, locked_at = $5
WHERE brand_id = $1 AND owner = $2 AND attribute = $3;

-- name: update_status
-- Updates at most one row.
UPDATE attribute_types
SET status = $4
WHERE brand_id = $1 AND owner = $2 AND attribute = $3;

-- name: insert_watches
-- Inserts a row for each thing that a listener wants to hear of.
INSERT INTO watches (brand_id, listener, owner, attribute)
SELECT $1, $2, owner, attribute
FROM unnest($3::integer[], $4::text[]) AS wanted (owner, attribute);

-- name: delete_watches
-- Deletes every row of a listener.
DELETE FROM watches
WHERE brand_id = $1 AND listener = $2;

-- name: select_watched
-- A row for each thing that anybody wants to hear of.
SELECT DISTINCT owner, attribute
FROM watches
WHERE brand_id = $1;

-- name: is_watched
-- One row: whether anybody wants to hear of anything.
SELECT EXISTS (
    SELECT
    FROM watches
    WHERE brand_id = $1
);
