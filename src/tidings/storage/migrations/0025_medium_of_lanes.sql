-- A lane knows its medium when its channel is gone, secrets go with every message that is over, and an
-- opt-in of 2 does not hold for another address.

-- What is heard of a message whose channel was removed is about this medium. The default is for the lanes
-- of channels that were removed before, and for processes that do not know the column yet: what is still
-- heard of the first came by a link, and those stand in mails.
ALTER TABLE lanes ADD COLUMN medium text NOT NULL DEFAULT 'email'
    CHECK (medium IN ('email', 'sms', 'whatsapp', 'push', 'webhook'));

UPDATE lanes
SET medium = channels.medium
FROM channels
WHERE channels.channel_id = lanes.channel_id AND channels.medium <> 'email';

-- What a call gave, without what is secret: the value of a name with `_` at its beginning is null.
CREATE FUNCTION without_secrets(given jsonb) RETURNS jsonb
LANGUAGE sql
IMMUTABLE
RETURN CASE
    WHEN jsonb_path_exists(given, '$.keyvalue() ? (@.key starts with "_")')
    THEN (
        SELECT jsonb_object_agg(key, CASE WHEN key ^@ '_' THEN 'null' ELSE value END)
        FROM jsonb_each(given)
    )
    ELSE given
END;

-- Which address of a person did not exist, as was found last on each medium, by what it is known again.
-- The opt-in of 2 that was set then is about this address and no other.
CREATE TABLE hard_bounces (
    slot smallint NOT NULL,
    profile_id bigint NOT NULL,
    medium text NOT NULL,
    brand_id integer NOT NULL,
    address_key bytea NOT NULL,
    bounced_at timestamptz NOT NULL,
    PRIMARY KEY (slot, profile_id, medium)
);
