-- name: insert_lane
-- Inserts one row and returns it, or nothing when its source has a lane of this channel already.
INSERT INTO lanes (brand_id, channel_id, source, source_id, options, is_open, per_minute, medium)
VALUES ($1, $2, $3, $4, $5, true, $6, $7)
ON CONFLICT ON CONSTRAINT lanes_source_key DO NOTHING
RETURNING lane_id, brand_id, channel_id, source, source_id, options, per_minute, medium;

-- name: select_lanes_of
-- The lanes of one source, by channel.
SELECT lane_id, brand_id, channel_id, source, source_id, options, per_minute, medium
FROM lanes
WHERE brand_id = $1 AND source = $2 AND source_id = $3
ORDER BY channel_id;

-- name: select_lanes
-- A row for each of these lanes.
SELECT lane_id, brand_id, channel_id, source, source_id, options, per_minute, medium
FROM lanes
WHERE brand_id = $1 AND lane_id = ANY ($2::bigint[]);

-- name: select_due_lanes
-- The open lanes that have a message to be sent now, calls first. Over all brands: senders serve them
-- all; one probe of an index a lane.
SELECT lane_id, brand_id, channel_id, source, source_id, options, per_minute, medium
FROM lanes
WHERE is_open
    AND EXISTS (
        SELECT
        FROM messages
        WHERE messages.lane_id = lanes.lane_id
            AND status = 'queued'
            AND due_at <= $1
    )
ORDER BY source, lane_id;

-- name: set_open
-- Updates one row.
UPDATE lanes
SET is_open = $3
WHERE brand_id = $1 AND lane_id = $2;

-- name: take_turns
-- Returns how many of $4 messages may begin in the minute $3, and counts them; nothing when the lane is
-- closed. Locks its row, so that all senders together keep to it.
UPDATE lanes
SET begun = taken.before + taken.turns, minute = $3
FROM (
    SELECT lane_id, before, least($4, greatest(0, per_minute - before)) AS turns
    FROM (
        SELECT lane_id, per_minute, CASE WHEN minute = $3 THEN begun ELSE 0 END AS before
        FROM lanes
        WHERE brand_id = $1 AND lane_id = $2 AND is_open
        FOR UPDATE
    ) AS held
) AS taken
WHERE lanes.lane_id = taken.lane_id AND lanes.brand_id = $1
RETURNING taken.turns;
