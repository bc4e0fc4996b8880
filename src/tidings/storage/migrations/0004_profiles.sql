-- People, and the identifiers that lead to them.

CREATE TABLE profiles (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    user_id text,
    attributes jsonb NOT NULL,
    -- Values that contradict the locked type of their attribute, kept aside and shown.
    mismatched jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (slot, profile_id)
) WITH (fillfactor = 90);

-- Lies in the slot of its own value and says where its profile lies.
CREATE TABLE identifiers (
    slot smallint NOT NULL,
    brand_id integer NOT NULL,
    -- 1 user id, 2 e-mail, 3 mobile, 4 anonymous id; the numbers are in identity/model.py.
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
    value text NOT NULL,
    profile_slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    PRIMARY KEY (slot, brand_id, kind, value)
);
CREATE INDEX identifiers_of_profile ON identifiers (profile_slot, profile_id);
