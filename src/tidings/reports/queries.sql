-- name: select_tallies
-- A row for each lane, template, channel or day ($5 says which) and what was counted of it, with the
-- reason but without the link; of some lanes, or of all with NULL, and of days $3 to $4.
SELECT CASE $5 WHEN 'day' THEN (date '2000-01-01' + key::integer)::text ELSE key::text END AS key,
    what, detail, sum(count)::bigint AS count, sum(amount)::float8 AS amount
FROM (
    -- Numbers as long as they are grouped by: texts take three times as long.
    SELECT
        CASE $5
            WHEN 'day' THEN day - date '2000-01-01'
            WHEN 'template' THEN template_id
            WHEN 'channel' THEN channel_id
            ELSE lane_id
        END AS key,
        what,
        CASE WHEN what IN ('skipped', 'failed') THEN detail ELSE '' END AS detail,
        count,
        amount
    FROM read_message_counts
    JOIN read_lanes USING (brand_id, lane_id)
    WHERE brand_id = $1
        AND ($2::bigint[] IS NULL OR lane_id = ANY ($2))
        AND day BETWEEN $3 AND $4
) AS counted
GROUP BY counted.key, what, detail
ORDER BY counted.key, what, detail;

-- name: select_lane_tallies
-- A row for each template and day of a lane and what was counted of it, with the reason but without the
-- link.
SELECT template_id::text AS template, day::text AS day, what, reason AS detail,
    sum(count)::bigint AS count, sum(amount)::float8 AS amount
FROM (
    SELECT template_id, day, what,
        CASE WHEN what IN ('skipped', 'failed') THEN detail ELSE '' END AS reason, count, amount
    FROM read_message_counts
    WHERE brand_id = $1 AND lane_id = $2
) AS counted
GROUP BY template_id, counted.day, what, reason
ORDER BY template_id, counted.day, what, reason;

-- name: select_links
-- At most $3 rows: the links of a lane's messages and how often each was clicked, the most first.
SELECT detail AS link, sum(count)::bigint AS clicked
FROM read_message_counts
WHERE brand_id = $1 AND lane_id = $2 AND what = 'clicked' AND detail <> ''
GROUP BY detail
ORDER BY clicked DESC, link
LIMIT $3;

-- name: select_campaigns
-- At most $6 rows, by id from the latest on, before one: the campaigns of a channel, or of all with NULL,
-- that started, are to start or were created in a time.
SELECT campaign_id, name, channel_id, state, lane_id, created_at, start_at, started_at, finished_at
FROM read_campaigns
WHERE brand_id = $1
    AND campaign_id < $2
    AND coalesce(started_at, start_at, created_at) >= $3
    AND coalesce(started_at, start_at, created_at) < $4
    AND channel_id = coalesce($5, channel_id)
ORDER BY campaign_id DESC
LIMIT $6;

-- name: select_received
-- When each message was sent that a person got, also as whom they were before a merge: off the index
-- of that person.
SELECT ended_at
FROM read_selves($1, ARRAY[$2::smallint], ARRAY[$3::bigint])
JOIN read_messages USING (slot, profile_id)
WHERE brand_id = $1 AND status = 'sent' AND bounced_at IS NULL;
