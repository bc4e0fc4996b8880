-- name: insert_template
-- Inserts one row and returns its id, or nothing when the brand has the key already.
INSERT INTO templates (brand_id, key, name, medium, last_version, created_at, updated_at)
VALUES ($1, $2, $3, $4, 0, $5, $5)
ON CONFLICT ON CONSTRAINT templates_key_key DO NOTHING
RETURNING template_id;

-- name: count_templates
-- One row.
SELECT count(*)
FROM templates
WHERE brand_id = $1;

-- name: next_version
-- Updates at most one row, holding it, and returns a number that no version of the template has had.
UPDATE templates
SET last_version = last_version + 1, updated_at = $3
WHERE brand_id = $1 AND template_id = $2
RETURNING last_version;

-- name: insert_version
-- Inserts one row.
INSERT INTO template_versions (template_id, version, brand_id, content, created_at)
VALUES ($2, $3, $1, $4, $5);

-- name: rename_template
-- Updates at most one row.
UPDATE templates
SET name = $3
WHERE brand_id = $1 AND template_id = $2;

-- name: delete_template
-- Deletes at most one row, and its versions with it.
DELETE FROM templates
WHERE brand_id = $1 AND key = $2;

-- name: select_templates
-- A row a template of the brand, by key.
SELECT template_id, key, name, medium, last_version, created_at, updated_at
FROM templates
WHERE brand_id = $1
ORDER BY key;

-- name: select_template
-- At most one row: the template of this key.
SELECT template_id, key, name, medium, last_version, created_at, updated_at
FROM templates
WHERE brand_id = $1 AND key = $2;

-- name: select_content
-- At most one row: what a version says.
SELECT content
FROM template_versions
WHERE brand_id = $1 AND template_id = $2 AND version = $3;
