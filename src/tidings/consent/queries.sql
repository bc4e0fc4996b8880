-- name: select_rules
-- At most one row.
SELECT rules
FROM consent_rules
WHERE brand_id = $1;

-- name: upsert_rules
-- Inserts or updates one row.
INSERT INTO consent_rules (brand_id, rules, updated_at)
VALUES ($1, $2, $3)
ON CONFLICT (brand_id) DO UPDATE
SET rules = excluded.rules, updated_at = excluded.updated_at;

-- name: insert_suppressions
-- Inserts a row for each address that was not suppressed for this reason, in order, and returns how
-- many. One that was is left as it is, but shows its address again.
WITH added AS (
    INSERT INTO suppressions (brand_id, address_key, medium, reason, address, added_at)
    SELECT $1, address_key, $4, $5, address, $6
    FROM unnest($2::bytea[], $3::text[]) AS wanted (address_key, address)
    ORDER BY address_key
    ON CONFLICT (brand_id, address_key, medium, reason) DO UPDATE
    SET address = excluded.address
    RETURNING added_at
)
SELECT count(*)
FROM added
WHERE added_at = $6;

-- name: delete_suppressions
-- Deletes the rows of one address; with $3 null, whatever their reason.
DELETE FROM suppressions
WHERE brand_id = $1 AND address_key = $2 AND ($3::text IS NULL OR reason = $3);

-- name: select_suppressions
-- A row for each suppression after $2, by id, at most $3.
SELECT suppression_id, address, medium, reason, added_at
FROM suppressions
WHERE brand_id = $1 AND suppression_id > $2
ORDER BY suppression_id
LIMIT $3;

-- name: select_suppressed
-- A row for each reason not to send to one of these addresses on a medium.
SELECT address_key, reason
FROM suppressions
WHERE brand_id = $1 AND address_key = ANY ($2::bytea[]) AND medium IN ('', $3);

-- name: forget_addresses
-- Updates the rows of these addresses: they stay suppressed, and are not shown any more.
UPDATE suppressions
SET address = NULL
WHERE brand_id = $1 AND address_key = ANY ($2::bytea[]);

-- name: insert_topic
-- Inserts one row and returns its id, or nothing when the brand has the key already.
INSERT INTO topics (brand_id, key, name, kind, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT topics_key_key DO NOTHING
RETURNING topic_id;

-- name: count_topics
-- One row.
SELECT count(*)
FROM topics
WHERE brand_id = $1;

-- name: select_topics
-- A row for each topic of a brand, by key.
SELECT key, name, kind
FROM topics
WHERE brand_id = $1
ORDER BY key;

-- name: delete_topic
-- Deletes at most one row, and every subscription to it.
DELETE FROM topics
WHERE brand_id = $1 AND key = $2;

-- name: select_standings
-- A row for each of these people, by position from 1: the topic $4, if there is one, what they and those
-- who went into them said of it, and whether anything is to be confirmed.
WITH asked AS (
    SELECT slot, profile_id, position
    FROM unnest($2::smallint[], $3::bigint[])
        WITH ORDINALITY AS asked (slot, profile_id, position)
),
said AS (
    SELECT position, topic_id, state
    FROM read_selves($1, $2, $3)
    JOIN subscriptions USING (slot, profile_id)
    WHERE subscriptions.brand_id = $1
)
SELECT position, topics.kind,
    array_agg(said.state) FILTER (WHERE said.topic_id = topics.topic_id) AS states,
    coalesce(bool_or(said.state = 'pending'), false) AS is_unconfirmed
FROM asked
LEFT JOIN topics ON topics.brand_id = $1 AND topics.key = $4
LEFT JOIN said USING (position)
GROUP BY position, topics.kind;

-- name: select_subscriptions
-- A row for everything that a person and those who went into them said of topics, by topic.
SELECT topics.key, topics.name, topics.kind, subscriptions.state, subscriptions.source,
    subscriptions.changed_at, subscriptions.confirmed_at
FROM read_selves($1, ARRAY[$2::smallint], ARRAY[$3::bigint])
JOIN subscriptions USING (slot, profile_id)
JOIN topics USING (topic_id)
WHERE subscriptions.brand_id = $1
ORDER BY topics.key;

-- name: delete_inherited
-- Deletes what those who went into a person said of a topic.
DELETE FROM subscriptions
USING topics, read_merges
WHERE topics.brand_id = $1
    AND topics.key = $4
    AND subscriptions.topic_id = topics.topic_id
    AND read_merges.brand_id = $1
    AND read_merges.slot = $2
    AND read_merges.profile_id = $3
    AND subscriptions.slot = read_merges.absorbed_slot
    AND subscriptions.profile_id = read_merges.absorbed_id;

-- name: upsert_subscription
-- Inserts or updates one row, if the brand has the topic.
INSERT INTO subscriptions (
    slot, profile_id, topic_id, brand_id, state, source, changed_at, confirmed_at
)
SELECT $2, $3, topic_id, brand_id, $5, $6, $7, $8
FROM topics
WHERE brand_id = $1 AND key = $4
ON CONFLICT (slot, profile_id, topic_id) DO UPDATE
SET state = excluded.state,
    source = excluded.source,
    changed_at = excluded.changed_at,
    confirmed_at = excluded.confirmed_at;

-- name: delete_subscriptions
-- Deletes what these people, and those who went into them, said of topics.
DELETE FROM subscriptions
USING read_selves($1, $2, $3) AS same
WHERE subscriptions.brand_id = $1
    AND subscriptions.slot = same.slot
    AND subscriptions.profile_id = same.profile_id;

-- name: upsert_hard_bounce
-- Inserts or updates one row.
INSERT INTO hard_bounces (slot, profile_id, medium, brand_id, address_key, bounced_at)
VALUES ($2, $3, $4, $1, $5, $6)
ON CONFLICT (slot, profile_id, medium) DO UPDATE
SET address_key = excluded.address_key, bounced_at = excluded.bounced_at;

-- name: select_hard_bounces
-- A row for each of these people of whom, or of those who went into them, an address of the medium $4 did
-- not exist, by position from 1.
SELECT position, array_agg(address_key) AS address_keys
FROM read_selves($1, $2, $3)
JOIN hard_bounces USING (slot, profile_id)
WHERE hard_bounces.brand_id = $1 AND medium = $4
GROUP BY position;

-- name: delete_hard_bounces
-- Deletes which addresses of these people, and of those who went into them, did not exist.
DELETE FROM hard_bounces
USING read_selves($1, $2, $3) AS same
WHERE hard_bounces.brand_id = $1
    AND hard_bounces.slot = same.slot
    AND hard_bounces.profile_id = same.profile_id;
