-- Two people who turn out to be one: what was merged and why, and what was not and waits for somebody.

CREATE TABLE merges (
    -- Of the person who stayed.
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    merge_id bigint GENERATED ALWAYS AS IDENTITY,
    brand_id integer NOT NULL,
    absorbed_slot smallint NOT NULL,
    absorbed_id bigint NOT NULL,
    absorbed_user_id text,
    -- The identifier that led to both; null when an operator decided.
    kind smallint CHECK (kind BETWEEN 1 AND 4),
    value text,
    -- Names of attributes, and counts of what moved.
    kept jsonb NOT NULL,
    filled jsonb NOT NULL,
    moved jsonb NOT NULL,
    merged_at timestamptz NOT NULL,
    PRIMARY KEY (slot, profile_id, merge_id)
);

-- An identifier that a record claimed and was refused. One row however often it is claimed.
CREATE TABLE identity_conflicts (
    -- Of the claiming person.
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
    value text NOT NULL,
    conflict_id bigint GENERATED ALWAYS AS IDENTITY,
    reason text NOT NULL CHECK (reason IN ('two_users', 'placeholder', 'too_many')),
    -- Whose it is; null when it is nobody's.
    owner_slot smallint,
    owner_id bigint,
    times bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    dismissed_at timestamptz,
    PRIMARY KEY (slot, profile_id, kind, value)
);
CREATE INDEX identity_conflicts_of_brand ON identity_conflicts (brand_id, conflict_id);
CREATE INDEX identity_conflicts_of_owner ON identity_conflicts (owner_slot, owner_id);
