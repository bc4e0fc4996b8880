-- name: select_goals
-- A row for each campaign that has a goal and has begun. Over all brands: the job that asks goes
-- through them.
SELECT brand_id, lane_id, goal
FROM read_campaigns
WHERE lane_id IS NOT NULL AND goal IS NOT NULL
ORDER BY brand_id, lane_id;

-- name: begin_round
-- Notes until when a job has looked, and returns until when it had before; the same the first time.
-- Locks its row. Of no brand: the job looks for all of them.
INSERT INTO conversion_rounds AS round (name, looked_until)
VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE
SET looked_until = greatest(excluded.looked_until, round.looked_until)
RETURNING coalesce(
    (SELECT looked_until FROM conversion_rounds WHERE name = $1), round.looked_until
);

-- name: insert_conversions
-- Inserts a row for each event of one name that occurred since $3 and came since $4, that was not
-- counted before, and whose person opened or clicked a message of a campaign with that goal at most as
-- long before as the goal says ($5 to $7): of the message that they opened or clicked last before the
-- event. Returns them.
WITH happened AS (
    SELECT slot, profile_id, occurred_at, received_at, attributes,
        row_number() OVER (
            PARTITION BY slot, profile_id, occurred_at, received_at ORDER BY attributes
        ) AS nth
    FROM read_events
    WHERE brand_id = $1 AND name_id = $2 AND occurred_at >= $3 AND received_at >= $4
)
INSERT INTO conversions (
    slot, profile_id, brand_id, name_id, occurred_at, received_at, nth, lane_id, template_id, message_id,
    amount
)
SELECT happened.slot, happened.profile_id, $1, $2, occurred_at, received_at, nth, lane_id, template_id,
    message_id,
    CASE
        WHEN jsonb_typeof(attributes -> amount_name) = 'number' THEN
            CASE
                WHEN abs((attributes -> amount_name)::numeric) <= $8::float8::numeric THEN
                    (attributes -> amount_name)::float8
                ELSE 0
            END
        ELSE 0
    END
FROM happened
CROSS JOIN LATERAL (
    SELECT lane_id, template_id, message_id, amount_name
    FROM (
        SELECT happened.slot, happened.profile_id
        UNION ALL
        SELECT absorbed_slot, absorbed_id
        FROM read_merges
        WHERE brand_id = $1
            AND read_merges.slot = happened.slot
            AND read_merges.profile_id = happened.profile_id
    ) AS selves (slot, profile_id)
    JOIN read_messages USING (slot, profile_id)
    JOIN unnest($5::bigint[], $6::interval[], $7::text[]) AS goals (lane_id, within, amount_name)
        USING (lane_id)
    CROSS JOIN LATERAL (
        SELECT max(at)
        FROM unnest(ARRAY[opened_at, clicked_at, engaged_at]) AS times (at)
        WHERE at <= happened.occurred_at
    ) AS touched (at)
    WHERE brand_id = $1 AND touched.at >= happened.occurred_at - within
    ORDER BY touched.at DESC, message_id DESC
    LIMIT 1
) AS last_touched
-- What one person did at one time and came at one time is counted as a whole or not at all, so its
-- number tells what of it was counted; also of two who were merged meanwhile.
WHERE nth > (
    SELECT count(*)
    FROM (
        SELECT happened.slot, happened.profile_id
        UNION ALL
        SELECT absorbed_slot, absorbed_id
        FROM read_merges
        WHERE brand_id = $1
            AND read_merges.slot = happened.slot
            AND read_merges.profile_id = happened.profile_id
    ) AS selves (slot, profile_id)
    JOIN conversions USING (slot, profile_id)
    WHERE conversions.brand_id = $1
        AND name_id = $2
        AND conversions.occurred_at = happened.occurred_at
        AND conversions.received_at = happened.received_at
)
ON CONFLICT (slot, profile_id, name_id, occurred_at, received_at, nth) DO NOTHING
RETURNING lane_id, template_id, occurred_at, amount;

-- name: delete_old
-- Deletes the conversions whose events no job will look at again: each came $1 before the job that
-- is furthest behind. Over all brands: time passes for them all.
DELETE FROM conversions
WHERE received_at < (SELECT min(looked_until) FROM conversion_rounds) - $1::interval;
