-- name: server_version
-- One row: 180006 for 18.6.
SELECT current_setting('server_version_num')::integer AS version;

-- name: workers_last_seen
-- One row: when any worker last said that it lives, null when none ever did.
SELECT max(seen_at) AS seen_at
FROM heartbeats
WHERE kind = 'worker';
