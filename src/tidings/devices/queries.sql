-- name: hold_place
-- At most one row, locked: the device at a place, and whose it is.
SELECT device_id, slot, profile_id
FROM devices
WHERE brand_id = $1 AND place_key = $2
FOR UPDATE;

-- name: insert_device
-- Inserts one row and returns its id, or nothing when the brand has the place already.
INSERT INTO devices (slot, profile_id, brand_id, platform, place, place_key, added_at, seen_at)
VALUES ($2, $3, $1, $4, $5, $6, $7, $7)
ON CONFLICT ON CONSTRAINT devices_place_key DO NOTHING
RETURNING device_id;

-- name: update_device
-- Updates one row, which the transaction holds; $8 says whether it stays with its person.
UPDATE devices
SET slot = $3,
    profile_id = $4,
    platform = $5,
    place = $6,
    added_at = CASE WHEN $8 THEN added_at ELSE $7 END,
    seen_at = $7
WHERE brand_id = $1 AND device_id = $2;

-- name: select_devices
-- A row for each of these devices that is there, with whose it is now.
SELECT device_id, coalesce(read_merges.slot, devices.slot) AS slot,
    coalesce(read_merges.profile_id, devices.profile_id) AS profile_id, platform, place, added_at,
    seen_at
FROM devices
LEFT JOIN read_merges ON read_merges.brand_id = $1
    AND read_merges.absorbed_slot = devices.slot
    AND read_merges.absorbed_id = devices.profile_id
WHERE devices.brand_id = $1 AND device_id = ANY ($2::bigint[]);

-- name: select_id_of_place
-- At most one row.
SELECT device_id
FROM devices
WHERE brand_id = $1 AND place_key = $2;

-- name: select_of_people
-- A row for each device of these people, and of who went into them, on some platforms: by the
-- position of the person from 1, the one seen last first.
SELECT position, device_id, platform, place, added_at, seen_at
FROM read_selves($1, $2, $3)
JOIN devices USING (slot, profile_id)
WHERE devices.brand_id = $1 AND platform = ANY ($4::text[])
ORDER BY position, seen_at DESC, device_id DESC;

-- name: delete_devices
-- Deletes these devices, held in the order of their ids, and returns a row for each that was there. One
-- that moves to another person meanwhile keeps its id, so it is found by that alone.
WITH held AS (
    SELECT device_id
    FROM devices
    WHERE brand_id = $1 AND device_id = ANY ($2::bigint[])
    ORDER BY device_id
    FOR UPDATE
),
gone AS (
    DELETE FROM devices
    USING held
    WHERE devices.brand_id = $1 AND devices.device_id = held.device_id
    RETURNING devices.device_id, slot, profile_id, platform, place, added_at, seen_at
)
SELECT device_id, coalesce(read_merges.slot, gone.slot) AS slot,
    coalesce(read_merges.profile_id, gone.profile_id) AS profile_id, platform, place, added_at, seen_at
FROM gone
LEFT JOIN read_merges ON read_merges.brand_id = $1
    AND read_merges.absorbed_slot = gone.slot
    AND read_merges.absorbed_id = gone.profile_id
ORDER BY device_id;

-- name: select_surplus
-- Returns and locks the devices of a person, and of who went into them, beyond the $5 seen last; $4 is
-- not looked at. One that somebody else has locked is on its way to another person, or out: waiting for
-- it could be waiting in a circle, and the next registration counts again.
SELECT device_id
FROM read_selves($1, ARRAY[$2::smallint], ARRAY[$3::bigint])
JOIN devices USING (slot, profile_id)
WHERE devices.brand_id = $1 AND device_id <> $4
ORDER BY seen_at DESC, device_id DESC
OFFSET $5
FOR UPDATE OF devices SKIP LOCKED;

-- name: delete_of_people
-- Deletes the devices of these people and of who went into them, held in the order of their ids.
WITH held AS (
    SELECT device_id
    FROM read_selves($1, $2, $3)
    JOIN devices USING (slot, profile_id)
    WHERE devices.brand_id = $1
    ORDER BY device_id
    FOR UPDATE OF devices
)
DELETE FROM devices
USING held
WHERE devices.brand_id = $1 AND devices.device_id = held.device_id;
