-- Channels: the ways on which a brand speaks to people, each with its provider and settings.

CREATE TABLE channels (
    channel_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    -- What messages name the channel by.
    key text NOT NULL,
    medium text NOT NULL CHECK (medium IN ('email', 'sms', 'whatsapp', 'push', 'webhook')),
    provider text NOT NULL,
    -- What anybody may see, as JSON; what nobody may, sealed with a key that is not in the database.
    settings jsonb NOT NULL,
    sealed bytea NOT NULL,
    -- How many messages a second it may be given; null is as many as it takes.
    per_second double precision,
    connections integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT channels_key_key UNIQUE (brand_id, key)
);
