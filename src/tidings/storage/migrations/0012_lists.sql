-- Custom lists: segments that have no definition, but whom a file names.

-- Null for a list. That is what makes it one: a column of its own for the kind could contradict this.
ALTER TABLE segments ALTER COLUMN definition DROP NOT NULL;

-- is_importing: rows of the file still come in. Until its parts are built, a version of a list has
-- members who were written by the import alone, without holding their slots, and at whom nobody else
-- looks; each part then puts its slot right.
ALTER TABLE segment_versions
    ALTER COLUMN definition DROP NOT NULL,
    ADD COLUMN is_importing boolean NOT NULL DEFAULT false;

-- Whoever is on a list and not there any more is asked into whom they went.
CREATE INDEX merges_of_absorbed ON merges (absorbed_slot, absorbed_id);
