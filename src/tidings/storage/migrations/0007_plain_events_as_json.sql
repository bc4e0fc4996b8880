-- The short way of ingest takes one document in place of seventeen arrays: the driver spends several
-- times longer on the elements of arrays than we spend on writing JSON. Nothing was released with the
-- function of migration 0006, so it goes.
--
-- In: locks, pairs of kind and key, rising; versions, pairs of a brand and the version of its types;
-- people, each the columns of an identifier, in the order of their primary key, and an id in case it is
-- new; created_at, from when the new people are there; events, each the position (from 0) of its person,
-- then the columns of the row. Returns false, and stores nothing, when the types are others now.
DROP FUNCTION store_plain_events;

CREATE FUNCTION store_plain_events(plain jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    versions jsonb := plain -> 'versions';
    people jsonb := plain -> 'people';
    profile_slots smallint[];
    profile_ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared((lock -> 0)::integer, (lock -> 1)::integer)
    FROM jsonb_array_elements(plain -> 'locks') AS lock;

    -- Each statement from here on sees what is committed when it begins, so after the locks.
    IF (
        SELECT count(*)
        FROM jsonb_array_elements(versions) AS known
        JOIN brands ON brands.brand_id = (known -> 0)::integer
            AND brands.schema_version = (known -> 1)::integer
    ) < jsonb_array_length(versions) THEN
        RETURN false;
    END IF;

    FOR attempt IN 1..2 LOOP
        SELECT array_agg(found.profile_slot ORDER BY position),
            array_agg(found.profile_id ORDER BY position)
        INTO profile_slots, profile_ids
        FROM jsonb_array_elements(people) WITH ORDINALITY AS wanted (person, position)
        LEFT JOIN identifiers AS found ON found.slot = (person -> 0)::smallint
            AND found.brand_id = (person -> 1)::integer
            AND found.kind = (person -> 2)::smallint
            AND found.value = person ->> 3;
        EXIT WHEN array_position(profile_ids, NULL) IS NULL;

        -- Somebody else may create the same people now; who comes second finds the first's.
        WITH inserted AS (
            INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
            SELECT (person -> 0)::smallint, (person -> 1)::integer, (person -> 2)::smallint,
                person ->> 3, (person -> 0)::smallint, (person -> 4)::bigint
            FROM jsonb_array_elements(people) WITH ORDINALITY AS wanted (person, position)
            WHERE profile_ids[position] IS NULL
            ORDER BY position
            ON CONFLICT (slot, brand_id, kind, value) DO NOTHING
            RETURNING slot, brand_id, kind, value, profile_id
        )
        INSERT INTO profiles (
            slot, profile_id, brand_id, user_id, attributes, created_at, updated_at
        )
        SELECT slot, profile_id, brand_id, CASE WHEN kind = 1 THEN value END, '{}',
            (plain ->> 'created_at')::timestamptz, (plain ->> 'created_at')::timestamptz
        FROM inserted;
    END LOOP;

    INSERT INTO events (
        slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, attributes, context
    )
    SELECT profile_slots[(event -> 0)::integer + 1], profile_ids[(event -> 0)::integer + 1],
        (event -> 1)::integer, (event -> 2)::integer, (event ->> 3)::timestamptz,
        (event ->> 4)::timestamptz, (event -> 5)::double precision, event -> 6,
        nullif(event -> 7, 'null')
    FROM jsonb_array_elements(plain -> 'events') AS event;
    RETURN true;
END
$$;
