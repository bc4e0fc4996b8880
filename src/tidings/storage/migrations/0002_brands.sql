-- The houses: brands, their keys, their rates, and the calls they asked us to do only once.

CREATE TABLE brands (
    brand_id integer GENERATED ALWAYS AS IDENTITY (START WITH 1001) PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    merging boolean NOT NULL DEFAULT false,
    -- Rises with every change an operator makes to a type; processes compare it with what they hold.
    schema_version integer NOT NULL DEFAULT 1,
    user_calls_per_minute integer NOT NULL CHECK (user_calls_per_minute > 0),
    event_calls_per_minute integer NOT NULL CHECK (event_calls_per_minute > 0),
    campaign_calls_per_minute integer NOT NULL CHECK (campaign_calls_per_minute > 0),
    reporting_calls_per_minute integer NOT NULL CHECK (reporting_calls_per_minute > 0),
    created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    key_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    name text NOT NULL,
    -- The first characters of the key, to recognise it by; the rest exists only as its hash.
    prefix text NOT NULL,
    sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX api_keys_of_brand ON api_keys (brand_id);

-- Calls counted in the current minute. Updated in place (HOT), so half of each page stays free.
CREATE TABLE rate_counters (
    brand_id integer NOT NULL,
    api text NOT NULL,
    minute timestamptz NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (brand_id, api)
) WITH (fillfactor = 50);

CREATE TABLE idempotency_keys (
    brand_id integer NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    answer bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (brand_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
