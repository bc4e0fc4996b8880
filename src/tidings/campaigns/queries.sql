-- name: insert_campaign
-- Inserts one row and returns its id, or nothing when the brand has the name already.
INSERT INTO campaigns (brand_id, name, channel_id, definition, state, created_at)
VALUES ($1, $2, $3, $4, 'draft', $5)
ON CONFLICT ON CONSTRAINT campaigns_name_key DO NOTHING
RETURNING campaign_id;

-- name: select_campaigns
-- At most $3 rows, by id from the latest on, before one.
SELECT campaign_id, brand_id, channel_id, definition, state, error, lane_id, slots_left, templates,
    created_at, start_at, started_at, finished_at, filled_at, tested_at, decided_at, winner
FROM campaigns
WHERE brand_id = $1 AND campaign_id < $2
ORDER BY campaign_id DESC
LIMIT $3;

-- name: select_campaign
-- At most one row, which is locked.
SELECT campaign_id, brand_id, channel_id, definition, state, error, lane_id, slots_left, templates,
    created_at, start_at, started_at, finished_at, filled_at, tested_at, decided_at, winner
FROM campaigns
WHERE brand_id = $1 AND campaign_id = $2
FOR UPDATE;

-- name: select_in_need_of
-- The campaigns that are not over and are made of the template $2, by id.
SELECT campaign_id, name, state
FROM campaigns
WHERE brand_id = $1
    AND state IN ('draft', 'scheduled', 'sending', 'paused')
    AND (
        definition @> jsonb_build_object('template', $2::text)
        OR definition @> jsonb_build_object(
            'variants', jsonb_build_array(jsonb_build_object('template', $2::text))
        )
    )
ORDER BY campaign_id;

-- name: schedule
-- Updates one row.
UPDATE campaigns
SET state = 'scheduled', start_at = $3
WHERE brand_id = $1 AND campaign_id = $2;

-- name: begin
-- Updates one row.
UPDATE campaigns
SET state = 'sending', lane_id = $3, slots_left = $4, started_at = $5, templates = $6
WHERE brand_id = $1 AND campaign_id = $2;

-- name: set_state
-- Updates one row.
UPDATE campaigns
SET state = $3, error = $4, finished_at = $5
WHERE brand_id = $1 AND campaign_id = $2;

-- name: count_slots
-- Updates one row: some slots more were gone through, the last of them at $4.
UPDATE campaigns
SET slots_left = slots_left - $3,
    filled_at = CASE WHEN slots_left = $3 THEN $4 ELSE filled_at END
WHERE brand_id = $1 AND campaign_id = $2;

-- name: select_done
-- A row a campaign that is being sent, all of whose people were gone through, and whose test, if it has
-- one, is decided. Over all brands: the job that asks goes through them.
SELECT campaign_id, brand_id, lane_id
FROM campaigns
WHERE state = 'sending' AND slots_left = 0 AND (decided_at IS NOT NULL OR NOT definition ? 'test');

-- name: select_undecided
-- A row a campaign that is being sent, all of whose people were gone through, and whose test is not
-- decided yet, by id. Over all brands: the job that asks goes through them.
SELECT campaign_id, brand_id
FROM campaigns
WHERE state = 'sending' AND slots_left = 0 AND decided_at IS NULL AND definition ? 'test'
ORDER BY campaign_id;

-- name: note_tested
-- Updates one row: all of its test was sent.
UPDATE campaigns
SET tested_at = $3
WHERE brand_id = $1 AND campaign_id = $2;

-- name: decide
-- Updates one row: its test has a winner.
UPDATE campaigns
SET winner = $3, decided_at = $4
WHERE brand_id = $1 AND campaign_id = $2;
