-- name: select_recent
-- A row a marketing message that some people, or those who went into them, were sent since $4, or that is
-- being sent: by the position of the person from 1, its medium and when. $5: those that do not count.
SELECT position, medium, coalesce(ended_at, $6) AS at
FROM read_selves($1, $2, $3)
JOIN messages USING (slot, profile_id)
JOIN lanes ON lanes.lane_id = messages.lane_id
WHERE messages.brand_id = $1
    AND (status = 'sending' OR (status = 'sent' AND ended_at >= $4))
    AND message_id <> ALL ($5::bigint[])
    AND (lanes.options ->> 'is_marketing') IS DISTINCT FROM 'false';

-- name: insert_words
-- Inserts a row each, or has it stay $5 longer than what needs it; locks nothing that stays long enough.
INSERT INTO content_words (brand_id, words_key, words, kept_until)
SELECT $1, words_key, words, $4::timestamptz + $5::interval
FROM unnest($2::bytea[], $3::bytea[]) AS needed (words_key, words)
WHERE NOT EXISTS (
    SELECT
    FROM content_words AS there
    WHERE there.brand_id = $1
        AND there.words_key = needed.words_key
        AND there.kept_until >= $4::timestamptz
)
ON CONFLICT (brand_id, words_key) DO UPDATE
SET kept_until = excluded.kept_until;

-- name: insert_contents
-- Inserts a row each.
INSERT INTO message_contents (slot, message_id, brand_id, content, words_key, kept_until)
SELECT slot, message_id, $1, content, words_key, $2
FROM unnest($3::smallint[], $4::bigint[], $5::bytea[], $6::bytea[])
    AS sent (slot, message_id, content, words_key)
ON CONFLICT (slot, message_id) DO NOTHING;

-- name: select_content
-- At most one row: what was sent, and the words that it needs.
SELECT content, words
FROM message_contents
LEFT JOIN content_words USING (brand_id, words_key)
WHERE brand_id = $1 AND slot = $2 AND message_id = $3;

-- name: delete_old_words
-- Deletes those that nothing needs any more. Over all brands: time passes for them all.
DELETE FROM content_words
WHERE kept_until <= $1;

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

-- name: select_counted_links
-- One row: by how many links clicks of a lane, template and day are counted, and by which of $5; $6 stands
-- for all others. Off the primary key.
SELECT count(DISTINCT detail) AS number,
    coalesce(array_agg(DISTINCT detail) FILTER (WHERE detail = ANY ($5::text[])), '{}') AS known
FROM message_counts
WHERE brand_id = $1
    AND lane_id = $2
    AND template_id = $3
    AND day = $4
    AND what = 'clicked'
    AND detail NOT IN ('', $6);

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
-- One row: how many of the last $5 messages of a medium that a person was sent came back, and were not
-- delivered after that.
SELECT count(*)
FROM (
    SELECT delivered_at, bounced_at
    FROM messages
    JOIN lanes ON lanes.lane_id = messages.lane_id
    WHERE messages.brand_id = $1 AND slot = $2 AND profile_id = $3 AND status = 'sent'
        AND medium = $4
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
    lanes.options, per_minute, medium
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
