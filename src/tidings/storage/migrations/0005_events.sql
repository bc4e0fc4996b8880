-- What happened, by month of when it happened. The months themselves are made by events/jobs.py.

CREATE TABLE events (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name_id integer NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    ltv double precision NOT NULL,
    event_id text,
    attributes jsonb NOT NULL,
    context jsonb,
    mismatched jsonb
) PARTITION BY RANGE (occurred_at);
CREATE INDEX events_of_profile ON events (slot, profile_id, occurred_at);
CREATE INDEX events_of_name ON events (brand_id, name_id, occurred_at) INCLUDE (slot, profile_id);
-- Whatever no month was made for; years before the installation lie here.
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- The ids of events that carried one, so that a repeated event is told from a new one.
-- A table of its own, because an index that is unique over all months cannot exist.
CREATE TABLE event_ids (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    event_id text NOT NULL,
    PRIMARY KEY (slot, profile_id, event_id)
);
