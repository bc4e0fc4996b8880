-- name: select_recent
-- A row a marketing message that some people were sent since $4, or that is being sent: its channel and
-- when. $5: those that do not count.
SELECT messages.slot, profile_id, channel_id, coalesce(ended_at, $6) AS at
FROM messages
JOIN unnest($2::smallint[], $3::bigint[]) AS asked (slot, profile_id) USING (slot, profile_id)
JOIN lanes ON lanes.lane_id = messages.lane_id
WHERE messages.brand_id = $1
    AND (status = 'sending' OR (status = 'sent' AND ended_at >= $4))
    AND message_id <> ALL ($5::bigint[])
    AND (lanes.options ->> 'is_marketing') IS DISTINCT FROM 'false';

-- name: insert_contents
-- Inserts a row each.
INSERT INTO message_contents (slot, message_id, brand_id, content, kept_until)
SELECT slot, message_id, $1, content, $2
FROM unnest($3::smallint[], $4::bigint[], $5::bytea[]) AS sent (slot, message_id, content)
ON CONFLICT (slot, message_id) DO NOTHING;

-- name: select_content
-- At most one row.
SELECT content
FROM message_contents
WHERE brand_id = $1 AND slot = $2 AND message_id = $3;

-- name: delete_old_contents
-- Deletes what was to be kept until now. Over all brands: time passes for them all.
DELETE FROM message_contents
WHERE kept_until <= $1;

-- name: add_counts
-- Adds to a row each, or begins it; in the order of the primary key.
INSERT INTO message_counts (
    brand_id, lane_id, template_id, day, what, detail, shard, count, amount
)
SELECT $1, $2, template_id, day, what, detail, $3, count, amount
FROM unnest(
    $4::bigint[], $5::date[], $6::text[], $7::text[], $8::bigint[], $9::double precision[]
) AS more (template_id, day, what, detail, count, amount)
ON CONFLICT (brand_id, lane_id, template_id, day, what, detail, shard) DO UPDATE
SET count = message_counts.count + excluded.count,
    amount = message_counts.amount + excluded.amount;

-- name: fold_counts
-- Adds the rows of each count of days before $1 to its first, and deletes them; nobody adds to them any
-- more. In one order of lanes and days, as whoever counts afterwards. Over all brands: time passes for
-- them all.
WITH folded AS (
    DELETE FROM message_counts
    WHERE day < $1 AND shard <> 0
    RETURNING brand_id, lane_id, template_id, day, what, detail, count, amount
)
INSERT INTO message_counts (
    brand_id, lane_id, template_id, day, what, detail, shard, count, amount
)
SELECT brand_id, lane_id, template_id, day, what, detail, 0, sum(count), sum(amount)
FROM folded
GROUP BY brand_id, lane_id, template_id, day, what, detail
ORDER BY brand_id, lane_id, day, template_id, what, detail
ON CONFLICT (brand_id, lane_id, template_id, day, what, detail, shard) DO UPDATE
SET count = message_counts.count + excluded.count,
    amount = message_counts.amount + excluded.amount;

-- name: select_counts
-- A row a lane, and what is counted of it with its detail, over all days and templates.
SELECT lane_id, what, detail, sum(count)::bigint AS count
FROM message_counts
WHERE brand_id = $1 AND lane_id = ANY ($2::bigint[])
GROUP BY lane_id, what, detail;

-- name: count_last_bounces
-- One row: how many of the last $5 messages that a person was sent on these channels came back, and
-- were not delivered after that.
SELECT count(*)
FROM (
    SELECT delivered_at, bounced_at
    FROM messages
    JOIN lanes ON lanes.lane_id = messages.lane_id
    WHERE messages.brand_id = $1 AND slot = $2 AND profile_id = $3 AND status = 'sent'
        AND channel_id = ANY ($4::bigint[])
    ORDER BY ended_at DESC
    LIMIT $5
) AS last_sent
WHERE bounced_at IS NOT NULL AND (delivered_at IS NULL OR delivered_at < bounced_at);

-- name: find_by_provider
-- The messages that a provider knows by a name, of one channel.
SELECT messages.slot, message_id
FROM messages
JOIN lanes ON lanes.lane_id = messages.lane_id
WHERE messages.brand_id = $1 AND provider_message_id = $2 AND channel_id = $3;

-- name: hold_message
-- At most one row, which is locked: a message that was handed over, even if that is not noted yet or was
-- never learned, and what was heard of it so far.
SELECT profile_id, messages.lane_id, messages.brand_id, template_id, delivered_at, opened_at,
    clicked_at, bounced_at, spam_at, unsubscribed_at, engaged_at, channel_id, source, source_id,
    lanes.options, per_minute
FROM messages
JOIN lanes ON lanes.lane_id = messages.lane_id
WHERE messages.brand_id = $1 AND messages.slot = $2 AND message_id = $3
    AND (status IN ('sending', 'sent', 'failed') OR attempts > 0)
FOR UPDATE OF messages;

-- name: note_heard
-- Updates one row.
UPDATE messages
SET delivered_at = $4, opened_at = $5, clicked_at = $6, bounced_at = $7, spam_at = $8,
    unsubscribed_at = $9, engaged_at = $10
WHERE brand_id = $1 AND slot = $2 AND message_id = $3;
