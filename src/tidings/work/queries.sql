-- The queue serves every brand, so these queries bind no brand_id: a claim takes the tasks of
-- all brands in its slots, and operators look at the queue as a whole.

-- name: prepare_transaction
-- One row; for this transaction only, locks nothing. The queue swings between empty and millions
-- of rows, and a plan kept from an empty one would read the whole table once per slot: planning
-- afresh costs a third of a millisecond. And a worker that is killed in a long statement must not
-- hold its slots until that statement ends: the server looks whether the worker is still there.
SELECT
    set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('client_connection_check_interval', '2s', true);

-- name: insert_tasks
-- Inserts a row per element of the arrays.
INSERT INTO tasks (slot, run_at, name, brand_id, profile_id, payload)
SELECT slot, run_at, name, brand_id, profile_id, payload
FROM unnest($1::smallint[], $2::timestamptz[], $3::text[], $4::integer[], $5::bigint[], $6::jsonb[])
    AS new (slot, run_at, name, brand_id, profile_id, payload);

-- name: wake_workers
-- Heard by every listening worker once this transaction has committed.
SELECT pg_notify($1, '');

-- name: first_tasks
-- A row per slot that has tasks it may do, at most $1: when the first of them is due. No lock.
-- One look into the index per slot, however long the queue is. The parameter is also what lets
-- PostgreSQL plan afresh: it keeps the plan of a query that has none.
SELECT slots.slot, first.run_at
FROM slots
CROSS JOIN LATERAL (
    SELECT tasks.run_at
    FROM tasks
    WHERE tasks.slot = slots.slot
        AND (
            tasks.attempts > 0
            OR NOT EXISTS (
                SELECT
                FROM tasks AS retried
                WHERE retried.slot = tasks.slot
                    AND retried.profile_id = tasks.profile_id
                    AND retried.attempts > 0
            )
        )
    ORDER BY tasks.run_at, tasks.task_id
    LIMIT 1
) AS first
ORDER BY first.run_at, slots.slot
LIMIT $1;

-- name: lock_slots
-- The slots of $1 that no other worker has; holds each until the end of the transaction.
SELECT slot
FROM slots
WHERE slot = ANY($1::smallint[])
ORDER BY slot
FOR UPDATE SKIP LOCKED;

-- name: hold_slots
-- Locks these slots in order, waiting for whoever holds one.
SELECT slot
FROM slots
WHERE slot = ANY ($1::smallint[])
ORDER BY slot
FOR UPDATE;

-- name: move_tasks
-- Hands a person's tasks on to another; reads the slot's tasks, for they have no index by person.
UPDATE tasks
SET slot = $3, profile_id = $4
WHERE slot = $1 AND profile_id = $2;

-- name: move_dead_tasks
-- The same for dead tasks.
UPDATE dead_tasks
SET slot = $3, profile_id = $4
WHERE slot = $1 AND profile_id = $2;

-- name: due_tasks
-- At most $3 tasks of each slot, in the order of their people. No lock: the slots are held.
SELECT due.slot, due.task_id, due.run_at, due.name, due.brand_id, due.profile_id, due.payload,
    due.attempts, due.last_error
FROM unnest($1::smallint[]) AS held (slot)
CROSS JOIN LATERAL (
    SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error
    FROM tasks
    WHERE tasks.slot = held.slot
        AND tasks.run_at <= $2
        AND (
            tasks.attempts > 0
            OR NOT EXISTS (
                SELECT
                FROM tasks AS retried
                WHERE retried.slot = tasks.slot
                    AND retried.profile_id = tasks.profile_id
                    AND retried.attempts > 0
            )
        )
    ORDER BY tasks.run_at, tasks.task_id
    LIMIT $3
) AS due
ORDER BY due.run_at, due.task_id;

-- name: due_task
-- One row, or none when it is done, put off, or waits behind another task of its person. No
-- lock: its slot is held.
SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error
FROM tasks
WHERE slot = $1
    AND task_id = $2
    AND run_at <= $3
    AND (
        attempts > 0
        OR NOT EXISTS (
            SELECT
            FROM tasks AS retried
            WHERE retried.slot = tasks.slot
                AND retried.profile_id = tasks.profile_id
                AND retried.attempts > 0
        )
    );

-- name: delete_tasks
-- Deletes a row per pair that is still there; locks them.
DELETE FROM tasks
USING unnest($1::smallint[], $2::bigint[]) AS done (slot, task_id)
WHERE tasks.slot = done.slot
    AND tasks.task_id = done.task_id;

-- name: put_off_task
-- Updates one row, or none if its failure was noted by another worker meanwhile.
UPDATE tasks
SET attempts = attempts + 1,
    run_at = $4,
    last_error = $5
WHERE slot = $1
    AND task_id = $2
    AND attempts = $3;

-- name: bury_task
-- Moves one row to the dead, or none if its failure was noted by another worker meanwhile.
WITH failed AS (
    DELETE FROM tasks
    WHERE slot = $1
        AND task_id = $2
        AND attempts = $3
    RETURNING slot, task_id, run_at, name, brand_id, profile_id, payload, attempts
)
INSERT INTO dead_tasks (
    slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error, died_at
)
SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, attempts + 1, $4, $5
FROM failed;

-- name: revive_task
-- Moves one row from the dead back into the queue under its old id, or none if it is not dead.
WITH revived AS (
    DELETE FROM dead_tasks
    WHERE slot = $1
        AND task_id = $2
    RETURNING slot, task_id, name, brand_id, profile_id, payload
)
INSERT INTO tasks (slot, task_id, run_at, name, brand_id, profile_id, payload)
OVERRIDING SYSTEM VALUE
SELECT slot, task_id, $3, name, brand_id, profile_id, payload
FROM revived
RETURNING task_id;

-- name: drop_dead_task
-- Deletes one row and returns its id, or none if it is not dead.
DELETE FROM dead_tasks
WHERE slot = $1
    AND task_id = $2
RETURNING task_id;

-- name: delete_of_profile
-- Deletes every task of one person; reads the slot's tasks, for they have no index by person.
DELETE FROM tasks
WHERE slot = $1
    AND profile_id = $2;

-- name: delete_dead_of_profile
-- Deletes every dead task of one person.
DELETE FROM dead_tasks
WHERE slot = $1
    AND profile_id = $2;

-- name: select_waiting
-- At most $1 tasks, the first due first. Reads the whole queue: for operators only.
SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error
FROM tasks
ORDER BY run_at, task_id
LIMIT $1;

-- name: select_dead
-- At most $1 dead tasks, the newest first.
SELECT slot, task_id, run_at, name, brand_id, profile_id, payload, attempts, last_error, died_at
FROM dead_tasks
ORDER BY died_at DESC, task_id DESC
LIMIT $1;

-- name: is_waiting
-- One row: whether a task of a brand and name waits whose payload has $3. Reads the whole queue.
SELECT EXISTS (
    SELECT
    FROM tasks
    WHERE brand_id = $1 AND name = $2 AND payload @> $3::jsonb
);

-- name: select_dead_payloads
-- A row a dead task of a brand with one of these names.
SELECT payload
FROM dead_tasks
WHERE brand_id = $1
    AND name = ANY ($2::text[]);

-- name: depth
-- One row. Reads the whole queue, once per scrape of the metrics.
SELECT
    count(*) AS tasks,
    count(*) FILTER (WHERE run_at <= $1) AS due,
    min(run_at) FILTER (WHERE run_at <= $1) AS oldest_due_at,
    (SELECT count(*) FROM dead_tasks) AS dead
FROM tasks;

-- name: register_periodic_jobs
-- Inserts a row per job that is new, due at once. Sorted, so that two workers cannot deadlock.
INSERT INTO periodic_jobs (name, next_run_at)
SELECT name, $2
FROM unnest($1::text[]) AS registered (name)
ORDER BY name
ON CONFLICT (name) DO NOTHING;

-- name: hasten_periodic_jobs
-- Updates a row per job that was made more frequent; locks only those.
UPDATE periodic_jobs
SET next_run_at = $3::timestamptz + registered.every
FROM unnest($1::text[], $2::interval[]) AS registered (name, every)
WHERE periodic_jobs.name = registered.name
    AND periodic_jobs.next_run_at > $3::timestamptz + registered.every;

-- name: next_periodic_run
-- One row: when the first of these jobs is due, null if none is registered. No lock.
SELECT min(next_run_at)
FROM periodic_jobs
WHERE name = ANY($1::text[]);

-- name: claim_periodic_job
-- One row, the job that is due longest and that no other worker runs, or none; locks it.
SELECT name, next_run_at
FROM periodic_jobs
WHERE name = ANY($1::text[])
    AND next_run_at <= $2
ORDER BY next_run_at, name
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: finish_periodic_job
-- Updates one row.
UPDATE periodic_jobs
SET next_run_at = $2,
    last_run_at = $3,
    last_error = NULL
WHERE name = $1;

-- name: fail_periodic_job
-- Updates one row, or none if another worker has run the round meanwhile.
UPDATE periodic_jobs
SET next_run_at = $3,
    last_error = $4
WHERE name = $1
    AND next_run_at = $2;
