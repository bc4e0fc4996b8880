-- Whoever asks what one person did asks by name, and read every event of the person for it: with the
-- name in the index that takes a third of the time, and no more room.

-- Longer than other migrations may take, about a second for a million events: nothing else is done by
-- a server that starts, and by hand it is said beforehand that ingest waits (docs/operating.md).
SET LOCAL statement_timeout = 0;

DROP INDEX events_of_profile;
CREATE INDEX events_of_profile ON events (slot, profile_id, name_id, occurred_at);
