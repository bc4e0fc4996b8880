-- What a brand's events are called, and the type that each attribute is locked to.

CREATE TABLE event_names (
    brand_id integer NOT NULL,
    name_id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('system', 'default', 'custom')),
    first_seen_at timestamptz NOT NULL,
    PRIMARY KEY (brand_id, name)
);

CREATE TABLE attribute_types (
    brand_id integer NOT NULL,
    -- 0 for the attributes of profiles, else the name_id of the event.
    owner integer NOT NULL,
    attribute text NOT NULL,
    type text NOT NULL CHECK (
        type IN ('String', 'Number', 'Boolean', 'Date', 'Object', 'Array of Objects', 'Array')
    ),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'discarded')),
    locked_at timestamptz NOT NULL,
    mismatches bigint NOT NULL DEFAULT 0,
    last_mismatch_at timestamptz,
    PRIMARY KEY (brand_id, owner, attribute)
);
