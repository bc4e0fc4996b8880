-- Storing a small group of events in one crossing to the database, as one statement that is its own
-- transaction. Called by events/plain.py for events whose types are known and fit.
--
-- Returns false, and stores nothing, when the types it was called with are not the brands' any more.
-- In: the locks to hold, rising; each brand with the version of its types; the identifiers of the
-- people, in the order of their primary key, with an id for each who turns out to be new; the events,
-- each with the position (from 1) of its person among those.
CREATE FUNCTION store_plain_events(
    lock_kinds integer[],
    lock_keys integer[],
    typed_brand_ids integer[],
    type_versions integer[],
    slots smallint[],
    brand_ids integer[],
    kinds smallint[],
    identifier_values text[],
    new_profile_ids bigint[],
    people_created_at timestamptz,
    people integer[],
    name_ids integer[],
    occurred timestamptz[],
    received timestamptz[],
    ltvs double precision[],
    attributes_of jsonb[],
    contexts jsonb[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    profile_slots smallint[];
    profile_ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(lock.kind, lock.key)
    FROM unnest(lock_kinds, lock_keys) AS lock (kind, key);

    -- Each statement from here on sees what is committed when it begins, so after the locks.
    IF (
        SELECT count(*)
        FROM unnest(typed_brand_ids, type_versions) AS known (brand_id, version)
        JOIN brands ON brands.brand_id = known.brand_id AND brands.schema_version = known.version
    ) < cardinality(typed_brand_ids) THEN
        RETURN false;
    END IF;

    FOR attempt IN 1..2 LOOP
        SELECT array_agg(found.profile_slot ORDER BY wanted.position),
            array_agg(found.profile_id ORDER BY wanted.position)
        INTO profile_slots, profile_ids
        FROM unnest(slots, brand_ids, kinds, identifier_values) WITH ORDINALITY
            AS wanted (slot, brand_id, kind, value, position)
        LEFT JOIN identifiers AS found USING (slot, brand_id, kind, value);
        EXIT WHEN array_position(profile_ids, NULL) IS NULL;

        -- Somebody else may create the same people now; who comes second finds the first's.
        WITH inserted AS (
            INSERT INTO identifiers (slot, brand_id, kind, value, profile_slot, profile_id)
            SELECT slot, brand_id, kind, value, slot, new_profile_id
            FROM unnest(
                slots, brand_ids, kinds, identifier_values, new_profile_ids, profile_ids
            ) AS wanted (slot, brand_id, kind, value, new_profile_id, known_profile_id)
            WHERE known_profile_id IS NULL
            ON CONFLICT (slot, brand_id, kind, value) DO NOTHING
            RETURNING slot, brand_id, kind, value, profile_id
        )
        INSERT INTO profiles (
            slot, profile_id, brand_id, user_id, attributes, created_at, updated_at
        )
        SELECT slot, profile_id, brand_id, CASE WHEN kind = 1 THEN value END, '{}',
            people_created_at, people_created_at
        FROM inserted;
    END LOOP;

    INSERT INTO events (
        slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, attributes, context
    )
    SELECT profile_slots[person], profile_ids[person], brand_ids[person], name_id, occurred_at,
        received_at, ltv, attributes, context
    FROM unnest(people, name_ids, occurred, received, ltvs, attributes_of, contexts)
        AS event (person, name_id, occurred_at, received_at, ltv, attributes, context);
    RETURN true;
END
$$;
