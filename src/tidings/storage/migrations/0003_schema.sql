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

-- Whether a stored value may stand under a lock: the same decision as schema/check.py `fits`, for
-- the rare day on which a type is changed and stored values must be looked at (a test compares).
CREATE FUNCTION fits_type(value jsonb, type text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(value) = 'null' THEN true
    WHEN type = 'String' THEN jsonb_typeof(value) = 'string'
    WHEN type = 'Number' THEN jsonb_typeof(value) = 'number'
    WHEN type = 'Boolean' THEN jsonb_typeof(value) = 'boolean'
    WHEN type = 'Object' THEN jsonb_typeof(value) = 'object'
    WHEN type = 'Date' THEN jsonb_typeof(value) = 'string'
        AND value #>> '{}' ~ ('^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9]'
            || '(:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?$')
        AND pg_input_is_valid(left(value #>> '{}', 10), 'date')
    WHEN jsonb_typeof(value) <> 'array' THEN false
    WHEN value = '[]' THEN type IN ('Array', 'Array of Objects')
    ELSE (type = 'Array of Objects')
        = (value @? '$[*] ? (@.type() == "object")' AND NOT value @? 'strict $[*] ? (@.type() != "object")')
END;
