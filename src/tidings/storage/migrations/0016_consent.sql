-- Consent: who may be sent what. Rules of brands, addresses that nothing is sent to, topics to subscribe to.

-- What an operator wrote, as JSON; a brand without a row has the rules that hold by default.
CREATE TABLE consent_rules (
    brand_id integer PRIMARY KEY REFERENCES brands,
    rules jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

-- An address that nothing is sent to, for each reason there is. It belongs to no person: whoever has it,
-- and whoever comes with it later, is meant.
CREATE TABLE suppressions (
    brand_id integer NOT NULL REFERENCES brands,
    -- SHA-256 of the brand and the address: stays when the address must go.
    address_key bytea NOT NULL,
    -- '' for every medium.
    medium text NOT NULL,
    reason text NOT NULL CHECK (
        reason IN ('hard_bounce', 'complaint', 'unsubscribe', 'manual', 'soft_bounces')
    ),
    suppression_id bigint GENERATED ALWAYS AS IDENTITY,
    -- For operators to read; null once its owner was forgotten.
    address text,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (brand_id, address_key, medium, reason)
);
CREATE INDEX suppressions_of_brand ON suppressions (brand_id, suppression_id);

CREATE TABLE topics (
    topic_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    -- What messages name the topic by.
    key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opt_in', 'double_opt_in', 'opt_out')),
    created_at timestamptz NOT NULL,
    CONSTRAINT topics_key_key UNIQUE (brand_id, key)
);

-- What people said of topics last. Those of somebody who was merged stay where they are: reading them
-- goes by the accounts of merges, so that at no moment anybody looks as if they had said nothing.
CREATE TABLE subscriptions (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    topic_id bigint NOT NULL REFERENCES topics ON DELETE CASCADE,
    brand_id integer NOT NULL,
    state text NOT NULL CHECK (state IN ('unsubscribed', 'pending', 'subscribed')),
    source text NOT NULL,
    changed_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (slot, profile_id, topic_id)
);

-- Who went into whom, however many merges ago: an account is handed on with the person it speaks of.
CREATE VIEW read_merges AS
SELECT slot, profile_id, brand_id, absorbed_slot, absorbed_id
FROM merges;
