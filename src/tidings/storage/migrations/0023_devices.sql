-- Where people get pushes: the browsers and apps that they registered.

-- Those of somebody who was merged stay where they are: reading them goes by the accounts of merges.
CREATE TABLE devices (
    slot smallint NOT NULL,
    device_id bigint GENERATED ALWAYS AS IDENTITY,
    brand_id integer NOT NULL,
    profile_id bigint NOT NULL,
    platform text NOT NULL CHECK (platform IN ('web', 'android', 'ios')),
    -- What a provider needs to reach it.
    place jsonb NOT NULL,
    -- SHA-256 of the endpoint or the token: a place is one person's.
    place_key bytea NOT NULL,
    -- From when on this person has it, and when it was registered last.
    added_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (slot, device_id),
    CONSTRAINT devices_place_key UNIQUE (brand_id, place_key)
);
CREATE INDEX devices_of_person ON devices (slot, profile_id);
CREATE INDEX devices_of_brand ON devices (brand_id, device_id);

-- What segments see of them.
CREATE VIEW read_devices AS
SELECT slot, profile_id, brand_id
FROM devices;
