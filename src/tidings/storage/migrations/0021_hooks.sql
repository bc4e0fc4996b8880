-- Providers report to a URL of each channel, with a word in it that nobody can guess.

-- Drawn here, so that every channel has one. The table is small: it is written anew under the lock.
ALTER TABLE channels
    ADD COLUMN hook text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');
CREATE UNIQUE INDEX channels_hook ON channels (hook);
