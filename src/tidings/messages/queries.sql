-- name: insert_messages
-- Inserts a row each, but for those whose person has one like it, and returns their places.
INSERT INTO messages (
    slot, message_id, brand_id, profile_id, lane_id, template_id, template_version, content, data,
    options, dedupe_key, status, created_at, due_at
)
SELECT slot, nextval('message_ids'), $1, profile_id, $2, template_id, template_version, content,
    data, options, dedupe_key, 'queued', $3, due_at
FROM unnest(
    $4::smallint[], $5::bigint[], $6::bigint[], $7::integer[], $8::jsonb[], $9::jsonb[], $10::text[],
    $11::timestamptz[], $12::jsonb[]
) AS wanted (
    slot, profile_id, template_id, template_version, content, data, dedupe_key, due_at, options
)
ON CONFLICT ON CONSTRAINT messages_once DO NOTHING
RETURNING slot, message_id, profile_id, dedupe_key;

-- name: fill
-- Inserts a row a person, but for those who have one already, and returns how many; all of one template.
WITH filled AS (
    INSERT INTO messages (
        slot, message_id, brand_id, profile_id, lane_id, template_id, template_version, status,
        created_at, due_at
    )
    SELECT slot, nextval('message_ids'), $1, profile_id, $2, $3, $4, 'queued', $5, due_at
    FROM unnest($6::smallint[], $7::bigint[], $8::timestamptz[]) AS wanted (slot, profile_id, due_at)
    ON CONFLICT ON CONSTRAINT messages_once DO NOTHING
    RETURNING slot
)
SELECT count(*)
FROM filled;

-- name: claim
-- Takes at most $4 due messages of a lane that nobody else is taking, the earliest first, and returns
-- them. Locks their rows.
WITH due AS (
    SELECT slot, message_id
    FROM messages
    WHERE brand_id = $1
        AND lane_id = $2
        AND status = 'queued'
        AND due_at <= $3
    ORDER BY due_at
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE messages
SET status = 'sending', claimed_by = $5, attempts = attempts + 1
FROM due
WHERE messages.slot = due.slot AND messages.message_id = due.message_id AND messages.brand_id = $1
RETURNING messages.slot, messages.message_id, profile_id, template_id, template_version, content, data,
    options AS message_options, dedupe_key, attempts;

-- name: end_messages
-- Updates those of these messages that this process has in hand, and returns them. What a call gave as a
-- secret, under a name with `_`, is needed no more when a message is over: the name stays. By primary
-- key: in the index of who has what in hand, which this must not fit, all that a process ever had comes
-- first until the next vacuum.
UPDATE messages
SET status = ended.status,
    reason = ended.reason,
    code = ended.code,
    attempts = ended.attempts,
    provider_message_id = ended.provider_message_id,
    ended_at = CASE WHEN ended.status <> 'queued' THEN ended.at END,
    due_at = coalesce(ended.due_at, messages.due_at),
    claimed_by = NULL,
    data = CASE WHEN ended.status = 'queued' THEN data ELSE without_secrets(data) END
FROM unnest(
    $3::smallint[], $4::bigint[], $5::text[], $6::timestamptz[], $7::smallint[], $8::text[], $9::text[],
    $10::text[], $11::timestamptz[]
) AS ended (
    slot, message_id, status, at, attempts, reason, code, provider_message_id, due_at
)
WHERE messages.slot = ended.slot
    AND messages.message_id = ended.message_id
    AND messages.brand_id = $1
    AND coalesce(messages.claimed_by, '') = $2
RETURNING messages.slot, messages.message_id, profile_id, lane_id, template_id;

-- name: give_back
-- Updates the messages that a process that is no more had in hand, and returns how many: they are due
-- again.
WITH given AS (
    UPDATE messages
    SET status = 'queued', claimed_by = NULL
    WHERE brand_id = $1 AND claimed_by = $2 AND status = 'sending'
    RETURNING slot
)
SELECT count(*)
FROM given;

-- name: select_claimers
-- A row a brand and a process that has messages of it in hand, or had them when it died. Over all
-- brands.
SELECT DISTINCT brand_id, claimed_by
FROM messages
WHERE status = 'sending';

-- name: give_to_heir
-- Inserts a row for whom the person of a message went into, unless they have one like it; returns whether
-- it did. Looks first: an insert waits for another process that has theirs in hand, which may wait for
-- us in the same way.
INSERT INTO messages (
    slot, message_id, brand_id, profile_id, lane_id, template_id, template_version, content, data,
    options, dedupe_key, status, created_at, due_at
)
SELECT $4, nextval('message_ids'), brand_id, $5, lane_id, template_id, template_version, content, data,
    options, dedupe_key, 'queued', created_at, due_at
FROM messages
WHERE brand_id = $1
    AND slot = $2
    AND message_id = $3
    AND NOT EXISTS (
        SELECT
        FROM messages AS theirs
        WHERE theirs.slot = $4
            AND theirs.profile_id = $5
            AND theirs.lane_id = messages.lane_id
            AND theirs.dedupe_key = messages.dedupe_key
    )
ON CONFLICT ON CONSTRAINT messages_once DO NOTHING
RETURNING true;

-- name: delete_message
-- Deletes one row.
DELETE FROM messages
WHERE brand_id = $1 AND slot = $2 AND message_id = $3;

-- name: skip_queued
-- Updates the messages of a lane that wait, in some slots; returns a row a template, with how many. Their
-- secrets are needed no more.
WITH skipped AS (
    UPDATE messages
    SET status = 'skipped', reason = $4, ended_at = $5, data = without_secrets(data)
    WHERE brand_id = $1 AND lane_id = $2 AND slot = ANY ($3::smallint[]) AND status = 'queued'
    RETURNING template_id
)
SELECT template_id, count(*) AS count
FROM skipped
GROUP BY template_id;

-- name: skip_received
-- Updates the messages of a lane that wait for their template ($6), in some slots, and whose person was
-- sent one of the lane, or is being sent it, as somebody who went into them; returns how many.
WITH skipped AS (
    UPDATE messages
    SET status = 'skipped', reason = $4, ended_at = $5
    WHERE brand_id = $1
        AND lane_id = $2
        AND slot = ANY ($3::smallint[])
        AND status = 'queued'
        AND due_at = $6
        AND EXISTS (
            SELECT
            FROM read_merges
            JOIN messages AS other
                ON other.slot = absorbed_slot AND other.profile_id = absorbed_id
            WHERE read_merges.brand_id = $1
                AND read_merges.slot = messages.slot
                AND read_merges.profile_id = messages.profile_id
                AND other.lane_id = $2
                AND other.status IN ('sending', 'sent')
        )
    RETURNING messages.slot
)
SELECT count(*)
FROM skipped;

-- name: release
-- Updates the messages of a lane that wait for their template ($7), in some slots: they are of version
-- $5 of template $4 now, and due. Returns how many were made at which time.
WITH released AS (
    UPDATE messages
    SET template_id = $4, template_version = $5, due_at = $6
    WHERE brand_id = $1
        AND lane_id = $2
        AND slot = ANY ($3::smallint[])
        AND status = 'queued'
        AND due_at = $7
    RETURNING created_at
)
SELECT created_at, count(*) AS count
FROM released
GROUP BY created_at
ORDER BY created_at;

-- name: is_settled
-- One row: whether no message of a lane is in hand, or waits for a time before $3.
SELECT NOT EXISTS (
    SELECT
    FROM messages
    WHERE brand_id = $1 AND lane_id = $2 AND status = 'queued' AND due_at < $3
) AND NOT EXISTS (
    SELECT
    FROM messages
    WHERE brand_id = $1 AND lane_id = $2 AND status = 'sending'
);

-- name: select_template_counts
-- A row a lane, template and what is counted of it, over all days; 0 stands for no template.
SELECT lane_id, template_id, what, sum(count)::bigint AS count
FROM message_counts
WHERE brand_id = $1 AND lane_id = ANY ($2::bigint[])
GROUP BY lane_id, template_id, what;

-- name: is_empty
-- One row: whether no message of a lane waits or is in hand.
SELECT NOT EXISTS (
    SELECT
    FROM messages
    WHERE brand_id = $1 AND lane_id = $2 AND status = 'queued'
) AND NOT EXISTS (
    SELECT
    FROM messages
    WHERE brand_id = $1 AND lane_id = $2 AND status = 'sending'
);

-- name: select_messages
-- A row for each of these messages that is there.
SELECT messages.slot, message_id, profile_id, messages.lane_id, template_id, data,
    messages.options AS message_options, status, reason, code, provider_message_id, created_at, due_at,
    ended_at, delivered_at, opened_at, clicked_at, bounced_at, spam_at, unsubscribed_at,
    engaged_at, messages.brand_id, channel_id, source, source_id, lanes.options, per_minute,
    medium
FROM messages
JOIN lanes ON lanes.lane_id = messages.lane_id
JOIN unnest($2::smallint[], $3::bigint[]) AS asked (slot, message_id) USING (slot, message_id)
WHERE messages.brand_id = $1;

-- name: forget
-- Updates every message of some people: what is not sent never will be, and what it said is gone.
-- Returns them, each with whether it was still to be sent.
UPDATE messages
SET content = NULL,
    data = NULL,
    options = NULL,
    provider_message_id = NULL,
    status = CASE WHEN status = 'queued' THEN 'skipped' ELSE status END,
    reason = CASE WHEN status = 'queued' THEN 'forgotten' ELSE reason END,
    ended_at = CASE WHEN status = 'queued' THEN $4 ELSE ended_at END
FROM unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id)
WHERE messages.slot = gone.slot
    AND messages.profile_id = gone.profile_id
    AND messages.brand_id = $1
RETURNING messages.lane_id, template_id, ended_at = $4 AS is_skipped;

-- name: forget_contents
-- Deletes what was sent to some people.
DELETE FROM message_contents
USING messages
JOIN unnest($2::smallint[], $3::bigint[]) AS gone (slot, profile_id) USING (slot, profile_id)
WHERE messages.brand_id = $1
    AND message_contents.brand_id = $1
    AND message_contents.slot = messages.slot
    AND message_contents.message_id = messages.message_id;
