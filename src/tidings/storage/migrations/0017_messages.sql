-- Messages: what is to be sent to whom, what became of it, and how many there are of each.

-- What is sent in one order and can be paused as a whole: the messages of a campaign, or those that calls
-- ask a channel to send. per_minute: at most so many messages begin in a minute; NULL for as many as
-- the channel takes. minute, begun: how many did in that minute.
CREATE TABLE lanes (
    lane_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    channel_id bigint NOT NULL,
    source text NOT NULL CHECK (source IN ('campaign', 'call')),
    source_id bigint NOT NULL,
    options jsonb NOT NULL,
    is_open boolean NOT NULL,
    per_minute integer,
    minute timestamptz NOT NULL DEFAULT '-infinity',
    begun integer NOT NULL DEFAULT 0,
    CONSTRAINT lanes_source_key UNIQUE (brand_id, source, source_id, channel_id)
);

-- One message to one person. It holds no address: that is looked up when it is sent.
-- template_id, template_version: what it is made of, or content for what was given with the call.
-- data: what the call gave the template. claimed_by: the process that has it in hand.
CREATE TABLE messages (
    slot smallint NOT NULL,
    message_id bigint NOT NULL,
    brand_id integer NOT NULL,
    profile_id bigint NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint,
    template_version integer,
    content jsonb,
    data jsonb,
    dedupe_key text NOT NULL DEFAULT '',
    status text NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'skipped')),
    reason text,
    code text,
    attempts smallint NOT NULL DEFAULT 0,
    claimed_by text,
    provider_message_id text,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    ended_at timestamptz,
    delivered_at timestamptz,
    opened_at timestamptz,
    clicked_at timestamptz,
    bounced_at timestamptz,
    spam_at timestamptz,
    unsubscribed_at timestamptz,
    PRIMARY KEY (slot, message_id),
    CONSTRAINT messages_once UNIQUE (slot, lane_id, profile_id, dedupe_key)
);
CREATE SEQUENCE message_ids AS bigint;
CREATE INDEX messages_due ON messages (lane_id, due_at) WHERE status = 'queued';
CREATE INDEX messages_claimed ON messages (claimed_by) WHERE status = 'sending';
CREATE INDEX messages_of_person ON messages (slot, profile_id, ended_at);
CREATE INDEX messages_by_provider ON messages (brand_id, provider_message_id)
    WHERE provider_message_id IS NOT NULL;

-- For how many days a brand keeps what it sent.
ALTER TABLE brands ADD COLUMN content_days integer NOT NULL DEFAULT 30;

-- What was sent, compressed, for as long as the brand wants it.
CREATE TABLE message_contents (
    slot smallint NOT NULL,
    message_id bigint NOT NULL,
    brand_id integer NOT NULL,
    content bytea NOT NULL,
    kept_until timestamptz NOT NULL,
    PRIMARY KEY (slot, message_id)
);
CREATE INDEX message_contents_old ON message_contents (kept_until);

-- How many messages of a lane did what on which of the brand's days. shard: any number; a count is the
-- sum over all of them, so that those who count do not wait for one another.
CREATE TABLE message_counts (
    brand_id integer NOT NULL,
    lane_id bigint NOT NULL,
    template_id bigint NOT NULL,
    day date NOT NULL,
    what text NOT NULL,
    detail text NOT NULL,
    shard smallint NOT NULL,
    count bigint NOT NULL,
    amount double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (brand_id, lane_id, template_id, day, what, detail, shard)
);
