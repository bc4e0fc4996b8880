-- Campaigns: a message to everybody in some segments, once.

-- definition: as it was asked for. slots_left: how many of the 256 slots are still to be gone through
-- for people; NULL before that begins. templates: the id and version of each variant, as of the start.
CREATE TABLE campaigns (
    campaign_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    name text NOT NULL,
    channel_id bigint NOT NULL,
    definition jsonb NOT NULL,
    state text NOT NULL CHECK (
        state IN ('draft', 'scheduled', 'sending', 'paused', 'finished', 'cancelled', 'error')
    ),
    error text,
    lane_id bigint,
    slots_left smallint,
    templates jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    start_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT campaigns_name_key UNIQUE (brand_id, name)
);
CREATE INDEX campaigns_going ON campaigns (state) WHERE state IN ('scheduled', 'sending', 'paused');
