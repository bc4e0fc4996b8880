-- The slots that order a person's work, and the queue of that work.

CREATE TABLE slots (
    slot smallint PRIMARY KEY CHECK (slot BETWEEN 0 AND 255)
);
INSERT INTO slots
SELECT generate_series(0, 255);

CREATE TABLE tasks (
    slot smallint NOT NULL,
    task_id bigint GENERATED ALWAYS AS IDENTITY,
    run_at timestamptz NOT NULL,
    name text NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint,
    payload jsonb NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    last_error text,
    PRIMARY KEY (slot, task_id)
);
CREATE INDEX tasks_due ON tasks (slot, run_at, task_id);
-- A person's later tasks wait behind one that is being retried; this finds that one.
CREATE INDEX tasks_retried ON tasks (slot, profile_id, task_id) WHERE attempts > 0;

-- A task that failed its last attempt is kept here until an operator decides.
CREATE TABLE dead_tasks (
    slot smallint NOT NULL,
    task_id bigint NOT NULL,
    run_at timestamptz NOT NULL,
    name text NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint,
    payload jsonb NOT NULL,
    attempts smallint NOT NULL,
    last_error text NOT NULL,
    died_at timestamptz NOT NULL,
    PRIMARY KEY (slot, task_id)
);

-- Work that comes round by the clock. Kept apart from tasks, so that an idle queue is empty.
CREATE TABLE periodic_jobs (
    name text PRIMARY KEY,
    next_run_at timestamptz NOT NULL,
    last_run_at timestamptz,
    last_error text
);

-- Every web and worker process says here that it is alive.
CREATE TABLE heartbeats (
    process_id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('web', 'worker')),
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
