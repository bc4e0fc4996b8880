-- Segments: what they are, whom they have, and what ingest must tell about for their sake.

-- What somebody upstairs wants to hear of: the events of a name, a profile's attribute, or that
-- somebody was created. Ingest says so when it stores one, and only then; it knows them with the
-- brand's types, whose version every change raises.
--
-- owner: the name of an event; 0 for profiles, with '' for their creation; -1 for events of any name;
-- -2 for people who become one.
CREATE TABLE watches (
    brand_id integer NOT NULL REFERENCES brands,
    listener text NOT NULL,
    owner integer NOT NULL,
    attribute text NOT NULL,
    PRIMARY KEY (brand_id, listener, owner, attribute)
);

CREATE TABLE segments (
    segment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id integer NOT NULL REFERENCES brands,
    name text NOT NULL,
    definition jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'processing', 'updating', 'error', 'published')),
    live_version integer,
    last_version integer NOT NULL DEFAULT 0,
    error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT segments_name_key UNIQUE (brand_id, name)
);

-- A definition as it was published: the one that counts (`segments.live_version`), and the one that
-- is being built beside it. slots_left: how many of the 256 slots are still to be built.
-- swept_until: up to when events and people that grew too old for a window were looked for.
CREATE TABLE segment_versions (
    segment_id bigint NOT NULL REFERENCES segments ON DELETE CASCADE,
    version integer NOT NULL,
    brand_id integer NOT NULL REFERENCES brands,
    definition jsonb NOT NULL,
    slots_left smallint NOT NULL,
    swept_until timestamptz NOT NULL,
    swept_day date NOT NULL,
    PRIMARY KEY (segment_id, version)
);

-- Who is in which version of a segment. In a person's slot, and written only by who holds that.
CREATE TABLE memberships (
    slot smallint NOT NULL,
    segment_id bigint NOT NULL,
    version integer NOT NULL,
    profile_id bigint NOT NULL,
    brand_id integer NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (slot, segment_id, version, profile_id)
);

-- What waits to be looked at for the sake of segments, which show by it how fresh they are.
CREATE VIEW read_due_people AS
SELECT slot, brand_id, run_at
FROM tasks
WHERE name IN ('people.changed', 'segments.lapsed');

-- Whoever becomes too old for "created in the last 7 days" is found by when they were created.
CREATE INDEX profiles_created ON profiles (brand_id, created_at) INCLUDE (slot, profile_id);
