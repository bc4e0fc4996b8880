-- What reports see of messages and campaigns, and the conversions that are counted.

CREATE VIEW read_message_counts AS
SELECT brand_id, lane_id, template_id, day, what, detail, count, amount
FROM message_counts;

CREATE VIEW read_lanes AS
SELECT lane_id, brand_id, channel_id, source, source_id
FROM lanes;

CREATE VIEW read_campaigns AS
SELECT campaign_id, brand_id, name, channel_id, state, lane_id, definition -> 'goal' AS goal,
    created_at, start_at, started_at, finished_at
FROM campaigns;

-- Counts of days that are over, which are folded into one row each.
CREATE INDEX message_counts_unfolded ON message_counts (day) WHERE shard <> 0;

-- When a person last opened or clicked a message; opened_at and clicked_at are the first times.
ALTER TABLE messages ADD COLUMN engaged_at timestamptz;

CREATE VIEW read_messages AS
SELECT slot, message_id, brand_id, profile_id, lane_id, template_id, status, ended_at, opened_at,
    clicked_at, engaged_at, bounced_at
FROM messages;

CREATE OR REPLACE VIEW read_events AS
SELECT slot, profile_id, brand_id, name_id, occurred_at, ltv, attributes, context, received_at
FROM events;

-- The few campaigns whose goals are looked for again and again.
CREATE INDEX campaigns_with_goal ON campaigns (brand_id)
    WHERE lane_id IS NOT NULL AND definition ? 'goal';

-- Events that were counted for a message, kept for as long as they may be looked at again. nth: which
-- it is of the events of one name that a person did at one time and that came at one time.
CREATE TABLE conversions (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    name_id integer NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    nth integer NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint,
    message_id bigint NOT NULL,
    amount double precision NOT NULL,
    PRIMARY KEY (slot, profile_id, name_id, occurred_at, received_at, nth)
);
CREATE INDEX conversions_old ON conversions (received_at);

-- Until when events that came were looked at, by the name of the job that looks.
CREATE TABLE conversion_rounds (
    name text PRIMARY KEY,
    looked_until timestamptz NOT NULL
);
