-- name: store_plain_events
-- Stores events and their new people as one transaction (migration 0007); one row: whether it did.
SELECT store_plain_events($1);

-- name: insert_event_ids
-- Records the ids of events that carry one; a row for each that is new, in the order of the primary
-- key, so that two processes storing the same events wait for each other in one order.
INSERT INTO event_ids (slot, profile_id, brand_id, event_id)
SELECT slot, profile_id, brand_id, event_id
FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[])
    AS seen (slot, profile_id, brand_id, event_id)
ON CONFLICT (slot, profile_id, event_id) DO NOTHING
RETURNING slot, profile_id, event_id;

-- name: summarize
-- One row: what a person did, counted off the index of that person.
SELECT count(*) AS count, min(occurred_at) AS first, max(occurred_at) AS last,
    coalesce(sum(ltv), 0)::float8 AS ltv
FROM events
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3;

-- name: count_people
-- One row: how many people did an event between two instants.
SELECT count(DISTINCT (slot, profile_id))
FROM events
WHERE brand_id = $1 AND name_id = $2 AND occurred_at >= $3 AND occurred_at < $4;

-- name: select_people
-- People who did an event between two instants, by slot and id, after a cursor: at most $7 rows.
SELECT slot, profile_id, count(*) AS count, min(occurred_at) AS first, max(occurred_at) AS last,
    coalesce(sum(ltv), 0)::float8 AS ltv
FROM events
WHERE brand_id = $1 AND name_id = $2 AND occurred_at >= $3 AND occurred_at < $4
    AND (slot, profile_id) > ($5, $6)
GROUP BY slot, profile_id
ORDER BY slot, profile_id
LIMIT $7;

-- name: copy_events
-- Inserts what one person did as another's, with all its times; the caller deletes the first.
INSERT INTO events (
    slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, event_id, attributes, context,
    mismatched
)
SELECT $4, $5, brand_id, name_id, occurred_at, received_at, ltv, event_id, attributes, context,
    mismatched
FROM events
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3;

-- name: copy_event_ids
-- Inserts the event ids of one person as another's, who may have had some of them too.
INSERT INTO event_ids (slot, profile_id, brand_id, event_id)
SELECT $4, $5, brand_id, event_id
FROM event_ids
WHERE brand_id = $1 AND slot = $2 AND profile_id = $3
ON CONFLICT (slot, profile_id, event_id) DO NOTHING;

-- name: delete_events
-- Deletes everything these people did.
DELETE FROM events
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE events.brand_id = $1
    AND events.slot = gone.slot
    AND events.profile_id = gone.profile_id;

-- name: delete_event_ids
-- Deletes the event ids of these people.
DELETE FROM event_ids
USING unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE event_ids.brand_id = $1
    AND event_ids.slot = gone.slot
    AND event_ids.profile_id = gone.profile_id;

-- name: has_partition
-- One row: whether a month has its partition.
SELECT to_regclass($1) IS NOT NULL;

-- name: count_retyped
-- One row: how many values of an event's attribute are stored, and how many would change sides under
-- the type $4. Reads every event of the name.
SELECT count(*) FILTER (WHERE attributes ? $3 OR mismatched ? $3) AS stored,
    count(*) FILTER (WHERE attributes ? $3 AND NOT fits_type(attributes -> $3, $4)) AS becoming_mismatches,
    count(*) FILTER (WHERE mismatched ? $3 AND fits_type(mismatched -> $3, $4)) AS becoming_valid
FROM events
WHERE brand_id = $1 AND name_id = $2;

-- name: retype
-- Moves the values of an event's attribute to the side on which the type $4 has them; an event has a
-- value on one side only. Updates the events concerned in the slots from $5 to before $6, and returns a row
-- each.
UPDATE events
SET attributes = CASE
        WHEN attributes ? $3 THEN attributes - $3::text
        ELSE attributes || jsonb_build_object($3::text, mismatched -> $3)
    END,
    mismatched = CASE
        WHEN attributes ? $3 THEN
            coalesce(mismatched, '{}') || jsonb_build_object($3::text, attributes -> $3)
        ELSE nullif(mismatched - $3::text, '{}')
    END
WHERE slot >= $5
    AND slot < $6
    AND brand_id = $1
    AND name_id = $2
    AND (
        (attributes ? $3 AND NOT fits_type(attributes -> $3, $4))
        OR (mismatched ? $3 AND fits_type(mismatched -> $3, $4))
    )
RETURNING slot, profile_id;

-- name: has_months
-- One row: whether any month has been made.
SELECT count(*) > 1
FROM pg_inherits
WHERE inhparent = 'events'::regclass;
